package verifycmd

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/lineage"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// report is what verify found, and its JSON.
type report struct {
	Path      string          `json:"path"`
	Verdict   lineage.Verdict `json:"verdict"`
	Version   string          `json:"version"` // of this program
	Files     []*fileReport   `json:"verified"`
	Origins   []originReport  `json:"origins"` // what nothing says how it was made
	Rederived *rederiveCount  `json:"rederived,omitempty"`

	graph *lineage.Graph
	of    map[*lineage.Node]*fileReport
	asked *options
}

// fileReport is a file that says how it was made, or that another says it of.
type fileReport struct {
	Path    string          `json:"path,omitempty"` // "": it is gone, and another file keeps how it was made
	Name    string          `json:"name"`
	By      string          `json:"by,omitempty"` // the file that says it
	Command string          `json:"command"`
	Stage   string          `json:"stage,omitempty"`
	Version string          `json:"version,omitempty"`
	Verdict lineage.Verdict `json:"verdict"`
	Inputs  []linkReport    `json:"inputs"`
	Others  []linkReport    `json:"others,omitempty"` // files that it has the sums of
	Notes   []string        `json:"notes,omitempty"`
	Again   *rederived      `json:"rederived,omitempty"`

	node *lineage.Node
}

// linkReport is a file that another names.
type linkReport struct {
	Name   string        `json:"name"`
	Bytes  *int64        `json:"bytes,omitempty"`
	SHA256 string        `json:"sha256"`
	State  lineage.State `json:"state"`
	Found  []string      `json:"found,omitempty"`
	Loop   bool          `json:"loop,omitempty"`
	Why    string        `json:"why,omitempty"`
}

// originReport is a file at the beginning of a chain.
type originReport struct {
	Name   string        `json:"name"`
	Path   string        `json:"path,omitempty"`
	SHA256 string        `json:"sha256"`
	State  lineage.State `json:"state"`
}

// mostFound is how many places of one file are listed.
const mostFound = 5

func newLink(l *lineage.Link) linkReport {
	r := linkReport{Name: l.String(), SHA256: l.SHA256, State: l.State, Loop: l.Loop, Why: l.Why}
	if l.Bytes >= 0 {
		r.Bytes = &l.Bytes
	}
	for _, path := range l.Found[:min(len(l.Found), mostFound)] {
		r.Found = append(r.Found, filepath.ToSlash(path))
	}
	return r
}

// newReport judges the files of a graph by their inputs.
func newReport(o *options, g *lineage.Graph) *report {
	rep := &report{Path: filepath.ToSlash(o.path), Version: ui.Version, Files: []*fileReport{}, Origins: []originReport{}, graph: g, of: map[*lineage.Node]*fileReport{}, asked: o}
	states := map[*lineage.Node]lineage.State{}
	for _, n := range g.Nodes {
		for i := range n.Inputs {
			states[n.Inputs[i].To] = n.Inputs[i].State
		}
	}
	for _, n := range g.Nodes {
		if n.Record == nil {
			if n.SHA256 != "" {
				rep.Origins = append(rep.Origins, originReport{n.Name, filepath.ToSlash(n.Path), n.SHA256, states[n]})
			}
			continue
		}
		rep.add(n)
	}
	rep.judge()
	return rep
}

// add adds a file that something says how it was made.
func (rep *report) add(n *lineage.Node) {
	f := &fileReport{Path: filepath.ToSlash(n.Path), Name: n.Name, By: filepath.ToSlash(n.By), Command: n.Record.Command, Stage: n.Record.Stage, Version: n.Record.Version, Verdict: n.Verdict(), Inputs: []linkReport{}, node: n}
	if n.Folder {
		f.Path = n.Shown()
	}
	for i := range n.Inputs {
		f.Inputs = append(f.Inputs, newLink(&n.Inputs[i]))
	}
	for i := range n.Others {
		f.Others = append(f.Others, newLink(&n.Others[i]))
	}
	if n.Record.Unfinished != "" {
		f.Notes = append(f.Notes, "the stage is not done: "+n.Record.Unfinished)
	}
	if len(n.Record.Inputs) == 0 && n.Record.Stage == "" {
		f.Notes = append(f.Notes, "it names no inputs")
	}
	rep.Files = append(rep.Files, f)
	rep.of[n] = f
}

// judge sums up the verdicts.
func (rep *report) judge() {
	rep.Verdict = lineage.Verified
	worst := map[lineage.Verdict]int{lineage.Looped: 4, lineage.Differs: 3, lineage.Outdated: 2, lineage.Incomplete: 1, lineage.Verified: 0}
	for _, f := range rep.Files {
		if worst[f.Verdict] > worst[rep.Verdict] {
			rep.Verdict = f.Verdict
		}
	}
}

// count counts the files of some verdicts.
func (rep *report) count(is func(lineage.Verdict) bool) int {
	n := 0
	for _, f := range rep.Files {
		if is(f.Verdict) {
			n++
		}
	}
	return n
}

