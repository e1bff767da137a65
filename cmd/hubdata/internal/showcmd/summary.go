package showcmd

import (
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// summary is what --json prints.
type summary struct {
	Files []ui.SummaryFile `json:"files"`
	Tiles []row            `json:"tiles"`
}

// row is a tile of the summary.
type row struct {
	Tile        string `json:"tile"`
	Image       string `json:"image"` // drawn, absent or faulty
	Instances   int    `json:"instances"`
	Predictions int    `json:"predictions,omitempty"`
	*paint.Score
	Codes []string `json:"codes,omitempty"`
}

func (s *summary) WriteText(text *strings.Builder) {
	first := s.Files[:min(len(s.Files), 3)]
	ui.ListFiles(text, first...)
	if n := len(s.Files) - len(first); n > 0 {
		ui.Fprintf(text, "... and %s more\n", ui.Thousands(n))
	}
}

// drawn is what was drawn, and what could not be.
type drawn struct {
	summary
	folder        *paint.ImageFolder
	absent        int // tiles of all without an image
	byBase        int // tiles of all whose image was found by its base name
	noMask        int
	images, masks []string // that cannot be read
}

func newDrawn(folder *paint.ImageFolder) *drawn {
	return &drawn{summary: summary{Files: []ui.SummaryFile{}, Tiles: []row{}}, folder: folder}
}

// addFile adds a file, unless the path is empty.
func (d *drawn) addFile(path string) {
	if path != "" {
		d.Files = append(d.Files, ui.NewSummaryFile(path))
	}
}

// addTile adds a tile.
func (d *drawn) addTile(t *paint.Tile) {
	r := row{Tile: t.Name, Image: "drawn", Instances: t.Labels, Predictions: t.Predictions, Score: t.Score, Codes: t.Codes}
	switch {
	case t.Faults.Image != nil:
		r.Image = "faulty"
	case t.Faults.Absent:
		r.Image = "absent"
	}
	if t.Faults.Absent {
		d.absent++
	}
	if t.Faults.ByBase {
		d.byBase++
	}
	d.noMask += t.Faults.NoMask
	images, masks := t.Problems()
	d.images, d.masks = append(d.images, images...), append(d.masks, masks...)
	d.Tiles = append(d.Tiles, r)
}

// report prints what was drawn. What could not be read is listed, and the run then
// exits with ExitSkipped.
func (d *drawn) report(c *ui.Console, out string) error {
	if err := c.Summarize(&d.summary, out); err != nil {
		return err
	}
	if d.absent > 0 {
		where := "no folder with their images found"
		if d.folder.Dir != "" {
			where = "not in " + d.folder.Dir
		}
		c.Note("%s of %s without an image (%s): drawn on blank", ui.Thousands(d.absent), ui.Plural(len(d.Tiles), "tile", "tiles"), where)
	}
	if d.byBase > 0 {
		c.Note("%s found by base name only", ui.Plural(d.byBase, "image was", "images were"))
	}
	if d.noMask > 0 {
		c.Note("%s no mask and no box: not drawn", ui.Plural(d.noMask, "instance has", "instances have"))
	}
	bad := append(d.images, d.masks...)
	if len(bad) == 0 {
		return nil
	}
	if err := c.Flush(); err != nil {
		return err
	}
	for _, text := range bad[:min(len(bad), 10)] {
		c.Problem(text)
	}
	if n := len(bad) - 10; n > 0 {
		c.Problem(fmt.Sprintf("... and %s more", ui.Thousands(n)))
	}
	var what []string
	if n := len(d.images); n > 0 {
		what = append(what, ui.Plural(n, "image", "images"))
	}
	if n := len(d.masks); n > 0 {
		what = append(what, ui.Plural(n, "mask", "masks"))
	}
	return ui.Failf(ui.ExitSkipped, "drawn without %s that cannot be read", strings.Join(what, " and "))
}
