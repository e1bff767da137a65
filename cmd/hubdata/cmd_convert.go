package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

const convertHelp = `Reads polygons.jsonl and tile_meta.csv in DIR (default: $HUBDATA_DATA, else
this folder; .gz and .zst are read too) and writes COCO files that pycocotools
and MMDetection load as they are: into DIR/coco_data/coco/, one per dataset
tier (ds1.json) and one per tier and whole-slide image (ds1_wsi2.json).

Tiles whose line keeps no outline stay as images. Tiles of datasets 1 and 2
without a line in polygons.jsonl are unlabelled, not empty: they are left out
and counted.

examples:
   hubdata convert
   hubdata convert --class all --segmentation polygon ~/hubmap
   hubdata convert --dataset 3 --wsi '<8'
   hubdata convert --dataset 2 --wsi 3,4 --per none -o ds2_wsi34.json.gz
   hubdata convert --per none -o - | jq '.images | length'
   # what the winner's notebook wrote:
   hubdata convert --dataset 1 --image-id tile --category-start 0 \
       --segmentation counts --rings first --per none -o x.json`

type convertOptions struct {
	content
	source
	out             string
	perTier, perWSI bool // neither: one set
}

func convertCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "convert",
		Usage:       "turn HuBMAP outlines into COCO files",
		UsageText:   "[flags] [DIR]",
		Description: convertHelp,
		Flags: slices.Concat(contentFlags("1,2", "take tiles, or of dataset 3 lists of images,"), sourceFlags(), []cli.Flag{
			&cli.StringFlag{Name: "per", Value: "tier,wsi", Usage: "a file for each `UNIT`: tier, wsi, tier,wsi or none (one set, with -o FILE)"},
			outFlag("write into the folder `OUT`, with --per none to that file; - is standard output (default: DIR/coco_data/coco)"),
		}, summaryFlags()),
		Action: func(ctx *cli.Context) error {
			opts, err := parseConvert(ctx)
			if err != nil {
				return err
			}
			return runConvert(ctx.Context, c, opts)
		},
	}
}

func parseConvert(ctx *cli.Context) (*convertOptions, error) {
	ct, err := parseContent(ctx)
	if err != nil {
		return nil, err
	}
	o := &convertOptions{content: ct, out: ctx.String("out")}
	if o.source, err = parseSource(ctx); err != nil {
		return nil, err
	}
	switch per := strings.ReplaceAll(ctx.String("per"), " ", ""); per {
	case "tier":
		o.perTier = true
	case "wsi":
		o.perWSI = true
	case "tier,wsi", "wsi,tier":
		o.perTier, o.perWSI = true, true
	case "none":
		if o.out == "" {
			return nil, usagef("--per none writes one set: name its file with -o FILE")
		}
	default:
		return nil, usagef("--per: %q is not one of tier, wsi, tier,wsi, none", per)
	}
	if o.out == "-" && (o.perTier || o.perWSI) {
		return nil, usagef("-o - takes one set: add --per none")
	}
	if o.out == "" {
		o.out = filepath.Join(o.dir, "coco_data", "coco")
	}
	return o, nil
}

// summary is what a run reports.
type summary struct {
	Files      []summaryFile `json:"files"`
	Groups     []tally       `json:"groups"`
	Total      tally         `json:"total"`
	Unlabelled int           `json:"tiles_without_line"`
	Skipped    []skippedLine `json:"skipped_lines"`
}

type skippedLine struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// tally is what became of the outlines of a tier and WSI, or of all.
type tally struct {
	Dataset     int            `json:"dataset,omitempty"` // 0: all
	WSI         int            `json:"source_wsi,omitempty"`
	Tiles       int            `json:"tiles"`
	Empty       int            `json:"tiles_without_annotations"`
	Outlines    int            `json:"outlines"`
	Vertices    int            `json:"vertices"`
	Annotations int            `json:"annotations"`
	Dropped     map[string]int `json:"dropped"` // outlines, by reason
	Outside     int            `json:"points_outside"`
}

func newTally(g wsi.GroupCounts) tally {
	t := tally{
		Dataset: g.Dataset, WSI: g.WSI, Tiles: g.Tiles, Empty: g.Empty, Outlines: g.Outlines, Vertices: g.Vertices,
		Annotations: g.Kept, Outside: g.OutsidePoints, Dropped: map[string]int{},
	}
	for class, n := range g.Dropped.Class {
		t.Dropped["of class "+class] = n
	}
	for reason, n := range map[string]int{
		"without a pixel on the tile": g.Dropped.EmptyMask,
		"below the least area":        g.Dropped.MinArea,
		"duplicate":                   g.Dropped.Duplicate,
	} {
		if n > 0 {
			t.Dropped[reason] = n
		}
	}
	return t
}

func newSummary(groups []wsi.GroupCounts, unlabelled int, skipped []skippedLine) *summary {
	sum := &summary{Files: []summaryFile{}, Unlabelled: unlabelled, Skipped: append([]skippedLine{}, skipped...)}
	var total wsi.GroupCounts
	for _, g := range groups {
		sum.Groups = append(sum.Groups, newTally(g))
		total.Add(g.Counts)
	}
	sum.Total = newTally(total)
	return sum
}

