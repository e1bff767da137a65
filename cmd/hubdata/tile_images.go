package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/hubdata/hubdata/wsi"
)

// imageSuffixes are the suffixes of tiles' images, in the order in which they are
// tried.
var imageSuffixes = []string{".tif", ".tiff", ".png", ".jpg", ".jpeg"}

var (
	errImageOutside = errors.New("the name leads out of the folder, and is not followed")
	errImageNoFile  = errors.New("it is no file")
)

// imagePath is the path of an image that a dataset names, in a folder. A name that
// leads out of the folder is not followed.
func imagePath(dir, name string) (string, error) {
	local := filepath.FromSlash(name)
	if name == "" || !filepath.IsLocal(local) {
		return "", errImageOutside
	}
	return filepath.Join(dir, local), nil
}

// findImage looks in a folder for the image of a tile by the tile's id; without
// one the path is empty.
func findImage(dir, id string) (string, error) {
	for _, suffix := range imageSuffixes {
		path, err := imagePath(dir, id+suffix)
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", nil
}

// readImageFile reads the file of an image. Errors wrap fs.ErrNotExist if there is
// none.
func readImageFile(path string) ([]byte, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !st.Mode().IsRegular():
		return nil, errImageNoFile
	case st.Size() > wsi.MaxImageBytes:
		return nil, fmt.Errorf("it has %d bytes, more than %d", st.Size(), wsi.MaxImageBytes)
	}
	return os.ReadFile(path)
}

// largeImage is the number of pixels, and of bytes of a file, from which on one image
// is looked at after the other, and not as many as there are processors.
const largeImage = 1 << 20

var largeImages sync.Mutex

// imageTurn is held while one large image is looked at.
type imageTurn struct{ held bool }

// need waits for its turn if an image has a large size.
func (t *imageTurn) need(size int64) {
	if size >= largeImage && !t.held {
		largeImages.Lock()
		t.held = true
		runtime.GC() // the one before is still in memory
	}
}

func (t *imageTurn) end() {
	if t.held {
		largeImages.Unlock()
	}
}

// decodeImage decodes what readImageFile read.
func decodeImage(data []byte) (image.Image, error) { return wsi.DecodeImage(bytes.NewReader(data)) }

// imageSize reads an image's header.
func imageSize(path string) (h, w int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = f.Close() }() // only read
	if h, w, err = wsi.ImageSize(f); err != nil {
		return 0, 0, fmt.Errorf("%w: %s: %w", errInput, path, err)
	}
	return h, w, nil
}
