package coco

import (
	"encoding/json"
	"path"
	"strings"
)

// ImageName returns the name of a single image: its member tile if that is a string
// and not empty, as in hubdata's own datasets, otherwise its file name with folders and
// without the extension, otherwise its id. Two images of a list may share this name;
// [Names] gives each its own.
func ImageName(img *Image) string {
	if tile, ok := tileName(img); ok {
		return tile
	}
	if file := cleanPath(img.FileName); file != "" {
		return file[:len(file)-extension(file)]
	}
	return img.ID.String()
}

// TileID returns the id of an image in a table of HuBMAP's tiles: its [ImageName]
// without folders.
func TileID(img *Image) string {
	if tile, ok := tileName(img); ok {
		return tile
	}
	if img.FileName != "" {
		return path.Base(ImageName(img))
	}
	return img.ID.String()
}

// tileName returns the member tile of an image.
func tileName(img *Image) (name string, ok bool) {
	if v := img.Extra.Get("tile"); v != nil {
		ok = json.Unmarshal(v, &name) == nil && name != ""
	}
	return name, ok
}

// cleanPath returns a path with forward slashes, without "." and, where possible,
// without "..". An empty path stays empty.
func cleanPath(name string) string {
	if name == "" {
		return ""
	}
	return path.Clean(strings.ReplaceAll(name, `\`, "/"))
}

// extension returns the length of a path's extension including the dot. A base name
// that consists only of it has no extension.
func extension(file string) int {
	n := len(path.Ext(file))
	if n == len(path.Base(file)) {
		return 0
	}
	return n
}
