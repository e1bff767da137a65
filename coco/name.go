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
	var tile string
	if v := img.Extra.Get("tile"); v != nil && json.Unmarshal(v, &tile) == nil && tile != "" {
		return tile
	}
	if name := path.Base(strings.ReplaceAll(img.FileName, `\`, "/")); img.FileName != "" {
		return strings.TrimSuffix(name, path.Ext(name))
	}
	return img.ID.String()
}
