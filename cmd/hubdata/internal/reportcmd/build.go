package reportcmd

import (
	"context"
	"errors"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/reportcmd/sources"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/htmlreport"
)

// builder makes the sections of a report from what was read.
type builder struct {
	c       *ui.Console
	o       *options
	files   *sources.Files
	sums    *sources.Sums
	data    *dataset
	plans   []auditedPlan   // that could be read
	planErr error           // why the next could not
	byBase  map[string]bool // drawn images that were found by their base name only
	faulty  []string        // why images cannot be read, each once
	page    *page
}

// section is a section that the report has, if there is something to show.
type section struct {
	id, title string
	// make makes the section's content. If what it needs is absent the error is an
	// *absence; the section shows any other error.
	make func(*builder, context.Context) ([]htmlreport.Block, error)
}

// sections are all sections, in their order.
func sections() []section {
	return []section{
		{"check", "Check", (*builder).checkSection},
		{"distributions", "Distributions", (*builder).statsSection},
		{"maps", "Slides", (*builder).mapsSection},
		{"folds", "Folds", (*builder).foldsSection},
		{"pseudo", "Pseudo-labels", (*builder).pseudoSection},
		{"evaluation", "Evaluation", (*builder).evalSection},
		{"tiles", "Sample tiles", (*builder).tilesSection},
		{"files", "Provenance", (*builder).filesSection},
	}
}

func sectionNames() []string {
	var names []string
	for _, s := range sections() {
		names = append(names, s.id)
	}
	return names
}

func isSection(name string) bool { return slices.Contains(sectionNames(), name) }

// build reads the files and makes the report.
func build(ctx context.Context, c *ui.Console, o *options, from *sources.Files) (*page, error) {
	title := o.title
	if title == "" {
		title = from.Name
	}
	b := &builder{c: c, o: o, files: from, page: newPage(title, from), sums: sources.StartSums(ctx, from),
		byBase: map[string]bool{}}
	var err error
	if b.data, err = readDataset(ctx, c, o, from); err != nil {
		b.page.fail("files", err)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	b.overview()
	if b.auditPlans(ctx); ctx.Err() != nil {
		return nil, ctx.Err()
	}
	for _, s := range sections() {
		if slices.Contains(o.without, s.id) {
			continue
		}
		out := htmlreport.Section{ID: s.id, Title: s.title}
		var absent *absence
		blocks, err := s.make(b, ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		switch {
		case errors.As(err, &absent):
			out.Absent = &htmlreport.Absent{Reason: sentence(absent.reason), Command: absent.command}
		case err != nil:
			out.Absent = &htmlreport.Absent{Reason: sentence(from.Words(err)), Failed: true}
			b.page.fail(s.id, err)
		}
		out.Blocks = blocks
		b.page.Sections = append(b.page.Sections, out)
	}
	about := "tiles" // pictures are in two sections
	if slices.Contains(o.without, about) {
		about = "evaluation"
	}
	if n := len(b.faulty); n > 0 {
		b.page.glance(htmlreport.Bad, about, "%s cannot be read; the first: %s", ui.Plural(n, "image", "images"),
			from.Words(errors.New(b.faulty[0])))
	}
	if n := len(b.byBase); n > 0 {
		b.page.glance(htmlreport.Note, about, "%s found by base name only", ui.Plural(n, "image was", "images were"))
	}
	return b.page, nil
}
