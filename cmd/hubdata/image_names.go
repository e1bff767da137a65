package main

import (
	"path"
	"strings"

	"github.com/hubdata/hubdata/coco"
)

// imageNames takes the shortest kind of name that no two images share: the tile
// or the file's name (coco.ImageName), the file's path (fileStem), the id.
func imageNames(names, files []string, ids []coco.ID) []string {
	unique := func(names []string) bool {
		seen := make(map[string]bool, len(names))
		for _, n := range names {
			if n == "" || seen[n] {
				return false
			}
			seen[n] = true
		}
		return true
	}
	switch {
	case unique(names):
		return names
	case unique(files):
		return files
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
}

// fileStem is an image's file name with its folder and without its suffix.
func fileStem(img *coco.Image) string {
	return strings.TrimSuffix(img.FileName, path.Ext(img.FileName))
}
