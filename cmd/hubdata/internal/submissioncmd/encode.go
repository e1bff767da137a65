package submissioncmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

// encodeOptions say which predictions become a submission for which tiles.
type encodeOptions struct {
	results, dir, out string
	tiles             testTiles
	images            string
	categoryStart     int64
	top               int
	minScore          float64
	post              []rle.Step
	workers           int
	force             bool
	record            string         // a file that says how out was made; empty: none
	recorded          map[string]any // flags that decide the content of out
}

// encodeMemory is how many bytes of the masks' texts are held in memory.
const encodeMemory = 64 << 20

// encode reads predictions and writes a submission.
func encode(ctx context.Context, c *ui.Console, o *encodeOptions) (*encodeSummary, error) {
	outs := &files.Outputs{Console: c, Force: o.force, Unsigned: true}
	defer outs.Abort()
	spill := &spool.File{Dir: outs.ScratchFolder(o.out)}
	defer func() { _ = spill.Close() }() // it is removed in any case
	tiles, in, err := o.tiles.read(c)
	if err != nil {
		return nil, err
	}
	if in != nil {
		in.Flag = "tiles"
		outs.Inputs = append(outs.Inputs, in)
	}
	encoder, err := wsi.NewSubmissionEncoder(tiles, &wsi.EncodeOptions{
		MinScore: o.minScore, Steps: o.post, Top: o.top, Workers: o.workers, Spill: spill, Memory: encodeMemory,
	})
	if err != nil {
		return nil, err
	}
	ids, in, err := o.readIDs(c)
	if err != nil {
		return nil, err
	}
	if in != nil {
		in.Flag = "images"
		outs.Inputs = append(outs.Inputs, in)
	}
	add, stop := c.Progress("reading", -1)
	defer stop()
	file, err := preds.OpenResults(c, o.results, add)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	outs.Inputs = append(outs.Inputs, file.Input)
	if err := o.check(outs); err != nil {
		return nil, err
	}
	sum := &encodeSummary{}
	if err := addPredictions(ctx, encoder, file, ids, tiles, sum); err != nil {
		return nil, err
	}
	counts, out, err := writeRows(ctx, encoder, outs, o.out)
	if err != nil {
		return nil, inRecord(file, err)
	}
	if err := o.writeRecord(outs, out); err != nil {
		return nil, err
	}
	if err := outs.Commit(); err != nil {
		return nil, err
	}
	sum.Tiles, sum.Empty, sum.Instances = counts.Tiles, counts.Empty, counts.Instances
	sum.LowScore, sum.Gone, sum.BeyondTop = counts.LowScore, counts.NoPixel, counts.BeyondTop
	sum.Files = []ui.SummaryFile{ui.NewSummarySet(o.out, sum.Tiles, sum.Instances)}
	if o.record != "" {
		sum.Files = append(sum.Files, ui.NewSummaryFile(o.record))
	}
	return sum, nil
}

// check reports early why the outputs may not be written. A record shows that hubdata wrote it, a submission does not.
func (o *encodeOptions) check(outs *files.Outputs) error {
	if err := outs.Check(o.out); err != nil {
		return err
	}
	outs.Unsigned = false
	if err := outs.Check(o.record); err != nil {
		return err
	}
	outs.Unsigned = true
	return outs.Apart(o.out, o.record)
}

// writeRecord writes how the submission was made.
func (o *encodeOptions) writeRecord(outs *files.Outputs, of *files.Output) error {
	if o.record == "" {
		return nil
	}
	from := files.Provenance{Version: ui.Version, Command: "submission encode", Options: o.recorded, Output: of.FileInfo()}
	for _, in := range outs.Inputs {
		from.Inputs = append(from.Inputs, in.FileInfo())
	}
	outs.Unsigned = false
	return from.WriteRecord(outs, o.record)
}

// readIDs reads what the predictions' ids mean; in is the file, closed, or nil.
func (o *encodeOptions) readIDs(c *ui.Console) (ids *preds.ImageIDs, in *files.Input, err error) {
	path := o.images
	if path == "" {
		if path, err = files.FindInput(o.dir, "tile_meta.csv"); err != nil {
			return preds.NewImageIDs(o.categoryStart), nil, nil
		}
	}
	return preds.ReadImageIDs(c, path, o.categoryStart)
}

