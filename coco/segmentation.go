package coco

import (
	"math"
	"strconv"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// Kind is the JSON form of a segmentation.
type Kind uint8

// The forms of a segmentation.
const (
	KindNone     Kind = iota // absent, null or an empty list
	KindPolygons             // [[x1, y1, x2, y2, ...], ...]
	KindCounts               // {"size": [h, w], "counts": [n, ...]}
	KindRLE                  // {"size": [h, w], "counts": "..."}
)

// String returns none, polygon, counts or rle.
func (k Kind) String() string {
	switch k {
	case KindNone:
		return "none"
	case KindPolygons:
		return "polygon"
	case KindCounts:
		return "counts"
	case KindRLE:
		return "rle"
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// Segmentation is the outline or mask of an instance. It stores the JSON text, checked
// to be well-formed, and is decoded only on demand. So masks that are not used cost no
// time when a file is read, and writing reproduces what was read. The zero Segmentation
// is KindNone.
type Segmentation struct {
	raw  []byte
	kind Kind
	read bool // raw was read, and may contain white space
	bad  bool // made from numbers that JSON cannot represent
	// If h and w are not 0, raw is the string of compressed runs alone, with its quotes, of
	// masks of this size.
	h, w uint16
}

// Len returns the length of the JSON text in bytes, or a little less.
func (s Segmentation) Len() int { return len(s.raw) }

// text returns the JSON text.
func (s Segmentation) text() []byte {
	if s.h == 0 {
		return s.raw
	}
	text := strconv.AppendUint(append(make([]byte, 0, len(s.raw)+40), `{"size":[`...), uint64(s.h), 10)
	text = strconv.AppendUint(append(text, ','), uint64(s.w), 10)
	text = append(append(text, `],"counts":`...), s.raw...)
	return append(text, '}')
}

// Polygons returns a segmentation of polygons with all of the rings. A coordinate that
// is not finite cannot be written: writing the record returns an error.
func Polygons(rings []rle.Ring) Segmentation {
	n, bad := 2, false
	for _, r := range rings {
		n += 3 + 14*len(r)
	}
	raw := append(make([]byte, 0, n), '[')
	for i, r := range rings {
		if i > 0 {
			raw = append(raw, ',')
		}
		raw = append(raw, '[')
		for j, p := range r {
			if j > 0 {
				raw = append(raw, ',')
			}
			if !finite(p[0]) || !finite(p[1]) {
				p, bad = rle.Point{}, true
			}
			raw = jsonscan.AppendFloat(raw, p[0])
			raw = jsonscan.AppendFloat(append(raw, ','), p[1])
		}
		raw = append(raw, ']')
	}
	raw = append(raw, ']')
	if len(rings) == 0 {
		return Segmentation{raw: raw}
	}
	return Segmentation{raw: raw, kind: KindPolygons, bad: bad}
}

// Counts returns a segmentation of uncompressed runs.
func Counts(m rle.Mask) Segmentation {
	runs := m.Runs()
	raw := append(appendSize(make([]byte, 0, 40+6*len(runs)), m), '[')
	for i, r := range runs {
		if i > 0 {
			raw = append(raw, ',')
		}
		raw = strconv.AppendUint(raw, uint64(r), 10)
	}
	return Segmentation{raw: append(raw, "]}"...), kind: KindCounts}
}

// RLE returns a segmentation of compressed runs.
func RLE(m rle.Mask) Segmentation {
	raw := appendQuotedRuns(appendSize(make([]byte, 0, 256), m), m)
	return Segmentation{raw: append(raw, '}'), kind: KindRLE}
}

// Compressed returns the mask of an image of h x w pixels as a segmentation of compressed
// runs that takes little memory. The errors are those of [Segmentation.Mask].
func (s Segmentation) Compressed(h, w int) (Segmentation, error) {
	m, err := s.Mask(h, w)
	if err != nil {
		return Segmentation{}, err
	}
	if h <= 0 || w <= 0 || h > math.MaxUint16 || w > math.MaxUint16 {
		return RLE(m), nil
	}
	var short [512]byte
	raw := appendQuotedRuns(short[:0], m)
	return Segmentation{raw: append(make([]byte, 0, len(raw)), raw...), kind: KindRLE, h: uint16(h), w: uint16(w)}, nil
}

// appendQuotedRuns appends compressed runs as a string of JSON.
func appendQuotedRuns(dst []byte, m rle.Mask) []byte {
	text, _ := m.AppendText(nil) // never fails
	dst = append(dst, '"')
	for _, b := range text {
		if b == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, b)
	}
	return append(dst, '"')
}

// appendSize appends the beginning of a runs object, up to the counts.
func appendSize(dst []byte, m rle.Mask) []byte {
	h, w := m.Size()
	dst = strconv.AppendInt(append(dst, `{"size":[`...), int64(h), 10)
	dst = strconv.AppendInt(append(dst, ','), int64(w), 10)
	return append(dst, `],"counts":`...)
}

// Kind returns the form of the segmentation.
func (s Segmentation) Kind() Kind { return s.kind }

// Vertices returns the total number of points of the rings as written. It reports false
// if the segmentation does not consist of polygons. It counts without decoding.
func (s Segmentation) Vertices() (n int, ok bool) {
	if s.kind != KindPolygons {
		return 0, false
	}
	numbers, inNumber := 0, false
	for _, b := range s.raw {
		switch b {
		case '[', ']':
			if b == ']' { // the last of an odd number of coordinates makes no point
				n, numbers = n+numbers/2, 0
			}
			inNumber = false
		case ',', ' ', '\t', '\n', '\r':
			inNumber = false
		default:
			if !inNumber {
				numbers, inNumber = numbers+1, true
			}
		}
	}
	return n, true
}

// Runs returns the number of runs of the segmentation as written. It reports false if
// the segmentation does not consist of runs. It counts without decoding; if there are
// runs of length 0, the mask has fewer runs.
func (s Segmentation) Runs() (n int, ok bool) {
	if s.kind != KindCounts && s.kind != KindRLE {
		return 0, false
	}
	_ = s.runs(func(key string, c *jsonscan.Cursor) error {
		switch {
		case key != "counts":
			return c.Skip()
		case s.kind == KindCounts:
			return c.Array(func(int) error {
				n++
				return c.Skip()
			})
		}
		text, err := c.String()
		for _, b := range text {
			if (b-'0')&0x20 == 0 { // the last character of a number
				n++
			}
		}
		return err
	})
	return n, true
}

// Finite reports whether all coordinates are finite. Those of a segmentation that was
// read always are. A segmentation that [Polygons] made of other coordinates cannot be
// written.
func (s Segmentation) Finite() bool { return !s.bad }

// AppendJSON appends the segmentation as compact JSON: the text that was read, without
// white space. The zero Segmentation is an empty list.
func (s Segmentation) AppendJSON(dst []byte) []byte {
	if s.raw == nil {
		return append(dst, "[]"...)
	}
	if s.read && s.h == 0 {
		return jsonscan.AppendCompact(dst, s.raw)
	}
	return append(dst, s.text()...)
}
