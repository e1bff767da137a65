package scoring

import (
	"bytes"
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/wsi"
)

// WriteText writes the report as lines and tables, pycocotools' lines first, and at most that many of the worst tiles;
// 0: all.
func (r *Report) WriteText(text *bytes.Buffer, worst int) error {
	if r.Stats != nil {
		if err := r.Evaluation().WriteSummary(text); err != nil {
			return err
		}
		limits := r.params.MaxDets
		for _, at := range r.At {
			ui.Fprintf(text, " %-18s (AP) @[ IoU=%-9s | area=   all | maxDets=%3d ] = %.3f\n", "Average Precision",
				fmt.Sprintf("%.2f", at.IoU), limits[len(limits)-1], at.AP)
		}
	}
	if r.HuBMAP != nil {
		ui.Fprintf(text, " %-18s (AP) @[ IoU=%-9s | all points of the curve, class %s ] = %.3f  (the competition's metric)\n",
			"HuBMAP", fmt.Sprintf("%.2f", r.HuBMAPIoU), wsi.BloodVessel, *r.HuBMAP)
	}
	if r.Stitched != nil {
		r.Stitched.print(text, r)
	}
	for _, s := range r.By {
		s.print(text, r.IoU, worst)
	}
	if r.Errors != nil {
		r.Errors.print(text)
	}
	if r.Confusion != nil {
		r.Confusion.print(text)
	}
	if r.Sweep != nil {
		r.Sweep.print(text)
	}
	return nil
}

func (s *slicing) print(text *bytes.Buffer, iou float64, worst int) {
	at := fmt.Sprintf("%.2f", iou)
	parts := s.Parts
	if s.By == "tile" && worst > 0 {
		parts = parts[:min(len(parts), worst)]
	}
	fmt.Fprintln(text)
	tw := ui.NewTable(text, ui.Right)
	ui.Fprintf(tw, "%s\timages\tinstances\tdetections\tAP\tAP50\tAP at %s\trecall at %s\tprecision at %s\t\n", s.By, at,
		at, at)
	for _, p := range parts {
		ui.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", p.Part, ui.Thousands(p.Images), ui.Thousands(p.Instances),
			ui.Thousands(p.Detections),
			Score3(p.AP), Score3(p.AP50), Score3(p.APAt), Score3(p.Recall), Score3(p.Precision))
	}
	_ = tw.Flush()
	fmt.Fprintf(text, "AP: mean over IoU 0.50 to 0.95; recall: share of the instances found; precision: share of the detections that are correct; -: no value\n")
	if n := len(s.Parts) - len(parts); n > 0 {
		ui.Fprintf(text, "and %s with better scores (--worst 0 lists all)\n", ui.Plural(n, "tile", "tiles"))
	}
}

// Score3 writes a score with three digits; a negative score means that there is none.
func Score3(v float64) string {
	if v < 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", v)
}
