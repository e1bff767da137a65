package importcmd

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/slide"
	"github.com/hubdata/hubdata/slide/changes"
)

// origin is the set that the inputs were exported from; nil: it was not named.
type origin struct{ set *files.COCOFile }

// openOrigin reads the set of --against.
func openOrigin(ctx context.Context, c *ui.Console, o *files.Outputs, opts *options) (*origin, error) {
	if opts.against == "" {
		return nil, nil
	}
	in, err := files.OpenInput(c, opts.against)
	if err != nil {
		return nil, err
	}
	in.Flag = "against"
	o.Inputs = append(o.Inputs, in)
	f, err := files.ReadCOCO(ctx, c, in)
	if err != nil {
		return nil, err
	}
	fields := slide.DefaultFields()
	for i := range f.Images {
		if _, ok := fields.X.Value(&f.Images[i]); ok {
			return nil, ui.Failf(ui.ExitBadData, "%s: images[%d], %s, is a tile of a slide, expected whole slides",
				in.Name, i, wtf8.Quote(f.Images[i].FileName)).Hint(`join the tiles with "hubdata stitch", and export the slides`)
		}
	}
	return &origin{f}, nil
}

// known finds an image of the set by the name of a slide: its path, its name or its slide, or the name that these have as
// a file. nil: there is no set.
func (o *origin) known() func(string) (coco.Image, bool) {
	if o == nil {
		return nil
	}
	by, written := map[string][]int{}, map[string][]int{}
	paths := files.FileNames(o.set.Images)
	for i := range o.set.Images {
		img := &o.set.Images[i]
		names := []string{img.FileName, coco.ImageName(img)}
		file := coco.ImageName(&coco.Image{FileName: paths[i]})
		if name, ok := slide.DefaultFields().Slide.Value(img); ok {
			names = append(names, name)
			file = fileOf(name)
		}
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			by[name] = append(by[name], i)
		}
		written[file] = append(written[file], i)
	}
	return func(name string) (coco.Image, bool) {
		for _, list := range [][]int{by[name], written[name]} {
			if len(list) == 1 {
				return o.set.Images[list[0]], true
			}
		}
		return coco.Image{}, false
	}
}

// fileOf is the name of a slide as that of its file, without an extension.
func fileOf(name string) string {
	const extension = ".png" // so that a point in the name is not taken for that of an extension
	file := files.FileNames([]coco.Image{{FileName: strings.ReplaceAll(name, "/", "_") + extension}})[0]
	return strings.TrimSuffix(file, extension)
}

// compare finds what changed, and does it to the set.
func (o *origin) compare(ctx context.Context, edited *coco.Dataset) (*changes.Changes, error) {
	if o == nil {
		return nil, nil
	}
	edits, err := changes.Compare(ctx, o.set.Dataset, edited)
	if err == nil {
		err = edits.Apply(o.set.Dataset)
	}
	if err != nil && ctx.Err() == nil {
		return nil, &ui.Failure{Code: ui.ExitBadData, Err: ui.InFile(o.set.Input.Name, err)}
	}
	return edits, err
}

// write writes what changed, with the checksum of the set that it belongs to.
func (o *origin) write(out *files.Outputs, opts *options, edits *changes.Changes, from *files.Provenance) error {
	if opts.changes == "" {
		return nil
	}
	d, err := edits.Dataset()
	if err != nil {
		return err
	}
	if d.Info, err = from.Info("what changed in " + o.set.Input.FileInfo().Name); err != nil {
		return err
	}
	d.Licenses = json.RawMessage("[]")
	d.Extra = append(coco.Fields{{Key: changes.SetMember, Value: fmt.Appendf(nil, "%q", fmt.Sprintf("%x", o.set.Sum))}}, d.Extra...)
	return files.WriteCOCO(out, opts.changes, d)
}

// edits are the changes in a summary.
type edits struct {
	Images       int                  `json:"images"`
	Unchanged    int                  `json:"images_not_compared"`
	Kept         int                  `json:"kept"`
	Kinds        map[changes.Kind]int `json:"kinds"`
	Reclassified int                  `json:"with_another_class"`
	LeastIoU     float64              `json:"least_iou_of_reshaped"`
}

// kinds are the kinds of changes in the order of a summary.
var kinds = []changes.Kind{
	changes.Moved, changes.Reshaped, changes.Reclassified, changes.Annotated, changes.Deleted, changes.Added, changes.Split,
	changes.Merged, changes.Redrawn,
}

func newEdits(c *changes.Changes, o *origin) *edits {
	if c == nil {
		return nil
	}
	e := &edits{Images: len(c.Images), Unchanged: len(o.set.Images) - len(c.Images), Kept: c.Kept, Kinds: map[changes.Kind]int{},
		Reclassified: c.Reclassified(), LeastIoU: 1}
	for _, k := range kinds {
		e.Kinds[k] = c.Count(k)
	}
	for _, ch := range c.List {
		if ch.Kind == changes.Reshaped {
			e.LeastIoU = min(e.LeastIoU, ch.IoU)
		}
	}
	return e
}

func (e *edits) writeText(text *strings.Builder) {
	ui.Fprintf(text, "compared %s: %s kept", ui.Plural(e.Images, "slide", "slides"), ui.Thousands(e.Kept))
	for _, k := range kinds {
		if n := e.Kinds[k]; n > 0 {
			ui.Fprintf(text, ", %s %s", ui.Thousands(n), string(k))
		}
	}
	if e.Kinds[changes.Reshaped] > 0 {
		ui.Fprintf(text, " (IoU %.3f at least)", e.LeastIoU)
	}
	ui.Fprintf(text, "; %s with another class\n", ui.Thousands(e.Reclassified))
	if e.Unchanged > 0 {
		ui.Fprintf(text, "not compared: %s of the set, unchanged\n", ui.Plural(e.Unchanged, "image", "images"))
	}
}