func runConvert(ctx context.Context, c *console, opts *convertOptions) error {
	job, err := newConvertJob(c, opts)
	if err != nil {
		return err
	}
	defer job.close()
	sum, err := job.convert(ctx)
	if err != nil {
		return err
	}
	if err := c.summarize(sum, opts.out); err != nil {
		return err
	}
	return job.reportSkipped()
}

// convert reads the outlines and writes the sets.
func (job *convertJob) convert(ctx context.Context) (*summary, error) {
	if err := job.read(ctx); err != nil {
		return nil, err
	}
	if err := job.divided.AddUnlabelled(job.table, job.rules); err != nil {
		return nil, err
	}
	return job.write(ctx, job.from)
}

// convertJob is a run of convert.
type convertJob struct {
	*conversion
	opts *convertOptions
}

func newConvertJob(c *console, opts *convertOptions) (*convertJob, error) {
	cv, err := openConversion(c, &opts.content, &opts.source)
	if err != nil {
		return nil, err
	}
	job := &convertJob{conversion: cv, opts: opts}
	if err := job.plan(); err != nil {
		job.close()
		return nil, err
	}
	return job, nil
}

// plan lays out the sets for the tiers and WSIs that the flags select, and
// refuses early what could not be written.
func (job *convertJob) plan() error {
	opts := job.opts
	var groups wsi.Tally
	for t := range job.table.All() {
		if opts.selected(t) {
			groups.Add(t, wsi.Counts{Tiles: 1})
		}
	}
	routes := map[[2]int][]*coco.Builder{} // by tier and WSI
	job.divided.Route = func(t wsi.Tile) []*coco.Builder { return routes[[2]int{t.Dataset, t.WSI}] }
	categories, err := job.rules.Categories()
	if err != nil {
		return err
	}
	byName := map[string]*set{}
	add := func(path string, dataset, wsi int, key [2]int) {
		s := byName[path]
		if s == nil {
			s = job.addSet(path, categories)
			s.dataset, s.wsi = dataset, wsi
			byName[path] = s
		}
		routes[key] = append(routes[key], &s.Builder)
	}
	for _, g := range groups.Groups() {
		key := [2]int{g.Dataset, g.WSI}
		if opts.perTier {
			add(filepath.Join(opts.out, fmt.Sprintf("ds%d.json", g.Dataset)), g.Dataset, 0, key)
		}
		if opts.perWSI {
			add(filepath.Join(opts.out, fmt.Sprintf("ds%d_wsi%d.json", g.Dataset, g.WSI)), g.Dataset, g.WSI, key)
		}
		if !opts.perTier && !opts.perWSI {
			add(opts.out, 0, 0, key)
		}
	}
	if len(job.sets) == 0 {
		return job.nothingSelected()
	}
	return job.prepare()
}

// from says what made a set.
func (job *convertJob) from(s *set) provenance {
	f := provenance{
		Version: version,
		Command: "convert",
		Dataset: job.opts.datasets.text,
		Options: job.opts.provenance(),
		Inputs:  job.inputs(),
	}
	if job.opts.wsis.text != "" {
		f.WSI = job.opts.wsis.text
	}
	if s.dataset != 0 {
		f.Dataset = s.dataset
	}
	if s.wsi != 0 {
		f.WSI = s.wsi
	}
	return f
}

func (sum *summary) write(text *strings.Builder) {
	tw := tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "dataset\tWSI\ttiles\tempty\toutlines\tvertices\tdropped\tannotations\t")
	row := func(name, wsi string, t tally) {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", name, wsi, thousands(t.Tiles), thousands(t.Empty),
			thousands(t.Outlines), thousands(t.Vertices), thousands(t.Outlines-t.Annotations), thousands(t.Annotations))
	}
	for _, g := range sum.Groups {
		row(fmt.Sprint(g.Dataset), fmt.Sprint(g.WSI), g)
	}
	row("all", "", sum.Total)
	_ = tw.Flush()
	for _, reason := range slices.Sorted(maps.Keys(sum.Total.Dropped)) {
		fmt.Fprintf(text, "dropped: %s %s\n", thousands(sum.Total.Dropped[reason]), reason)
	}
	if n := sum.Total.Outside; n > 0 {
		fmt.Fprintf(text, "%s outside their tile: kept, the masks are cut at the border\n", count(n, "point lies", "points lie"))
	}
	if sum.Total.Empty > 0 {
		fmt.Fprintf(text, "%s as images without annotation\n", count(sum.Total.Empty, "tile stays", "tiles stay"))
	}
	if sum.Unlabelled > 0 {
		fmt.Fprintf(text, "%s no line in the outlines' file: unlabelled, so left out\n", count(sum.Unlabelled, "tile has", "tiles have"))
	}
	wrote(text, sum.Files...)
}
