package pseudo

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/rle"
)

// Step is one operation that tidies a mask.
type Step struct {
	name       string
	element    rle.Element
	radius     int // of the element, as written
	shape      string
	iterations int
	pixels     int
}

// maxRadius bounds the radius of a step's element.
const maxRadius = (rle.MaxElement - 1) / 2

// ParseSteps reads a list of steps with commas between them, done in order:
//
//	erode:SHAPE:RADIUS[:TIMES]   likewise dilate, open (erosion, then dilation)
//	                             and close (dilation, then erosion)
//	fill                         fill holes
//	largest                      keep the largest 4-connected part
//	remove-small:N               drop 4-connected parts of fewer than N pixels
//	min-area:N                   drop the mask if it has fewer than N pixels
//
// SHAPE is cross, square, ellipse, disk or diamond; RADIUS is in pixels, so that
// cross:1 is the 3 x 3 cross. Pixels outside the tile are left out of account, as
// in OpenCV and scikit-image. An empty text gives no steps.
func ParseSteps(text string) ([]Step, error) {
	var steps []Step
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		s, err := parseStep(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func parseStep(text string) (Step, error) {
	words := strings.Split(text, ":")
	s := Step{name: words[0]}
	number := func(i, least, most int) (int, error) {
		n, err := strconv.Atoi(words[i])
		if err != nil || n < least || n > most {
			return 0, fmt.Errorf("%w: step %q: %q is not a number from %d to %d", ErrOptions, text, words[i], least, most)
		}
		return n, nil
	}
	want := func(form string, least, most int) error {
		if n := len(words) - 1; n < least || n > most {
			return fmt.Errorf("%w: step %q, want %s", ErrOptions, text, form)
		}
		return nil
	}
	var err error
	switch s.name {
	case "erode", "dilate", "open", "close":
		if err := want(s.name+":SHAPE:RADIUS[:TIMES], such as "+s.name+":cross:1", 2, 3); err != nil {
			return s, err
		}
		s.shape, s.iterations = words[1], 1
		if s.radius, err = number(2, 0, maxRadius); err != nil {
			return s, err
		}
		if len(words) == 4 {
			if s.iterations, err = number(3, 1, 1000); err != nil {
				return s, err
			}
		}
		size := s.radius // of disk and diamond; others are made by their side
		switch s.shape {
		case "cross", "square", "ellipse":
			size = 2*s.radius + 1
		case "disk", "diamond":
		default:
			return s, fmt.Errorf("%w: step %q: %q is not one of cross, square, ellipse, disk, diamond", ErrOptions, text, s.shape)
		}
		s.element, err = rle.ParseElement(s.shape + ":" + strconv.Itoa(size))
		return s, err
	case "fill", "largest":
		return s, want(s.name+" alone", 0, 0)
	case "remove-small", "min-area":
		if err := want(s.name+":PIXELS", 1, 1); err != nil {
			return s, err
		}
		s.pixels, err = number(1, 0, rle.MaxPixels)
		return s, err
	}
	return s, fmt.Errorf("%w: no step %q: the steps are erode, dilate, open, close, fill, largest, remove-small and min-area", ErrOptions, text)
}

// String returns the step as [ParseSteps] reads it.
func (s Step) String() string {
	switch s.name {
	case "erode", "dilate", "open", "close":
		text := fmt.Sprintf("%s:%s:%d", s.name, s.shape, s.radius)
		if s.iterations > 1 {
			text += ":" + strconv.Itoa(s.iterations)
		}
		return text
	case "remove-small", "min-area":
		return s.name + ":" + strconv.Itoa(s.pixels)
	}
	return s.name
}

// Apply returns the mask after the step.
func (s Step) Apply(m rle.Mask) (rle.Mask, error) {
	switch s.name {
	case "erode":
		return m.Erode(s.element, s.iterations, rle.BorderIgnore)
	case "dilate":
		return m.Dilate(s.element, s.iterations, rle.BorderIgnore)
	case "open":
		return m.Open(s.element, s.iterations, rle.BorderIgnore)
	case "close":
		return m.Close(s.element, s.iterations, rle.BorderIgnore)
	case "fill":
		return m.FillHoles(rle.Conn4), nil
	case "largest":
		return m.Largest(rle.Conn4), nil
	case "remove-small":
		return m.RemoveSmall(s.pixels, rle.Conn4), nil
	case "min-area":
		if m.Area() < s.pixels {
			h, w := m.Size()
			return rle.Empty(h, w)
		}
	}
	return m, nil
}
