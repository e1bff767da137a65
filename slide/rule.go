package slide

import (
	"errors"
	"math"
	"strconv"
	"sync"

	"github.com/hubdata/hubdata/coco"
)

// Rule says what tells where an image lies: its fields, or else its name.
type Rule struct {
	Fields   Fields
	Patterns []*Pattern // of names, the first that fits; for an image that lacks fields
}

// DefaultRule returns the rule of [DefaultFields], and of the names that other programs give
// to tiles and that say what their numbers are: QuPath's "A7 [x=1024,y=512,w=512,h=512].png",
// A7_x1024_y512.png and A7-x1024-y512.png.
func DefaultRule() *Rule { return &Rule{Fields: DefaultFields(), Patterns: knownPatterns()} }

// knownPatterns are those of knownNames, read once: images come by the million.
var knownPatterns = sync.OnceValue(func() (list []*Pattern) {
	for _, text := range knownNames {
		p, err := ParsePattern(text)
		if err != nil {
			panic(err) // a test reads them all
		}
		list = append(list, p)
	}
	return list
})

// Place reads the place of an image of a size in pixels, as [Fields.Place] does. Where the
// fields say no place, the name may: its numbers are taken, on the slide and at the scale
// that the fields say, if they do.
func (r *Rule) Place(name string, height, width int, value func(coco.Key) (text string, ok bool, err error)) (Place, error) {
	p, err := r.Fields.Place(height, width, value)
	if errors.Is(err, ErrNoValue) {
		for _, pattern := range r.Patterns {
			if at, ok := pattern.Place(name, height, width); ok {
				return r.named(at, pattern, value)
			}
		}
	}
	return p, err
}

// named is a place that the name of an image says.
func (r *Rule) named(at Place, pattern *Pattern, value func(coco.Key) (string, bool, error)) (Place, error) {
	p, err := r.Fields.Place(at.Height, at.Width, func(k coco.Key) (string, bool, error) {
		switch k.Name {
		case r.Fields.X.Name:
			return strconv.Itoa(at.X), true, nil
		case r.Fields.Y.Name:
			return strconv.Itoa(at.Y), true, nil
		case r.Fields.Scale.Name:
			if at.Scale != 0 {
				return strconv.FormatFloat(at.Scale, 'g', -1, 64), true, nil
			}
			return value(k)
		}
		text, ok, err := value(k)
		if err == nil && (!ok || text == "") {
			return at.Slide, true, nil
		}
		return text, ok, err
	})
	if err == nil && at.Scale == 0 && p.Scale != 0 && pattern.counts() { // numbers of tiles
		p.X, p.Y = int(math.Round(float64(p.X)*p.Scale)), int(math.Round(float64(p.Y)*p.Scale))
	}
	return p, err
}
