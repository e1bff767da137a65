package slides

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// Writer places the images of a set on their slides.
type Writer struct {
	ext    string
	names  shapes.Categories
	frame  Frame
	mu     sync.Mutex
	slides map[string]claimed // by file
}

// claimed is what a file is of.
type claimed struct {
	of    string // for messages
	slide string // the image's member; "": none
}

// NewWriter returns a writer of files with an extension, such as .geojson.
func NewWriter(set *formats.Set, options formats.Values, ext string) (*Writer, error) {
	frame, err := frameOf(options)
	return &Writer{ext: ext, names: shapes.NewCategories(set), frame: frame, slides: map[string]claimed{}}, err
}

// Placed is an image on its slide.
type Placed struct {
	File  string // the slide's
	Slide string // its name
	Whole bool   // the image is the whole slide, not a tile of it
	Frame Frame

	writer *Writer
	img    *formats.Image
}

// Place finds the slide of an image, and where it lies: by the members that tiles have
// and their names ([slide.DefaultRule]). An image without a place is a slide of its own.
func (w *Writer) Place(img *formats.Image) (*Placed, error) {
	p := &Placed{Frame: w.frame, writer: w, img: img}
	rule := slide.DefaultRule()
	fields, name := rule.Fields, img.Path
	if name == "" {
		name = img.FileName
	}
	at, err := rule.Place(name, img.Height, img.Width, func(k coco.Key) (string, bool, error) {
		text, ok := k.Value(&img.Image)
		return text, ok, nil
	})
	var missing *slide.FieldError
	switch {
	case err == nil:
		p.Slide = at.Slide
		p.Frame.X, p.Frame.Y = p.Frame.X+float64(at.X), p.Frame.Y+float64(at.Y)
		if p.Frame.Scale == 0 {
			p.Frame.Scale = at.Scale
		}
	case !errors.As(err, &missing) || !errors.Is(err, slide.ErrNoValue) || !p.whole(fields):
		return nil, fmt.Errorf("image %s: %w: a tile needs the members %s, %s and %s", wtf8.Quote(img.FileName), err,
			fields.Slide.Name, fields.X.Name, fields.Y.Name)
	default:
		if p.Slide, _ = fields.Slide.Value(&img.Image); p.Slide == "" {
			p.Slide = shapes.Stem(img.FileName)
		}
		p.Whole = true
		if text, ok := fields.Scale.Value(&img.Image); ok && p.Frame.Scale == 0 {
			if p.Frame.Scale, err = parseScale(fields.Scale.Name, text); err != nil {
				return nil, fmt.Errorf("image %s: %w", wtf8.Quote(img.FileName), err)
			}
		}
	}
	if p.Frame.Scale == 0 {
		p.Frame.Scale = 1
	}
	if p.File, err = fileName(p.Slide); err != nil {
		return nil, fmt.Errorf("image %s: %w", wtf8.Quote(img.FileName), err)
	}
	if p.File += w.ext; img.Split != "" {
		p.File = img.Split + "/" + p.File
	}
	return p, w.claim(p)
}

// whole reports whether an image has neither coordinate of a place.
func (p *Placed) whole(fields slide.Fields) bool {
	_, x := fields.X.Value(&p.img.Image)
	_, y := fields.Y.Value(&p.img.Image)
	return !x && !y
}

// claim fails if two slides would be one file.
func (w *Writer) claim(p *Placed) error {
	of := "the tiles of slide " + wtf8.Quote(p.Slide)
	if p.Whole {
		of = "image " + wtf8.Quote(p.img.FileName)
	}
	key := coco.FoldName(p.File)
	w.mu.Lock()
	defer w.mu.Unlock()
	fields := slide.DefaultRule().Fields
	name, _ := fields.Slide.Value(&p.img.Image)
	if other, ok := w.slides[key]; ok && other.of != of {
		first, second := min(of, other.of), max(of, other.of)
		if name != "" && name == other.slide {
			return fmt.Errorf("%s and %s: both are of slide %s, expected tiles with a place on it: the members %s and %s",
				first, second, wtf8.Quote(name), fields.X.Name, fields.Y.Name)
		}
		return fmt.Errorf("%s and %s: both belong into %s, expected slides of different names: rename one", first, second, p.File)
	}
	w.slides[key] = claimed{of, name}
	return nil
}

// fileName returns the name of a slide as that of a file in one folder.
func fileName(name string) (string, error) {
	safe := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, name)
	safe = strings.TrimRight(safe, " .")
	if safe == "" || strings.HasPrefix(safe, ".") || strings.HasPrefix(safe, "-") {
		safe = "_" + safe
	}
	if len(safe) > 200 {
		return "", fmt.Errorf("the slide has a name of %d bytes, expected at most 200: shorten it", len(safe))
	}
	return safe, nil
}

// Outline is an instance on its slide.
type Outline struct {
	Class    string
	Polygons []rle.Polygon // in slide pixels
	Area     float64       // square slide pixels
}

// Outline returns the outline of an instance of the image. No ring of it meets itself.
func (p *Placed) Outline(a *coco.Annotation) (Outline, formats.Fate) {
	class, ok := p.writer.names[a.CategoryID]
	if !ok {
		return Outline{}, formats.Fate{Dropped: shapes.NoCategory}
	}
	o, fate := Outline{Class: class}, formats.Fate{IoU: 1}
	if a.Segmentation.Kind() == coco.KindNone {
		b := a.BBox
		if !(b.W > 0 && b.H > 0) || math.IsInf(b.X+b.W, 0) || math.IsInf(b.Y+b.H, 0) || math.IsNaN(b.X+b.Y) {
			return o, formats.Fate{Dropped: "neither an outline nor a box"}
		}
		o.Polygons = []rle.Polygon{{Outer: shapes.Rectangle(b.X, b.Y, b.X+b.W, b.Y+b.H)}}
		o.Area = b.W * b.H
		fate.IoU, fate.Changed = math.NaN(), "boxes without a mask, which become outlines"
	} else {
		r, err := slide.RegionOf(a.Segmentation, p.img.Height, p.img.Width)
		switch {
		case errors.Is(err, rle.ErrSize):
			return o, formats.Fate{Dropped: "a mask of another size than the image, or larger than a mask may be"}
		case err != nil:
			return o, formats.Fate{Dropped: "an outline that cannot be read"}
		case r.Area() == 0:
			return o, formats.Fate{Dropped: "an outline without a pixel"}
		}
		o.Polygons, o.Area = simple(r.Polygons()), float64(r.Area())
	}
	for _, polygon := range o.Polygons {
		p.Frame.toSlide(polygon.Outer)
		p.Frame.toSlide(polygon.Holes...)
	}
	o.Area *= p.Frame.Scale * p.Frame.Scale
	return o, fate
}

// Closed calls point with the points of a ring and, at its end, with the first again.
func Closed(ring rle.Ring, point func(i int, p rle.Point)) {
	for i, p := range ring {
		point(i, p)
	}
	point(len(ring), ring[0])
}