// addPredictions reads the predictions, and adds those of blood vessels to the encoder.
func addPredictions(ctx context.Context, encoder *wsi.SubmissionEncoder, file *preds.ResultFile, ids *preds.ImageIDs, tiles []wsi.SubmissionTile, sum *encodeSummary) error {
	if file.Dataset != nil {
		if err := ids.TakeDataset(file.Name, file.Dataset); err != nil {
			return ui.InFile(file.Name, err)
		}
	}
	category, err := ids.Category(wsi.BloodVessel)
	if err != nil {
		return err
	}
	names := &coco.Names{}
	for _, t := range tiles {
		names.AddName(t.ID)
	}
	listed := ids.In(names)
	record := 0
	for r, err := range file.Records {
		if err != nil {
			return ui.InFile(file.Name, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		sum.Predictions++
		i, name, err := listed.Find(r.ImageID)
		if err == nil && r.Missing.Has(coco.FieldCategoryID) {
			err = errors.New("category_id: found none")
		}
		if err == nil {
			_, err = listed.Class(r.CategoryID)
		}
		if err != nil {
			return inRecord(file, &wsi.RecordError{Record: record, Err: err})
		}
		if i >= 0 {
			name = tiles[i].ID
		}
		if r.CategoryID != category {
			sum.OtherClass++
		} else if err := encoder.Add(record, name, &r); err != nil {
			return inRecord(file, err)
		}
		record++
	}
	_, err = file.ReadToEnd()
	return err
}

// inRecord says in which record of the predictions an error is, if it is in one.
func inRecord(file *preds.ResultFile, err error) error {
	var record *wsi.RecordError
	if !errors.As(err, &record) {
		return err
	}
	err = record.Err
	var tile *wsi.TileError
	if errors.As(err, &tile) {
		err = fmt.Errorf("%w: --tiles names them", err)
	}
	f := ui.Failf(ui.ExitBadData, "%s: %s[%d].%w", file.Name, file.List, record.Record, err)
	if errors.Is(err, rle.ErrSize) {
		f = f.Hint("--tiles or --tile-size sets the heights and widths of the tiles")
	}
	return f
}

// writeRows writes the rows, in the order of the tiles. The caller commits.
func writeRows(ctx context.Context, encoder *wsi.SubmissionEncoder, outs *files.Outputs, path string) (wsi.EncodeCounts, *files.Output, error) {
	out, err := outs.CreateSummed(path)
	if err != nil {
		return wsi.EncodeCounts{}, nil, err
	}
	counts, err := encoder.Write(ctx, failing{out})
	if err != nil {
		return counts, nil, err
	}
	return counts, out, out.Finish()
}

// failing is an output whose errors say which file it is.
type failing struct{ *files.Output }

func (f failing) Write(p []byte) (int, error) {
	n, err := f.Output.Write(p)
	if err != nil {
		err = f.Failed(err)
	}
	return n, err
}

// encodeSummary is what an encode reports.
type encodeSummary struct {
	Files       []ui.SummaryFile `json:"files"`
	Tiles       int              `json:"tiles"`
	Empty       int              `json:"tiles_without_instance"`
	Predictions int              `json:"predictions"`
	OtherClass  int              `json:"of_another_class"`
	LowScore    int              `json:"below_min_score"`
	Gone        int              `json:"without_pixel"`
	BeyondTop   int              `json:"beyond_top"`
	Instances   int              `json:"instances"`
}

func (sum *encodeSummary) WriteText(text *strings.Builder) {
	for _, d := range []struct {
		n   int
		why string
	}{{sum.OtherClass, "of another class"}, {sum.LowScore, "below --min-score"}, {sum.Gone, "without a pixel"}, {sum.BeyondTop, "beyond --top"}} {
		if d.n > 0 {
			ui.Fprintf(text, "dropped: %s %s\n", ui.Plural(d.n, "prediction", "predictions"), d.why)
		}
	}
	if sum.Empty > 0 {
		ui.Fprintf(text, "%s without an instance\n", ui.Plural(sum.Empty, "tile", "tiles"))
	}
	ui.ListInstances(text, sum.Files)
}
