package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/plot"
	"github.com/hubdata/hubdata/wsi"
)

// print shows the reports, pycocotools' lines first.
func (job *evalJob) print(reports []*evalReport) error {
	if job.c.json {
		first := reports[0]
		first.More = reports[1:]
		first.Notes = append(first.Notes, job.notes...)
		return printJSON(job.c.out, first)
	}
	var text bytes.Buffer
	for i, r := range reports {
		if len(reports) > 1 {
			if i > 0 {
				text.WriteByte('\n')
			}
			fmt.Fprintf(&text, "%s\n", r.File)
		}
		if err := job.printOne(&text, r); err != nil {
			return err
		}
	}
	for _, c := range reports[0].Compare {
		fmt.Fprintf(&text, "\n%s against %s: AP at IoU %v is %.4f against %.4f, difference %+.4f\n", reports[0].File, c.With, c.IoU, c.A, c.B, c.Difference)
		fmt.Fprintf(&text, "of %s bootstrap samples of the tiles the middle 95 %% lie from %+.4f to %+.4f; it is better in %.1f %% of them\n",
			thousands(c.Samples), c.Interval[0], c.Interval[1], 100*c.Better)
		fmt.Fprintf(&text, "tiles: better on %s, worse on %s, even on %s\n", thousands(c.WinsA), thousands(c.WinsB), thousands(c.Neither))
	}
	if _, err := job.c.out.Write(text.Bytes()); err != nil {
		return err
	}
	for _, n := range job.notes {
		job.c.note("%s", n)
	}
	for _, r := range reports {
		for _, n := range r.Notes {
			job.c.note("%s: %s", r.File, n)
		}
	}
	return nil
}

func (job *evalJob) printOne(text *bytes.Buffer, r *evalReport) error {
	if r.Stats != nil {
		if err := r.coco.WriteSummary(text); err != nil {
			return err
		}
		limits := r.coco.Params.MaxDets
		for _, at := range r.At {
			fmt.Fprintf(text, " %-18s (AP) @[ IoU=%-9s | area=   all | maxDets=%3d ] = %.3f\n", "Average Precision", fmt.Sprintf("%.2f", at.IoU), limits[len(limits)-1], at.AP)
		}
	}
	if r.HuBMAP != nil {
		fmt.Fprintf(text, " %-18s (AP) @[ IoU=%-9s | all points of the curve, class %s ] = %.3f  (the competition's metric)\n", "HuBMAP", fmt.Sprintf("%.2f", r.HuBMAPIoU), wsi.BloodVessel, *r.HuBMAP)
	}
	for _, s := range r.By {
		job.printSlices(text, r, &s)
	}
	if r.Errors != nil {
		r.Errors.print(text)
	}
	if r.Sweep != nil {
		r.Sweep.print(text)
	}
	return nil
}

func (job *evalJob) printSlices(text *bytes.Buffer, r *evalReport, s *evalSlicing) {
	at := fmt.Sprintf("%.2f", job.o.ious[0])
	parts := s.Parts
	if s.By == "tile" && job.o.worst > 0 {
		parts = parts[:min(len(parts), job.o.worst)]
	}
	fmt.Fprintln(text)
	tw := tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "%s\timages\tinstances\tdetections\tAP\tAP50\tAP at %s\trecall at %s\tprecision at %s\t\n", s.By, at, at, at)
	for _, p := range parts {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", p.Part, thousands(p.Images), thousands(p.Instances), thousands(p.Detections),
			score3(p.AP), score3(p.AP50), score3(p.APAt), score3(p.Recall), score3(p.Precision))
	}
	_ = tw.Flush()
	if n := len(s.Parts) - len(parts); n > 0 {
		fmt.Fprintf(text, "and %s that did better (--worst 0 lists all)\n", count(n, "tile", "tiles"))
	}
}

