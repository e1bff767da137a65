package reportcmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/reportcmd/sources"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/htmlreport"
)

// page is a report, and what could not be read for it.
type page struct {
	htmlreport.Report
	problems []string
	from     *sources.Files
}

func newPage(title string, from *sources.Files) *page {
	return &page{Report: htmlreport.Report{Title: title, Version: ui.Version}, from: from}
}

// glance adds a remark to the overview.
func (p *page) glance(level htmlreport.Level, section, format string, args ...any) {
	p.Glance = append(p.Glance, htmlreport.Remark{Level: level, Text: sentence(fmt.Sprintf(format, args...)),
		About: section})
}

// fact adds a number to the overview.
func (p *page) fact(name, value, note string) {
	p.Facts = append(p.Facts, htmlreport.Fact{Name: name, Value: value, Note: note})
}

// fail notes what could not be read for a section.
func (p *page) fail(section string, err error) {
	for _, text := range strings.Split(err.Error(), "\n") { // several were joined
		if !slices.Contains(p.problems, text) {
			p.problems = append(p.problems, text)
		}
	}
	p.glance(htmlreport.Bad, section, "%s", p.from.Words(err))
}

// absence says what a section lacks, and which command makes it.
type absence struct{ reason, command string }

func (a *absence) Error() string { return a.reason }

func absentf(command, format string, args ...any) error {
	return &absence{fmt.Sprintf(format, args...), command}
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
