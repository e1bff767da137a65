package imagescope

import (
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
	"github.com/hubdata/hubdata/internal/boxindex"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	r, err := slides.NewReader(src)
	if err != nil {
		return err
	}
	return r.ReadXML(ctx, ending, root, slides.Ending(ending), func(x *shapes.XML, _ shapes.Element, s *slides.Sheet) (*formats.Read, error) {
		f := &file{ctx: ctx, x: x, sheet: s, collector: s.Collect()}
		err := x.Elements(func(start shapes.Element) error {
			if start.Name != "Annotation" {
				return x.Skip()
			}
			return f.layer(start)
		})
		if err != nil {
			return nil, err
		}
		img, err := f.collector.Done(ctx)
		if err == nil {
			img.Categories = f.layers
		}
		return img, err
	}, emit)
}

// file is a file that is read.
type file struct {
	ctx       context.Context
	x         *shapes.XML
	sheet     *slides.Sheet
	collector *slides.Collector
	layers    []coco.Category
}

// region is a region of a layer.
type region struct {
	label string
	ring  rle.Ring
	place string
	holes []rle.Ring
	crowd bool
	extra coco.Fields
}

// layer reads an Annotation: its regions, each with the holes in it.
func (f *file) layer(start shapes.Element) error {
	class := start.Attribute("Name")
	id := start.Attribute("Id")
	var regions, holes []region
	err := f.x.Elements(func(start shapes.Element) error {
		switch start.Name {
		case "Attributes": // older files name a layer by its description
			return f.x.Elements(func(start shapes.Element) error {
				if class == "" && start.Attribute("Name") == "Description" {
					class = start.Attribute("Value")
				}
				return f.x.Skip()
			})
		case "Regions":
			return f.x.Elements(func(start shapes.Element) error {
				if start.Name != "Region" {
					return f.x.Skip()
				}
				r, hole, err := f.region(start)
				switch {
				case err != nil || r.ring == nil:
				case hole:
					holes = append(holes, r)
				default:
					regions = append(regions, r)
				}
				return err
			})
		default:
			return f.x.Skip()
		}
	})
	if err != nil {
		return err
	}
	if class == "" && id != "" {
		class = "layer " + id
	}
	if class != "" && !slices.ContainsFunc(f.layers, func(c coco.Category) bool { return c.Name == class }) {
		f.layers = append(f.layers, coco.Category{Name: class})
	}
	f.assign(regions, holes)
	for i := range regions {
		r := &regions[i]
		f.collector.Add(r.label, slides.Object{Class: class, Parts: [][]rle.Ring{append([]rle.Ring{r.ring}, r.holes...)},
			Crowd: r.crowd, Extra: r.extra, Place: r.place})
	}
	return f.ctx.Err()
}

// assign gives each hole to the smallest region around it, of those that have its text if
// there are any.
func (f *file) assign(regions, holes []region) {
	if len(holes) == 0 {
		return
	}
	boxes := make([]boxindex.Box, len(regions))
	var index boxindex.Index
	for i := range regions {
		boxes[i] = boxOf(regions[i].ring)
	}
	index.Reset(boxes)
	for i := range boxes {
		index.Add(i)
	}
	var near []int32
	for i := range holes {
		h := &holes[i]
		inside, ok := pixelOf(h.ring)
		if !ok {
			continue // it has no pixel to take away
		}
		best, least, same := -1, math.Inf(1), false
		near = index.AppendMeeting(near[:0], boxindex.Box{X0: inside[0], Y0: inside[1], X1: inside[0], Y1: inside[1]})
		slices.Sort(near)
		for _, k := range near {
			b, its := boxes[k], h.label != "" && regions[k].label == h.label
			if size := (b.X1 - b.X0) * (b.Y1 - b.Y0); (its && !same || its == same && size < least) && contains(regions[k].ring, inside) {
				best, least, same = int(k), size, its
			}
		}
		if best < 0 {
			f.sheet.Skip(h.place, "a negative region that is in no region of its layer")
			continue
		}
		regions[best].holes = append(regions[best].holes, h.ring)
	}
}