// verdict is the error that the run exits with.
func (rep *report) verdict() error {
	files := ui.Plural(len(rep.Files), "file", "files")
	if n := rep.count(lineage.Verdict.Bad); n > 0 {
		return ui.Failf(ui.ExitBadData, "%s: %s of %s: found a difference from the record of how it was made", rep.Path, ui.Thousands(n), files)
	}
	if n := rep.count(func(v lineage.Verdict) bool { return v == lineage.Incomplete }); n > 0 {
		return ui.Failf(ui.ExitSkipped, "%s: %s of %s could not be verified completely", rep.Path, ui.Thousands(n), files).
			Hint("--search DIR looks for inputs in other folders too")
	}
	return nil
}

// WriteText writes the report for people.
func (rep *report) WriteText(text *strings.Builder) {
	if rep.asked.graph {
		if rep.asked.out == "" {
			writeTree(text, rep)
		}
	} else {
		rep.writeTable(text)
	}
	for _, f := range rep.Files {
		f.writeDetails(text)
	}
	if rep.asked.out != "" && rep.asked.out != "-" {
		ui.ListFiles(text, ui.NewSummaryFile(rep.asked.out))
	}
	rep.writeSummary(text)
}

func (rep *report) writeTable(text *strings.Builder) {
	table := ui.NewTable(text, ui.Left)
	ui.Fprintf(table, "file\tmade by\tinputs\tverdict\t\n")
	for _, f := range rep.Files {
		ui.Fprintf(table, "%s\t%s\t%d\t%s\t\n", f.node.Shown(), f.node.Record.Made(), len(f.Inputs), string(f.Verdict))
	}
	_ = table.Flush() // to memory
}

// writeDetails says what is wrong with a file.
func (f *fileReport) writeDetails(text *strings.Builder) {
	for _, l := range f.Inputs {
		f.writeLink(text, &l, "input")
	}
	for _, l := range f.Others {
		f.writeLink(text, &l, "next to it")
	}
	for _, note := range f.Notes {
		ui.Fprintf(text, "%s: %s\n", f.node.Shown(), note)
	}
	if f.Again != nil {
		f.Again.write(text, f)
	}
}

func (f *fileReport) writeLink(text *strings.Builder, l *linkReport, what string) {
	at := strings.Join(l.Found, ", ")
	switch {
	case l.Loop && l.State == lineage.Changed:
		ui.Fprintf(text, "%s: %s %s: %s was made from this file since: the bytes that it was made from are overwritten\n", f.node.Shown(), what, l.Name, at)
	case l.Loop:
		ui.Fprintf(text, "%s: %s %s: found a loop: it was made from this file itself\n", f.node.Shown(), what, l.Name)
	case l.State == lineage.Renamed:
		ui.Fprintf(text, "%s: %s %s: found as %s\n", f.node.Shown(), what, l.Name, at)
	case l.State == lineage.Changed:
		ui.Fprintf(text, "%s: %s %s: found other bytes in %s, expected SHA-256 %.16s...\n", f.node.Shown(), what, l.Name, at, l.SHA256)
	case l.State == lineage.Gone:
		ui.Fprintf(text, "%s: %s %s: gone: found no file with SHA-256 %.16s...%s\n", f.node.Shown(), what, l.Name, l.SHA256, f.kept(l))
	case l.State == lineage.NotChecked:
		ui.Fprintf(text, "%s: %s %s: not checked: %s\n", f.node.Shown(), what, l.Name, l.Why)
	}
}

// kept says what is still known of an input that is gone.
func (f *fileReport) kept(l *linkReport) string {
	for i := range f.node.Inputs {
		if in := &f.node.Inputs[i]; in.SHA256 == l.SHA256 && in.To != nil && in.To.Record != nil {
			return fmt.Sprintf("; how it was made is kept: %s, from %s", in.To.Record.Made(), ui.Plural(len(in.To.Inputs), "input", "inputs"))
		}
	}
	return ""
}

func (rep *report) writeSummary(text *strings.Builder) {
	for _, origin := range rep.Origins {
		if origin.State == lineage.Unchanged || origin.State == lineage.Renamed {
			continue
		}
		ui.Fprintf(text, "origin %s: %s\n", origin.Name, string(origin.State))
	}
	good := rep.count(func(v lineage.Verdict) bool { return v == lineage.Verified })
	ui.Fprintf(text, "%s: %s of %s verified, back to %s that hubdata did not make\n", rep.Path, ui.Thousands(good), ui.Plural(len(rep.Files), "file", "files"), ui.Plural(len(rep.Origins), "file", "files"))
	if rep.Rederived != nil {
		rep.Rederived.write(text)
	} else {
		ui.Fprintf(text, "not checked: whether the bytes of the files are those that the commands wrote (--rederive)\n")
	}
}
