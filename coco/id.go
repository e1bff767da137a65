package coco

import (
	"strconv"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// ID identifies an image or an annotation. It is an integer or a string, as in the
// file. IDs are comparable; the integer 12 and the string "12" differ. The zero ID is
// the integer 0. An integer may have any number of digits.
type ID struct {
	num    int64
	str    string // the string, or the digits of an integer of more than 64 bits
	quoted bool
}

// IntID returns the integer id n.
func IntID(n int64) ID { return ID{num: n} }

// StringID returns the string id s.
func StringID(s string) ID { return ID{str: s, quoted: true} }

// Int returns the integer. It reports false if the id is a string, or an integer of more
// than 64 bits.
func (id ID) Int() (int64, bool) { return id.num, !id.quoted && id.str == "" }

// IsString reports whether the id is a string.
func (id ID) IsString() bool { return id.quoted }

// String returns the integer in decimal, or the string itself, for messages and file
// names. It does not distinguish 12 from "12"; [ID.AppendJSON] does.
func (id ID) String() string {
	if id.quoted || id.str != "" {
		return id.str
	}
	return strconv.FormatInt(id.num, 10)
}

// AppendJSON appends the id as JSON: 12 or "12".
func (id ID) AppendJSON(dst []byte) []byte {
	if id.quoted {
		return jsonscan.AppendString(dst, id.str)
	}
	if id.str != "" {
		return append(dst, id.str...)
	}
	return strconv.AppendInt(dst, id.num, 10)
}

// MarshalJSON returns the id as JSON.
func (id ID) MarshalJSON() ([]byte, error) { return id.AppendJSON(nil), nil }

// UnmarshalJSON reads an id as [ID.AppendJSON] writes it.
func (id *ID) UnmarshalJSON(text []byte) error {
	p := parser{c: jsonscan.New(text)}
	var err error
	if *id, err = p.id(); err == nil {
		err = p.c.End()
	}
	return err
}

// imagePlaces finds images by their ids. An annotation often has the image of the one
// before.
type imagePlaces struct {
	at   map[ID]int32
	last ID
	has  int32 // the place of last; -1: none
}

func newImagePlaces(n int) *imagePlaces { return &imagePlaces{at: make(map[ID]int32, n), has: -1} }

// set says where the image of an id is.
func (p *imagePlaces) set(id ID, at int) { p.at[id], p.has = int32(at), -1 }

// find returns the place of an image.
func (p *imagePlaces) find(id ID) (at int, ok bool) {
	if p.has < 0 || id != p.last {
		place, ok := p.at[id]
		if !ok {
			return 0, false
		}
		p.last, p.has = id, place
	}
	return int(p.has), true
}

// ascending reports whether the ids of annotations are integers, each larger than the one
// before, as in most files.
func ascending(list []Annotation) bool {
	for i := range list {
		if n, ok := list[i].ID.Int(); !ok || i > 0 && n <= list[i-1].ID.num {
			return false
		}
	}
	return true
}
