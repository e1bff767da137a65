package labelstudio

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"path"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	files, err := shapes.Files(src, ".json")
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New("found no .json file, expected one of tasks: name the file that Label Studio exported as JSON")
	}
	r := reader{src: src, predictions: src.Options["read"] == "predictions", seen: map[string]string{}}
	for _, file := range files {
		text, err := shapes.ReadText(src, file)
		if err != nil {
			return err
		}
		r.file = file
		c := jsonscan.New(text)
		err = c.Array(func(i int) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			img, err := r.task(c, fmt.Sprintf("[%d]", i))
			if err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
			return emit(img)
		})
		if err == nil {
			err = c.End()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

type reader struct {
	src         *formats.Source
	predictions bool
	file        string
	seen        map[string]string // files by the names of their images
}

// task is a task of a file.
type task struct {
	image, split  string
	height, width int         // 0: not known
	sets          []resultSet // annotations or predictions
}

// resultSet is an annotation or prediction of a task: a list of regions.
type resultSet struct {
	created   string
	truth     bool
	cancelled bool
	regions   []region
	at        int // number in its list
}

// region is a result of an annotation or prediction.
type region struct {
	id, parent, kind string
	height, width    int
	rotated          float64 // the image
	score            []byte
	labels           []string
	points           rle.Ring
	numbers          map[string]float64
	rle              []byte
	damaged          bool // rle has numbers that are not bytes
}

func (r *reader) task(c *jsonscan.Cursor, place string) (*formats.Read, error) {
	var t task
	hasData := false
	err := c.Object(func(key []byte) (err error) {
		switch name := string(key); name {
		case "data":
			hasData = true
			err = t.data(c)
		case "annotations", "completions", "predictions":
			if (name == "predictions") == r.predictions && !c.Null() {
				err = t.results(c, name)
			} else {
				err = c.Skip()
			}
		default:
			err = c.Skip()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !hasData || t.image == "" {
		return nil, errors.New("data: found no address of an image, expected one, such as in the member image")
	}
	img := &formats.Read{Split: t.split}
	img.FileName = fileName(t.image)
	if other, ok := r.seen[img.FileName]; ok {
		return nil, fmt.Errorf("data: found image %q, which %s has already, expected it once: delete one", img.FileName, other)
	}
	r.seen[img.FileName] = r.file + ": " + place
	skip := func(place, what string) {
		img.Skipped = append(img.Skipped, formats.Skip{Where: r.file + ": " + place, What: what})
	}
	one := t.choose()
	for i := range t.sets {
		if one != &t.sets[i] {
			skip(place, "an annotation or prediction beside the one that is read")
		}
	}
	var regions []region
	if one == nil {
		skip(place, "a task without what is read, whose image has no instances")
	} else {
		regions = one.regions
	}
	h, w := t.height, t.width
	for i := range regions {
		g := &regions[i]
		if g.height == 0 || g.width == 0 {
			continue
		}
		if h != 0 && w != 0 && (g.height != h || g.width != w) {
			return nil, fmt.Errorf("result[%d]: found an image of %d x %d pixels, expected %d x %d as before (width x height)",
				i, g.width, g.height, w, h)
		}
		h, w = g.height, g.width
	}
	if img.Height, img.Width, err = shapes.ImageSize(r.src, h, w, path.Join(path.Dir(r.file), img.FileName)); err != nil {
		return nil, err
	}
	if err := rle.CheckSize(img.Height, img.Width); err != nil {
		return nil, err
	}
	return img, r.instances(img, regions, place, skip)
}

// fileName returns the name of an image from its address.
func fileName(address string) string {
	name := address
	if _, query, ok := strings.Cut(address, "/data/local-files/?d="); ok {
		name = query
	} else if u, err := url.Parse(address); err == nil && u.Scheme != "" {
		name = u.EscapedPath()
	}
	if unescaped, err := url.PathUnescape(name); err == nil {
		name = unescaped
	}
	name = strings.TrimLeft(path.Clean(strings.ReplaceAll(name, `\`, "/")), "/")
	if rest, ok := strings.CutPrefix(name, "data/upload/"); ok { // project/8 digits-name
		_, rest, _ = strings.Cut(rest, "/")
		if len(rest) > 9 && rest[8] == '-' {
			rest = rest[9:]
		}
		name = rest
	}
	if !fs.ValidPath(name) {
		name = path.Base(name)
	}
	return name
}

func (t *task) data(c *jsonscan.Cursor) error {
	return c.Object(func(key []byte) error {
		name := string(key)
		if b := c.Peek(); name == "width" && b-'0' <= 9 {
			return length(c, &t.width)
		} else if name == "height" && b-'0' <= 9 {
			return length(c, &t.height)
		} else if b != '"' {
			return c.Skip()
		}
		text, err := shapes.Text(c)
		switch {
		case name == "split":
			t.split = text
		case name == "image", t.image == "" && isImage(text):
			t.image = text
		}
		return err
	})
}

func length(c *jsonscan.Cursor, n *int) (err error) {
	*n, err = shapes.Length(c)
	return err
}

// isImage reports whether a text is the address of an image.
func isImage(text string) bool {
	switch strings.ToLower(path.Ext(text)) {
	case ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp":
		return true
	}
	return strings.HasPrefix(text, localFiles)
}

func (t *task) results(c *jsonscan.Cursor, list string) error {
	return c.Array(func(i int) error {
		if c.Peek() != '{' { // Label Studio names some by their ids alone
			return c.Skip()
		}
		s := resultSet{at: len(t.sets)}
		err := c.Object(func(key []byte) (err error) {
			switch string(key) {
			case "created_at":
				if c.Peek() == '"' {
					s.created, err = shapes.Text(c)
				} else {
					err = c.Skip()
				}
			case "ground_truth":
				s.truth, err = flag(c)
			case "was_cancelled", "skipped":
				var on bool
				on, err = flag(c)
				s.cancelled = s.cancelled || on
			case "result":
				if c.Null() {
					return nil
				}
				err = c.Array(func(j int) error {
					g, err := parseRegion(c)
					if err != nil {
						return fmt.Errorf("result[%d]: %w", j, err)
					}
					s.regions = append(s.regions, g)
					return nil
				})
			default:
				err = c.Skip()
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("%s[%d].%w", list, i, err)
		}
		t.sets = append(t.sets, s)
		return nil
	})
}

func flag(c *jsonscan.Cursor) (bool, error) {
	if c.Null() {
		return false, nil
	}
	return c.Bool()
}

// choose returns the annotation or prediction that is read; nil: there is none.
func (t *task) choose() *resultSet {
	var best *resultSet
	for i := range t.sets {
		s := &t.sets[i]
		switch {
		case s.cancelled:
		case best == nil, s.truth && !best.truth, s.truth == best.truth && s.created >= best.created:
			best = s
		}
	}
	return best
}

func parseRegion(c *jsonscan.Cursor) (g region, err error) {
	err = c.Object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			g.id, err = shapes.Text(c)
		case "parentID":
			g.parent, err = shapes.Text(c)
		case "type":
			g.kind, err = shapes.Text(c)
		case "original_width":
			g.width, err = shapes.Length(c)
		case "original_height":
			g.height, err = shapes.Length(c)
		case "image_rotation":
			g.rotated, err = c.Float()
		case "score":
			if c.Null() {
				return nil
			}
			var n []byte
			n, err = c.Number()
			g.score = append([]byte{}, n...)
		case "value":
			err = g.value(c)
		default:
			err = c.Skip()
		}
		return err
	})
	return g, err
}

func (g *region) value(c *jsonscan.Cursor) error {
	if c.Peek() != '{' {
		return c.Skip()
	}
	g.numbers = map[string]float64{}
	return c.Object(func(key []byte) (err error) {
		name := string(key)
		switch name {
		case "points":
			g.points, err = shapes.Points(c)
		case "x", "y", "width", "height", "rotation", "radiusX", "radiusY":
			g.numbers[name], err = c.Float()
		case "rle":
			err = c.Array(func(int) error {
				n, err := c.Int()
				g.damaged = g.damaged || n < 0 || n > 255
				g.rle = append(g.rle, byte(n))
				return err
			})
		case "polygonlabels", "rectanglelabels", "ellipselabels", "brushlabels", "labels":
			err = c.Array(func(int) error {
				label, err := shapes.Text(c)
				g.labels = append(g.labels, label)
				return err
			})
		default:
			err = c.Skip()
		}
		return err
	})
}

// instances makes the instances of regions.
func (r *reader) instances(img *formats.Read, regions []region, place string, skip func(place, what string)) error {
	type parent struct{ label, group string }
	parents := map[string]parent{} // by the ids of regions
	var parts []shapes.Part
	for i := range regions {
		g := &regions[i]
		where := fmt.Sprintf("%s.result[%d]", place, i)
		p, what, err := g.part(img.Height, img.Width)
		if err != nil {
			return fmt.Errorf("result[%d]: %w", i, err)
		}
		if what != "" {
			skip(where, what)
			continue
		}
		if len(g.labels) > 1 {
			skip(where, "a label beside the first of a region")
		}
		p.Class = g.labels[0]
		if of, ok := parents[g.parent]; ok && g.parent != "" && of.label == p.Class {
			p.Group = of.group
		} else if g.id != "" {
			p.Group = g.id
		}
		if g.id != "" {
			parents[g.id] = parent{p.Class, p.Group}
		}
		if g.score != nil {
			p.Extra = coco.Fields{{Key: "score", Value: g.score}}
		}
		parts = append(parts, p)
	}
	var err error
	img.Instances, err = shapes.Join(img.Height, img.Width, parts, nil)
	return err
}

// part returns the shape of a region, or why it has none.
func (g *region) part(h, w int) (p shapes.Part, skip string, err error) {
	kind := strings.TrimSuffix(g.kind, "labels")
	switch kind {
	case "polygon", "rectangle", "ellipse", "brush":
	case "choices", "keypoint", "", "relation", "textarea", "number", "rating", "taxonomy", "vector", "video":
		return p, "a region of kind " + kind, nil
	default:
		return p, "a region of an unknown kind", nil
	}
	if len(g.labels) == 0 || g.labels[0] == "" {
		return p, "a region without a label", nil
	}
	if g.rotated != 0 {
		return p, "", fmt.Errorf("image_rotation: found %v, expected 0: turn the image back in Label Studio", g.rotated)
	}
	n := g.numbers
	needed := map[string][]string{
		"rectangle": {"x", "y", "width", "height"},
		"ellipse":   {"x", "y", "radiusX", "radiusY"},
	}
	for _, name := range needed[kind] {
		if _, ok := n[name]; !ok {
			return p, "", fmt.Errorf("value: found no %s, expected it of a region of type %s", name, g.kind)
		}
	}
	at := func(x, y float64) rle.Point { return rle.Point{pixels(x, w), pixels(y, h)} }
	switch kind {
	case "polygon":
		if len(g.points) < 3 {
			return p, "a polygon of fewer than three points", nil
		}
		for _, v := range g.points {
			p.Ring = append(p.Ring, at(v[0], v[1]))
		}
	case "rectangle":
		a := at(n["x"], n["y"])
		b := rle.Point{a[0] + pixels(n["width"], w), a[1] + pixels(n["height"], h)}
		p.Ring = shapes.Rectangle(a[0], a[1], b[0], b[1])
		if p.Box = n["rotation"] == 0; !p.Box { // around the top left corner
			p.Ring = shapes.Turned(p.Ring, a[0], a[1], n["rotation"])
		}
	case "ellipse":
		if min(n["radiusX"], n["radiusY"]) < 0 {
			return p, shapes.NegativeRadius, nil
		}
		c := at(n["x"], n["y"])
		p.Ring = shapes.Ellipse(c[0], c[1], pixels(n["radiusX"], w), pixels(n["radiusY"], h))
		p.Ring = shapes.Turned(p.Ring, c[0], c[1], n["rotation"])
	case "brush":
		if g.damaged {
			return p, "", errors.New("rle: found numbers beyond 0 to 255, expected bytes")
		}
		m, err := brush(h, w, g.rle)
		if err != nil {
			return p, "", err
		}
		if m.Area() == 0 {
			return p, "a brush without pixels", nil
		}
		p.Mask = &m
	}
	return p, "", nil
}

// pixels returns a length in pixels of one in per cent of the image, to a billionth of a
// pixel.
func pixels(percent float64, size int) float64 {
	v := percent * float64(size) / 100
	if math.Abs(v) < 1e6 {
		return math.Round(v*1e9) / 1e9
	}
	return v
}
