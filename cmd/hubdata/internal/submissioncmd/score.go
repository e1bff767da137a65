package submissioncmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

const scoreHelp = `Computes the competition's metric: the average precision of instances at a mask
IoU of 0.6, as in the Open Images challenge. GT is a COCO file of the ground truth.
Rows and images are matched by name: an image's member tile, or its file name
with or without folders and suffix, as long as it fits one image alone.

Images of GT without a row count as images without detections. Rows of tiles that
GT does not have are left out. The report has the number of both. Crowds are not
scored, and a detection on one is not a false detection. Nor is a detection without
a pixel: the metric leaves it out.

examples:
   hubdata submission score submission.csv val.json
   hubdata submission score --iou 0.5 --json submission.csv val.json | jq .ap`

// scoreOptions say what is scored against which ground truth.
type scoreOptions struct {
	in, truth string
	class     string
	iou       float64
}

// scoreCommand is hubdata submission score.
func scoreCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "score",
		Usage:       "compute the competition's metric for a submission",
		UsageText:   "[flags] SUBMISSION GT",
		Description: scoreHelp,
		Flags: []cli.Flag{
			&cli.Float64Flag{Name: "iou", Value: eval.HuBMAPIoU, Usage: "match detections that overlap by `IOU` or more"},
			&cli.StringFlag{Name: "class", Value: wsi.BloodVessel, Usage: "score instances of the class `NAME`"},
			flags.JsonFlag("the score"),
			flags.QuietFlag("remarks"),
		},
		Action: func(ctx *cli.Context) error {
			o := &scoreOptions{in: ctx.Args().Get(0), truth: ctx.Args().Get(1), class: ctx.String("class"),
				iou: ctx.Float64("iou")}
			switch {
			case ctx.NArg() != 2:
				return ui.Usagef("submission score takes a submission and a COCO file, found %q", ctx.Args().Slice())
			case !(o.iou > 0 && o.iou <= 1):
				return ui.Usagef("--iou: %v is not above 0 and at most 1", o.iou)
			}
			if err := flags.OneStdin(o.in, o.truth); err != nil {
				return err
			}
			sum, err := score(ctx.Context, c, o)
			if err != nil {
				return err
			}
			return sum.print(c)
		},
	}
}

// scoreSummary is what a score reports.
type scoreSummary struct {
	File          string   `json:"file"`
	Truth         string   `json:"truth"`
	Class         string   `json:"class"`
	IoU           float64  `json:"iou"`
	AP            *float64 `json:"ap"` // null: no truths
	Truths        int      `json:"truths"`
	Detections    int      `json:"detections"`
	TruePositives int      `json:"true_positives"`
	Ignored       int      `json:"ignored"`
	Empty         int      `json:"detections_without_a_pixel"`
	Images        int      `json:"images"`
	WithoutRow    int      `json:"images_without_row"`
	OtherRows     int      `json:"rows_of_other_tiles"`
}

// score scores a submission.
func score(ctx context.Context, c *ui.Console, o *scoreOptions) (*scoreSummary, error) {
	truthFile, err := files.OpenInput(c, o.truth)
	if err != nil {
		return nil, err
	}
	defer truthFile.Close()
	file, err := files.OpenInput(c, o.in)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows := bufio.NewReader(file)
	swapped := preds.IsJSON(rows)
	truth, err := files.ReadCOCO(ctx, c, truthFile)
	if err != nil {
		if !swapped || ctx.Err() != nil || ui.IsReadError(err) {
			return nil, err
		}
		return nil, (&ui.Failure{Code: ui.ExitBadData, Err: err}).
			Hint("are the arguments swapped? the submission comes first: hubdata submission score SUBMISSION GT")
	}
	join, err := newJoin(truth, truthFile.Name)
	if err != nil {
		return nil, err
	}
	add, stop := c.Progress("reading", file.Size)
	defer stop()
	file.OnRead(add)
	found, err := join.read(ctx, rows, o.class)
	if err != nil {
		return nil, ui.InFile(file.Name, err)
	}
	if _, err := file.ReadToEnd(); err != nil {
		return nil, err
	}
	sum := &scoreSummary{File: file.Name, Truth: truthFile.Name, Class: o.class, IoU: o.iou, Images: len(truth.Images)}
	sum.OtherRows, sum.WithoutRow = join.others, len(truth.Images)-join.joined
	if len(truth.Images) > 0 && join.joined == 0 {
		f := ui.Failf(ui.ExitBadData, "no row of %s belongs to an image of %s", file.Name, truthFile.Name)
		if join.others > 0 {
			f = imagenames.Hint(f.Hint("the submission begins with %s, the ground truth with %s", wtf8.Quote(join.other),
				wtf8.Quote(join.names.Name(0))), join.names, join.other)
		}
		return nil, f
	}
	s, err := eval.HuBMAP(truth.Dataset, coco.NewResults(found...), &eval.HuBMAPOptions{IoU: o.iou, Class: o.class})
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", truthFile.Name, ui.ErrInput, err)
	}
	sum.Truths, sum.Detections, sum.TruePositives, sum.Ignored, sum.Empty = s.Truths, s.Detections, s.TruePositives, s.Ignored, s.Empty
	if !math.IsNaN(s.AP) {
		sum.AP = &s.AP
	}
	return sum, nil
}

