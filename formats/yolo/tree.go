package yolo

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A tree is the files of a source.
type tree struct {
	images []string // by name
	texts  []string // label files and lists
}

// readTree lists the files of a folder, without hidden ones.
func readTree(fsys fs.FS, root string) (*tree, error) {
	t := &tree{}
	err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch hidden := name != root && strings.HasPrefix(d.Name(), "."); {
		case hidden && d.IsDir():
			return fs.SkipDir
		case hidden || d.IsDir():
		case isImage(name):
			t.images = append(t.images, name)
		case path.Ext(name) == ".txt":
			t.texts = append(t.texts, name)
		}
		return nil
	})
	slices.Sort(t.images)
	slices.Sort(t.texts)
	return t, err
}

// below returns the images in a folder and those below it.
func (t *tree) below(folder string) []string {
	if folder == "." {
		return t.images
	}
	var list []string
	for _, name := range t.images {
		if strings.HasPrefix(name, folder+"/") {
			list = append(list, name)
		}
	}
	return list
}
