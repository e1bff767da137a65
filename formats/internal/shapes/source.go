package shapes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"

	"github.com/hubdata/hubdata/formats"
)

// maxFile is the largest file that is read whole: 1 GiB.
const maxFile = 1 << 30

// Files returns the file that was named, or all files of a folder with the extension,
// such as .json, in the order of their paths. Hidden files and folders are left out.
func Files(src *formats.Source, ext string) ([]string, error) {
	if src.File != "" {
		return []string{src.File}, nil
	}
	var files []string
	err := fs.WalkDir(src.FS, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && strings.EqualFold(path.Ext(name), ext):
			files = append(files, name)
		}
		return nil
	})
	sort.Strings(files)
	return files, err
}

// FirstFile returns the file that was named if it has the extension, or the first file of
// the folder with it that Files would return; empty: there is none.
func FirstFile(src *formats.Source, ext string) string {
	if src.File != "" {
		if strings.EqualFold(path.Ext(src.File), ext) {
			return src.File
		}
		return ""
	}
	first := ""
	stop := errors.New("found")
	_ = fs.WalkDir(src.FS, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && strings.EqualFold(path.Ext(name), ext):
			first = name
			return stop
		}
		return nil
	})
	return first
}

var (
	bom     = []byte("\xef\xbb\xbf")
	utf16le = []byte("\xff\xfe")
	utf16be = []byte("\xfe\xff")
)

// ReadText reads a file of at most maxFile bytes, without a byte order mark.
func ReadText(src *formats.Source, name string) ([]byte, error) {
	f, err := src.FS.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was read only
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: found more than %d bytes, expected at most these: split the file", name, maxFile)
	}
	text = bytes.TrimPrefix(text, bom)
	if err := checkUTF16(text); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

func checkUTF16(text []byte) error {
	if bytes.HasPrefix(text, utf16le) || bytes.HasPrefix(text, utf16be) {
		return errors.New("byte 0: found UTF-16, expected UTF-8: save the file as UTF-8")
	}
	return nil
}

// Head returns the start of a file, at most n bytes, without a byte order mark.
func Head(src *formats.Source, name string, n int64) []byte {
	f, err := src.FS.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close() //nolint:errcheck // it was read only
	text, err := io.ReadAll(io.LimitReader(f, n))
	if err != nil {
		return nil
	}
	return bytes.TrimPrefix(text, bom)
}

// ImageSize returns the size of an image: that which its annotations declare, if not 0,
// and that of the first of the named files that Source.Size finds. They must agree.
func ImageSize(src *formats.Source, height, width int, names ...string) (h, w int, err error) {
	for _, name := range names {
		if !fs.ValidPath(name) || src.Size == nil {
			continue
		}
		h, w, err := src.Size(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, 0, fmt.Errorf("%s: %w", name, err)
		}
		if (height != 0 && height != h) || (width != 0 && width != w) {
			return 0, 0, fmt.Errorf("found a size of %d x %d, expected the %d x %d pixels (width x height) of image %s: "+
				"annotate this image, or give the image that was annotated", width, height, w, h, name)
		}
		return h, w, nil
	}
	if height <= 0 || width <= 0 {
		return 0, 0, fmt.Errorf("found neither a size nor the image file, expected one: place the image at %s", names[0])
	}
	return height, width, nil
}

// Claims finds images that would be written into one file.
type Claims struct {
	mu    sync.Mutex
	names map[string]string
}

// Claim notes that an image has the key, such as the path of its file. Another image with
// the same key is an error, which names both.
func (c *Claims) Claim(key, image string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil {
		c.names = map[string]string{}
	}
	if other, ok := c.names[key]; ok {
		a, b := min(other, image), max(other, image)
		if a == b {
			return fmt.Errorf("image %q: found two images with this name, expected different names: rename one", a)
		}
		return fmt.Errorf("images %q and %q: both belong into %s, expected different names: rename one", a, b, key)
	}
	c.names[key] = image
	return nil
}

// Any reports whether there was a claim.
func (c *Claims) Any() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.names) > 0
}

// CheckName returns an error if the name of an image is not a path inside a folder.
func CheckName(name string) error {
	if name == "" || name == "." || !fs.ValidPath(name) {
		return fmt.Errorf("image %q: found a name that is not a path inside the folder, "+
			"expected such as slide/tile.png: rename the image", name)
	}
	return nil
}

// Stem returns a name without its extension.
func Stem(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }
