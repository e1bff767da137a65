package evalcmd

import (
	"encoding/csv"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// curveFormat is how --pr-curve is written: by its suffix.
func curveFormat(path string) string { return strings.ToLower(filepath.Ext(path)) }

// output says what a run writes in addition to its report, and how much of that is printed.
type output struct {
	curve   string // file of the curves; empty: none
	arrays  string // file of the arrays; empty: none
	partial string // file of what some images add; empty: none
	force   bool
	worst   int // tiles; 0: all
}

// checkForms checks that the files have forms that are known.
func (o *output) checkForms() error {
	if o.curve != "" && !slices.Contains([]string{".svg", ".png", ".csv"}, curveFormat(o.curve)) {
		return ui.Usagef("--pr-curve: %s does not end in .svg, .png or .csv", o.curve)
	}
	if o.arrays != "" && arraysFormat(o.arrays) != ".npz" && arraysFormat(o.arrays) != ".json" {
		return ui.Usagef("--arrays: %s does not end in .npz or .json", o.arrays)
	}
	return nil
}

// check says whether the files may be written.
func (o *output) check(c *ui.Console) error {
	outs := &files.Outputs{Console: c, Force: o.force}
	for _, path := range []string{o.curve, o.arrays, o.partial} {
		if path == "" {
			continue
		}
		if err := outs.Check(path); err != nil {
			return err
		}
	}
	return nil
}

// write writes the files.
func (o *output) write(c *ui.Console, reports []*scoring.Report) error {
	outs := &files.Outputs{Console: c, Force: true} // existing files were checked before the run
	defer outs.Abort()
	if o.curve != "" {
		if err := writeCurves(outs, o.curve, reports); err != nil {
			return err
		}
	}
	if o.arrays != "" {
		if err := writeArrays(outs, o.arrays, reports[0]); err != nil {
			return err
		}
	}
	return outs.Commit()
}

// writeCurves writes the curves to the file of --pr-curve.
func writeCurves(outs *files.Outputs, path string, reports []*scoring.Report) error {
	out, err := outs.Create(path)
	if err != nil {
		return err
	}
	chart := scoring.CurveChart()
	if len(reports) > 1 {
		chart.Title += fmt.Sprintf(" at IoU %v", reports[0].IoU)
	}
	table := csv.NewWriter(out)
	if curveFormat(path) == ".csv" {
		_ = table.Write([]string{"file", "iou", "recall", "precision"}) // errors stick
	}
	for _, l := range scoring.Curves(reports) {
		for _, p := range l.Points {
			if curveFormat(path) == ".csv" {
				f := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
				_ = table.Write([]string{l.File, f(l.IoU), f(p.Recall), f(p.Precision)})
			}
		}
		chart.Lines = append(chart.Lines, l.Line())
	}
	switch curveFormat(path) {
	case ".csv":
		table.Flush()
		err = table.Error()
	case ".png":
		err = chart.PNG(out)
	default:
		err = chart.SVG(out)
	}
	if err != nil {
		return out.Failed(err)
	}
	return out.Finish()
}
