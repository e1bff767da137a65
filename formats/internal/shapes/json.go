package shapes

import (
	"math"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// AppendPoints appends a ring as [[x,y],...].
func AppendPoints(dst []byte, ring rle.Ring) []byte {
	dst = append(dst, '[')
	for i, p := range ring {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonscan.AppendFloat(append(dst, '['), p[0])
		dst = jsonscan.AppendFloat(append(dst, ','), p[1])
		dst = append(dst, ']')
	}
	return append(dst, ']')
}

// Points reads [[x,y],...].
func Points(c *jsonscan.Cursor) (rle.Ring, error) {
	var ring rle.Ring
	var pair [4]float64
	err := c.Array(func(int) error {
		start := c.Pos()
		list, err := c.AppendFloats(pair[:0])
		if err != nil {
			return err
		}
		if len(list) != 2 {
			c.SetPos(start)
			return c.Unexpected("a point [x, y]")
		}
		ring = append(ring, rle.Point{list[0], list[1]})
		return nil
	})
	return ring, err
}

// Text reads a string, or null as the empty string.
func Text(c *jsonscan.Cursor) (string, error) {
	if c.Null() {
		return "", nil
	}
	b, err := c.String()
	return string(b), err
}

// Length reads a height or width: an integer from 0 to 2^30, or null as 0.
func Length(c *jsonscan.Cursor) (int, error) {
	if c.Null() {
		return 0, nil
	}
	start := c.Pos()
	n, _, err := c.Whole()
	if err == nil && (n < 0 || n > rle.MaxPixels) {
		c.SetPos(start)
		return 0, c.Unexpected("a number of pixels from 0 to " + strconv.Itoa(rle.MaxPixels))
	}
	return int(n), err
}

// Member reads a value as the member of a record that hubdata does not interpret.
func Member(c *jsonscan.Cursor, key string) (coco.Field, error) {
	raw, err := c.Raw()
	if err != nil {
		return coco.Field{}, err
	}
	return coco.Field{Key: key, Value: jsonscan.AppendCompact(nil, raw)}, nil
}

// Keys returns the names of the members of the object that a JSON text begins with, or
// of the first object of a list, in which case list is true. The text may be cut off.
func Keys(text []byte) (keys map[string]bool, list bool) {
	c := jsonscan.New(text)
	keys = map[string]bool{}
	if c.Peek() == '[' {
		list = true
		if more, err := c.BeginArray(); err != nil || !more {
			return keys, list
		}
	}
	if c.Peek() != '{' {
		return keys, list
	}
	_ = c.Object(func(key []byte) error { // what was read before an error counts
		keys[string(key)] = true
		return c.Skip()
	})
	return keys, list
}

// Integer returns the integer that a whole number is.
func Integer(f float64) (int, bool) {
	if f != math.Trunc(f) || math.Abs(f) > rle.MaxPixels {
		return 0, false
	}
	return int(f), true
}
