package coco

import (
	"encoding/json"
	"path"
	"strings"
)

// ImageName returns the name by which an image is known in every file: its
// member tile if that is a string and not empty, as hubdata's sets have it, else
// its file's name without folder and suffix, else its id.
func ImageName(img *Image) string {
	if tile, ok := tileName(img); ok {
		return tile
	}
	if name := path.Base(strings.ReplaceAll(img.FileName, `\`, "/")); img.FileName != "" {
		return strings.TrimSuffix(name, path.Ext(name))
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
