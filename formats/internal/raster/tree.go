package raster

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/hubdata/hubdata/formats"
)

// imageSuffixes are those of image files, in the order in which they are looked for.
var imageSuffixes = []string{".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp", ".webp"}

// IsImage reports whether a file has the suffix of an image.
func IsImage(file string) bool {
	return slices.Contains(imageSuffixes, strings.ToLower(path.Ext(file)))
}

// Stem returns the name of a file without its folders and its suffix.
func Stem(file string) string { return strings.TrimSuffix(path.Base(file), path.Ext(file)) }

// Tree is the files of a source, in the order of their paths.
type Tree struct {
	Files  []string
	images map[string]string // path by folder, "/" and stem
}

// List returns the files of a folder and of those in it, without those whose name begins
// with a dot.
func List(ctx context.Context, fsys fs.FS) (*Tree, error) {
	t := &Tree{images: map[string]string{}}
	err := fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case file != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir():
			t.Files = append(t.Files, file)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(t.Files)
	for _, file := range t.Files {
		key := strings.TrimSuffix(file, path.Ext(file))
		if rank := suffixRank(file); rank >= 0 {
			if other, ok := t.images[key]; !ok || rank < suffixRank(other) {
				t.images[key] = file
			}
		}
	}
	return t, nil
}

func suffixRank(file string) int { return slices.Index(imageSuffixes, strings.ToLower(path.Ext(file))) }

// Image returns the image file of a stem in the first of the folders that has one.
func (t *Tree) Image(stem string, folders ...string) (file string, ok bool) {
	for _, folder := range folders {
		if file, ok = t.images[path.Join(folder, stem)]; ok {
			return file, true
		}
	}
	return "", false
}

// Cut divides a folder at its last element of a name, into the folders above and below
// that; ok is false if it has none.
func Cut(folder, name string) (above, below string, ok bool) {
	parts := strings.Split(folder, "/")
	for i := len(parts) - 1; i >= 0; i-- {
		if parts[i] == name {
			return strings.Join(parts[:i], "/"), strings.Join(parts[i+1:], "/"), true
		}
	}
	return "", "", false
}

// splits are the folders that divide a set.
var splits = []string{"train", "val", "valid", "validation", "test"}

// Split returns the split that a folder of the path of a file names; empty: none does.
func Split(file string) string {
	for part := range strings.SplitSeq(path.Dir(file), "/") {
		if slices.Contains(splits, part) {
			return part
		}
	}
	return ""
}

// CheckSize compares the size of labels with that of the image file that they belong to.
func CheckSize(src *formats.Source, image, labels string, h, w int) error {
	ih, iw, err := src.Size(image)
	if err != nil {
		return fmt.Errorf("%s: %w", image, err)
	}
	if ih != h || iw != w {
		return fmt.Errorf("%s: found %d x %d pixels (width x height), expected %d x %d as %s has: scale the labels without interpolation, or remove the one that belongs elsewhere", labels, w, h, iw, ih, image)
	}
	return nil
}

// Names are the files that an export has for its images. It may be used by several
// goroutines.
type Names struct {
	mu     sync.Mutex
	images map[string][]string
}

// Take notes that a file is that of an image.
func (n *Names) Take(file, image string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.images == nil {
		n.images = map[string][]string{}
	}
	n.images[file] = append(n.images[file], image)
}

// Check returns an error if two images have one file.
func (n *Names) Check() error {
	first := ""
	for file, images := range n.images {
		if len(images) > 1 && (first == "" || file < first) {
			first = file
		}
	}
	if first == "" {
		return nil
	}
	images := slices.Sorted(slices.Values(n.images[first]))
	return fmt.Errorf("images %q and %q would both be %s: rename one", images[0], images[1], first)
}

// Place returns the path of an image in an export below its folder, and its stem: the path
// of its file name, which stays below the folder.
func Place(img *formats.Image) (file, stem string, err error) {
	name := strings.ReplaceAll(img.FileName, `\`, "/")
	file = strings.TrimPrefix(path.Clean("/"+name), "/")
	if file == "" {
		return "", "", fmt.Errorf("image %s: found no file name, expected one", img.ID)
	}
	return file, strings.TrimSuffix(file, path.Ext(file)), nil
}
