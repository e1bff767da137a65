package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"

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

// soundImageFile says why the file of an image is not to be read. Errors wrap
// fs.ErrNotExist if there is none.
func soundImageFile(path string) error {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !st.Mode().IsRegular():
		return errImageNoFile
	case st.Size() > wsi.MaxImageBytes:
		return fmt.Errorf("it has %d bytes, more than %d", st.Size(), wsi.MaxImageBytes)
	}
	return nil
}

// readImageFile reads the file of an image, if it is sound.
func readImageFile(path string) ([]byte, error) {
	if err := soundImageFile(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
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