func boxOf(ring rle.Ring) boxindex.Box {
	r := slides.Rectangle(ring)
	return boxindex.Box{X0: r[0][0], Y0: r[0][1], X1: r[2][0], Y1: r[2][1]}
}

// pixelOf returns the centre of a pixel in a ring, which may be anywhere in the plane.
func pixelOf(ring rle.Ring) (rle.Point, bool) {
	b := boxOf(ring)
	x, y := math.Floor(b.X0), math.Floor(b.Y0)
	moved := make(rle.Ring, len(ring))
	for i, p := range ring {
		moved[i] = rle.Point{p[0] - x, p[1] - y}
	}
	r, err := slide.Outline(rle.FillCenter, moved)
	if err != nil || r.Area() == 0 {
		return rle.Point{}, false
	}
	h, _ := r.Mask.Size()
	first := int(r.Mask.Runs()[0])
	return rle.Point{x + float64(r.X+first/h) + 0.5, y + float64(r.Y+first%h) + 0.5}, true
}

// contains reports whether a point is in a ring, by the even-odd rule.
func contains(ring rle.Ring, at rle.Point) bool {
	in := false
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		if (p[1] <= at[1]) != (q[1] <= at[1]) && at[0] >= p[0]+float64((at[1]-p[1])*(q[0]-p[0]))/(q[1]-p[1]) {
			in = !in
		}
	}
	return in
}

// kinds are the types of regions that have no area.
var kinds = map[string]string{"3": "an arrow", "4": "a ruler", "5": "a point"}

// region reads a region. One that is skipped has no ring.
func (f *file) region(start shapes.Element) (r region, hole bool, err error) {
	r = region{label: start.Attribute("Text"), place: "line " + strconv.Itoa(f.x.Line())}
	kind := start.Attribute("Type")
	hole = start.Attribute("NegativeROA") == "1"
	var ring rle.Ring
	err = f.x.Elements(func(start shapes.Element) error {
		switch start.Name {
		case "Attributes":
			return f.x.Elements(func(start shapes.Element) error {
				if name := start.Attribute("Name"); name != "" && start.Name == "Attribute" {
					r.member(name, start.Attribute("Value"))
				}
				return f.x.Skip()
			})
		case "Vertices":
			return f.x.Elements(func(start shapes.Element) error {
				if start.Name != "Vertex" && start.Name != "V" {
					return f.x.Skip()
				}
				x, errX := slides.Number(start.Attribute("X"))
				y, errY := slides.Number(start.Attribute("Y"))
				if errX != nil || errY != nil {
					return f.x.Errorf("X and Y of a Vertex: found %q and %q, expected numbers", start.Attribute("X"), start.Attribute("Y"))
				}
				ring = append(ring, rle.Point{x, y})
				return f.x.Skip()
			})
		default:
			return f.x.Skip()
		}
	})
	if err != nil {
		return r, hole, err
	}
	switch kind {
	case "0", "":
	case "1":
		if len(ring) == 2 {
			ring = slides.Rectangle(ring)
		}
	case "2":
		if box := slides.Rectangle(ring); box != nil {
			ring = shapes.Ellipse((box[0][0]+box[2][0])/2, (box[0][1]+box[2][1])/2, (box[2][0]-box[0][0])/2, (box[2][1]-box[0][1])/2)
		}
	default:
		what := kinds[kind]
		if what == "" {
			what = "a region of an unknown type"
		}
		f.sheet.Skip(r.place, what)
		return r, hole, nil
	}
	if len(ring) < 3 {
		f.sheet.Skip(r.place, "a region of fewer than three points")
		return r, hole, nil
	}
	r.ring = ring
	return r, hole, nil
}

// member keeps an attribute, unless it has the name of a member of COCO.
func (r *region) member(name, value string) {
	switch {
	case name == "iscrowd":
		r.crowd = value == "1"
	case !slides.Reserved(name) && r.extra.Get(name) == nil:
		r.extra = append(r.extra, slides.TextMember(name, value))
	}
}
