package evalcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/urfave/cli/v2"
)

// partialFlags are the flags of evaluations in parts.
func partialFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "partial-out", Usage: "write what the images add to a score to `FILE`, for --merge, in place of the score"},
		shards.Flag("score only", ": with --partial-out"),
		&cli.BoolFlag{Name: "merge", Usage: "the arguments are files of --partial-out: merge them to the score of all their images"},
	}
}

// needsAll names the flags that need all images at once.
var needsAll = []string{"sweep", "errors", "confusion", "compare", "stitch"}

// checkPartial refuses flags that parts cannot have.
func checkPartial(ctx *cli.Context, o *options, out *output) error {
	out.partial, o.shard = ctx.String("partial-out"), shards.Shard{}
	var err error
	if o.shard, err = shards.Parse(ctx); err != nil {
		return err
	}
	if out.partial == "" {
		if o.shard.Of > 0 {
			return ui.Usagef("--shard needs --partial-out: a score of some images is not a part of the score of all")
		}
		return nil
	}
	if len(o.results) > 1 {
		return ui.Usagef("--partial-out takes one file of results, found %d", len(o.results))
	}
	for _, by := range o.By {
		if !grouped(by) || by == "tile" {
			return ui.Usagef("--by %s has no effect with --partial-out: %s", by, mergeAdvice(by))
		}
	}
	for _, name := range append([]string{"pr-curve", "arrays"}, needsAll...) {
		if ctx.IsSet(name) {
			return ui.Usagef("--%s has no effect with --partial-out: %s", name, mergeAdvice(name))
		}
	}
	complete := eval.Params{IoU: o.Params.IoU}
	if complete.IoU == nil {
		complete.IoU = eval.Linspace(.5, .95, 10)
	}
	if o.otherIoU(&complete) {
		return ui.Usagef("--partial-out: --iou %s is not one of the thresholds of --iou-thrs, of which a part has the outcome", ctx.String("iou"))
	}
	o.Params.Part = eval.APart
	return nil
}

// mergeAdvice says what to do instead of a flag.
func mergeAdvice(name string) string {
	if name == "tile" || slices.Contains(needsAll, name) {
		return "it needs all images in one run"
	}
	return "give it with --merge"
}

// selectRange drops what is not on the images from the first up to the second index.
func selectRange(from, to int, truth *preds.Truth, d *preds.Detections) error {
	dropped := truth.Only(func(i int) bool { return from <= i && i < to })
	return d.Keep(func(r *coco.Result) (bool, error) { return !dropped[r.ImageID], nil })
}

// runPartial evaluates some images, and writes what that adds to a score.
func runPartial(ctx context.Context, c *ui.Console, o *options, out *output) error {
	outs := &files.Outputs{Console: c, Force: true} // existing files were checked before the run
	defer outs.Abort()
	var file *files.Output
	create := func() (w io.Writer, err error) { // once the inputs are open, of which it may be none
		file, err = outs.Create(out.partial)
		return file, err
	}
	write := writePartial
	if o.streams() {
		write = streamPartial
	}
	label, err := write(ctx, c, o, create)
	if errors.Is(err, errNotStreamed) {
		label, err = writePartial(ctx, c, o, create)
	}
	if err != nil {
		return err
	}
	if err := file.Finish(); err != nil {
		return err
	}
	if err := outs.Commit(); err != nil {
		return err
	}
	sum := &partialSummary{Images: label.Remarks.Images, Detections: label.Remarks.Detections, Files: []ui.SummaryFile{ui.NewSummaryFile(out.partial)}}
	if o.shard.Of > 0 {
		sum.Shard = o.shard.String()
	}
	return c.Summarize(sum, out.partial)
}

// writePartial writes the part of results that are held in memory.
func writePartial(ctx context.Context, c *ui.Console, o *options, create func() (io.Writer, error)) (*partialLabel, error) {
	s, results, notes, err := prepare(ctx, c, o)
	if err != nil {
		return nil, err
	}
	d := results[0]
	label, err := newLabel(c, o, s.Truth)
	if err != nil {
		return nil, err
	}
	list, err := sums(c, d.Stdin, o.results[0])
	if err != nil {
		return nil, err
	}
	label.Results, label.Notes = list[0], notes
	from, to := o.shard.Range(len(s.Truth.Images))
	groupings, err := s.divide(label, from, to)
	if err != nil {
		return nil, err
	}
	if o.shard.Of > 0 {
		s.Params.Part = partOf(d.List.Len() > 0, func() bool { return !d.List.Missing(0).Has(coco.FieldBBox) })
		if err := selectRange(from, to, s.Truth, d); err != nil {
			return nil, err
		}
	}
	label.Elsewhere = s.read - d.List.Len()
	w, err := create()
	if err != nil {
		return nil, err
	}
	if err := s.partial(ctx, d, label, groupings, w); err != nil {
		return nil, d.Fault(s.Truth, err)
	}
	return label, nil
}

