package wsi

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"path/filepath"
	"testing"
	"testing/iotest"

	"golang.org/x/image/tiff"
)

func TestImageSize(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 7, 5))
	var p, j, tf bytes.Buffer
	if err := errors.Join(png.Encode(&p, img), jpeg.Encode(&j, img, nil), tiff.Encode(&tf, img, nil)); err != nil {
		t.Fatal(err)
	}
	broken := append([]byte(nil), tf.Bytes()...)
	copy(broken[4:], "\xff\xff\xff\x7f") // header out of the file
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"png", p.Bytes(), nil},
		{"jpeg", j.Bytes(), nil},
		{"tiff", tf.Bytes(), nil},
		{"empty", nil, ErrImageFormat},
		{"text", []byte("id,source_wsi"), ErrImageFormat},
		{"gif", []byte("GIF89a\x01\x00\x01\x00"), ErrImageFormat},
		{"short png", p.Bytes()[:12], ErrImageCorrupt},
		{"short jpeg", j.Bytes()[:20], ErrImageCorrupt},
		{"short tiff", tf.Bytes()[:20], ErrImageCorrupt},
		{"tiff header out of the file", broken, ErrImageCorrupt},
	}
	for _, tt := range tests {
		for _, r := range []io.Reader{bytes.NewReader(tt.data), iotest.OneByteReader(bytes.NewReader(tt.data))} {
			h, w, err := ImageSize(r)
			if !errors.Is(err, tt.want) || err == nil && (h != 5 || w != 7) {
				t.Errorf("%s: %d x %d, error %v, want %v", tt.name, h, w, err, tt.want)
			}
		}
	}
	failed := errors.New("failed")
	if _, _, err := ImageSize(iotest.ErrReader(failed)); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	// From the reader's place on, not from the file's beginning.
	r := bytes.NewReader(append([]byte("four"), tf.Bytes()...))
	if _, err := r.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if h, w, err := ImageSize(r); err != nil || h != 5 || w != 7 {
		t.Errorf("from the middle: %d x %d, %v", h, w, err)
	}
}

func TestRealImageSizes(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(realFile(t, "train"), "*.tif"))
	if err != nil || len(files) != 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		h, w, err := ImageSize(open(t, name))
		if err != nil || h != TilePixels || w != TilePixels {
			t.Errorf("%s: %d x %d, %v", filepath.Base(name), h, w, err)
		}
	}
}
