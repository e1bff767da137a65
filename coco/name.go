package coco

import (
	"path"
	"strings"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// ImageName returns the name of one image by itself: its member tile if that is a
// string and not empty, as hubdata's sets have it, else its file name with the
// folders and without the extension (see [Names]), else its id. In a list, where two images
// may share it, [Names] says what each is called.
func ImageName(img *Image) string {
	if tile, ok := tileName(img); ok {
		return tile
	}
	if file := cleanPath(img.FileName); file != "" {
		return file[:len(file)-extension(file)]
	}
	return img.ID.String()
}

// TileID returns the id by which a table of HuBMAP's tiles knows an image: as
// [ImageName], but without folders.
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
		text, err := jsonscan.New(v).String()
		name, ok = string(text), err == nil && len(text) > 0
	}
	return name, ok
}

// cleanPath returns a path with forward slashes, without "." and without "..",
// where that is possible. An empty path stays empty.
func cleanPath(name string) string {
	if name == "" {
		return ""
	}
	return path.Clean(strings.ReplaceAll(name, `\`, "/"))
}

// maxExtension is the length of the longest extension, without its dot.
const maxExtension = 5

// extension returns the length of a path's extension with its dot: up to maxExtension
// letters and digits, not all of them digits. A base name that is nothing else has none.
func extension(file string) int {
	ext := path.Ext(file)
	if len(ext) < 2 || len(ext) > 1+maxExtension || len(ext) == len(path.Base(file)) {
		return 0
	}
	letters := false
	for _, c := range []byte(ext[1:]) {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letters = true
		case c < '0' || c > '9':
			return 0
		}
	}
	if !letters {
		return 0
	}
	return len(ext)
}
