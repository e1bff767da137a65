package wsi

import (
	"path/filepath"
	"testing"
)

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
