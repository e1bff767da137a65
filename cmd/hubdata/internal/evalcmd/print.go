package evalcmd

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/plot"
	"github.com/hubdata/hubdata/wsi"
)

// evalOutput is what a run of eval tells.
type evalOutput struct {
	reports  []*Report
	compared []evalCompared // the first with each other one
	notes    []string       // of the run, beside those of the reports
}

// evalJSON is the form of evalOutput as JSON: the first file's report with what is told
// of the run, and the other reports in a list.
type evalJSON struct {
	*Report
	Compare []evalCompared `json:"compare,omitempty"`
	Notes   []string       `json:"notes,omitempty"`
	More    []*Report      `json:"more,omitempty"` // of further files
}

// print shows the reports, pycocotools' lines first; of worst tiles at most that many, 0:
// all.
func (o *evalOutput) print(c *ui.Console, worst int) error {
	if c.JSON {
		first := o.reports[0]
		return ui.PrintJSON(c.Out, &evalJSON{first, o.compared, append(first.Notes, o.notes...), o.reports[1:]})
	}
	var text bytes.Buffer
	for i, r := range o.reports {
		if len(o.reports) > 1 {
			if i > 0 {
				text.WriteByte('\n')
			}
			fmt.Fprintf(&text, "%s\n", r.File)
		}
		if err := r.print(&text, worst); err != nil {
			return err
		}
	}
	for _, m := range o.compared {
		fmt.Fprintf(&text, "\n%s against %s: AP at IoU %v is %.4f against %.4f, difference %+.4f\n", o.reports[0].File, m.With, m.IoU, m.A, m.B, m.Difference)
		fmt.Fprintf(&text, "of %s bootstrap samples of the tiles the middle 95 %% lie from %+.4f to %+.4f; it is better in %.1f %% of them\n",
			ui.Thousands(m.Samples), m.Interval[0], m.Interval[1], 100*m.Better)
		fmt.Fprintf(&text, "tiles: better on %s, worse on %s, even on %s\n", ui.Thousands(m.WinsA), ui.Thousands(m.WinsB), ui.Thousands(m.Neither))
	}
	if _, err := c.Out.Write(text.Bytes()); err != nil {
		return err
	}
	for _, n := range o.notes {
		c.Note("%s", n)
	}
	for _, r := range o.reports {
		for _, n := range r.Notes {
			c.Note("%s: %s", r.File, n)
		}
	}
	return nil
}

func (r *Report) print(text *bytes.Buffer, worst int) error {
	if r.Stats != nil {
		if err := r.Whole.WriteSummary(text); err != nil {
			return err
		}
		limits := r.Whole.Params.MaxDets
		for _, at := range r.At {
			fmt.Fprintf(text, " %-18s (AP) @[ IoU=%-9s | area=   all | maxDets=%3d ] = %.3f\n", "Average Precision", fmt.Sprintf("%.2f", at.IoU), limits[len(limits)-1], at.AP)
		}
	}
	if r.HuBMAP != nil {
		fmt.Fprintf(text, " %-18s (AP) @[ IoU=%-9s | all points of the curve, class %s ] = %.3f  (the competition's metric)\n", "HuBMAP", fmt.Sprintf("%.2f", r.HuBMAPIoU), wsi.BloodVessel, *r.HuBMAP)
	}
	for _, s := range r.By {
		s.print(text, r.IoU, worst)
	}
	if r.Errors != nil {
		r.Errors.print(text)
	}
	if r.Sweep != nil {
		r.Sweep.print(text)
	}
	return nil
}

func (s *evalSlicing) print(text *bytes.Buffer, iou float64, worst int) {
	at := fmt.Sprintf("%.2f", iou)
	parts := s.Parts
	if s.By == "tile" && worst > 0 {
		parts = parts[:min(len(parts), worst)]
	}
	fmt.Fprintln(text)
	tw := tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "%s\timages\tinstances\tdetections\tAP\tAP50\tAP at %s\trecall at %s\tprecision at %s\t\n", s.By, at, at, at)
	for _, p := range parts {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", p.Part, ui.Thousands(p.Images), ui.Thousands(p.Instances), ui.Thousands(p.Detections),
			Score3(p.AP), Score3(p.AP50), Score3(p.APAt), Score3(p.Recall), Score3(p.Precision))
	}
	_ = tw.Flush()
	if n := len(s.Parts) - len(parts); n > 0 {
		fmt.Fprintf(text, "and %s that did better (--worst 0 lists all)\n", ui.Plural(n, "tile", "tiles"))
	}
}

func (s *Sweep) print(text *bytes.Buffer) {
	fmt.Fprintf(text, "\nthresholds of the score, at IoU %v, of %s\n", s.IoU, ui.Plural(s.truth, "true instance", "true instances"))
	tw := tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "keep\tdetections\tprecision\trecall\tF1\t")
	row := func(what string, p eval.SweepPoint) {
		fmt.Fprintf(tw, "%s\t%s\t%.3f\t%.3f\t%.3f\t\n", what, ui.Thousands(p.Kept), p.Precision, p.Recall, p.F1)
	}
	for _, p := range s.Above {
		row(fmt.Sprintf("above %v", p.Score), p)
	}
	if s.Best != nil {
		row(fmt.Sprintf("best F1: from %.4f", s.Best.Score), *s.Best)
	}
	_ = tw.Flush()
	fmt.Fprintln(text, "\ncan the scores be trusted? of those that score 0.6, 60 % should be right")
	tw = tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "score\tdetections\tmean score\tright\t")
	for i, b := range s.Bins {
		if b.N > 0 {
			fmt.Fprintf(tw, "%.1f to %.1f\t%s\t%.3f\t%.3f\t\n", float64(i)/10, float64(i+1)/10, ui.Thousands(b.N), b.Score, b.Precision)
		}
	}
	_ = tw.Flush()
	fmt.Fprintf(text, "mean distance of score and precision (expected calibration error): %.3f\n", s.Calibration)
}

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
				lines = append(lines, CurveLine{fmt.Sprintf("IoU %v", v), r.File, v, r.Whole.Curve(eval.Select{IoU: v})})
			}
			name = fmt.Sprintf("IoU %v", r.IoU)
			if r.IoU == 0.5 || r.IoU == 0.75 {
				continue
			}
		}
		lines = append(lines, CurveLine{name, r.File, r.IoU, r.Single.Curve(eval.Select{IoU: r.IoU})})
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

// drawCurves writes the curves to the file of --pr-curve.
func drawCurves(c *ui.Console, path string, reports []*Report) error {
	outs := files.Outputs{Console: c, Force: true} // what is there was checked before the run
	defer outs.Abort()
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
	if err := out.Finish(); err != nil {
		return err
	}
	return outs.Commit()
}
