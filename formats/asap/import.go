package asap

import (
	"context"
	"fmt"
	"sort"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
	"github.com/hubdata/hubdata/rle"
)

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	r, err := slides.NewReader(src)
	if err != nil {
		return err
	}
	return r.ReadXML(ctx, ending, root, slides.Ending(ending), func(x *shapes.XML, _ shapes.Element, s *slides.Sheet) (*formats.Read, error) {
		f := &file{x: x, sheet: s, collector: s.Collect()}
		if err := x.Elements(f.section); err != nil {
			return nil, err
		}
		img, err := f.collector.Done(ctx)
		if err == nil {
			img.Categories = f.groups
		}
		return img, err
	}, emit)
}

// file is a file that is read.
type file struct {
	x         *shapes.XML
	sheet     *slides.Sheet
	collector *slides.Collector
	groups    []coco.Category
}

func (f *file) section(start shapes.Element) error {
	switch start.Name {
	case "Annotations":
		return f.x.Elements(func(start shapes.Element) error {
			if start.Name != "Annotation" {
				return f.x.Skip()
			}
			return f.annotation(start)
		})
	case "AnnotationGroups":
		return f.x.Elements(func(start shapes.Element) error {
			if name := start.Attribute("Name"); start.Name == "Group" && name != "" {
				f.groups = append(f.groups, coco.Category{Name: name})
			}
			return f.x.Skip()
		})
	default:
		return f.x.Skip()
	}
}

func (f *file) annotation(start shapes.Element) error {
	place := "line " + strconv.Itoa(f.x.Line())
	kind := start.Attribute("Type")
	o := slides.Object{Class: start.Attribute("PartOfGroup"), Place: place}
	if o.Class == none {
		o.Class = ""
	}
	var ring rle.Ring
	var order []int
	err := f.x.Elements(func(start shapes.Element) error {
		if start.Name != "Coordinates" {
			return f.x.Skip()
		}
		return f.x.Elements(func(start shapes.Element) error {
			if start.Name != "Coordinate" {
				return f.x.Skip()
			}
			x, errX := slides.Number(start.Attribute("X"))
			y, errY := slides.Number(start.Attribute("Y"))
			if errX != nil || errY != nil {
				return f.x.Errorf("X and Y of a Coordinate: found %q and %q, expected numbers", start.Attribute("X"), start.Attribute("Y"))
			}
			n, err := strconv.Atoi(start.Attribute("Order"))
			if err != nil {
				n = len(ring)
			}
			ring, order = append(ring, rle.Point{x, y}), append(order, n)
			return f.x.Skip()
		})
	})
	if err != nil {
		return err
	}
	if !sort.IntsAreSorted(order) {
		sort.Stable(&ordered{ring, order})
	}
	switch kind {
	case "Polygon", "":
	case "Rectangle":
		if len(ring) == 2 {
			ring = slides.Rectangle(ring)
		}
	case "Spline":
		f.sheet.Note(place, "a spline, which is read as the polygon of its points")
	case "Dot", "PointSet", "Measurement", "None":
		f.sheet.Skip(place, "an annotation of type "+kind)
		return nil
	default:
		f.sheet.Skip(place, "an annotation of an unknown type")
		return nil
	}
	if len(ring) < 3 {
		f.sheet.Skip(place, fmt.Sprintf("a polygon of fewer than %d points", 3))
		return nil
	}
	o.Parts = [][]rle.Ring{{ring}}
	f.collector.Add(start.Attribute("Name"), o)
	return nil
}

// ordered is points with their numbers.
type ordered struct {
	ring  rle.Ring
	order []int
}

func (o *ordered) Len() int           { return len(o.ring) }
func (o *ordered) Less(i, k int) bool { return o.order[i] < o.order[k] }
func (o *ordered) Swap(i, k int) {
	o.ring[i], o.ring[k] = o.ring[k], o.ring[i]
	o.order[i], o.order[k] = o.order[k], o.order[i]
}
