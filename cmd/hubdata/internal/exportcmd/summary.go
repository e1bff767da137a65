package exportcmd

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/figures"
)

// summary is what a run reports.
type summary struct {
	Files     []ui.SummaryFile `json:"files"`
	Format    string           `json:"format"`
	Images    tally            `json:"images"`
	Instances tally            `json:"instances"`
	// NoPlace and Changed count instances of which the format has no place, or keeps not all, by reason.
	NoPlace map[string]int `json:"dropped_by_format"`
	Changed map[string]int `json:"changed_by_format"`
	IoU     *overlap       `json:"iou"` // null: nothing was measured
	Splits  map[string]int `json:"splits"`
	Placed  map[placed]int `json:"image_files"`
	// Unchecked counts images of which the size of the file is not known.
	Unchecked int `json:"sizes_not_checked"`
}

// tally counts what was found, what was written, and what flags left out, by reason.
type tally struct {
	In      int            `json:"in"`
	Written int            `json:"written"`
	Dropped map[string]int `json:"left_out"`
}

// overlap is how exact the instances came out.
type overlap struct {
	Measured int     `json:"measured"`
	Exact    int     `json:"exact"` // of the same pixels
	Least    float64 `json:"least"`
	Mean     float64 `json:"mean"`
}

func newSummary(opts *options, f *files.COCOFile, s *selected, states []imageState) *summary {
	sum := &summary{
		Format:    opts.format.Name,
		Images:    tally{len(f.Images), len(s.images), s.out.images},
		Instances: tally{len(f.Annotations), s.annotations(), s.out.annotations},
		NoPlace:   map[string]int{}, Changed: map[string]int{}, Splits: map[string]int{}, Placed: map[placed]int{},
	}
	for i := range states {
		if states[i].unchecked {
			sum.Unchecked++
		}
	}
	return sum
}

// add counts what became of a piece of an image.
func (sum *summary) add(m *made) {
	if m.img.Split != "" && m.first {
		sum.Splits[m.img.Split]++
	}
	if m.placed != "" {
		sum.Placed[m.placed]++
	}
	for _, f := range m.out.Fates {
		if f.Dropped != "" {
			sum.NoPlace[f.Dropped]++
			sum.Instances.Written--
			continue
		}
		if f.Changed != "" {
			sum.Changed[f.Changed]++
		}
		if math.IsNaN(f.IoU) {
			continue
		}
		if sum.IoU == nil {
			sum.IoU = &overlap{Least: 1}
		}
		sum.IoU.Measured++
		if f.IoU == 1 {
			sum.IoU.Exact++
		}
		sum.IoU.Least = min(sum.IoU.Least, f.IoU)
		sum.IoU.Mean += f.IoU
	}
}

// done completes the summary of a run that has written its output.
func (sum *summary) done(opts *options, s *selected) {
	if sum.IoU != nil {
		sum.IoU.Mean /= float64(sum.IoU.Measured)
	}
	for _, split := range s.splits {
		sum.Splits[split] += 0
	}
	sum.Files = []ui.SummaryFile{ui.NewSummarySet(opts.out, sum.Images.Written, sum.Instances.Written)}
}

// empty returns an error for a set without images, or without annotations though the input has some.
func (sum *summary) empty(name string) error {
	what, t := "image", sum.Images
	if sum.Images.Written > 0 {
		what, t = "annotation", sum.Instances
	}
	if t.Written > 0 || what == "annotation" && t.In == 0 {
		return nil
	}
	reasons := append(reasons(sum.Images.Dropped, "image", "images"), reasons(sum.Instances.Dropped, "annotation", "annotations")...)
	text := strings.Join(reasons, ", ")
	if text == "" {
		text = "none was there"
	}
	return ui.Failf(ui.ExitBadData, "%s: no %s remains (%s); nothing was written", name, what, text).Hint("--allow-empty writes the set")
}

// failure is the failure of a run that wrote not all instances, since the format has no place for them; nil: all were.
func (sum *summary) failure(f *formats.Format) error {
	n := 0
	for _, k := range sum.NoPlace {
		n += k
	}
	if n == 0 {
		return nil
	}
	return ui.Failf(ui.ExitSkipped, "%s dropped, for which %s has no place", ui.Plural(n, "instance was", "instances were"), f.Name)
}

// reasons says how many, and why.
func reasons(counts map[string]int, one, many string) []string {
	var out []string
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf("%s %s", ui.Plural(counts[reason], one, many), reason))
	}
	return out
}

func (sum *summary) WriteText(text *strings.Builder) {
	line := func(t tally, one, many string) {
		ui.Fprintf(text, "%s: wrote %s of %s\n", many, ui.Thousands(t.Written), ui.Thousands(t.In))
		for _, reason := range reasons(t.Dropped, one, many) {
			ui.Fprintf(text, "left out: %s\n", reason)
		}
	}
	line(sum.Images, "image", "images")
	for _, split := range slices.Sorted(maps.Keys(sum.Splits)) {
		ui.Fprintf(text, "split %s: %s\n", split, ui.Plural(sum.Splits[split], "image", "images"))
	}
	for _, how := range slices.Sorted(maps.Keys(sum.Placed)) {
		ui.Fprintf(text, "%s: %s\n", string(how), ui.Plural(sum.Placed[how], "image file", "image files"))
	}
	if sum.Unchecked > 0 {
		ui.Fprintf(text, "not checked: the size of %s\n", ui.Plural(sum.Unchecked, "image file", "image files"))
	}
	line(sum.Instances, "instance", "instances")
	for _, reason := range slices.Sorted(maps.Keys(sum.NoPlace)) {
		ui.Fprintf(text, "dropped: %s: %s\n", ui.Plural(sum.NoPlace[reason], "instance", "instances"), reason)
	}
	for _, reason := range slices.Sorted(maps.Keys(sum.Changed)) {
		ui.Fprintf(text, "changed: %s: %s\n", ui.Plural(sum.Changed[reason], "instance", "instances"), reason)
	}
	if u := sum.IoU; u != nil {
		ui.Fprintf(text, "masks: %s of %s exact; IoU %s at least, %s on average\n", ui.Thousands(u.Exact), ui.Thousands(u.Measured), roundDown(u.Least), roundDown(u.Mean))
	}
	ui.ListFiles(text, sum.Files...)
}

// roundDown writes an IoU with four decimals, of which only 1 is 1.
func roundDown(iou float64) string { return figures.Float(math.Floor(iou*1e4)/1e4, 4) }
