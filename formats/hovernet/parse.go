package hovernet

import (
	"errors"
	"fmt"
	"math"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// nucleus is a nucleus or cell as the file has it.
type nucleus struct {
	place       string // in the file
	contour     rle.Ring
	hasType     bool
	kind        int64
	probability float64 // of the type; NaN: none
}

// document is a file.
type document struct {
	nuclei []nucleus
	types  map[int64]string // of type_map
}

// parse reads a file.
func parse(text []byte) (*document, error) {
	d := &document{types: map[int64]string{}}
	c := jsonscan.New(text)
	found := ""
	err := c.Object(func(key []byte) error {
		switch string(key) {
		case "nuc", "cells":
			if found != "" {
				return fmt.Errorf("found the members %s and %s, expected one", found, key)
			}
			found = string(key)
			if c.Null() {
				return nil
			}
			if found == "nuc" {
				return c.Object(func(key []byte) error { return d.nucleus(c, fmt.Sprintf("nuc[%q]", key)) })
			}
			return c.Array(func(i int) error { return d.nucleus(c, fmt.Sprintf("cells[%d]", i)) })
		case "type_map":
			return in("type_map", d.typeMap(c))
		}
		return c.Skip()
	})
	if err == nil {
		err = c.End()
	}
	if err == nil && found == "" {
		err = errors.New("found no member nuc or cells, expected the JSON of HoVer-Net or CellViT")
	}
	return d, err
}

// in adds a place to an error.
func in(place string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", place, err)
}

// typeMap reads the names of types by their numbers.
func (d *document) typeMap(c *jsonscan.Cursor) error {
	if c.Null() {
		return nil
	}
	return c.Object(func(key []byte) error {
		number := jsonscan.New(key)
		kind, err := number.Int()
		if err == nil {
			err = number.End()
		}
		if err != nil {
			return fmt.Errorf("found the member %q, expected the number of a type", key)
		}
		name, err := c.String()
		d.types[kind] = string(name)
		return in(fmt.Sprintf("[%d]", kind), err)
	})
}

// nucleus reads an entry.
func (d *document) nucleus(c *jsonscan.Cursor, place string) error {
	n := nucleus{place: place, probability: math.NaN()}
	seen := map[string]bool{}
	err := c.Object(func(key []byte) (err error) {
		name := string(key)
		switch name {
		case "contour", "type", "type_prob":
			if seen[name] {
				return fmt.Errorf("found the member %s twice, expected it once", name)
			}
			seen[name] = true
			if c.Null() {
				return nil
			}
		}
		switch name {
		case "contour":
			n.contour, err = contour(c)
		case "type":
			n.kind, _, err = c.Whole()
			n.hasType = true
		case "type_prob":
			if n.probability, err = c.Float(); err == nil && (n.probability < 0 || n.probability > 1) {
				err = fmt.Errorf("found %v, expected a probability from 0 to 1", n.probability)
			}
		default:
			return c.Skip()
		}
		return in(name, err)
	})
	d.nuclei = append(d.nuclei, n)
	return in(place, err)
}

// contour reads a list of points x, y.
func contour(c *jsonscan.Cursor) (rle.Ring, error) {
	ring := rle.Ring{}
	var pair [2]float64
	err := c.Array(func(i int) error {
		numbers, err := c.AppendFloats(pair[:0])
		if err == nil && len(numbers) != 2 {
			err = fmt.Errorf("found %d numbers, expected x and y", len(numbers))
		}
		if err != nil {
			return in(fmt.Sprintf("[%d]", i), err)
		}
		ring = append(ring, rle.Point{numbers[0], numbers[1]})
		return nil
	})
	return ring, err
}
