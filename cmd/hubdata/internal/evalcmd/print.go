package evalcmd

import (
	"bytes"
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/wsi"
)

// resultJSON is the form of result as JSON: the first file's report with what is reported
// of the run, and the other reports in a list.
type resultJSON struct {
	*Report
	Compare []comparison `json:"compare,omitempty"`
	Notes   []string     `json:"notes,omitempty"`
	More    []*Report    `json:"more,omitempty"` // of further files
}

// print shows the reports, pycocotools' lines first, and at most that many of the worst
// tiles; 0: all.
func (r *result) print(c *ui.Console, worst int) error {
	if c.JSON {
		first := r.reports[0]
		return ui.PrintJSON(c.Out, &resultJSON{first, r.compared, append(first.Notes, r.notes...), r.reports[1:]})
	}
	var text bytes.Buffer
	for i, report := range r.reports {
		if len(r.reports) > 1 {
			if i > 0 {
				text.WriteByte('\n')
			}
			ui.Fprintf(&text, "%s\n", report.File)
		}
		if err := report.print(&text, worst); err != nil {
			return err
		}
	}
	for _, m := range r.compared {
		ui.Fprintf(&text, "\n%s against %s: AP at IoU %v is %.4f against %.4f, difference %+.4f\n", r.reports[0].File, m.With, m.IoU, m.A, m.B, m.Difference)
		ui.Fprintf(&text, "95 %% CI %+.4f to %+.4f by %s bootstrap samples of the tiles; better in %.1f %% of them\n",
			m.Interval[0], m.Interval[1], ui.Thousands(m.Samples), 100*m.Better)
		ui.Fprintf(&text, "tiles: better on %s, worse on %s, even on %s\n", ui.Thousands(m.WinsA), ui.Thousands(m.WinsB), ui.Thousands(m.Neither))
	}
	if _, err := c.Out.Write(text.Bytes()); err != nil {
		return err
	}
	for _, n := range r.notes {
		c.Note("%s", n)
	}
	for _, report := range r.reports {
		for _, n := range report.Notes {
			c.Note("%s: %s", report.File, n)
		}
	}
	return nil
}

func (r *Report) print(text *bytes.Buffer, worst int) error {
	if r.Stats != nil {
		if err := r.whole().WriteSummary(text); err != nil {
			return err
		}
		limits := r.params.MaxDets
		for _, at := range r.At {
			ui.Fprintf(text, " %-18s (AP) @[ IoU=%-9s | area=   all | maxDets=%3d ] = %.3f\n", "Average Precision", fmt.Sprintf("%.2f", at.IoU), limits[len(limits)-1], at.AP)
		}
	}
	if r.HuBMAP != nil {
		ui.Fprintf(text, " %-18s (AP) @[ IoU=%-9s | all points of the curve, class %s ] = %.3f  (the competition's metric)\n", "HuBMAP", fmt.Sprintf("%.2f", r.HuBMAPIoU), wsi.BloodVessel, *r.HuBMAP)
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
	ui.Fprintf(tw, "%s\timages\tinstances\tdetections\tAP\tAP50\tAP at %s\trecall at %s\tprecision at %s\t\n", s.By, at, at, at)
	for _, p := range parts {
		ui.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", p.Part, ui.Thousands(p.Images), ui.Thousands(p.Instances), ui.Thousands(p.Detections),
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
