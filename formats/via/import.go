package via

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// entry is an image of a file.
type entry struct {
	name, split   string
	height, width int
	regions       []region
}

// region is a region of an image.
type region struct {
	place    string
	kind     string // of its shape; empty: it has none
	x, y     []float64
	numbers  map[string]float64
	class    string
	found    []string // the names of its attributes
	group    string
	crowd    bool
	extra    coco.Fields
	hasClass bool
}

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	files, err := shapes.Files(src, ".json")
	if err != nil {
		return err
	}
	if src.File == "" {
		tables, err := shapes.Files(src, ".csv")
		if err != nil {
			return err
		}
		files = append(files, tables...)
	}
	if len(files) == 0 {
		return errors.New("found neither a .json nor a .csv file, expected one of VIA: name the file that VIA saved")
	}
	seen := map[string]string{}
	for _, file := range files {
		text, err := shapes.ReadText(src, file)
		if err != nil {
			return err
		}
		r := reader{class: src.Options["class-attribute"]}
		if isCSV(text[:min(len(text), 200)]) {
			err = r.table(text)
		} else {
			err = r.json(text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for i := range r.entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			e := &r.entries[i]
			if other, ok := seen[e.name]; ok {
				return fmt.Errorf("%s: found image %q, which %s has already, expected it once: delete one", file, e.name, other)
			}
			seen[e.name] = file
			img, err := r.image(src, file, e)
			if err != nil {
				return fmt.Errorf("%s: image %q: %w", file, e.name, err)
			}
			if err := emit(img); err != nil {
				return err
			}
		}
	}
	return nil
}

type reader struct {
	class   string // the attribute
	entries []entry
}

// json reads a project, or a file of regions.
func (r *reader) json(text []byte) error {
	c := jsonscan.New(text)
	project := false
	if keys, list := shapes.Keys(text); !list {
		project = keys["_via_img_metadata"]
	}
	if !project && !isRegions(text) {
		return errors.New("found neither _via_img_metadata nor images with regions, expected a project or regions of VIA 2: " +
			"move other files away")
	}
	err := c.Object(func(key []byte) error {
		switch {
		case !project:
			return r.entry(c)
		case string(key) == "_via_img_metadata":
			return c.Object(func([]byte) error { return r.entry(c) })
		default:
			return c.Skip()
		}
	})
	if err != nil {
		return err
	}
	return c.End()
}

// isRegions reports whether the first member of an object is an image with regions. The
// text may be cut off.
func isRegions(text []byte) bool {
	c := jsonscan.New(text)
	if more, err := c.BeginObject(); err != nil || !more {
		return false
	}
	if _, err := c.Key(); err != nil {
		return false
	}
	keys, list := shapes.Keys(text[c.Pos():])
	return !list && keys["filename"] && keys["size"] && keys["regions"]
}

// entry reads an image with its regions.
func (r *reader) entry(c *jsonscan.Cursor) error {
	var e entry
	err := c.Object(func(key []byte) (err error) {
		switch string(key) {
		case "filename":
			e.name, err = shapes.Text(c)
		case "file_attributes":
			err = e.attributes(c)
		case "regions":
			err = r.regions(c, &e)
		default:
			err = c.Skip()
		}
		return err
	})
	if err == nil && e.name == "" {
		err = errors.New("filename: found none, expected the name of an image")
	}
	if err != nil {
		return fmt.Errorf("image %q: %w", e.name, err)
	}
	r.entries = append(r.entries, e)
	return nil
}