// partOf says which part results are whose first one has a box or not.
func partOf(some bool, boxed func() bool) eval.Part {
	switch {
	case !some:
		return eval.APart
	case boxed():
		return eval.PartBoxed
	}
	return eval.PartUnboxed
}

// partial evaluates detections, and writes what they add to a score. It fills the remarks of the label.
func (s *Scorer) partial(ctx context.Context, d *preds.Detections, label *partialLabel, groupings []eval.Grouping, w io.Writer) error {
	competition, err := s.competition()
	if err != nil {
		return err
	}
	r := &Report{}
	if err := s.evaluate(ctx, d, r); err != nil {
		return err
	}
	label.Remarks = s.gather(d, r.Whole)
	with := &eval.PartialOptions{HuBMAP: competition, Places: []uint64{}, Groupings: groupings}
	for i := range s.Truth.Images {
		with.Places = append(with.Places, uint64(s.Truth.Names.Place(i)))
	}
	if len(s.Truth.Images) == label.All && label.Shard.Of == 0 {
		with.Places = nil // a ground truth of the part alone
	}
	if with.Label, err = json.Marshal(label); err != nil {
		return err
	}
	return r.Whole.WritePartial(w, with)
}

// partialSummary is what is reported of a part.
type partialSummary struct {
	Images     int              `json:"images"`
	Detections int              `json:"detections"`
	Shard      string           `json:"shard,omitempty"`
	Files      []ui.SummaryFile `json:"files"`
}

func (s *partialSummary) WriteText(text *strings.Builder) {
	ui.Fprintf(text, "%s and %s\n", ui.Plural(s.Images, "image", "images"), ui.Plural(s.Detections, "detection", "detections"))
	ui.ListFiles(text, s.Files...)
}

// mergeOptions say what is merged, and what is reported of it.
type mergeOptions struct {
	parts []string
	by    []string
	out   *output
}

// mergeable are the flags that have an effect on merged parts.
var mergeable = []string{"merge", "by", "pr-curve", "arrays", "force", "json", "quiet"}

// parseMerge reads the flags of --merge.
func parseMerge(ctx *cli.Context) (*mergeOptions, error) {
	for _, name := range ctx.LocalFlagNames() {
		if !slices.Contains(mergeable, name) {
			return nil, ui.Usagef("--%s has no effect with --merge: give it with --partial-out", name)
		}
	}
	if ctx.NArg() == 0 {
		return nil, ui.Usagef("--merge needs files of --partial-out").Hint("hubdata eval --merge parts/*.part")
	}
	o := &mergeOptions{parts: ctx.Args().Slice()}
	o.out = &output{curve: ctx.String("pr-curve"), arrays: ctx.String("arrays"), force: ctx.Bool("force")}
	for _, by := range flags.SplitList(ctx.String("by")) {
		if by == "tile" {
			return nil, ui.Usagef("--by %s needs all images in one run", by)
		}
		if !slices.Contains(o.by, by) {
			o.by = append(o.by, by)
		}
	}
	if err := o.out.checkForms(); err != nil {
		return nil, err
	}
	return o, flags.OneStdin(o.parts...)
}

