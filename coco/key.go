package coco

import (
	"fmt"
	"strconv"
	"strings"
)

// NoValue is the name of the group of images that have no value of a [Key].
const NoValue = "none"

// Key names a value of an image by which images are grouped or chosen: a member such
// as patient, or a folder of the path in file_name.
type Key struct {
	Name    string   // what the key is called
	Members []string // members of the image that hold the value, the first that is there; nil: a folder
	// Folder is the folder of the path: 1 is the first, -1 the last, the one that the
	// file is in; 0 is all of them, as in p1/s2 of p1/s2/a.png. It is used if Members
	// is nil.
	Folder int
}

// ParseKey reads a key: path:1, path:-1 and so on are folders of the path, path:dir is
// all of them; any other name is that of a member, and so is member:NAME, whatever NAME
// is.
func ParseKey(name string) (Key, error) {
	if member, ok := strings.CutPrefix(name, "member:"); ok && member != "" {
		return Key{Name: member, Members: []string{member}}, nil
	}
	part, ok := strings.CutPrefix(name, "path:")
	switch {
	case name == "":
		return Key{}, fmt.Errorf("found an empty name, expected a member of the images")
	case !ok:
		return Key{Name: name, Members: []string{name}}, nil
	case part == "dir":
		return Key{Name: name}, nil
	}
	n, err := strconv.Atoi(part)
	if err != nil || n == 0 {
		return Key{}, fmt.Errorf("found %q, expected path:dir, path:1 (the first folder), path:-1 (the last) and so on", name)
	}
	return Key{Name: name, Folder: n}, nil
}

// Value returns the value of an image, as text: the content of a string, the digits of
// a number (those of 2 for 2.0), or the JSON of any other value. It reports false if
// the image has no such member or folder, or if the member is null or an empty string.
func (k Key) Value(img *Image) (text string, ok bool) {
	if k.Members == nil {
		return folderOf(img.FileName, k.Folder)
	}
	for _, member := range k.Members {
		if member == "id" {
			return img.ID.String(), true
		}
		if text, ok := img.Text(member); ok && text != "" {
			return text, true
		}
	}
	return "", false
}

// folderOf returns a folder of a path.
func folderOf(file string, n int) (string, bool) {
	clean := cleanPath(file)
	at := strings.LastIndexByte(clean, '/')
	if at < 0 {
		return "", false
	}
	dir := strings.TrimPrefix(clean[:at], "/")
	if n == 0 {
		return dir, dir != ""
	}
	folders := strings.Split(dir, "/")
	if n < 0 {
		n += len(folders) + 1
	}
	if n < 1 || n > len(folders) || folders[n-1] == "" {
		return "", false
	}
	return folders[n-1], true
}
