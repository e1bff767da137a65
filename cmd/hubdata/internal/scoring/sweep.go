package scoring

import (
	"bytes"
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
)

// Sweep is what thresholds of the score keep.
type Sweep struct {
	IoU         float64           `json:"iou"`
	Best        *eval.SweepPoint  `json:"best_f1,omitempty"`
	Above       []eval.SweepPoint `json:"above"` // strictly, at each of --thr
	Bins        [10]eval.ScoreBin `json:"reliability"`
	Calibration float64           `json:"calibration_error"`
	Points      []eval.SweepPoint `json:"points"` // keeping all of that score or more
	truth       int
}

func newSweep(s *eval.Sweep, iou float64, thrs []float64) *Sweep {
	out := &Sweep{IoU: iou, Bins: s.Bins, Calibration: s.CalibrationError(), Points: s.Points, truth: s.Truth}
	if out.Points == nil {
		out.Points = []eval.SweepPoint{}
	}
	if best, ok := s.Best(); ok {
		out.Best = &best
	}
	for _, v := range thrs {
		out.Above = append(out.Above, s.Above(v))
	}
	return out
}

func (s *Sweep) print(text *bytes.Buffer) {
	ui.Fprintf(text, "\nscore thresholds, at IoU %v, of %s\n", s.IoU,
		ui.Plural(s.truth, "true instance", "true instances"))
	tw := ui.NewTable(text, ui.Right)
	fmt.Fprintln(tw, "keep\tdetections\tprecision\trecall\tF1\t")
	row := func(what string, p eval.SweepPoint) {
		ui.Fprintf(tw, "%s\t%s\t%.3f\t%.3f\t%.3f\t\n", what, ui.Thousands(p.Kept), p.Precision, p.Recall, p.F1)
	}
	for _, p := range s.Above {
		row(fmt.Sprintf("above %v", p.Score), p)
	}
	if s.Best != nil {
		row(fmt.Sprintf("best F1: from %.4f", s.Best.Score), *s.Best)
	}
	_ = tw.Flush()
	fmt.Fprintln(text, "detections: kept; precision: share of them that are correct; recall: share of the true instances found; F1: harmonic mean of both")
	fmt.Fprintln(text, "\ncan the scores be trusted? of detections that score 0.6, 60 % should be correct")
	tw = ui.NewTable(text, ui.Right)
	fmt.Fprintln(tw, "score\tdetections\tmean score\tcorrect\t")
	for i, b := range s.Bins {
		if b.N > 0 {
			ui.Fprintf(tw, "%.1f to %.1f\t%s\t%.3f\t%.3f\t\n", float64(i)/10, float64(i+1)/10, ui.Thousands(b.N), b.Score,
				b.Precision)
		}
	}
	_ = tw.Flush()
	ui.Fprintf(text, "mean distance between score and precision (expected calibration error): %.3f\n", s.Calibration)
}
