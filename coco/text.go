package coco

import (
	"math"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// Text returns the member key as text: the content of a string, the digits of a whole
// number (those of 2 for 2.0), or the JSON of any other value. The numbers 2 and 2.0 and
// the string "2" are equal. It reports false if there is no such member, or if it is null.
func (f Fields) Text(key string) (text string, ok bool) {
	v := f.Get(key)
	if v == nil || string(v) == "null" {
		return "", false
	}
	if s, err := jsonscan.New(v).String(); err == nil {
		return string(s), true
	}
	return wholeNumber(string(v)), true
}

// wholeNumber returns the digits of a whole number that a program wrote as 2.0, and any
// other JSON as it is.
func wholeNumber(value string) string {
	if !strings.ContainsAny(value, ".eE") {
		return value
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || v != math.Trunc(v) || math.Abs(v) > 1<<53 {
		return value
	}
	return strconv.FormatInt(int64(v), 10)
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
