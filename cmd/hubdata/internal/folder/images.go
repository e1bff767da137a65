package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/regularfile"
	"github.com/hubdata/hubdata/wsi"
)

// ImageSuffixes are the suffixes of tiles' images, in the order in which they are tried.
var ImageSuffixes = []string{".tif", ".tiff", ".png", ".jpg", ".jpeg"}

var (
	errImageOutside = errors.New("the name leads out of the folder")
	errImageNoFile  = errors.New("it is not a file")
)

// imagePath is the path of the image in dir that a dataset names. A name that leads out of the folder is an error. A
// link in the folder is followed: it belongs to whoever made the folder, not to the dataset.
func imagePath(dir, name string) (string, error) {
	local := filepath.FromSlash(coco.FileNameBytes(name))
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
			fault = regular(os.Stat(at))
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

// OpenImage opens the file of an image. It is missing ([fs.ErrNotExist]), or a file: a folder, a pipe or a device is an
// error, and is not waited for.
func OpenImage(path string) (*os.File, error) {
	f, _, err := regularfile.Open(path)
	var other *regularfile.KindError
	if errors.As(err, &other) {
		return nil, errImageNoFile
	}
	return f, err
}

// regular reports what is not a file.
func regular(st fs.FileInfo, err error) error {
	if err == nil && !st.Mode().IsRegular() {
		err = errImageNoFile
	}
	return err
}

// ImageSize reads height and width of an image, as it is shown.
func ImageSize(path string) (h, w int, err error) {
	f, err := OpenImage(path)
	if errors.Is(err, errImageNoFile) {
		return 0, 0, fmt.Errorf("%w: %s: %w", ui.ErrInput, path, err)
	}
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = f.Close() }() // only read
	if h, w, err = wsi.ImageSize(f); err != nil {
		return 0, 0, fmt.Errorf("%w: %s: %w", ui.ErrInput, path, err)
	}
	return h, w, nil
}
