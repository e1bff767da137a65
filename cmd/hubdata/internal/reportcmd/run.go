package reportcmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/checkcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/wsi"
)

// reportJob is a run of report.
type reportJob struct {
	c         *ui.Console
	o         *reportOptions
	files     *reportFiles
	page      htmlreport.Report
	table     *wsi.Table     // nil: none
	labels    *checkcmd.Job  // the dataset as it was read to be checked; nil: there is none
	labelsErr error          // why it could not be read
	instances []int          // of each image of labels; nil: not read
	onTile    map[string]int // of each tile of the table that is in labels
	plans     []reportPlan   // that could be read
	planErr   error          // why the next could not
	problems  []string
}

// reportSection is a section that the report has, if there is something to tell.
type reportSection struct {
	id, title string
	// make makes the section's content. What it finds absent is an *absence; any
	// other error is told in the section.
	make func(*reportJob, context.Context) ([]htmlreport.Block, error)
}

// reportSections are all sections, in their order.
func reportSections() []reportSection {
	return []reportSection{
		{"check", "Check", (*reportJob).checkSection},
		{"distributions", "Distributions", (*reportJob).statsSection},
		{"maps", "Slides", (*reportJob).mapsSection},
		{"folds", "Folds", (*reportJob).foldsSection},
		{"pseudo", "Pseudo-labels", (*reportJob).pseudoSection},
		{"evaluation", "Evaluation", (*reportJob).evalSection},
		{"tiles", "Sample tiles", (*reportJob).tilesSection},
		{"files", "What made it", (*reportJob).filesSection},
	}
}

func sectionNames() []string {
	var names []string
	for _, s := range reportSections() {
		names = append(names, s.id)
	}
	return names
}

func isSection(name string) bool { return slices.Contains(sectionNames(), name) }

// absence says what is not there, and which command makes it.
type absence struct{ reason, command string }

func (a *absence) Error() string { return a.reason }

func absentf(command, format string, args ...any) error {
	return &absence{fmt.Sprintf(format, args...), command}
}

