package convertcmd

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
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

type Options struct {
	folder.SetOptions
	folder.Location
	Out             string
	PerTier, PerWSI bool // neither: one set
}

func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "convert",
		Usage:       "turn HuBMAP outlines into COCO files",
		UsageText:   "[flags] [DIR]",
		Description: convertHelp,
		Flags: slices.Concat(folder.SetFlags("1,2", "take tiles, or of dataset 3 lists of images,"), folder.LocationFlags(), []cli.Flag{
			&cli.StringFlag{Name: "per", Value: "tier,wsi", Usage: "a file for each `UNIT`: tier, wsi, tier,wsi or none (one set, with -o FILE)"},
			flags.OutFlag("write into the folder `OUT`, with --per none to that file; - is standard output (default: DIR/coco_data/coco)"),
		}, flags.SummaryFlags()),
		Action: func(ctx *cli.Context) error {
			opts, err := parseConvert(ctx)
			if err != nil {
				return err
			}
			return runConvert(ctx.Context, c, opts)
		},
	}
}

func parseConvert(ctx *cli.Context) (*Options, error) {
	ct, err := folder.ParseSetOptions(ctx)
	if err != nil {
		return nil, err
	}
	o := &Options{SetOptions: ct, Out: ctx.String("out")}
	if o.Location, err = folder.ParseLocation(ctx); err != nil {
		return nil, err
	}
	switch per := strings.ReplaceAll(ctx.String("per"), " ", ""); per {
	case "tier":
		o.PerTier = true
	case "wsi":
		o.PerWSI = true
	case "tier,wsi", "wsi,tier":
		o.PerTier, o.PerWSI = true, true
	case "none":
		if o.Out == "" {
			return nil, ui.Usagef("--per none writes one set: name its file with -o FILE")
		}
	default:
		return nil, ui.Usagef("--per: %q is not one of tier, wsi, tier,wsi, none", per)
	}
	if o.Out == "-" && (o.PerTier || o.PerWSI) {
		return nil, ui.Usagef("-o - takes one set: add --per none")
	}
	if o.Out == "" {
		o.Out = filepath.Join(o.Dir, "coco_data", "coco")
	}
	return o, nil
}

func runConvert(ctx context.Context, c *ui.Console, opts *Options) error {
	job, err := NewJob(c, opts)
	if err != nil {
		return err
	}
	defer job.Close()
	sum, err := job.Convert(ctx)
	if err != nil {
		return err
	}
	if err := c.Summarize(sum, opts.Out); err != nil {
		return err
	}
	return job.ReportSkipped()
}

// Convert reads the outlines and writes the sets.
func (job *Job) Convert(ctx context.Context) (*folder.Summary, error) {
	if err := job.Read(ctx); err != nil {
		return nil, err
	}
	if err := job.Divided.AddUnlabelled(job.Table, job.Rules); err != nil {
		return nil, err
	}
	return job.Write(ctx, job.from)
}

// Job is a run of convert.
type Job struct {
	*folder.Conversion
	opts *Options
}

func NewJob(c *ui.Console, opts *Options) (*Job, error) {
	cv, err := folder.OpenConversion(c, &opts.SetOptions, &opts.Location)
	if err != nil {
		return nil, err
	}
	job := &Job{Conversion: cv, opts: opts}
	if err := job.plan(); err != nil {
		job.Close()
		return nil, err
	}
	return job, nil
}

// plan lays out the sets for the tiers and WSIs that the flags select, and
// refuses early what could not be written.
func (job *Job) plan() error {
	opts := job.opts
	var groups wsi.Tally
	for t := range job.Table.All() {
		if opts.Selected(t) {
			groups.Add(t, wsi.Counts{Tiles: 1})
		}
	}
	routes := map[[2]int][]*coco.Builder{} // by tier and WSI
	job.Divided.Route = func(t wsi.Tile) []*coco.Builder { return routes[[2]int{t.Dataset, t.WSI}] }
	categories, err := job.Rules.Categories()
	if err != nil {
		return err
	}
	byName := map[string]*folder.Set{}
	add := func(path string, dataset, wsi int, key [2]int) {
		s := byName[path]
		if s == nil {
			s = job.AddSet(path, categories)
			s.Dataset, s.Wsi = dataset, wsi
			byName[path] = s
		}
		routes[key] = append(routes[key], &s.Builder)
	}
	for _, g := range groups.Groups() {
		key := [2]int{g.Dataset, g.WSI}
		if opts.PerTier {
			add(filepath.Join(opts.Out, fmt.Sprintf("ds%d.json", g.Dataset)), g.Dataset, 0, key)
		}
		if opts.PerWSI {
			add(filepath.Join(opts.Out, fmt.Sprintf("ds%d_wsi%d.json", g.Dataset, g.WSI)), g.Dataset, g.WSI, key)
		}
		if !opts.PerTier && !opts.PerWSI {
			add(opts.Out, 0, 0, key)
		}
	}
	if len(job.Sets) == 0 {
		return job.NothingSelected()
	}
	return job.Prepare()
}

// from says what made a set.
func (job *Job) from(s *folder.Set) files.Provenance {
	f := files.Provenance{
		Version: ui.Version,
		Command: "convert",
		Dataset: job.opts.Datasets.String(),
		Options: job.opts.Provenance(),
		Inputs:  job.Inputs(),
	}
	if job.opts.Wsis.String() != "" {
		f.WSI = job.opts.Wsis.String()
	}
	if s.Dataset != 0 {
		f.Dataset = s.Dataset
	}
	if s.Wsi != 0 {
		f.WSI = s.Wsi
	}
	return f
}
