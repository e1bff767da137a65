package folder

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
)

// ImageSuffixes are the suffixes of tiles' images, in the order in which they are tried.
var ImageSuffixes = []string{".tif", ".tiff", ".png", ".jpg", ".jpeg"}

var (
	errImageOutside = errors.New("the name leads out of the folder")
	errImageNoFile  = errors.New("it is not a file")
)

// imagePath is the path of the image in dir that a dataset names. A name that leads out of the folder is an error.
func imagePath(dir, name string) (string, error) {
	local := filepath.FromSlash(name)
	if name == "" || !filepath.IsLocal(local) {
		return "", errImageOutside
	}
	return filepath.Join(dir, local), nil
}

// NamedImage is the path of the file in dir that a dataset names: by its path as [coco.Names.Path] has it, with forward
// slashes, or else as it is written. The error says why neither is a file.
func NamedImage(dir, fileName string) (path string, err error) {
	var one coco.Names
	one.Add(&coco.Image{FileName: fileName})
	for _, name := range [2]string{one.Path(0), fileName} {
		at, fault := imagePath(dir, name)
		if fault == nil {
			fault = regularFile(at)
		}
		if fault == nil {
			return at, nil
		}
		if err == nil {
			err = fault
		}
	}
	return "", err
}

// regularFile reports why a path is not that of a file.
func regularFile(path string) error {
	st, err := os.Stat(path)
	if err == nil && !st.Mode().IsRegular() {
		err = errImageNoFile
	}
	return err
}

// FindImage returns the path of the image of a tile in dir; empty: there is none.
func FindImage(dir, id string) (string, error) {
	for _, suffix := range ImageSuffixes {
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

// SoundImageFile reports why the file of an image must not be read: it is missing ([fs.ErrNotExist]), not a file, or too
// large.
func SoundImageFile(path string) error {
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

// ReadImageFile reads the file of an image that [SoundImageFile] allows.
func ReadImageFile(path string) ([]byte, error) {
	if err := SoundImageFile(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// DecodeImage decodes what ReadImageFile read.
func DecodeImage(data []byte) (image.Image, error) { return wsi.DecodeImage(bytes.NewReader(data)) }

// ImageSize reads height and width in the header of an image.
func ImageSize(path string) (h, w int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = f.Close() }() // only read
	if h, w, err = wsi.ImageSize(f); err != nil {
		return 0, 0, fmt.Errorf("%w: %s: %w", ui.ErrInput, path, err)
	}
	return h, w, nil
}
