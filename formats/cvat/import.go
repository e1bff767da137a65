package cvat

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/rle"
)

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	files, err := shapes.Files(src, ".xml")
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New("found no .xml file, expected annotations.xml: name the file or folder that CVAT exported")
	}
	r := reader{src: src, emit: emit, seen: map[string]string{}}
	for _, file := range files {
		r.file = file
		if err := r.read(ctx); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

type reader struct {
	src  *formats.Source
	emit func(*formats.Read) error
	file string
	seen map[string]string // files by the names of their images
	x    *shapes.XML
}

func (r *reader) read(ctx context.Context) error {
	f, err := r.src.FS.Open(r.file)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was read only
	if r.x, err = shapes.NewXML(f); err != nil {
		return err
	}
	root, err := r.x.Root()
	if err != nil {
		return err
	}
	if root.Name != "annotations" {
		return r.x.Errorf("found <%s>, expected <annotations> of CVAT for images 1.1: export in this format", root.Name)
	}
	err = r.x.Elements(func(start shapes.Element) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch start.Name {
		case "image":
			return r.image(start)
		case "track":
			return r.x.Errorf("found a track of CVAT for video, expected images: export as CVAT for images 1.1")
		default:
			return r.x.Skip()
		}
	})
	if err != nil {
		return err
	}
	return r.x.End()
}

func (r *reader) image(start shapes.Element) error {
	img := &formats.Read{Split: start.Attribute("subset")}
	img.FileName = start.Attribute("name")
	if img.FileName == "" {
		return r.x.Errorf("found an image without a name, expected the attribute name")
	}
	if other, ok := r.seen[img.FileName]; ok {
		return r.x.Errorf("found image %q, which %s has already, expected it once: delete one", img.FileName, other)
	}
	r.seen[img.FileName] = r.file
	var size [2]int
	for i, name := range [2]string{"height", "width"} {
		if text := start.Attribute(name); text != "" {
			n, err := strconv.ParseUint(text, 10, 31)
			if err != nil {
				return r.x.Errorf("image %q: %s: found %q, expected a number of pixels", img.FileName, name, text)
			}
			size[i] = int(n)
		}
	}
	dir := path.Dir(r.file)
	h, w, err := shapes.ImageSize(r.src, size[0], size[1], path.Join(dir, imagesDir, img.FileName),
		path.Join(dir, imagesDir, img.Split, img.FileName), path.Join(dir, img.FileName))
	if err == nil {
		err = rle.CheckSize(h, w)
	}
	if err != nil {
		return r.x.Errorf("image %q: %w", img.FileName, err)
	}
	img.Height, img.Width = h, w
	var parts []shapes.Part
	err = r.x.Elements(func(start shapes.Element) error {
		s, skip, err := r.shape(start, h, w)
		if err != nil {
			return err
		}
		if skip != "" {
			img.Skipped = append(img.Skipped, formats.Skip{Where: fmt.Sprintf("%s: line %d", r.file, r.x.Line()), What: skip})
			return nil
		}
		parts = append(parts, s)
		return nil
	})
	if err != nil {
		return err
	}
	if img.Instances, err = shapes.Join(h, w, parts, nil); err != nil {
		return r.x.Errorf("image %q: %w", img.FileName, err)
	}
	return r.emit(img)
}

