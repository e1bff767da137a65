package selection

import (
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// Names are images under the names that they have among all of their file.
type Names struct {
	All *coco.Names
	At  []int // place of each among all; nil: all
}

func NewNames(images []coco.Image) Names { return Names{All: coco.NewNames(images)} }

func (n Names) Place(i int) int {
	if n.At == nil {
		return i
	}
	return n.At[i]
}

// Name is the full name of image i.
func (n Names) Name(i int) string { return n.All.Name(n.Place(i)) }

// Row finds the row of image i in a table, which may be nil; nil: none.
func (n Names) Row(table *wsi.Table, i int) *wsi.Tile { return table.Find(n.All, n.Place(i)) }

// AllNames lists the full names of images.
func AllNames(names *coco.Names) []string {
	out := make([]string, names.Len())
	for i := range out {
		out[i] = names.Name(i)
	}
	return out
}

// TableNames are the names of a table's tiles, by row.
func TableNames(table *wsi.Table) *coco.Names {
	names := &coco.Names{}
	for t := range table.All() {
		names.AddName(t.ID)
	}
	return names
}

// ResolvePlan gives a plan the full names of images; matched is how many it names.
func ResolvePlan(plan *folds.Plan, file string, names *coco.Names) (resolved *folds.Plan, matched int, err error) {
	r, err := plan.Resolve(names)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w: %w", file, ui.ErrInput, err)
	}
	return r.Plan, r.Matched, nil
}

// findNamed finds the image of a file that a flag or a list names.
func findNamed(names *coco.Names, file, name string) (int, error) {
	i, err := names.Find(name)
	var ambiguous *coco.AmbiguousNameError
	switch {
	case errors.As(err, &ambiguous):
		return i, ui.InFile(file, err)
	case err != nil:
		return i, fmt.Errorf("%s has no image %q", file, name)
	}
	return i, nil
}
