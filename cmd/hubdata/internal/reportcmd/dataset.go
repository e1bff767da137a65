package reportcmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/reportcmd/sources"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/wsi"
)

// dataset is what the report is about.
type dataset struct {
	table     *wsi.Table // nil: none
	labels    *checked   // the COCO file or the outlines; nil: there are none, or
	labelsErr error      // this is why they cannot be read
	instances []int      // on each image of the labels; nil: not read
}

// readDataset reads the tiles' table and the labels. The error is about the table; the
// labels are read anyway.
func readDataset(ctx context.Context, c *ui.Console, o *options, from *sources.Files) (*dataset, error) {
	d := &dataset{}
	var err error
	d.table, err = readTable(c, from.Table)
	path := o.File
	if path == "" {
		if from.Lacking() != "" {
			return d, err
		}
		path = o.Dir
	}
	if d.labels, d.labelsErr = readChecked(ctx, c, path, from, o.workers); d.labelsErr == nil {
		d.count()
	}
	return d, err
}

// readTable reads the tiles' table; nil: there is none.
func readTable(c *ui.Console, path string) (*wsi.Table, error) {
	if path == "" {
		return nil, nil
	}
	in, err := files.OpenInput(c, path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	table, err := wsi.ReadTable(in)
	if err != nil {
		return nil, ui.InFile(in.Name, err)
	}
	return table, nil
}

// count counts the instances on images.
func (d *dataset) count() {
	labels := d.labels.Dataset
	if labels == nil {
		return
	}
	d.instances = make([]int, len(labels.Images))
	at := make(map[coco.ID]int, len(labels.Images))
	for i := range labels.Images {
		at[labels.Images[i].ID] = i
	}
	for i := range labels.Annotations {
		if i, ok := at[labels.Annotations[i].ImageID]; ok {
			d.instances[i]++
		}
	}
}

// overview says how large the dataset is.
func (b *builder) overview() {
	d := b.data
	if d.table != nil && b.o.File == "" {
		tiles, slides, tiers := 0, map[int]bool{}, map[int]bool{}
		for t := range d.table.All() {
			tiles++
			slides[t.WSI], tiers[t.Dataset] = true, true
		}
		b.page.fact("tiles", ui.Thousands(tiles), fmt.Sprintf("in %s, on %s", ui.Plural(len(tiers), "dataset", "datasets"),
			ui.Plural(len(slides), "slide", "slides")))
		if tiles == 0 {
			b.page.glance(htmlreport.Warning, "maps", "the dataset is empty: %s lists no tiles", b.files.Show(b.files.Table))
		}
	}
	if d.instances == nil {
		return
	}
	total, empty := 0, 0
	for _, n := range d.instances {
		if total += n; n == 0 {
			empty++
		}
	}
	var notes []string
	if empty > 0 {
		notes = append(notes, ui.Thousands(empty)+" without instances")
	}
	name := "tiles with outlines"
	if b.o.File != "" {
		name = "images"
		if d.table != nil {
			notes = append(notes, inTable(d.table, coco.NewNames(d.labels.Dataset.Images))...)
		}
	}
	b.page.fact(name, ui.Thousands(len(d.instances)), strings.Join(notes, "; "))
	b.page.fact("instances", ui.Thousands(total), "of "+ui.Plural(len(d.labels.Dataset.Categories), "class", "classes"))
}

// inTable says where the images of a COCO file are by the table of tiles, which may have more tiles, and may lack
// images.
func inTable(table *wsi.Table, images *coco.Names) (notes []string) {
	tiles, slides, tiers := map[string]bool{}, map[int]bool{}, map[int]bool{}
	unknown := 0
	for i := range images.Len() {
		t, err := table.Find(images, i)
		if err != nil {
			unknown++
			continue
		}
		tiles[t.ID], slides[t.WSI], tiers[t.Dataset] = true, true, true
	}
	if len(tiles) > 0 {
		notes = append(notes, fmt.Sprintf("in %s, on %s", ui.Plural(len(tiers), "dataset", "datasets"),
			ui.Plural(len(slides), "slide", "slides")))
	}
	if unknown > 0 {
		notes = append(notes, ui.Thousands(unknown)+" not in the table of tiles")
	}
	if n := table.Len() - len(tiles); n > 0 {
		notes = append(notes, ui.Plural(n, "tile", "tiles")+" of the table without an image")
	}
	return notes
}

// knowsAll says whether all images are of tiles of the table.
func knowsAll(table *wsi.Table, images *coco.Names) bool {
	for i := range images.Len() {
		if _, err := table.Find(images, i); err != nil {
			return false
		}
	}
	return images.Len() > 0
}
