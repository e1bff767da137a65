package main

import (
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// fileImages are images under the names that they have among all of their file.
type fileImages struct {
	all *coco.Names
	at  []int // place of each among all; nil: all
}

func newFileImages(images []coco.Image) fileImages { return fileImages{all: coco.NewNames(images)} }

func (n fileImages) place(i int) int {
	if n.at == nil {
		return i
	}
	return n.at[i]
}

// name is the full name of image i.
func (n fileImages) name(i int) string { return n.all.Name(n.place(i)) }

// row finds the row of image i in a table, which may be nil; nil: none.
func (n fileImages) row(table *wsi.Table, i int) *wsi.Tile { return table.Find(n.all, n.place(i)) }

// allNames lists the full names of images.
func allNames(names *coco.Names) []string {
	out := make([]string, names.Len())
	for i := range out {
		out[i] = names.Name(i)
	}
	return out
}

// tableNames are the names of a table's tiles, by row.
func tableNames(table *wsi.Table) *coco.Names {
	names := &coco.Names{}
	for t := range table.All() {
		names.AddName(t.ID)
	}
	return names
}

// resolvePlan gives a plan the full names of images; matched is how many it names.
func resolvePlan(plan *folds.Plan, file string, names *coco.Names) (resolved *folds.Plan, matched int, err error) {
	if resolved, matched, err = plan.Resolve(names); err != nil {
		err = fmt.Errorf("%s: %w: %w", file, errInput, err)
	}
	return resolved, matched, err
}

// findNamed finds the image of a file that a flag or a list names.
func findNamed(names *coco.Names, file, name string) (int, error) {
	i, err := names.Find(name)
	var ambiguous *coco.AmbiguousNameError
	switch {
	case errors.As(err, &ambiguous):
		return i, inFile(file, err)
	case err != nil:
		return i, fmt.Errorf("%s has no image %q", file, name)
	}
	return i, nil
}
