package submissioncmd

import (
	"context"
	"fmt"
	"io"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/printable"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

const checkHelp = `Lists everything that is wrong with a submission, by row and token: missing
columns, duplicate tiles, heights and widths, too few or too many tokens,
classes, scores, and masks that do not decode or have no pixel. With --tiles it
also lists tiles without a row, and rows of other tiles. The tiles of a COCO file
are named by member tile or file name without folder and suffix; those that share
a name by their paths, as in run0/a. With --tile-size 0 tiles may have any size.

Masks of a tile that overlap are counted, but are not a fault: the competition
has no known rule against them.

examples:
   hubdata submission check submission.csv
   hubdata submission check --tiles sample_submission.csv submission.csv
   hubdata submission check --json submission.csv | jq '.faults[].code'`

// checkOptions say what is checked by which tiles.
type checkOptions struct {
	in    string
	tiles testTiles
}

// checkCommand is hubdata submission check.
func checkCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "check",
		Usage:       "list everything that is wrong with a submission",
		UsageText:   "[flags] SUBMISSION",
		Description: checkHelp,
		Flags: []cli.Flag{
			tilesFlag("any tiles"),
			tilesSizeFlag(),
			flags.JsonFlag("the faults"),
			flags.QuietFlag("counts, only the faults"),
		},
		Action: func(ctx *cli.Context) error {
			o := &checkOptions{in: ctx.Args().First()}
			if ctx.NArg() != 1 {
				return ui.Usagef("submission check takes one submission, found %q", ctx.Args().Slice())
			}
			var err error
			if o.tiles, err = parseTestTiles(ctx, 0); err != nil {
				return err
			}
			if err := flags.OneStdin(o.in, o.tiles.path); err != nil {
				return err
			}
			return check(ctx.Context, c, o)
		},
	}
}

// checkedFault is a fault as JSON.
type checkedFault struct {
	Code   string `json:"code"`
	Row    int    `json:"row,omitempty"`
	Line   int    `json:"line,omitempty"`
	Tile   string `json:"tile,omitempty"`
	Column string `json:"column,omitempty"`
	Token  int    `json:"token,omitempty"`
	Reason string `json:"reason"`
}

// check prints the faults while it reads, and fails if there are any.
func check(ctx context.Context, c *ui.Console, o *checkOptions) error {
	rules := &wsi.SubmissionRules{TileSize: o.tiles.size}
	if o.tiles.path != "" {
		var err error
		if rules.Tiles, _, err = o.tiles.read(c); err != nil {
			return err
		}
	}
	in, err := files.OpenInput(c, o.in)
	if err != nil {
		return err
	}
	defer in.Close()
	add, stop := c.Progress("checking", in.Size)
	in.OnRead(add)
	report := func(f wsi.SubmissionFault) { ui.Fprintf(c.Out, "%s: %s\n", in.Name, f) }
	if c.JSON {
		report = reportJSON(c.Out, in.Name)
	}
	counts, err := wsi.CheckSubmission(contextReader{ctx, in}, rules, report)
	stop()
	if err != nil {
		return ui.InFile(in.Name, err)
	}
	switch {
	case c.JSON:
		fmt.Fprintf(c.Out, "],\n\"rows\":%d,\"rows_without_instance\":%d,\"instances\":%d,\"rows_with_overlaps\":%d}\n", counts.Rows, counts.Empty, counts.Instances, counts.Overlapping)
	case !c.Quiet:
		ui.Fprintf(c.Out, "%s: %s, %s without an instance, %s; masks overlap on %s\n", in.Name, ui.Plural(counts.Rows, "row", "rows"), ui.Thousands(counts.Empty),
			ui.Plural(counts.Instances, "valid instance", "valid instances"), ui.Plural(counts.Overlapping, "tile", "tiles"))
	}
	if counts.Faults == 0 {
		if !c.JSON && !c.Quiet {
			fmt.Fprintf(c.Out, "%s: valid\n", in.Name)
		}
		return nil
	}
	if err := c.Flush(); err != nil {
		return err
	}
	return ui.Failf(ui.ExitBadData, "%s: not valid, %s", in.Name, ui.Plural(counts.Faults, "fault", "faults"))
}

// reportJSON begins an object and returns what adds a fault to its list.
func reportJSON(w io.Writer, name string) func(wsi.SubmissionFault) {
	head, _ := jsonscan.Marshal(name) // a string always can
	fmt.Fprintf(w, "{\"file\":%s,\n\"faults\":[", printable.JSON(head))
	separator := "\n"
	return func(f wsi.SubmissionFault) {
		text, _ := jsonscan.MarshalText(checkedFault{string(f.Code), f.Row, f.Line, f.ID, f.Column, f.Token, f.Reason}) // strings and numbers always can
		fmt.Fprintf(w, "%s%s", separator, printable.JSON(text))
		separator = ",\n"
	}
}

// contextReader ends a reading when the run ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
