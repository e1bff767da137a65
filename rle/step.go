package rle

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrStep is wrapped by errors about steps that cannot be parsed or applied.
var ErrStep = errors.New("rle: bad step")

// StepKind identifies what a [Step] does to a mask.
type StepKind uint8

// The kinds of steps, with the names that [ParseSteps] accepts.
const (
	StepNone        StepKind = iota // none: leaves the mask unchanged
	StepErode                       // erode: [Mask.Erode]
	StepDilate                      // dilate: [Mask.Dilate]
	StepOpen                        // open: [Mask.Open]
	StepClose                       // close: [Mask.Close]
	StepFill                        // fill: [Mask.FillHoles]
	StepLargest                     // largest: [Mask.Largest]
	StepRemoveSmall                 // remove-small: [Mask.RemoveSmall]
	StepMinArea                     // min-area: empties a mask that has fewer than Pixels pixels
)

var stepNames = [...]string{"none", "erode", "dilate", "open", "close", "fill", "largest", "remove-small", "min-area"}

// String returns the name of the kind, as [ParseSteps] reads it.
func (k StepKind) String() string {
	if int(k) < len(stepNames) {
		return stepNames[k]
	}
	return fmt.Sprintf("StepKind(%d)", uint8(k))
}

// A Step is one operation that cleans up a mask, for example one that a model
// predicted. The zero Step leaves every mask unchanged. Steps treat pixels
// outside the image as [BorderIgnore] does, and use [Conn4] connectivity.
type Step struct {
	Kind    StepKind
	Element Element // of StepErode, StepDilate, StepOpen and StepClose
	Times   int     // number of repetitions of these; 0 means once
	Pixels  int     // of StepRemoveSmall and StepMinArea
}

// maxStepTimes is the largest number of repetitions that ParseSteps accepts.
const maxStepTimes = 1000

// ParseSteps parses a comma-separated list of steps, which are applied in
// order:
//
//	erode:SHAPE:RADIUS[:TIMES]   likewise dilate, open (erosion, then dilation)
//	                             and close (dilation, then erosion)
//	fill                         fill holes
//	largest                      keep the largest 4-connected part
//	remove-small:N               drop 4-connected parts of fewer than N pixels
//	min-area:N                   drop the mask if it has fewer than N pixels
//
// SHAPE is cross, square, ellipse, disk or diamond; RADIUS is in pixels, so cross:1
// is the 3 x 3 cross. Pixels outside the tile are ignored, as in OpenCV and
// scikit-image. An empty text gives no steps. Errors wrap [ErrStep].
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
	number := func(i, least, most int) (int, error) {
		n, err := strconv.Atoi(words[i])
		if err != nil || n < least || n > most {
			return 0, fmt.Errorf("%w %q: %q is not a number from %d to %d", ErrStep, text, words[i], least, most)
		}
		return n, nil
	}
	want := func(form string, least, most int) error {
		if n := len(words) - 1; n < least || n > most {
			return fmt.Errorf("%w %q, expected %s", ErrStep, text, form)
		}
		return nil
	}
	var s Step
	var err error
	name := words[0]
	switch s.Kind = StepKind(max(slices.Index(stepNames[:], name), 0)); s.Kind {
	case StepErode, StepDilate, StepOpen, StepClose:
		if err := want(name+":SHAPE:RADIUS[:TIMES], such as "+name+":cross:1", 2, 3); err != nil {
			return s, err
		}
		radius, err := number(2, 0, MaxElement/2)
		if err != nil {
			return s, err
		}
		if len(words) == 4 {
			n, err := number(3, 1, maxStepTimes)
			if err != nil {
				return s, err
			}
			if n > 1 {
				s.Times = n
			}
		}
		for _, shape := range shapes {
			if shape.name != words[1] {
				continue
			}
			size := radius
			if !shape.radius {
				size = 2*radius + 1
			}
			s.Element, err = shape.make(size)
			return s, err
		}
		return s, fmt.Errorf("%w %q: %q is not one of cross, square, ellipse, disk, diamond", ErrStep, text, words[1])
	case StepFill, StepLargest:
		return s, want(name+" alone", 0, 0)
	case StepRemoveSmall, StepMinArea:
		if err := want(name+":PIXELS", 1, 1); err != nil {
			return s, err
		}
		s.Pixels, err = number(1, 0, MaxPixels)
		return s, err
	case StepNone:
	}
	return s, fmt.Errorf("%w %q: the steps are erode, dilate, open, close, fill, largest, remove-small and min-area", ErrStep, text)
}

// String returns the step in the form that [ParseSteps] reads. For the zero
// Step it returns none.
func (s Step) String() string {
	switch s.Kind {
	case StepErode, StepDilate, StepOpen, StepClose:
		shape := s.Element.shape
		if shape == "" {
			shape = "square" // of a single pixel
		}
		text := fmt.Sprintf("%v:%s:%d", s.Kind, shape, s.Element.radius())
		if s.Times > 1 {
			text += ":" + strconv.Itoa(s.Times)
		}
		return text
	case StepRemoveSmall, StepMinArea:
		return s.Kind.String() + ":" + strconv.Itoa(s.Pixels)
	case StepNone, StepFill, StepLargest:
	}
	return s.Kind.String()
}

// Apply returns the mask after the step. If the kind is unknown, the error wraps
// [ErrStep]; if Times is negative, it wraps [ErrElement].
func (s Step) Apply(m Mask) (Mask, error) {
	times := s.Times
	if times == 0 {
		times = 1
	}
	switch s.Kind {
	case StepNone:
		return m, nil
	case StepErode:
		return m.Erode(s.Element, times, BorderIgnore)
	case StepDilate:
		return m.Dilate(s.Element, times, BorderIgnore)
	case StepOpen:
		return m.Open(s.Element, times, BorderIgnore)
	case StepClose:
		return m.Close(s.Element, times, BorderIgnore)
	case StepFill:
		return m.FillHoles(Conn4), nil
	case StepLargest:
		return m.Largest(Conn4), nil
	case StepRemoveSmall:
		return m.RemoveSmall(s.Pixels, Conn4), nil
	case StepMinArea:
		if m.Area() < s.Pixels {
			h, w := m.Size()
			return Empty(h, w)
		}
		return m, nil
	}
	return m, fmt.Errorf("%w: %v", ErrStep, s.Kind)
}

// MarshalText returns the step as [ParseSteps] reads it.
func (s Step) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a single step.
func (s *Step) UnmarshalText(text []byte) error {
	steps, err := ParseSteps(string(text))
	if err == nil && len(steps) != 1 {
		err = fmt.Errorf("rle: found %d steps in %q, expected one", len(steps), text)
	}
	if err == nil {
		*s = steps[0]
	}
	return err
}
