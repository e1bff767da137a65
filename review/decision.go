package review

import (
	"fmt"
	"slices"
	"time"

	"github.com/hubdata/hubdata/coco"
)

// A Choice is what a reviewer decides about an annotation.
type Choice string

// The choices.
const (
	Accept    Choice = "accept"
	Reject    Choice = "reject"
	Uncertain Choice = "uncertain"
	// Undo takes back what the reviewer decided about the annotation before.
	Undo Choice = "undo"
)

var choices = []Choice{Accept, Reject, Uncertain, Undo}

// ParseChoice reads a choice by its name.
func ParseChoice(name string) (Choice, error) {
	if c := Choice(name); slices.Contains(choices, c) {
		return c, nil
	}
	return "", fmt.Errorf("found the decision %q, expected accept, reject, uncertain or undo", name)
}

// A Decision is a line of a log.
type Decision struct {
	Annotation coco.ID
	Choice     Choice
	Reviewer   string    // a name, which may be empty
	Time       time.Time // in UTC, to the millisecond
}

// MaxReviewer is the largest number of bytes of a reviewer's name.
const MaxReviewer = 200

// check reports what a decision cannot have.
func (d *Decision) check() error {
	if _, err := ParseChoice(string(d.Choice)); err != nil {
		return err
	}
	if len(d.Reviewer) > MaxReviewer {
		return fmt.Errorf("found a name of %d bytes, expected at most %d", len(d.Reviewer), MaxReviewer)
	}
	return nil
}
