package slides

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// Reader makes instances of objects on slides.
type Reader struct {
	src           *formats.Source
	frame         Frame // Scale is 0 if the options do not say it
	width, height int   // of the option; 0: none
	unclassified  string
}

// NewReader reads the options that formats of slides share.
func NewReader(src *formats.Source) (*Reader, error) {
	r := &Reader{src: src, unclassified: src.Options[unclassifiedOption]}
	var err error
	if r.frame, err = frameOf(src.Options); err != nil {
		return nil, err
	}
	r.width, r.height, err = Size(src.Options)
	return r, err
}

// Sheet is a slide that is read.
type Sheet struct {
	read    *formats.Read
	reader  *Reader
	file    string
	frame   Frame
	sized   bool // the size is known
	given   bool // by the user or the set that the annotations are of
	pending []Object
	points  int // of pending
	reach   [2]int
}

// extensions are those of files of slides that may be next to the annotations.
var extensions = []string{"", ".tif", ".tiff", ".svs", ".ndpi", ".png", ".jpg", ".jpeg", ".scn", ".mrxs"}

// Open begins a slide whose annotations are in a file. The slide has the name of the file
// without the ending, such as .geojson.
func (r *Reader) Open(file, ending string) (*Sheet, error) {
	s := &Sheet{read: &formats.Read{}, reader: r, file: file, frame: r.frame}
	stem := file
	if len(file) > len(ending) && strings.EqualFold(file[len(file)-len(ending):], ending) {
		stem = file[:len(file)-len(ending)]
	}
	img := &s.read.Image
	img.FileName, img.Width, img.Height = stem, r.width, r.height
	s.sized = r.width > 0
	var known coco.Image
	ok := false
	if r.src.Known != nil {
		known, ok = r.src.Known(stem)
	}
	if ok {
		img.FileName = known.FileName
		if scale := slide.DefaultFields().Scale; s.frame.Scale == 0 {
			text, _ := scale.Value(&known)
			var err error
			if s.frame.Scale, err = parseScale("image "+wtf8.Quote(known.FileName)+": "+scale.Name, text); err != nil {
				return nil, err
			}
		}
	}
	if ok && !s.sized && known.Height > 0 && known.Width > 0 {
		img.Width, img.Height, s.sized = known.Width, known.Height, true
	}
	s.given = s.sized
	s.image(stem, !ok)
	img.Extra = append(img.Extra, coco.Field{Key: "source_wsi", Value: jsonscan.AppendString(nil, path.Base(stem))})
	return s, nil
}

// image finds the file of the slide next to its annotations. One that cannot be read says
// no size.
func (s *Sheet) image(stem string, rename bool) {
	if s.reader.src.Size == nil {
		return
	}
	for _, ext := range extensions {
		name := stem + ext
		h, w, err := s.reader.src.Size(name)
		if err != nil {
			continue
		}
		if rename {
			s.read.FileName = name
		}
		if !s.sized {
			s.read.Width, s.read.Height, s.sized = w, h, true
		}
		return
	}
}

// Declare notes the size and scale that a file of annotations says itself. An image next to
// it may be one of a lower resolution.
func (s *Sheet) Declare(width, height int, scale float64) {
	if s.frame.Scale == 0 {
		s.frame.Scale = scale
	}
	if !s.given && min(width, height) > 0 && max(width, height) <= slide.MaxCoordinate {
		s.read.Width, s.read.Height, s.sized = width, height, true
	}
}

// SlideSize returns the size of the slide in its full resolution. It reports false if it is
// not known.
func (s *Sheet) SlideSize() (width, height float64, ok bool) {
	return float64(s.read.Width) * s.scale(), float64(s.read.Height) * s.scale(), s.sized
}

// scale returns the slide pixels per pixel of the image, as far as it is known.
func (s *Sheet) scale() float64 {
	if s.frame.Scale == 0 {
		return 1
	}
	return s.frame.Scale
}

// Object is an object of a slide. It is inside an odd number of the rings of any of its
// Parts, in slide pixels.
type Object struct {
	Class string // empty: it has none
	Parts [][]rle.Ring
	Crowd bool
	Extra coco.Fields
	Place string // in the file
}

// Skip counts something that is not read.
func (s *Sheet) Skip(place, what string) {
	s.read.Skipped = append(s.read.Skipped, formats.Skip{Where: s.file + ": " + place, What: what})
}

