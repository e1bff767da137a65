package files

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// TestInput reads a plain file, compressed ones and standard input: the text is inflated, the checksum and the size are
// those of the file.
func TestInput(t *testing.T) {
	text := strings.Repeat("0123456789", 1000)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"a.json":     []byte(text),
		"a.json.gz":  packed.Bytes(),
		"a.json.zst": encoder.EncodeAll([]byte(text), nil),
		"-":          []byte(text),
	} {
		path := name
		if name != "-" {
			path = filepath.Join(dir, name)
			if err := os.WriteFile(path, data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		for _, sum := range []bool{true, false} {
			in, err := OpenInput(ui.NewConsole(bytes.NewReader(data), io.Discard, io.Discard), path)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			if !sum {
				in.WithoutChecksum()
			}
			read := 0
			in.OnRead(func(n int) { read += n })
			if want := map[bool]int{true: len(text)}[name == "a.json"]; in.Len() != want {
				t.Errorf("%s: %d bytes are left, want %d", name, in.Len(), want)
			}
			begin := make([]byte, 15)
			if _, err := io.ReadFull(in, begin); err != nil || string(begin) != text[:15] {
				t.Errorf("%s: begins with %q (%v)", name, begin, err)
			}
			got, err := in.ReadToEnd()
			want := FileInfo{Name: name, Bytes: int64(len(data))}
			if name == "-" {
				want.Name = "standard input"
			}
			if sum {
				want.SHA256 = fmt.Sprintf("%x", sha256.Sum256(data))
			}
			if err != nil || got != want || in.FileInfo() != want || read != len(data) && name != "a.json.gz" { // opening reads the header of gzip
				t.Errorf("%s: %+v (%v), %d bytes seen; want %+v", name, got, err, read, want)
			}
			if stat := in.Stat(); (stat == nil) != (name == "-") {
				t.Errorf("%s: %v", name, stat)
			}
		}
	}
}

// TestReplaceWith reads a copy instead of standard input.
func TestReplaceWith(t *testing.T) {
	in, err := OpenInput(ui.NewConsole(strings.NewReader("first"), io.Discard, io.Discard), "-")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	in.ReplaceWith(strings.NewReader("copy"), 4)
	text, err := io.ReadAll(in)
	if string(text) != "copy" || err != nil || in.Size != 4 {
		t.Errorf("%q, %v, size %d", text, err, in.Size)
	}
}

// TestChangedWhileRead writes to an input after its first bytes were read.
func TestChangedWhileRead(t *testing.T) {
	text := strings.Repeat("0123456789", 100)
	past := time.Now().Add(-time.Hour)
	for name, change := range map[string]func(path string) error{
		"overwritten": func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt([]byte("x"), 500)
			return errors.Join(err, f.Close())
		},
		"grown": func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("more")
			return errors.Join(err, f.Close())
		},
		"cut":       func(path string) error { return os.Truncate(path, 500) },
		"new again": func(path string) error { return os.WriteFile(path, []byte(text), 0o666) },
		"clock set back": func(path string) error {
			return os.Chtimes(path, past.Add(-time.Hour), past.Add(-time.Hour))
		},
		"": func(string) error { return nil },
	} {
		path := filepath.Join(t.TempDir(), "a.txt")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, past, past); err != nil {
			t.Fatal(err)
		}
		var errw bytes.Buffer
		c := ui.NewConsole(strings.NewReader(""), io.Discard, &errw)
		in, err := OpenInput(c, path)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		if _, err := io.ReadFull(in, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(in)
		if name == "" {
			if err != nil || in.changed() {
				t.Errorf("unchanged: %v, %v", err, in.changed())
			}
			continue
		}
		if code := c.Report(t.Context(), ui.InFile(in.Name, err)); code != ui.ExitFailure || !strings.Contains(errw.String(), path+": the file changed while it was read") || !strings.Contains(errw.String(), "hint: run again") {
			t.Errorf("%s: exit code %d, %s", name, code, &errw)
		}
		// What is found wrong before the end of the file may come from the change too.
		errw.Reset()
		if code := c.Report(t.Context(), fmt.Errorf("%w: line 7", ui.ErrInput)); code != ui.ExitBadData || !strings.Contains(errw.String(), "hint: "+path+" changed while it was read") {
			t.Errorf("%s: exit code %d, %s", name, code, &errw)
		}
	}
}
