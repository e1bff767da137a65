package npz

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
)

// TestWriter checks the text of headers, which numpy evaluates, and the elements.
func TestWriter(t *testing.T) {
	var archive bytes.Buffer
	w := NewWriter(&archive)
	w.Floats("f", []int{2, 3}, slices.Values([]float64{0, 1, 2, 3, 4, 5}))
	w.Ints("i", []int64{-1})
	w.Strings("s", []string{"é", "abc", ""})
	w.Floats("none", []int{0, 4}, slices.Values([]float64{}))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct{ name, header, elements string }{
		{"f.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3,), }", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xf0?"},
		{"i.npy", "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", "\xff\xff\xff\xff\xff\xff\xff\xff"},
		{"s.npy", "{'descr': '<U3', 'fortran_order': False, 'shape': (3,), }", "\xe9\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00a\x00\x00\x00b\x00\x00\x00c\x00\x00\x00" + strings.Repeat("\x00", 12)},
		{"none.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4,), }", ""},
	} {
		f, err := r.File[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		end := bytes.IndexByte(text, '\n') + 1
		header := strings.TrimRight(string(text[10:end]), " \n")
		if r.File[i].Name != c.name || string(text[:8]) != "\x93NUMPY\x01\x00" || int(text[8])|int(text[9])<<8 != end-10 || end%64 != 0 || header != c.header || !bytes.HasPrefix(text[end:], []byte(c.elements)) {
			t.Errorf("%s: %q", c.name, text)
		}
	}
}

func TestShape(t *testing.T) {
	w := NewWriter(io.Discard)
	w.Floats("f", []int{2, 2}, slices.Values([]float64{1}))
	w.Ints("i", []int64{1})
	if err := w.Close(); err == nil || err.Error() != "npz: array f has 1 elements, expected 4 for the shape [2 2]" {
		t.Errorf("error %v", err)
	}
}