func (s *evalSweep) print(text *bytes.Buffer) {
	fmt.Fprintf(text, "\nthresholds of the score, at IoU %v, of %s\n", s.IoU, count(s.truth, "true instance", "true instances"))
	tw := tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "keep\tdetections\tprecision\trecall\tF1\t")
	row := func(what string, p eval.SweepPoint) {
		fmt.Fprintf(tw, "%s\t%s\t%.3f\t%.3f\t%.3f\t\n", what, thousands(p.Kept), p.Precision, p.Recall, p.F1)
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
			fmt.Fprintf(tw, "%.1f to %.1f\t%s\t%.3f\t%.3f\t\n", float64(i)/10, float64(i+1)/10, thousands(b.N), b.Score, b.Precision)
		}
	}
	_ = tw.Flush()
	fmt.Fprintf(text, "mean distance of score and precision (expected calibration error): %.3f\n", s.Calibration)
}

// curveFormat is how --pr-curve is written: by its suffix.
func curveFormat(path string) string { return strings.ToLower(filepath.Ext(path)) }

// curveLine is a curve of precision over recall.
type curveLine struct {
	name, file string
	iou        float64
	res        *eval.Result
	at         int // index of iou
}

// curves are the curves of precision over recall: of one file at several IoU, of
// several files at the first of --iou.
func (job *evalJob) curves(reports []*evalReport) []curveLine {
	var lines []curveLine
	for _, r := range reports {
		name := filepath.Base(r.File)
		if len(reports) == 1 {
			for k, v := range []float64{0.5, 0.75} {
				at := []int{0, 5}[k] // of COCO's thresholds
				lines = append(lines, curveLine{fmt.Sprintf("IoU %v", v), r.File, v, r.coco, at})
			}
			name = fmt.Sprintf("IoU %v", job.o.ious[0])
			if job.o.ious[0] == 0.5 || job.o.ious[0] == 0.75 {
				continue
			}
		}
		lines = append(lines, curveLine{name, r.File, job.o.ious[0], r.single, r.ious[0]})
	}
	return lines
}

// line is the curve as it is drawn.
func (l *curveLine) line() plot.Line {
	line := plot.Line{Name: l.name}
	for n, recall := range l.res.Params.Recall {
		line.Points = append(line.Points, [2]float64{recall, l.precision(n)})
	}
	return line
}

// curveChart is a chart for such curves.
func curveChart() plot.Chart {
	return plot.Chart{Title: "Precision over recall", X: "recall", Y: "precision"}
}

// drawCurves writes the curves to the file of --pr-curve.
func (job *evalJob) drawCurves(reports []*evalReport) error {
	outs := outputs{c: job.c, force: true} // what is there was checked before the run
	defer outs.abort()
	out, err := outs.create(job.o.curve)
	if err != nil {
		return err
	}
	chart := curveChart()
	if len(reports) > 1 {
		chart.Title += fmt.Sprintf(" at IoU %v", job.o.ious[0])
	}
	table := csv.NewWriter(out)
	if curveFormat(job.o.curve) == ".csv" {
		_ = table.Write([]string{"file", "iou", "recall", "precision"}) // errors stick
	}
	for _, l := range job.curves(reports) {
		line := l.line()
		for _, p := range line.Points {
			if curveFormat(job.o.curve) == ".csv" {
				f := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
				_ = table.Write([]string{l.file, f(l.iou), f(p[0]), f(p[1])})
			}
		}
		chart.Lines = append(chart.Lines, line)
	}
	switch curveFormat(job.o.curve) {
	case ".csv":
		table.Flush()
		err = table.Error()
	case ".png":
		err = chart.PNG(out)
	default:
		err = chart.SVG(out)
	}
	if err != nil {
		return out.failed(err)
	}
	if err := out.finish(); err != nil {
		return err
	}
	return outs.commit()
}

// precision is the mean over the categories at a recall threshold; 0 without a true
// instance.
func (l *curveLine) precision(recall int) float64 {
	sum, n := 0.0, 0
	last := len(l.res.Params.MaxDets) - 1
	for k := range l.res.K() {
		if v := l.res.Precision[l.res.Index(l.at, recall, k, 0, last)]; v > -1 {
			sum, n = sum+v, n+1
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}
