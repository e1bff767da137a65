package evalcmd

import (
	"encoding/csv"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/plot"
)

// curveFormat is how --pr-curve is written: by its suffix.
func curveFormat(path string) string { return strings.ToLower(filepath.Ext(path)) }

// CurveLine is a curve of precision over recall.
type CurveLine struct {
	Name, file string
	iou        float64
	Points     []eval.CurvePoint
}

// Curves are the curves of precision over recall: of one file at several IoU, of
// several files at the first of --iou.
func Curves(reports []*Report) []CurveLine {
	var lines []CurveLine
	for _, r := range reports {
		name := filepath.Base(r.File)
		if len(reports) == 1 {
			for _, v := range []float64{0.5, 0.75} {
				if points := r.whole().Curve(eval.Select{IoU: v}); points != nil {
					lines = append(lines, CurveLine{fmt.Sprintf("IoU %v", v), r.File, v, points})
				}
			}
			name = fmt.Sprintf("IoU %v", r.IoU)
			if slices.ContainsFunc(lines, func(l CurveLine) bool { return l.iou == r.IoU }) {
				continue
			}
		}
		lines = append(lines, CurveLine{name, r.File, r.IoU, r.single().Curve(eval.Select{IoU: r.IoU})})
	}
	return lines
}

// Line is the curve as it is drawn.
func (l *CurveLine) Line() plot.Line {
	line := plot.Line{Name: l.Name}
	for _, p := range l.Points {
		line.Points = append(line.Points, [2]float64{p.Recall, p.Precision})
	}
	return line
}

// CurveChart is a chart for such curves.
func CurveChart() plot.Chart {
	return plot.Chart{Title: "Precision over recall", X: "recall", Y: "precision"}
}

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
func (o *output) write(c *ui.Console, reports []*Report) error {
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
func writeCurves(outs *files.Outputs, path string, reports []*Report) error {
	out, err := outs.Create(path)
	if err != nil {
		return err
	}
	chart := CurveChart()
	if len(reports) > 1 {
		chart.Title += fmt.Sprintf(" at IoU %v", reports[0].IoU)
	}
	table := csv.NewWriter(out)
	if curveFormat(path) == ".csv" {
		_ = table.Write([]string{"file", "iou", "recall", "precision"}) // errors stick
	}
	for _, l := range Curves(reports) {
		for _, p := range l.Points {
			if curveFormat(path) == ".csv" {
				f := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
				_ = table.Write([]string{l.file, f(l.iou), f(p.Recall), f(p.Precision)})
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
