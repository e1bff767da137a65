package evalcmd

import (
	"bytes"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// resultJSON is the form of result as JSON: the first file's report with what is reported
// of the run, and the other reports in a list.
type resultJSON struct {
	*scoring.Report
	Compare []comparison      `json:"compare,omitempty"`
	Notes   []string          `json:"notes,omitempty"`
	More    []*scoring.Report `json:"more,omitempty"` // of further files
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
		if err := report.WriteText(&text, worst); err != nil {
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
