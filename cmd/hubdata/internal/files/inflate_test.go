package files

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/klauspost/compress/zstd"
)

// TestInflate: the suffix decides in letters of any case, members follow each other, and what is not one is named.
func TestInflate(t *testing.T) {
	gz := func(text string) string {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		return out.String()
	}
	one, two := gz("one "), gz("two")
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	zst := string(z.EncodeAll([]byte("one "), nil))
	const follows = "found bytes after the end of the gzip data"
	for _, tt := range []struct{ name, data, text, err string }{
		{"a.json", "plain", "plain", ""},
		{"a.JSON.GZ", one, "one ", ""},
		{"a.Gz", one + two, "one two", ""},
		{"a.Zst", zst, "one ", ""},
		{"a.ZST", zst + zst, "one one ", ""},
		{"a.gz", one + gz("") + two, "one two", ""},
		{"a.gz", one + "x", "one ", follows},
		{"a.gz", one + "\x00\x00\x00", "one ", follows},
		{"a.gz", one + two + strings.Repeat("text", 5000), "one two", follows},
		{"a.gz", one + "\x1f\x8c" + two, "one ", follows},
		{"a.gz", one + "\x1f", "one ", "end early"},
		{"a.gz", one + two[:5], "one ", "end early"},
		{"a.gz", one + two[:15], "", "end early"},
		{"a.gz", one + "\x1f\x8b\x00" + two[3:], "one ", "corrupt gzip data"},
		{"a.zst", zst + "text behind", "", "found bytes after the end of the zstd data"},
	} {
		path := filepath.Join(t.TempDir(), tt.name)
		if err := os.WriteFile(path, []byte(tt.data), 0o666); err != nil {
			t.Fatal(err)
		}
		in, err := OpenInput(ui.NewConsole(nil, io.Discard, io.Discard), path)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		text, err := io.ReadAll(in)
		if tt.err == "" && err == nil {
			_, err = in.ReadToEnd()
		}
		in.Close()
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) || tt.text != "" && string(text) != tt.text {
			t.Errorf("%s, %d bytes: %q, %v, expected %q and the error %q", tt.name, len(tt.data), text, err, tt.text, tt.err)
		}
	}
	if got := UnpackedName("x/A.JSON.GZ"); got != "x/A.JSON" {
		t.Errorf("UnpackedName: %s", got)
	}
	if got := Stem("x/A.JSON.Zst"); got != "A" {
		t.Errorf("Stem: %s", got)
	}
}