// Note counts something that is read otherwise than the file has it.
func (s *Sheet) Note(place, what string) {
	s.read.Noted = append(s.read.Noted, formats.Skip{Where: s.file + ": " + place, What: what})
}

// The most that waits for being filled.
const (
	maxPending = 1 << 12 // objects
	maxPoints  = 1 << 20
)

// Add adds an object.
func (s *Sheet) Add(ctx context.Context, o Object) error {
	if o.Class == "" {
		if o.Class = s.reader.unclassified; o.Class == "" {
			s.Skip(o.Place, "an object without a class")
			return nil
		}
	}
	for _, rings := range o.Parts {
		for _, ring := range rings {
			s.points += len(ring)
		}
	}
	s.pending = append(s.pending, o)
	if len(s.pending) < maxPending && s.points < maxPoints {
		return nil
	}
	return s.flush(ctx)
}

// filled is an object with its pixels.
type filled struct {
	annotation coco.Annotation
	reach      [2]int // the pixels after the last column and row
	skip, note string
}

const (
	noPixels   = "an object without a pixel on the slide"
	tooLarge   = "an object whose bounds have more than 2^30 pixels, which is more than a mask may have"
	unfillable = "an object with coordinates beyond 10^8 or of too many crossings"
	cutOff     = "an object that was cut at the edge of the slide"
)

// flush fills the objects that wait.
func (s *Sheet) flush(ctx context.Context) error {
	done := make([]filled, len(s.pending))
	frame := s.frame
	frame.Scale = s.scale()
	err := parallel.Each(ctx, 0, len(s.pending), func(i int) error {
		done[i] = s.fill(frame, &s.pending[i])
		return nil
	})
	for i := range s.pending {
		o, d := &s.pending[i], &done[i]
		if d.skip != "" {
			s.Skip(o.Place, d.skip)
			continue
		}
		if d.note != "" {
			s.Note(o.Place, d.note)
		}
		s.reach = [2]int{max(s.reach[0], d.reach[0]), max(s.reach[1], d.reach[1])}
		d.annotation.IsCrowd, d.annotation.Extra = o.Crowd, o.Extra
		s.read.Instances = append(s.read.Instances, formats.Instance{Class: o.Class, Annotation: d.annotation})
	}
	clear(s.pending)
	s.pending, s.points = s.pending[:0], 0
	return err
}

// fill makes pixels of an object.
func (s *Sheet) fill(frame Frame, o *Object) (d filled) {
	regions := make([]slide.Region, 0, len(o.Parts))
	negative := false
	for _, rings := range o.Parts {
		frame.toImage(rings...)
		for _, ring := range rings {
			for _, p := range ring {
				if math.IsNaN(p[0]+p[1]) || math.Abs(p[0]) > 1e8 || math.Abs(p[1]) > 1e8 {
					d.skip = unfillable
					return d
				}
				negative = negative || p[0] < -0.5 || p[1] < -0.5
			}
		}
		r, err := slide.Outline(rle.FillCenter, rings...)
		if err == nil {
			regions = append(regions, r)
			continue
		}
		d.skip = unfillable
		if errors.Is(err, rle.ErrSize) {
			d.skip = tooLarge
		}
		return d
	}
	r, err := slide.Unite(regions...)
	if err != nil {
		d.skip = tooLarge
		return d
	}
	if s.sized {
		whole := r.Area()
		r = r.Clip(s.read.Width, s.read.Height)
		negative = negative || r.Area() != whole
	}
	if r.Area() == 0 {
		d.skip = noPixels
		return d
	}
	if negative {
		d.note = cutOff
	}
	r.Annotate(&d.annotation)
	h, w := r.Mask.Size()
	d.reach = [2]int{r.X + w, r.Y + h}
	return d
}

// Done returns the slide. One whose size is not known ends with its last pixel.
func (s *Sheet) Done(ctx context.Context) (*formats.Read, error) {
	if err := s.flush(ctx); err != nil {
		return nil, err
	}
	img := &s.read.Image
	if !s.sized {
		img.Width, img.Height = max(s.reach[0], 1), max(s.reach[1], 1)
		s.Note("the slide", fmt.Sprintf("a slide of unknown size, which ends with its last object: give --option %s", sizeOption))
	}
	if scale := s.scale(); scale != 1 {
		img.Extra = append(img.Extra, coco.Field{Key: "scale", Value: jsonscan.AppendFloat(nil, scale)})
	}
	return s.read, nil
}