func runReport(ctx context.Context, c *ui.Console, o *reportOptions) error {
	outs := files.Outputs{Console: c, Force: o.force || madeReport(o.out), Unsigned: true}
	defer outs.Abort()
	job := &reportJob{c: c, o: o}
	var err error
	if job.files, err = findReportFiles(c, o); err != nil {
		return err
	}
	outs.Inputs = job.files.inputs()
	if err := outs.Check(o.out); err != nil {
		return err
	}
	if err := job.make(ctx); err != nil {
		return err
	}
	var text bytes.Buffer
	if err := job.page.Write(&text); err != nil {
		return err
	}
	size := text.Len()
	out, err := outs.Create(o.out)
	if err != nil {
		return err
	}
	if _, err := text.WriteTo(out); err != nil {
		return out.Failed(err)
	}
	if err := out.Finish(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := outs.Commit(); err != nil {
		return err
	}
	return job.tell(size)
}

// make makes all sections.
func (job *reportJob) make(ctx context.Context) error {
	job.page = htmlreport.Report{Title: job.o.title, Version: ui.Version}
	if job.page.Title == "" {
		job.page.Title = job.files.name
	}
	job.files.startSums(ctx)
	if err := job.readTable(); err != nil {
		job.fail("files", err)
	}
	if job.labelsErr = job.readLabels(ctx); ctx.Err() != nil {
		return ctx.Err()
	}
	job.overview()
	if job.auditPlans(ctx); ctx.Err() != nil {
		return ctx.Err()
	}
	for _, s := range reportSections() {
		if slices.Contains(job.o.without, s.id) {
			continue
		}
		section := htmlreport.Section{ID: s.id, Title: s.title}
		var absent *absence
		blocks, err := s.make(job, ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case errors.As(err, &absent):
			section.Absent = &htmlreport.Absent{Reason: sentence(absent.reason), Command: absent.command}
		case err != nil:
			section.Absent = &htmlreport.Absent{Reason: sentence(job.files.words(err)), Failed: true}
			job.fail(s.id, err)
		}
		section.Blocks = blocks
		job.page.Sections = append(job.page.Sections, section)
	}
	return nil
}

// overview says how large the dataset is.
func (job *reportJob) overview() {
	tiles, wsis, tiers := 0, map[int]bool{}, map[int]bool{}
	if job.table != nil {
		for t := range job.table.All() {
			tiles++
			wsis[t.WSI], tiers[t.Dataset] = true, true
		}
		job.fact("tiles", ui.Thousands(tiles), fmt.Sprintf("in %s, on %s", ui.Plural(len(tiers), "dataset", "datasets"), ui.Plural(len(wsis), "slide", "slides")))
	}
	if job.table != nil && tiles == 0 {
		job.glance(htmlreport.Warning, "maps", "the dataset is empty: %s lists no tile", job.files.show(job.files.table))
	}
	if job.instances == nil {
		return
	}
	total, empty := 0, 0
	for _, n := range job.instances {
		if total += n; n == 0 {
			empty++
		}
	}
	note := ""
	if empty > 0 {
		note = ui.Thousands(empty) + " of them without an instance"
	}
	name := "tiles with outlines"
	if job.o.file != "" {
		name = "images"
	}
	job.fact(name, ui.Thousands(len(job.instances)), note)
	job.fact("instances", ui.Thousands(total), "of "+ui.Plural(len(job.labels.Dataset.Categories), "class", "classes"))
}

// fail notes what could not be read.
func (job *reportJob) fail(section string, err error) {
	job.problems = append(job.problems, err.Error())
	job.glance(htmlreport.Bad, section, "%s", job.files.words(err))
}

// readTable reads the tiles' table, if there is one.
func (job *reportJob) readTable() error {
	if job.files.table == "" {
		return nil
	}
	in, err := files.OpenInput(job.c, job.files.table)
	if err != nil {
		return err
	}
	defer in.Close()
	if job.table, err = wsi.ReadTable(in); err != nil {
		return ui.InFile(in.Name, err)
	}
	return nil
}

// glance adds to what is to be known before reading on.
func (job *reportJob) glance(level htmlreport.Level, about, format string, args ...any) {
	job.page.Glance = append(job.page.Glance, htmlreport.Remark{Level: level, Text: sentence(fmt.Sprintf(format, args...)), About: about})
}

// fact adds a number to the overview.
func (job *reportJob) fact(name, value, note string) {
	job.page.Facts = append(job.page.Facts, htmlreport.Fact{Name: name, Value: value, Note: note})
}

// sentence begins a message with a capital, as text on a page does, unless it begins
// with a file's name or the like.
func sentence(s string) string {
	word, _, _ := strings.Cut(s, " ")
	if strings.ContainsAny(word, "./\\_0123456789") || s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// reportSummary is what a run says it did.
type reportSummary struct {
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

func (sum *reportSummary) WriteText(text *strings.Builder) {
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
		fmt.Fprintf(text, "wrote %s (%s, %s bytes)\n", f.Path, ui.Plural(there, "section", "sections"), ui.Thousands(sum.Bytes))
	}
	if len(absent) > 0 {
		fmt.Fprintf(text, "nothing to show: %s; the report tells which command makes it\n", strings.Join(absent, ", "))
	}
}

// summary sums up the run.
func (job *reportJob) summary(size int) *reportSummary {
	sum := &reportSummary{Files: []ui.SummaryFile{}, Bytes: size, Sections: []sectionSummary{}, Glance: []glanceSummary{}}
	if job.o.out != "-" {
		sum.Files = append(sum.Files, ui.NewSummaryFile(job.o.out))
	}
	for _, s := range job.page.Sections {
		of := sectionSummary{Section: s.ID, State: "there"}
		if s.Absent != nil {
			of.State, of.Reason, of.Command = "absent", s.Absent.Reason, s.Absent.Command
			if s.Absent.Failed {
				of.State = "failed"
			}
		}
		sum.Sections = append(sum.Sections, of)
	}
	for _, r := range job.page.Glance {
		sum.Glance = append(sum.Glance, glanceSummary{r.Level, r.Text, r.About})
	}
	return sum
}

// tell says on the console what was written, and what could not be read.
func (job *reportJob) tell(size int) error {
	if err := job.c.Summarize(job.summary(size), job.o.out); err != nil || len(job.problems) == 0 {
		return err
	}
	if err := job.c.Flush(); err != nil {
		return err
	}
	for _, p := range job.problems[:len(job.problems)-1] {
		job.c.Problem(p)
	}
	return ui.Failf(ui.ExitSkipped, "%s", job.problems[len(job.problems)-1]).Hint("the report was written all the same, and tells of it")
}