// join finds the images of a ground truth that the rows of a submission are of.
type join struct {
	truth  *files.COCOFile
	name   string // of the truth's file
	names  *coco.Names
	rowOf  []int  // the row of each image; 0: none
	joined int    // rows that are of an image
	others int    // rows that are not
	other  string // the first of them
}

// newJoin reports images of the truth that have one id or name.
func newJoin(truth *files.COCOFile, name string) (*join, error) {
	ids := &preds.ImageIDs{}
	if err := ids.TakeDataset(name, truth.Dataset); err != nil {
		return nil, ui.InFile(name, err)
	}
	return &join{truth: truth, name: name, names: ids.Images, rowOf: make([]int, len(truth.Images))}, nil
}

// read reads the instances on images of the truth, with the category of the class.
func (j *join) read(ctx context.Context, rows io.Reader, class string) ([]coco.Result, error) {
	category := int64(0)
	for _, cat := range j.truth.Categories {
		if cat.Name == class {
			category = cat.ID
			break // as eval.HuBMAP takes the first
		}
	}
	image := func(row *wsi.SubmissionRow) (coco.ID, bool, error) {
		if err := ctx.Err(); err != nil {
			return coco.ID{}, false, err
		}
		return j.image(row)
	}
	var found []coco.Result
	for r, err := range wsi.SubmissionResults(rows, category, image) {
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, nil
}

// image finds the image of a row; ok is false if the truth has none.
func (j *join) image(row *wsi.SubmissionRow) (id coco.ID, ok bool, err error) {
	fault := func(column string, err error) error {
		return &wsi.RowError{Row: row.Row, Line: row.Line, Column: column, Err: err}
	}
	i, err := j.names.FindName(row.ID)
	var ambiguous *coco.AmbiguousNameError
	switch {
	case errors.As(err, &ambiguous):
		return coco.ID{}, false, fault("id", err)
	case err != nil:
		if j.others++; j.others == 1 {
			j.other = row.ID
		}
		return coco.ID{}, false, nil
	case j.rowOf[i] > 0:
		return coco.ID{}, false, fault("id", fmt.Errorf("tile %s is already in row %d: remove one of them", row.ID,
			j.rowOf[i]))
	}
	j.rowOf[i] = row.Row
	j.joined++
	img := &j.truth.Images[i]
	if row.Height != img.Height || row.Width != img.Width {
		return coco.ID{}, false, fault("", fmt.Errorf("found height %d and width %d, but the image has %d and %d in %s",
			row.Height, row.Width, img.Height, img.Width, j.name))
	}
	return img.ID, true, nil
}

// print prints the score.
func (sum *scoreSummary) print(c *ui.Console) error {
	if c.JSON {
		return ui.PrintJSON(c.Out, sum)
	}
	if sum.AP == nil {
		return fmt.Errorf("%w: %s has no instance of class %s", ui.ErrInput, sum.Truth, sum.Class)
	}
	if sum.WithoutRow > 0 {
		c.Note("%s of %s without a row count as images without detections", ui.Plural(sum.WithoutRow, "image", "images"),
			sum.Truth)
	}
	if sum.OtherRows > 0 {
		c.Note("left out %s of tiles that are not in %s", ui.Plural(sum.OtherRows, "row", "rows"), sum.Truth)
	}
	var text strings.Builder
	ui.Fprintf(&text, "AP %.6f at IoU %v of class %s\n", *sum.AP, sum.IoU, sum.Class)
	ui.Fprintf(&text, "%s, %s: %s correct, %s false",
		ui.Plural(sum.Truths, "ground-truth instance", "ground-truth instances"),
		ui.Plural(sum.Detections, "detection", "detections"),
		ui.Thousands(sum.TruePositives), ui.Thousands(sum.Detections-sum.TruePositives-sum.Ignored-sum.Empty))
	if sum.Ignored > 0 {
		ui.Fprintf(&text, ", %s on crowds", ui.Thousands(sum.Ignored))
	}
	if sum.Empty > 0 {
		ui.Fprintf(&text, ", %s without a pixel", ui.Thousands(sum.Empty))
	}
	text.WriteString("\n")
	_, err := io.WriteString(c.Out, text.String())
	return err
}
