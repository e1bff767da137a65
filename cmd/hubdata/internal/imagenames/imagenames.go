// Package imagenames names some of the images of a file as the whole file does: an image keeps its name when others
// are left out.
package imagenames

import (
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/wsi"
)

// Names are images under the names that they have among all of their file.
type Names struct {
	All *coco.Names
	At  []int // place of each among all; nil: all
}

// Of returns the names of all images of a file.
func Of(images []coco.Image) Names { return Names{All: coco.NewNames(images)} }

// Place is the place of image i among all.
func (n Names) Place(i int) int {
	if n.At == nil {
		return i
	}
	return n.At[i]
}

// Name is the full name of image i.
func (n Names) Name(i int) string { return n.All.Name(n.Place(i)) }

// Row finds the row of image i in a table, as [wsi.Table.Find] does.
func (n Names) Row(table *wsi.Table, i int) (*wsi.Tile, error) { return table.Find(n.All, n.Place(i)) }

// Near asks whether an image was meant that nearly has a name which no image has; empty: there is none.
func Near(all *coco.Names, name string) string {
	i, differs := all.Near(name)
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("did you mean %s? its %s differs", wtf8.Quote(all.Name(i)), differs)
}

// Hint adds the question of [Near] to the failure of a name that no image has.
func Hint(f *ui.Failure, all *coco.Names, name string) *ui.Failure {
	if near := Near(all, name); near != "" {
		return f.Hint("%s", near)
	}
	return f
}
