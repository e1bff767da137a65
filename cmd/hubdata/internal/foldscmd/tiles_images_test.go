package foldscmd

import (
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/folds/imagehash"
)

// TestHashLargeImage: pictures that are too large to be decoded whole are compared too, with
// each other and with smaller copies.
func TestHashLargeImage(t *testing.T) {
	large, small := image.NewGray(image.Rect(0, 0, 4300, 4000)), image.NewGray(image.Rect(0, 0, 430, 400))
	waves := func(x, y, size float64) uint8 {
		return uint8(128 + 60*math.Sin(x*30/size+y*7/size) + 50*math.Cos(y*41/size-x*x*20/size/size))
	}
	for i := range large.Pix {
		large.Pix[i] = waves(float64(i%4300), float64(i/4300), 4300)
	}
	for i := range small.Pix {
		small.Pix[i] = waves(float64(i%430), float64(i/430), 430)
	}
	dir := t.TempDir()
	var hashes []imagehash.Hash
	for name, img := range map[string]image.Image{"large.png": large, "large.jpg": large, "small.png": small} {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(name) == ".png" {
			err = png.Encode(f, img)
		} else {
			err = jpeg.Encode(f, img, nil)
		}
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		var s folds.Sample
		if err := hashImage(path, &s); err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, s.Hash)
	}
	for i, h := range hashes {
		if h == (imagehash.Hash{}) || imagehash.Distance(hashes[0], h) > imagehash.Near/4 {
			t.Errorf("hash %d is %x, the first is %x", i, h, hashes[0])
		}
	}
}