// shape reads an element of an image to its end.
func (r *reader) shape(start shapes.Element, h, w int) (s shapes.Part, skip string, err error) {
	kind := start.Name
	s.Class = start.Attribute("label")
	fail := func(format string, args ...any) (shapes.Part, string, error) {
		return s, "", r.x.Errorf("<%s>: %w", kind, fmt.Errorf(format, args...))
	}
	if g := start.Attribute("group_id"); g != "0" {
		s.Group = g
	}
	if start.Attribute("occluded") == "1" {
		s.Extra = append(s.Extra, coco.Field{Key: "occluded", Value: []byte("true")})
	}
	if z := start.Attribute("z_order"); z != "" && z != "0" {
		s.Extra = append(s.Extra, shapes.TextMember("z_order", z))
	}
	var v [6]float64
	numbers := func(names ...string) error {
		for i, name := range names {
			if v[i], err = number(start.Attribute(name)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	}
	rotation := 0.0
	if text := start.Attribute("rotation"); text != "" {
		if rotation, err = number(text); err != nil {
			return fail("rotation: %w", err)
		}
	}
	switch kind {
	case "polygon":
		if s.Ring, err = points(start.Attribute("points")); err != nil {
			return fail("points: %w", err)
		}
		if len(s.Ring) < 3 {
			skip = "a polygon of fewer than three points"
		}
	case "box":
		if err := numbers("xtl", "ytl", "xbr", "ybr"); err != nil {
			return fail("%w", err)
		}
		s.Ring = shapes.Rectangle(v[0], v[1], v[2], v[3])
		if s.Box = rotation == 0; !s.Box {
			s.Ring = shapes.Turned(s.Ring, (v[0]+v[2])/2, (v[1]+v[3])/2, rotation)
		}
	case "ellipse":
		if err := numbers("cx", "cy", "rx", "ry"); err != nil {
			return fail("%w", err)
		}
		if min(v[2], v[3]) < 0 {
			skip = shapes.NegativeRadius
			break
		}
		s.Ring = shapes.Turned(shapes.Ellipse(v[0], v[1], v[2], v[3]), v[0], v[1], rotation)
	case "mask":
		if err := numbers("left", "top", "width", "height"); err != nil {
			return fail("%w", err)
		}
		m, err := mask(start.Attribute("rle"), v[:4], h, w)
		if err != nil {
			return fail("%w", err)
		}
		s.Mask = &m
	case "polyline", "points", "cuboid", "skeleton", "tag":
		skip = "a " + kind
	default:
		skip = "an element of an unknown kind"
	}
	if skip != "" {
		return s, skip, r.x.Skip()
	}
	if s.Class == "" {
		return fail("label: found none, expected the name of a class: label the shape")
	}
	return s, "", r.x.Elements(func(child shapes.Element) error {
		if child.Name != "attribute" {
			return r.x.Skip()
		}
		name := child.Attribute("name")
		text, err := r.x.Text()
		if name == "iscrowd" && (text == "1" || text == "true") {
			s.Crowd = true
		} else if name != "iscrowd" && name != "" {
			s.Extra = append(s.Extra, shapes.TextMember(name, text))
		}
		return err
	})
}

func number(text string) (float64, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("found %q, expected a number", text)
	}
	return f, nil
}

// points reads x,y;x,y.
func points(text string) (rle.Ring, error) {
	if text == "" {
		return nil, nil
	}
	ring := make(rle.Ring, 0, strings.Count(text, ";")+1)
	for pair := range strings.SplitSeq(text, ";") {
		xt, yt, ok := strings.Cut(pair, ",")
		x, errX := number(xt)
		y, errY := number(yt)
		if !ok || errX != nil || errY != nil {
			return nil, fmt.Errorf("point %d: found %q, expected x,y", len(ring)+1, pair)
		}
		ring = append(ring, rle.Point{x, y})
	}
	return ring, nil
}

// mask reads the runs of a mask, which go along the rows of its bounds: left, top, width
// and height.
func mask(text string, bounds []float64, h, w int) (rle.Mask, error) {
	var b [4]int
	for i, f := range bounds {
		n, ok := shapes.Integer(f)
		if !ok {
			return rle.Mask{}, fmt.Errorf("left, top, width and height: found %v, expected integers", bounds)
		}
		b[i] = n
	}
	left, top, mw, mh := b[0], b[1], b[2], b[3]
	if left < 0 || top < 0 || mw < 1 || mh < 1 || left > w-mw || top > h-mh {
		return rle.Mask{}, fmt.Errorf("left, top, width and height: found %v, expected bounds inside the image of %d x %d "+
			"pixels (width x height)", bounds, w, h)
	}
	runs := make([]uint32, 0, strings.Count(text, ",")+1)
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.ParseUint(strings.TrimSpace(part), 10, 31)
		if err != nil {
			return rle.Mask{}, fmt.Errorf("rle: run %d: found %q, expected a number of pixels", len(runs)+1, part)
		}
		runs = append(runs, uint32(n))
	}
	m, err := rle.FromRuns(mw, mh, runs)
	if err != nil {
		return m, fmt.Errorf("rle: %w", err)
	}
	return m.Transpose().Pad(top, h-top-mh, left, w-left-mw)
}
