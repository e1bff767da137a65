package mergecmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/slide/changes"
)

// applied is the summary of changes that were applied.
type applied struct {
	Files   []ui.SummaryFile `json:"files"`
	Changes int              `json:"changes"`
	Kept    int              `json:"kept"`
}

func (a *applied) WriteText(text *strings.Builder) {
	ui.Fprintf(text, "applied %s; %s kept\n", ui.Plural(a.Changes, "change", "changes"), ui.Plural(a.Kept, "annotation", "annotations"))
	ui.ListFiles(text, a.Files...)
}

// runChanges applies the changes that import found to the set that they were found in.
func runChanges(ctx context.Context, c *ui.Console, opts *options) error {
	o := &files.Outputs{Console: c, Force: opts.force}
	defer o.Abort()
	var in [2]*files.COCOFile // the set, the changes
	for i, path := range []string{opts.inputs[0], opts.changes} {
		input, err := files.OpenInput(c, path)
		if err != nil {
			return err
		}
		o.Inputs = append(o.Inputs, input)
		if in[i], err = files.ReadCOCO(ctx, c, input); err != nil {
			return err
		}
	}
	if err := o.Check(opts.out); err != nil {
		return err
	}
	set, list := in[0], in[1]
	edits, err := changes.FromDataset(list.Dataset)
	if err == nil {
		err = checkSet(list, set)
	}
	if err != nil {
		return &ui.Failure{Code: ui.ExitBadData, Err: ui.InFile(list.Input.Name, err)}
	}
	if err := edits.Apply(set.Dataset); err != nil {
		return &ui.Failure{Code: ui.ExitBadData, Err: ui.InFile(list.Input.Name, err)}
	}
	from := files.Provenance{Version: ui.Version, Command: "merge", Options: map[string]any{"changes": true},
		Inputs: []files.FileInfo{set.Input.FileInfo(), list.Input.FileInfo()}}
	d := set.Dataset
	source := coco.Field{Key: "source", Value: files.QuotedInfo(d.Info)}
	if d.Info, err = from.Info(set.Input.FileInfo().Name+" with changes", source); err != nil {
		return err
	}
	if d.Licenses == nil {
		d.Licenses = json.RawMessage("[]")
	}
	if err := files.WriteCOCO(o, opts.out, d); err != nil {
		return err
	}
	if err := o.Commit(); err != nil {
		return err
	}
	return c.Summarize(&applied{Files: []ui.SummaryFile{ui.NewSummarySet(opts.out, len(d.Images), len(d.Annotations))},
		Changes: len(edits.List), Kept: edits.Kept}, opts.out)
}

// checkSet fails unless the changes have the checksum of the set.
func checkSet(list, set *files.COCOFile) error {
	sum, ok := list.Extra.Text(changes.SetMember)
	if !ok {
		return errors.New("found no " + changes.SetMember + ", expected the changes that import --changes writes")
	}
	if sum != fmt.Sprintf("%x", set.Sum) {
		return fmt.Errorf("%w: found the checksum %.16s..., expected that of %s, %.16s...: apply them to the set of import --against",
			changes.ErrOtherSet, sum, set.Input.Name, fmt.Sprintf("%x", set.Sum))
	}
	return nil
}