// runMerge merges parts, and reports what their images come to.
func runMerge(c *ui.Console, o *mergeOptions) error {
	var readers []*eval.PartialReader
	var inputs []*files.Input
	defer func() {
		for _, in := range inputs {
			in.Close()
		}
	}()
	var labels []*partialLabel
	for _, path := range o.parts {
		in, err := files.OpenInput(c, path)
		if err != nil {
			return err
		}
		in.WithoutChecksum()
		inputs = append(inputs, in)
		p, err := eval.NewPartialReader(in)
		if err != nil {
			return ui.InFile(in.Name, partialFault(err))
		}
		p.Name = in.Name
		label := &partialLabel{}
		if err := json.Unmarshal(p.Label(), label); err != nil {
			return ui.Failf(ui.ExitBadData, "%s: it was not written by hubdata eval --partial-out: %w", in.Name, err)
		}
		readers, labels = append(readers, p), append(labels, label)
	}
	uncovered, err := belongTogether(o.parts, labels)
	if err != nil {
		return err
	}
	notes := uncovered
	if !slices.ContainsFunc(labels, func(l *partialLabel) bool { return !slices.Equal(l.Notes, labels[0].Notes) }) {
		notes = append(slices.Clone(labels[0].Notes), notes...) // of the same images in all parts; else each left out others
	}
	outs := &files.Outputs{Console: c, Force: o.out.force, Inputs: inputs}
	defer outs.Abort()
	if err := outs.Check(o.out.curve, o.out.arrays); err != nil {
		return err
	}
	for _, by := range o.by {
		for i, l := range labels {
			if grouped(by) && !slices.ContainsFunc(l.By, func(k labelKey) bool { return k.Name == by }) {
				return ui.Usagef("--by %s: %s was made without it", by, o.parts[i]).Hint("give --by %s with --partial-out too", by)
			}
		}
	}
	r := newMergedReport(o.parts, labels)
	if err := r.merge(&Scoring{Metric: labels[0].Metric, Ious: labels[0].Ious, By: o.by}, labels, labels[0].Truth[0].Name, readers); err != nil {
		return partialFault(err)
	}
	out := &result{reports: []*Report{r}, notes: notes}
	o.out.force = true // existing files were checked
	if err := o.out.write(c, out.reports); err != nil {
		return err
	}
	return out.print(c, 0)
}

// partialFault gives an error of parts its exit code.
func partialFault(err error) error {
	if errors.Is(err, eval.ErrPartial) || errors.Is(err, eval.ErrCategory) {
		return ui.Failf(ui.ExitBadData, "%w", err)
	}
	return err
}

// notesOf returns the notes of all parts: once if all have the same.
func notesOf(paths []string, labels []*partialLabel, notes func(l *partialLabel) []string) (out []string) {
	same := true
	for i, l := range labels {
		same = same && slices.Equal(notes(l), notes(labels[0]))
		for _, note := range notes(l) {
			out = append(out, fmt.Sprintf("%s: %s", paths[i], note))
		}
	}
	if same {
		return notes(labels[0])
	}
	return out
}

// newMergedReport returns a report of parts, without numbers.
func newMergedReport(paths []string, labels []*partialLabel) *Report {
	r := &Report{File: labels[0].Results.Name, IoU: labels[0].Ious[0]}
	for _, l := range labels {
		r.remarks.add(&l.Remarks)
		if l.Results != labels[0].Results {
			r.File = ui.Plural(len(paths), "part", "parts")
		}
	}
	r.remarks.Notes = notesOf(paths, labels, func(l *partialLabel) []string { return l.Remarks.Notes })
	return r
}

// merge fills the report of what parts come to, whose remarks it has. truth is the name of the ground truth.
func (r *Report) merge(o *Scoring, labels []*partialLabel, truth string, parts []*eval.PartialReader) (err error) {
	r.merged, err = eval.MergePartials(nil, parts...)
	if err != nil {
		return err
	}
	m := r.merged
	o.Params, r.params, r.Type = *m.Params, m.Params, m.Params.Type.String()
	r.Images, r.Detections = m.Images, m.Detections
	if m.HuBMAP != nil {
		v := 0.0
		if r.Detections > 0 {
			v = m.HuBMAP.AP
		}
		r.setHuBMAP(o.iou(), v)
	}
	r.average(o)
	r.remark(o, truth)
	for _, by := range o.By {
		parts := slicing{By: by}
		switch by {
		case "category":
			parts.Parts = r.categories(m.Categories, func(k int) string { return m.CategoryNames[k] })
		case "size":
			parts.Parts = r.sizes()
		default:
			parts.Parts = []Part{}
			for _, p := range m.Parts(by, r.IoU) {
				parts.Parts = append(parts.Parts, newPart(p.Part, p.Images, p.Score, p.Score))
			}
			slices.SortStableFunc(parts.Parts, func(a, b Part) int { return figures.CompareNumbers(a.Part, b.Part) })
			if note := noteBy(by, labels); note != "" {
				r.Notes = append(r.Notes, note)
			}
		}
		r.By = append(r.By, parts)
	}
	return nil
}