// regions reads regions: a list, or an object of numbered ones, as VIA 1 has them.
func (r *reader) regions(c *jsonscan.Cursor, e *entry) error {
	add := func(place string) error {
		g := region{place: place}
		err := c.Object(func(key []byte) (err error) {
			switch string(key) {
			case "shape_attributes":
				err = g.shape(c)
			case "region_attributes":
				err = g.attributes(c, r.class)
			default:
				err = c.Skip()
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		e.regions = append(e.regions, g)
		return nil
	}
	if c.Null() {
		return nil
	}
	if c.Peek() == '{' {
		return c.Object(func(key []byte) error { return add(fmt.Sprintf("regions[%q]", key)) })
	}
	return c.Array(func(i int) error { return add(fmt.Sprintf("regions[%d]", i)) })
}

func (g *region) shape(c *jsonscan.Cursor) error {
	g.numbers = map[string]float64{}
	return c.Object(func(key []byte) (err error) {
		name := string(key)
		switch name {
		case "name":
			g.kind, err = shapes.Text(c)
		case "all_points_x":
			g.x, err = c.AppendFloats(nil)
		case "all_points_y":
			g.y, err = c.AppendFloats(nil)
		case "x", "y", "width", "height", "cx", "cy", "r", "rx", "ry", "theta":
			g.numbers[name], err = c.Float()
		default:
			err = c.Skip()
		}
		return err
	})
}

func (g *region) attributes(c *jsonscan.Cursor, class string) error {
	return c.Object(func(key []byte) error {
		name := string(key)
		if name == class && c.Peek() == '{' { // checkboxes
			err := c.Object(func(option []byte) error {
				name := string(option)
				on, err := c.Bool()
				if on && g.hasClass {
					return fmt.Errorf("attribute %q: found more than one class, expected one: choose one", class)
				}
				if on {
					g.class, g.hasClass = name, true
				}
				return err
			})
			g.found = append(g.found, name)
			return err
		}
		f, err := shapes.Member(c, name)
		if err != nil {
			return err
		}
		g.found = append(g.found, name)
		text, _ := shapes.MemberText(f)
		switch name {
		case class:
			g.class, g.hasClass = text, text != ""
		case groupAttribute:
			g.group = text
		case "iscrowd":
			g.crowd = text == "1" || text == "true"
		default:
			if f.Value[0] == '"' {
				f = shapes.TextMember(name, text)
			}
			g.extra = append(g.extra, f)
		}
		return nil
	})
}

func (e *entry) attributes(c *jsonscan.Cursor) error {
	return c.Object(func(key []byte) error {
		f, err := shapes.Member(c, string(key))
		if err != nil {
			return err
		}
		text, _ := shapes.MemberText(f)
		switch n, numErr := strconv.ParseUint(text, 10, 31); f.Key {
		case "width":
			if numErr == nil {
				e.width = int(n)
			}
		case "height":
			if numErr == nil {
				e.height = int(n)
			}
		case splitAttribute:
			e.split = text
		}
		return nil
	})
}

// table reads a CSV of regions.
func (r *reader) table(text []byte) error {
	c := csv.NewReader(bytes.NewReader(text))
	c.FieldsPerRecord = len(strings.Split(csvHeader, ","))
	if _, err := c.Read(); err != nil {
		return err
	}
	at := map[string]int{}
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := c.FieldPos(0)
		if err := r.row(row, line, at); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func (r *reader) row(row []string, line int, at map[string]int) error {
	i, ok := at[row[0]]
	if !ok {
		i = len(r.entries)
		at[row[0]] = i
		r.entries = append(r.entries, entry{name: row[0]})
		if row[0] == "" {
			return errors.New("filename: found none, expected the name of an image")
		}
		if err := r.entries[i].attributes(jsonscan.New([]byte(row[2]))); err != nil {
			return fmt.Errorf("file_attributes: %w", err)
		}
	}
	if strings.TrimSpace(row[3]) == "0" { // an image without regions
		return nil
	}
	g := region{place: fmt.Sprintf("line %d", line)}
	if err := g.shape(jsonscan.New([]byte(row[5]))); err != nil {
		return fmt.Errorf("region_shape_attributes: %w", err)
	}
	if err := g.attributes(jsonscan.New([]byte(row[6])), r.class); err != nil {
		return fmt.Errorf("region_attributes: %w", err)
	}
	r.entries[i].regions = append(r.entries[i].regions, g)
	return nil
}

// image makes an image of an entry.
func (r *reader) image(src *formats.Source, file string, e *entry) (*formats.Read, error) {
	img := &formats.Read{Split: e.split}
	img.FileName = e.name
	var err error
	if img.Height, img.Width, err = shapes.ImageSize(src, e.height, e.width, path.Join(path.Dir(file), e.name)); err != nil {
		return nil, err
	}
	if err := rle.CheckSize(img.Height, img.Width); err != nil {
		return nil, err
	}
	var parts []shapes.Part
	for i := range e.regions {
		g := &e.regions[i]
		ring, skip, err := g.ring()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", g.place, err)
		}
		if skip != "" {
			img.Skipped = append(img.Skipped, formats.Skip{Where: fmt.Sprintf("%s: image %q: %s", file, e.name, g.place), What: skip})
			continue
		}
		if !g.hasClass {
			slices.Sort(g.found)
			return nil, fmt.Errorf("%s: found the attributes %q, expected %q with a class: "+
				"name the attribute with the option class-attribute, or label the region", g.place, g.found, r.class)
		}
		parts = append(parts, shapes.Part{
			Class: g.class, Group: g.group, Ring: ring, Box: g.kind == "rect", Crowd: g.crowd, Extra: g.extra,
		})
	}
	img.Instances, err = shapes.Join(img.Height, img.Width, parts, nil)
	return img, err
}

// ring returns the outline of a region, or why it has none.
func (g *region) ring() (ring rle.Ring, skip string, err error) {
	needed := map[string][]string{
		"rect":    {"x", "y", "width", "height"},
		"circle":  {"cx", "cy", "r"},
		"ellipse": {"cx", "cy", "rx", "ry"},
	}
	for _, name := range needed[g.kind] {
		if _, ok := g.numbers[name]; !ok {
			return nil, "", fmt.Errorf("shape_attributes: found no %s, expected it of a %s", name, g.kind)
		}
	}
	n := g.numbers
	switch g.kind {
	case "polygon":
		if len(g.x) != len(g.y) {
			return nil, "", fmt.Errorf("shape_attributes: found %d x and %d y, expected as many", len(g.x), len(g.y))
		}
		if len(g.x) < 3 {
			return nil, "a polygon of fewer than three points", nil
		}
		for i := range g.x {
			ring = append(ring, rle.Point{g.x[i], g.y[i]})
		}
		return ring, "", nil
	case "rect":
		return shapes.Rectangle(n["x"], n["y"], n["x"]+n["width"], n["y"]+n["height"]), "", nil
	case "circle":
		if n["r"] < 0 {
			return nil, shapes.NegativeRadius, nil
		}
		return shapes.Ellipse(n["cx"], n["cy"], n["r"], n["r"]), "", nil
	case "ellipse":
		if min(n["rx"], n["ry"]) < 0 {
			return nil, shapes.NegativeRadius, nil
		}
		ring := shapes.Ellipse(n["cx"], n["cy"], n["rx"], n["ry"])
		return shapes.Turned(ring, n["cx"], n["cy"], n["theta"]*180/math.Pi), "", nil
	case "point", "polyline":
		return nil, "a region of kind " + g.kind, nil
	default:
		return nil, "a region of an unknown kind", nil
	}
}
