package submissioncmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

const scoreHelp = `Computes the competition's metric: the average precision of instances at an IoU of
masks of 0.6, as in Open Images' challenge. GT is a COCO file with the truth. A
tile is known by its name: an image's member tile, else its file's name without
folder and suffix.

Images of GT without a row count as images on which nothing was found; rows of
tiles that GT lacks are left out. Both are told. Crowds are no truths, and what
lies on one is no mistake.

examples:
   hubdata submission score submission.csv val.json
   hubdata submission score --iou 0.5 --json submission.csv val.json | jq .ap`

type scoreOptions struct {
	in, truth string
	class     string
	iou       float64
}

func scoreCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "score",
		Usage:       "compute the competition's metric for a submission",
		UsageText:   "[flags] SUBMISSION GT",
		Description: scoreHelp,
		Flags: []cli.Flag{
			&cli.Float64Flag{Name: "iou", Value: eval.HuBMAPIoU, Usage: "call an instance found from `IOU` on"},
			&cli.StringFlag{Name: "class", Value: wsi.BloodVessel, Usage: "score instances of the class `NAME`"},
			flags.JsonFlag("the score"),
			flags.QuietFlag("remarks"),
		},
		Action: func(ctx *cli.Context) error {
			o := &scoreOptions{in: ctx.Args().Get(0), truth: ctx.Args().Get(1), class: ctx.String("class"), iou: ctx.Float64("iou")}
			switch {
			case ctx.NArg() != 2:
				return ui.Usagef("submission score takes a submission and a COCO file, got %q", ctx.Args().Slice())
			case !(o.iou > 0 && o.iou <= 1):
				return ui.Usagef("--iou: %v is not above 0 and at most 1", o.iou)
			}
			if err := flags.OneStdin(o.in, o.truth); err != nil {
				return err
			}
			return runScore(ctx.Context, c, o)
		},
	}
}

// scoreSummary is what a run reports.
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
	Images        int      `json:"images"`
	WithoutRow    int      `json:"images_without_row"`
	OtherRows     int      `json:"rows_of_other_tiles"`
}

func runScore(ctx context.Context, c *ui.Console, opts *scoreOptions) error {
	truth, err := files.OpenCOCO(ctx, c, opts.truth)
	if err != nil {
		return err
	}
	file, err := files.OpenInput(c, opts.in)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := &scoreSummary{File: file.Name, Truth: truth.Input.Name, Class: opts.class, IoU: opts.iou, Images: len(truth.Images)}
	found, err := submitted(ctx, c, file, truth, opts.class, sum)
	if err != nil {
		return err
	}
	score, err := eval.HuBMAP(truth.Dataset, found, &eval.HuBMAPOptions{IoU: opts.iou, Class: opts.class})
	if err != nil {
		return fmt.Errorf("%s: %w: %w", truth.Input.Name, ui.ErrInput, err)
	}
	sum.Truths, sum.Detections, sum.TruePositives, sum.Ignored = score.Truths, score.Detections, score.TruePositives, score.Ignored
	if !math.IsNaN(score.AP) {
		sum.AP = &score.AP
	}
	return sum.print(c)
}

// submitted reads the instances of a submission on the images of the truth.
func submitted(ctx context.Context, c *ui.Console, file *files.Input, truth *files.COCOFile, class string, sum *scoreSummary) ([]coco.Result, error) {
	ids := &preds.ImageIDs{}
	if err := ids.TakeDataset(truth.Input.Name, truth.Dataset); err != nil {
		return nil, ui.InFile(truth.Input.Name, err)
	}
	category := int64(0)
	for _, cat := range truth.Categories {
		if cat.Name == class {
			category = cat.ID
			break // as eval.HuBMAP takes the first
		}
	}
	add, stop := c.Progress("reading", file.Size)
	defer stop()
	file.OnRead(add)
	rows, of := 0, make([]int, len(truth.Images)) // how many are of images, and the row of each
	image := func(row *wsi.SubmissionRow) (coco.ID, bool, error) {
		if err := ctx.Err(); err != nil {
			return coco.ID{}, false, err
		}
		fault := func(column string, err error) error {
			return &wsi.RowError{Row: row.Row, Line: row.Line, Column: column, Err: err}
		}
		i, err := ids.Images.FindName(row.ID)
		var ambiguous *coco.AmbiguousNameError
		switch {
		case errors.As(err, &ambiguous):
			return coco.ID{}, false, fault("id", err)
		case err != nil:
			sum.OtherRows++
			return coco.ID{}, false, nil
		case of[i] > 0:
			return coco.ID{}, false, fault("id", fmt.Errorf("tile %s is already in row %d: remove one", row.ID, of[i]))
		}
		of[i] = row.Row
		rows++
		img := &truth.Images[i]
		if row.Height != img.Height || row.Width != img.Width {
			return coco.ID{}, false, fault("", fmt.Errorf("found height %d and width %d, but the image has %d and %d in %s", row.Height, row.Width, img.Height, img.Width, truth.Input.Name))
		}
		return img.ID, true, nil
	}
	var found []coco.Result
	for r, err := range wsi.SubmissionResults(file, category, image) {
		if err != nil {
			return nil, ui.InFile(file.Name, err)
		}
		found = append(found, r)
	}
	if _, err := file.ReadToEnd(); err != nil {
		return nil, err
	}
	sum.WithoutRow = len(truth.Images) - rows
	if len(truth.Images) > 0 && sum.WithoutRow == len(truth.Images) {
		return nil, fmt.Errorf("%w: no row of %s is of an image of %s", ui.ErrInput, file.Name, truth.Input.Name)
	}
	return found, nil
}

// print shows the score.
func (sum *scoreSummary) print(c *ui.Console) error {
	if c.JSON {
		return ui.PrintJSON(c.Out, sum)
	}
	if sum.AP == nil {
		return fmt.Errorf("%w: %s has no instance of class %s", ui.ErrInput, sum.Truth, sum.Class)
	}
	if sum.WithoutRow > 0 {
		c.Note("%s of %s without a row count as images on which nothing was found", ui.Plural(sum.WithoutRow, "image", "images"), sum.Truth)
	}
	if sum.OtherRows > 0 {
		c.Note("%s of tiles that %s lacks left out", ui.Plural(sum.OtherRows, "row", "rows"), sum.Truth)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "AP %.6f at IoU %v of class %s\n", *sum.AP, sum.IoU, sum.Class)
	fmt.Fprintf(&text, "%s, %s: %s found, %s false", ui.Plural(sum.Truths, "truth", "truths"), ui.Plural(sum.Detections, "detection", "detections"),
		ui.Thousands(sum.TruePositives), ui.Thousands(sum.Detections-sum.TruePositives-sum.Ignored))
	if sum.Ignored > 0 {
		fmt.Fprintf(&text, ", %s on crowds", ui.Thousands(sum.Ignored))
	}
	text.WriteString("\n")
	_, err := io.WriteString(c.Out, text.String())
	return err
}
