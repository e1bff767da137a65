package coco

import (
	"strconv"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// Text returns the member key as text: the content of a string, or the JSON of any
// other value, so that the number 2 and the string "2" are equal. It reports false if
// there is no such member, or if it is null.
func (f Fields) Text(key string) (text string, ok bool) {
	v := f.Get(key)
	if v == nil || string(v) == "null" {
		return "", false
	}
	if s, err := jsonscan.New(v).String(); err == nil {
		return string(s), true
	}
	return string(v), true
}

// Text returns a member of the image as text, including file_name, height and width.
// Other members are returned as by [Fields.Text]. It reports false if the image lacks
// the member.
func (img *Image) Text(member string) (text string, ok bool) {
	var field FieldSet
	switch member {
	case "file_name":
		text, field = img.FileName, FieldFileName
	case "height":
		text, field = strconv.Itoa(img.Height), FieldHeight
	case "width":
		text, field = strconv.Itoa(img.Width), FieldWidth
	default:
		return img.Extra.Text(member)
	}
	if img.Missing.Has(field) {
		return "", false
	}
	return text, true
}
