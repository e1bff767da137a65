package jpegcut_test

import (
	"bytes"
	"image/jpeg"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/internal/imagefile"
	"github.com/hubdata/hubdata/internal/imagefile/picture/picturetest"
)

// TestGoldenWhole decodes JPEGs of libjpeg-turbo whole, also those whose restarts image/jpeg
// does not find.
func TestGoldenWhole(t *testing.T) {
	type file struct{ File, Plain []byte }
	for _, g := range golden.Cases[file](t, "jpegs.jsonl.gz") {
		img, err := imagefile.Decode(bytes.NewReader(g.File))
		if err != nil {
			t.Error(err)
			continue
		}
		expected, err := jpeg.Decode(bytes.NewReader(g.Plain))
		if err != nil {
			t.Fatal(err)
		}
		picturetest.Same(t, img, expected, img.Bounds())
	}
}
