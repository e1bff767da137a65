package reportcmd

import (
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/htmlreport"
)

// summary is what a run says it did.
type summary struct {
	Files    []ui.SummaryFile `json:"files"`
	Bytes    int              `json:"bytes"`
	Sections []sectionSummary `json:"sections"`
	Glance   []glanceSummary  `json:"glance"`
}

// sectionSummary says what became of a section.
type sectionSummary struct {
	Section string `json:"section"`
	State   string `json:"state"` // there, absent or failed
	Reason  string `json:"reason,omitempty"`
	Command string `json:"command,omitempty"` // that makes what is absent
}

// glanceSummary is a remark of the overview.
type glanceSummary struct {
	Level   htmlreport.Level `json:"level"`
	Text    string           `json:"text"`
	Section string           `json:"section"`
}

func newSummary(p *page, out string, size int) *summary {
	sum := &summary{Files: []ui.SummaryFile{}, Bytes: size, Sections: []sectionSummary{}, Glance: []glanceSummary{}}
	if out != "-" {
		sum.Files = append(sum.Files, ui.NewSummaryFile(out))
	}
	for _, s := range p.Sections {
		of := sectionSummary{Section: s.ID, State: "there"}
		if s.Absent != nil {
			of.State, of.Reason, of.Command = "absent", s.Absent.Reason, s.Absent.Command
			if s.Absent.Failed {
				of.State = "failed"
			}
		}
		sum.Sections = append(sum.Sections, of)
	}
	for _, r := range p.Glance {
		sum.Glance = append(sum.Glance, glanceSummary{r.Level, r.Text, r.About})
	}
	return sum
}

func (sum *summary) WriteText(text *strings.Builder) {
	there, absent := 0, []string{}
	for _, s := range sum.Sections {
		switch s.State {
		case "there":
			there++
		case "absent":
			absent = append(absent, s.Section)
		}
	}
	for _, f := range sum.Files {
		ui.Fprintf(text, "wrote %s (%s, %s bytes)\n", f.Path, ui.Plural(there, "section", "sections"),
			ui.Thousands(sum.Bytes))
	}
	if len(absent) > 0 {
		ui.Fprintf(text, "nothing to show: %s; the report says which command makes it\n", strings.Join(absent, ", "))
	}
}

// summarize prints what was written, and what could not be read.
func (p *page) summarize(c *ui.Console, out string, size int) error {
	if err := c.Summarize(newSummary(p, out, size), out); err != nil || len(p.problems) == 0 {
		return err
	}
	if err := c.Flush(); err != nil {
		return err
	}
	last := len(p.problems) - 1
	for _, text := range p.problems[:last] {
		c.Problem(text)
	}
	return ui.Failf(ui.ExitSkipped, "%s", p.problems[last]).Hint("the report was written anyway, and says so")
}
