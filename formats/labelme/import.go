package labelme

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image/png"
	"io/fs"
	"math"
	"path"
	"runtime"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/rle"
)

// document is a file of labelme.
type document struct {
	imagePath     string
	height, width int
	split         string
	shapes        []shape
	hasShapes     bool
}

// shape is a shape of a file.
type shape struct {
	label  string
	kind   string
	group  string // the text of group_id; empty: none
	points rle.Ring
	mask   []byte // base64
	crowd  bool
	extra  coco.Fields
}

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	files, err := shapes.Files(src, ".json")
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("found no .json file, expected one for each image: name the folder that has labelme's files")
	}
	images := parallel.Map(ctx, runtime.GOMAXPROCS(0), parallel.Items(files), func(file string) (*formats.Read, error) {
		text, err := shapes.ReadText(src, file)
		if err != nil {
			return nil, err
		}
		r, err := readFile(src, file, text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return r, nil
	})
	names := map[string]string{}
	i := 0
	for r, err := range images {
		if err != nil {
			return err
		}
		if other, ok := names[r.FileName]; ok {
			return fmt.Errorf("%s: imagePath: found image %q, which %s has too, expected one file for an image: delete one",
				files[i], r.FileName, other)
		}
		names[r.FileName] = files[i]
		i++
		if err := emit(r); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func readFile(src *formats.Source, file string, text []byte) (*formats.Read, error) {
	var d document
	if err := d.parse(text); err != nil {
		return nil, err
	}
	if !d.hasShapes || d.imagePath == "" {
		return nil, fmt.Errorf("found no members shapes and imagePath, expected those of labelme: " +
			"move files that are not labelme's away")
	}
	r := &formats.Read{Split: d.split}
	r.FileName = path.Join(path.Dir(file), strings.ReplaceAll(d.imagePath, `\`, "/"))
	if !fs.ValidPath(r.FileName) { // the image is in another folder
		r.FileName = path.Join(path.Dir(file), path.Base(r.FileName))
	}
	var err error
	if r.Height, r.Width, err = shapes.ImageSize(src, d.height, d.width, r.FileName); err != nil {
		return nil, err
	}
	if err := rle.CheckSize(r.Height, r.Width); err != nil {
		return nil, fmt.Errorf("imageHeight and imageWidth: %w", err)
	}
	return r, d.instances(r, file, src.Options["fill"] == fillLabelme)
}

func (d *document) parse(text []byte) error {
	c := jsonscan.New(text)
	err := c.Object(func(key []byte) (err error) {
		switch string(key) {
		case "imagePath":
			d.imagePath, err = shapes.Text(c)
		case "imageHeight":
			d.height, err = shapes.Length(c)
		case "imageWidth":
			d.width, err = shapes.Length(c)
		case "split":
			d.split, err = shapes.Text(c)
		case "shapes":
			d.hasShapes = true
			d.shapes = nil // a member that is there twice counts as its last, as for Python
			err = c.Array(func(i int) error {
				s, err := parseShape(c)
				if err != nil {
					return fmt.Errorf("shapes[%d]: %w", i, err)
				}
				d.shapes = append(d.shapes, s)
				return nil
			})
		default:
			err = c.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.End()
}

func parseShape(c *jsonscan.Cursor) (s shape, err error) {
	hasLabel := false
	err = c.Object(func(key []byte) (err error) {
		switch string(key) {
		case "label":
			hasLabel = true
			s.label, err = shapes.Text(c)
		case "points":
			s.points, err = shapes.Points(c)
		case "shape_type":
			s.kind, err = shapes.Text(c)
		case "group_id":
			if !c.Null() {
				var raw []byte
				raw, err = c.Raw()
				s.group = string(raw)
			}
		case "mask":
			if !c.Null() {
				s.mask, err = c.String()
				s.mask = bytes.Clone(s.mask)
			}
		case "iscrowd":
			var f coco.Field
			f, err = shapes.Member(c, "")
			s.crowd = string(f.Value) == "1" || string(f.Value) == "true"
		case "line_color", "fill_color":
			err = c.Skip()
		default:
			var f coco.Field
			f, err = shapes.Member(c, string(key))
			if v := string(f.Value); v != "{}" && v != `""` && v != "null" {
				s.extra = append(s.extra, f)
			}
		}
		return err
	})
	if err == nil && (!hasLabel || s.label == "") {
		err = fmt.Errorf("label: found none, expected the name of a class: label the shape")
	}
	return s, err
}

// instances makes the instances of the shapes. Those with one group_id and label are one.
func (d *document) instances(r *formats.Read, file string, labelme bool) error {
	var parts []shapes.Part
	for i := range d.shapes {
		s := &d.shapes[i]
		place := fmt.Sprintf("shapes[%d]", i)
		ring, skip, err := s.ring()
		if err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		if skip != "" {
			r.Skipped = append(r.Skipped, formats.Skip{Where: file + ": " + place, What: skip})
			continue
		}
		p := shapes.Part{Class: s.label, Group: s.group, Ring: ring, Box: s.kind == "rectangle", Crowd: s.crowd, Extra: s.extra}
		if s.kind == "mask" {
			m, err := s.pixels(r.Height, r.Width)
			if err != nil {
				return fmt.Errorf("%s: %w", place, err)
			}
			p.Mask = &m
		}
		parts = append(parts, p)
	}
	fill := drawn
	if !labelme {
		fill = nil
	}
	var err error
	r.Instances, err = shapes.Join(r.Height, r.Width, parts, fill)
	return err
}

// ring returns the ring of a shape, or why it has none that COCO could keep.
func (s *shape) ring() (ring rle.Ring, skip string, err error) {
	p, expected := s.points, 2
	switch s.kind {
	case "polygon", "":
		if len(p) < 3 {
			return nil, "a polygon of fewer than three points", nil
		}
		return p, "", nil
	case "oriented_rectangle":
		expected = 4
	case "rectangle", "circle", "mask":
	case "point", "points", "line", "linestrip":
		return nil, "a shape of type " + s.kind, nil
	default:
		return nil, "a shape of an unknown type", nil
	}
	if len(p) != expected {
		return nil, "", fmt.Errorf("points: found %d, expected %d of shape_type %s: draw the shape again", len(p), expected, s.kind)
	}
	switch s.kind {
	case "rectangle":
		ring = shapes.Rectangle(p[0][0], p[0][1], p[1][0], p[1][1])
	case "circle":
		radius := distance(p[0], p[1])
		ring = shapes.Ellipse(p[0][0], p[0][1], radius, radius)
	default:
		ring = p
	}
	return ring, "", nil
}

// pixels returns the pixels of a shape of type mask.
func (s *shape) pixels(h, w int) (rle.Mask, error) {
	// Labelme truncates the corners.
	x0, y0, x1, y1 := s.points[0][0], s.points[0][1], s.points[1][0], s.points[1][1]
	if !(x0 >= 0 && y0 >= 0 && x1 >= x0 && y1 >= y0 && x1 < float64(w) && y1 < float64(h)) {
		return rle.Mask{}, fmt.Errorf("points: found a mask from (%v, %v) to (%v, %v), expected one inside %d x %d pixels "+
			"(width x height): draw the shape again", x0, y0, x1, y1, w, h)
	}
	left, top := int(x0), int(y0)
	mw, mh := int(x1)-left+1, int(y1)-top+1
	picture, err := base64.StdEncoding.DecodeString(string(s.mask))
	if err != nil {
		return rle.Mask{}, fmt.Errorf("mask: found text that is not base64, expected a PNG in base64: %w", err)
	}
	config, err := png.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return rle.Mask{}, fmt.Errorf("mask: found no PNG, expected one: %w", err)
	}
	if config.Width != mw || config.Height != mh {
		return rle.Mask{}, fmt.Errorf("mask: found %d x %d pixels, expected the %d x %d (width x height) of its points",
			config.Width, config.Height, mw, mh)
	}
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return rle.Mask{}, fmt.Errorf("mask: %w", err)
	}
	part, err := rle.FromImage(img)
	if err != nil {
		return rle.Mask{}, fmt.Errorf("mask: %w", err)
	}
	return part.Pad(top, h-top-mh, left, w-left-mw)
}

func distance(a, b rle.Point) float64 { return math.Hypot(a[0]-b[0], a[1]-b[1]) }
