package mergecmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// provenance is what a file says of how it was made.
func (o *options) provenance() map[string]any {
	m := map[string]any{
		"renumber_images":     o.renumberImages,
		"renumber_categories": o.renumberCategory,
		"drop_duplicates":     o.dropDuplicates,
	}
	if o.named {
		m["name"] = o.names // in the order of the inputs
	}
	return m
}

// run merges the files, or lists the conflicts and writes nothing.
func run(ctx context.Context, c *ui.Console, opts *options) error {
	o := &files.Outputs{Console: c, Force: opts.force}
	defer o.Abort()
	inputs, err := opts.read(ctx, c, o)
	if err != nil {
		return err
	}
	info, mapInfo, err := opts.infos(inputs)
	if err != nil {
		return err
	}
	sources := make([]coco.Source, len(inputs))
	for i, f := range inputs {
		sources[i] = coco.Source{Name: opts.names[i], File: f.Input.Name, Dataset: f.Dataset}
	}
	m, err := coco.Merge(sources, &coco.MergeOptions{Info: info, RenumberImages: opts.renumberImages,
		RenumberCategories: opts.renumberCategory, DropDuplicates: opts.dropDuplicates})
	if err != nil {
		return reportConflicts(c, err)
	}
	if m.Dataset.Licenses == nil {
		m.Dataset.Licenses = json.RawMessage(`[]`)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := files.WriteCOCO(o, opts.out, m.Dataset); err != nil {
		return err
	}
	if opts.idMap != "" {
		if err := writeIDMap(o, opts.idMap, mapInfo, inputs, m.Sources); err != nil {
			return err
		}
	}
	if err := o.Commit(); err != nil {
		return err
	}
	for i, s := range m.Sources {
		if s.SameBaseName > 0 {
			c.Note("%s: %s the file name of an earlier image with another path: they stay different images", inputs[i].Input.Name, ui.Plural(s.SameBaseName, "image has", "images have"))
		}
		if s.AlikeName > 0 {
			c.Note("%s: %s the name of an earlier image but for letters' case or Unicode form: they stay different images", inputs[i].Input.Name, ui.Plural(s.AlikeName, "image has", "images have"))
		}
	}
	return c.Summarize(newSummary(opts, inputs, m), opts.out, opts.idMap)
}

// read opens all inputs, refuses what cannot be written, and reads them.
func (o *options) read(ctx context.Context, c *ui.Console, out *files.Outputs) ([]*files.COCOFile, error) {
	defer func() {
		for _, in := range out.Inputs {
			in.Close()
		}
	}()
	stdin := false
	for _, path := range o.inputs {
		if path == "-" && stdin {
			return nil, ui.Usagef("- (standard input) is a duplicate: it can be read only once")
		}
		stdin = stdin || path == "-"
		in, err := files.OpenInput(c, path)
		if err != nil {
			return nil, err
		}
		for _, other := range out.Inputs {
			if in.Stat() != nil && other.Stat() != nil && os.SameFile(in.Stat(), other.Stat()) {
				in.Close()
				return nil, ui.Usagef("%s and %s are the same file: name it once", other.Name, in.Name)
			}
		}
		out.Inputs = append(out.Inputs, in)
	}
	if err := out.Check(o.out, o.idMap); err != nil {
		return nil, err
	}
	var inputs []*files.COCOFile
	for _, in := range out.Inputs {
		f, err := files.ReadCOCO(ctx, c, in)
		if err != nil {
			return nil, err
		}
		for _, other := range inputs {
			if other.Sum == f.Sum {
				return nil, ui.Usagef("%s and %s have the same content: name one of them", other.Input.Name, in.Name)
			}
		}
		inputs = append(inputs, f)
	}
	return inputs, nil
}

// infos makes the info objects of the merged file and of the id map. The merged
// file keeps those of its sources.
func (o *options) infos(inputs []*files.COCOFile) (merged, idMap json.RawMessage, err error) {
	type sourceInfo struct {
		Name string          `json:"name"`
		File string          `json:"file"`
		Info json.RawMessage `json:"info,omitempty"`
	}
	from := files.Provenance{Version: ui.Version, Command: "merge", Options: o.provenance()}
	var names []string
	var sources []sourceInfo
	for i, f := range inputs {
		from.Inputs = append(from.Inputs, f.Input.FileInfo())
		names = append(names, f.Input.FileInfo().Name)
		sources = append(sources, sourceInfo{o.names[i], f.Input.FileInfo().Name, files.QuotedInfo(f.Info)})
	}
	list := strings.Join(names, ", ")
	kept, err := jsonscan.Marshal(sources)
	if err != nil {
		return nil, nil, err
	}
	if merged, err = from.Info("merged from "+list, coco.Field{Key: "sources", Value: kept}); err != nil {
		return nil, nil, err
	}
	idMap, err = from.Info("ids of " + list + " and of what was merged from them")
	return merged, idMap, err
}

// listedConflicts is how many conflicts are printed.
const listedConflicts = 20

// reportConflicts prints the conflicts of an error, and says what to do.
func reportConflicts(c *ui.Console, err error) error {
	var m *coco.MergeError
	if !errors.As(err, &m) {
		return err
	}
	codes := map[coco.Code]bool{}
	for i, conflict := range m.Conflicts {
		if codes[conflict.Code] = true; i < listedConflicts {
			c.Problem(conflict.String())
		}
	}
	if more := len(m.Conflicts) - listedConflicts; more > 0 {
		c.Problem(fmt.Sprintf("and %s more", ui.Thousands(more)))
	}
	f := ui.Failf(ui.ExitBadData, "%s: nothing was written", ui.Plural(len(m.Conflicts), "conflict", "conflicts"))
	if codes[coco.ImageIDTaken] || codes[coco.ImageIDDiffers] || codes[coco.ImageIDMixed] {
		f = f.Hint("--renumber-images numbers the images from 1; --id-map FILE lists the old ids")
	}
	if codes[coco.CategoryIDTaken] {
		f = f.Hint("--renumber-categories gives a category whose id is taken a free id")
	}
	return f
}
