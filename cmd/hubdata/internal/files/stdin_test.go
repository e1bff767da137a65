package files

import (
	"io"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestKeptStdin reads standard input in part, then all of it twice.
func TestKeptStdin(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 30_000)
	c := ui.NewConsole(strings.NewReader(text), io.Discard, io.Discard)
	k, err := KeepStdin(c, 500)
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 1000)
	if _, err := io.ReadFull(c.Stdin(), first); err != nil || string(first) != text[:1000] {
		t.Fatalf("found %.20q, error %v", first, err)
	}
	for range 2 {
		in, err := OpenInput(c, "-")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(in)
		if err != nil || string(got) != text {
			t.Errorf("found %d bytes, expected %d; error %v", len(got), len(text), err)
		}
		if info, err := in.ReadToEnd(); err != nil || info.Name != "standard input" || info.Bytes != int64(len(text)) {
			t.Errorf("%+v, error %v", info, err)
		}
		in.Close()
	}
	if n, err := k.Size(); err != nil || n != int64(len(text)) {
		t.Errorf("size %d, error %v", n, err)
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	if rest, err := io.ReadAll(c.Stdin()); err != nil || len(rest) > 0 {
		t.Errorf("found %d bytes after the copy was closed, error %v", len(rest), err)
	}
}

// TestKeepStdinSmall: of little there is no copy, and standard input is as before.
func TestKeepStdinSmall(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("te"), failed{io.ErrClosedPipe})
	for _, from := range []io.Reader{strings.NewReader("text"), broken} {
		c := ui.NewConsole(from, io.Discard, io.Discard)
		k, err := KeepStdin(c, 4)
		if k != nil || err != nil {
			t.Errorf("%v, error %v", k, err)
		}
		text, err := io.ReadAll(c.Stdin())
		if from == broken && (string(text) != "te" || err != io.ErrClosedPipe) || from != broken && (string(text) != "text" || err != nil) {
			t.Errorf("found %q, error %v", text, err)
		}
	}
}

// TestKeepStdinNowhere: without a folder for the copy, standard input is as before.
func TestKeepStdinNowhere(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/gone")
	t.Setenv("TMP", t.TempDir()+"/gone") // on Windows
	c := ui.NewConsole(strings.NewReader("text"), io.Discard, io.Discard)
	if _, err := KeepStdin(c, 3); err == nil {
		t.Error("no error")
	}
	if text, err := io.ReadAll(c.Stdin()); err != nil || string(text) != "text" {
		t.Errorf("found %q, error %v", text, err)
	}
}
