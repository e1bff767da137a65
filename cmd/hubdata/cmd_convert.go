package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

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
	dir              string
	polygons, tiles  string // paths; empty: found in dir
	out              string
	perTier, perWSI  bool // neither: one set
	force, keepGoing bool
	json             bool
	workers, maxLine int
}

func convertCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "convert",
		Usage:       "turn HuBMAP outlines into COCO files",
		UsageText:   "[flags] [DIR]",
		Description: convertHelp,
		Flags: append(contentFlags(),
			&cli.StringFlag{Name: "per", Value: "tier,wsi", Usage: "files to write: tier, wsi, tier,wsi or none (one set, with -o FILE)"},
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "folder to write into, with --per none the file; - is standard output (default: DIR/coco_data/coco)"},
			&cli.StringFlag{Name: "polygons", Usage: "read outlines from `FILE`; - is standard input (default: polygons.jsonl in DIR)"},
			&cli.StringFlag{Name: "tile-meta", Usage: "read the tiles' table from `FILE` (default: tile_meta.csv in DIR)"},
			&cli.BoolFlag{Name: "keep-going", Usage: "skip bad lines, list them, and exit with 4"},
			&cli.IntFlag{Name: "max-line", Value: wsi.DefaultMaxLine, Usage: "refuse lines of more bytes"},
			&cli.IntFlag{Name: "workers", Aliases: []string{"j"}, Usage: "lines converted at once (default: one a core); the result does not depend on it"},
			&cli.BoolFlag{Name: "force", Usage: "overwrite files that hubdata did not write"},
			&cli.BoolFlag{Name: "json", Usage: "print the summary as JSON"},
			&cli.BoolFlag{Name: "quiet", Usage: "print no summary and no remarks"},
		),
		Action: func(ctx *cli.Context) error {
			opts, err := parseConvert(ctx)
			if err != nil {
				return err
			}
			c.quiet = ctx.Bool("quiet")
			return runConvert(ctx.Context, c, opts)
		},
	}
}

func parseConvert(ctx *cli.Context) (*convertOptions, error) {
	ct, err := parseContent(ctx)
	if err != nil {
		return nil, err
	}
	o := &convertOptions{
		content:   ct,
		polygons:  ctx.String("polygons"),
		tiles:     ctx.String("tile-meta"),
		out:       ctx.String("out"),
		force:     ctx.Bool("force"),
		keepGoing: ctx.Bool("keep-going"),
		json:      ctx.Bool("json"),
		workers:   ctx.Int("workers"),
		maxLine:   ctx.Int("max-line"),
	}
	if o.dir, err = dataDir(ctx); err != nil {
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
	if o.polygons == "-" && o.tiles == "-" {
		return nil, usagef("--polygons and --tile-meta cannot both be standard input")
	}
	if o.workers < 0 {
		return nil, usagef("--workers: %d is negative", o.workers)
	}
	if o.maxLine < 1 || o.maxLine > 1<<30 {
		return nil, usagef("--max-line: %d is not from 1 to %d", o.maxLine, 1<<30)
	}
	return o, nil
}

// dataDir is the dataset folder: the argument, $HUBDATA_DATA, or here.
func dataDir(ctx *cli.Context) (string, error) {
	if ctx.NArg() > 1 {
		return "", usagef("%s takes one folder, got %q", ctx.Command.Name, ctx.Args().Slice())
	}
	dir := ctx.Args().First()
	if dir == "" {
		dir = os.Getenv("HUBDATA_DATA")
	}
	if dir == "" {
		dir = "."
	}
	if st, err := os.Stat(dir); err != nil {
		return "", failf(exitFailure, "no folder %s", dir).hint("name a HuBMAP folder: one that holds polygons.jsonl and tile_meta.csv")
	} else if !st.IsDir() {
		return "", usagef("%s is not a folder", dir).hint("name the folder that holds it; --polygons FILE takes another file")
	}
	return dir, nil
}

// summary is what a run reports.
type summary struct {
	Files      []summaryFile `json:"files"`
	Groups     []*tally      `json:"groups"`
	Total      *tally        `json:"total"`
	Unlabelled int           `json:"tiles_without_line"`
	Skipped    []skippedLine `json:"skipped_lines"`
}

type summaryFile struct {
	Path        string `json:"path"`
	Images      int    `json:"images"`
	Annotations int    `json:"annotations"`
}

type skippedLine struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

func runConvert(ctx context.Context, c *console, opts *convertOptions) error {
	job, err := newConvertJob(c, opts)
	if err != nil {
		return err
	}
	defer job.close()
	if err := job.read(ctx); err != nil {
		return err
	}
	sum, err := job.write(ctx)
	if err != nil {
		return err
	}
	if err := sum.print(c, opts); err != nil {
		return err
	}
	if n := len(sum.Skipped); n > 0 {
		if err := c.flush(); err != nil {
			return err
		}
		for _, s := range sum.Skipped[:min(n, 20)] {
			c.problem(fmt.Sprintf("%s: %s", job.polygons.name, s.Reason))
		}
		if n > 20 {
			c.problem(fmt.Sprintf("... and %d more", n-20))
		}
		return failf(exitSkipped, "skipped %s of %s; their tiles are in no set", count(n, "bad line", "bad lines"), job.polygons.name)
	}
	return nil
}

// convertJob is a conversion under way.
type convertJob struct {
	c              *console
	opts           *convertOptions
	outputs        outputs
	polygons, meta *input
	metaInfo       inputInfo
	polygonInfo    inputInfo
	table          *wsi.Table
	sets           []*set
	routes         map[[2]int][]*set // by tier and WSI
	tallies        tallies
	tile           encoded // scratch of take
	skipped        []skippedLine
	labelled       map[string]bool // tiles with a line
	unlabelled     int
}

func newConvertJob(c *console, opts *convertOptions) (*convertJob, error) {
	job := &convertJob{c: c, opts: opts, tallies: tallies{}, labelled: map[string]bool{}}
	job.outputs = outputs{c: c, force: opts.force}
	ok := false
	defer func() {
		if !ok {
			job.close()
		}
	}()
	var err error
	if job.meta, err = job.open(opts.tiles, "tile_meta.csv"); err != nil {
		return nil, err
	}
	if job.table, err = wsi.ReadTable(job.meta); err != nil {
		return nil, inFile(job.meta.name, err)
	}
	if job.metaInfo, err = job.meta.provenance(); err != nil {
		return nil, err
	}
	if job.polygons, err = job.open(opts.polygons, "polygons.jsonl"); err != nil {
		return nil, err
	}
	job.outputs.inputs = []*input{job.meta, job.polygons}
	if err := job.plan(); err != nil {
		return nil, err
	}
	ok = true
	return job, nil
}

func (job *convertJob) open(path, name string) (*input, error) {
	if path == "" {
		var err error
		if path, err = findInput(job.opts.dir, name); err != nil {
			return nil, err
		}
	}
	return openInput(job.c, path)
}

func (job *convertJob) close() {
	for _, s := range job.sets {
		s.images.close()
		s.annotations.close()
	}
	job.outputs.abort()
	for _, in := range []*input{job.meta, job.polygons} {
		if in != nil {
			in.Close()
		}
	}
}

// plan lays out the sets for the tiers and WSIs that the flags select, and
// refuses early what could not be written.
func (job *convertJob) plan() error {
	opts := job.opts
	groups := tallies{}
	for t := range job.table.All() {
		if opts.selected(t) {
			groups.of(t)
		}
	}
	if len(groups) == 0 {
		return job.nothingSelected()
	}
	job.routes = map[[2]int][]*set{}
	categories, err := opts.options("").Categories()
	if err != nil {
		return err
	}
	byName := map[string]*set{}
	add := func(path string, dataset, wsi int, key [2]int) {
		s := byName[path]
		if s == nil {
			s = &set{path: path, dataset: dataset, wsi: wsi, categories: categories}
			byName[path] = s
			job.sets = append(job.sets, s)
		}
		job.routes[key] = append(job.routes[key], s)
	}
	for _, g := range groups.sorted() {
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
	for _, s := range job.sets {
		dir := func() (string, error) {
			if s.path == "-" {
				return os.TempDir(), nil
			}
			dir := filepath.Dir(s.path)
			return dir, job.outputs.mkdir(dir)
		}
		s.images.limit, s.images.dir = spoolMemory/2/len(job.sets), dir
		s.annotations.limit, s.annotations.dir = spoolMemory/2/len(job.sets), dir
		if err := job.outputs.check(s.path); err != nil {
			return err
		}
	}
	return nil
}

func (job *convertJob) nothingSelected() error {
	have := tallies{}
	var list []string
	for t := range job.table.All() {
		have.of(t).Tiles++
	}
	for _, g := range have.sorted() {
		list = append(list, fmt.Sprintf("dataset %d WSI %d (%d)", g.Dataset, g.WSI, g.Tiles))
	}
	f := failf(exitUsage, "no tile of %s is in dataset %s", job.meta.name, job.opts.datasets)
	if job.opts.wsis.text != "" {
		f = failf(exitUsage, "no tile of %s is in dataset %s and WSI %s", job.meta.name, job.opts.datasets, job.opts.wsis)
	}
	return f.hint("it has these tiles: %s", strings.Join(list, ", "))
}

// read converts the outlines and routes each tile to its sets.
func (job *convertJob) read(ctx context.Context) error {
	opts := job.opts.options(job.opts.dir)
	opts.Workers, opts.MaxLine = job.opts.workers, job.opts.maxLine
	if job.opts.keepGoing {
		opts.KeepGoing = func(e *wsi.LineError) {
			job.skipped = append(job.skipped, skippedLine{Line: e.Line, Reason: e.Error()})
		}
	}
	add, stop := job.c.progress("reading outlines", job.polygons.size)
	defer stop()
	job.polygons.count.seen = add
	for tile, err := range wsi.Convert(ctx, job.table, job.polygons, opts) {
		if err != nil {
			var line *wsi.LineError
			err = inFile(job.polygons.name, err)
			if errors.As(err, &line) && !job.opts.keepGoing {
				return (&failure{code: exitBadData, err: err}).hint("mend the line, or skip such lines with --keep-going")
			}
			return err
		}
		if err := job.take(tile); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var err error
	job.polygonInfo, err = job.polygons.provenance()
	return err
}

// take adds a converted tile to its sets.
func (job *convertJob) take(tile *wsi.Converted) error {
	job.labelled[tile.Tile.ID] = true
	job.tallies.of(tile.Tile).add(tile.Counts)
	if err := job.tile.encode(&tile.Image, tile.Annotations); err != nil {
		return err
	}
	for _, s := range job.routes[[2]int{tile.Tile.Dataset, tile.Tile.WSI}] {
		if err := s.add(&job.tile); err != nil {
			return err
		}
	}
	return nil
}

// unlabelledTier is the dataset that has no outlines: its tiles are listed without.
const unlabelledTier = 3

// listUnlabelled adds the images of the unlabelled tier, in the table's order,
// and counts tiles of the others that have no line.
func (job *convertJob) listUnlabelled() error {
	opts := job.opts.options(job.opts.dir)
	for t := range job.table.All() {
		if !job.opts.selected(t) || job.labelled[t.ID] {
			continue
		}
		if t.Dataset != unlabelledTier {
			job.unlabelled++
			continue
		}
		img, err := opts.Image(t)
		if err != nil {
			return err
		}
		if err := job.tile.encode(&img, nil); err != nil {
			return err
		}
		g := job.tallies.of(t)
		g.Tiles++
		g.Empty++
		for _, s := range job.routes[[2]int{t.Dataset, t.WSI}] {
			if err := s.add(&job.tile); err != nil {
				return err
			}
		}
	}
	return nil
}

// write writes the sets and sums up.
func (job *convertJob) write(ctx context.Context) (*summary, error) {
	if err := job.listUnlabelled(); err != nil {
		return nil, err
	}
	all := job.sets
	job.sets = slices.DeleteFunc(slices.Clone(all), func(s *set) bool { return s.images.count == 0 })
	defer func() { job.sets = all }()
	for _, s := range all {
		if s.images.count == 0 {
			job.c.note("no labelled tile for %s: not written", s.path)
		}
	}
	if len(job.sets) == 0 {
		return nil, failf(exitBadData, "%s has no line of any selected tile: nothing to write", job.polygons.name).
			hint("are polygons.jsonl and tile_meta.csv of one dataset?")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := writeSets(&job.outputs, job.sets, job.from); err != nil {
		return nil, err
	}
	sum := &summary{Files: []summaryFile{}, Groups: job.tallies.sorted(), Total: newTally(), Unlabelled: job.unlabelled, Skipped: job.skipped}
	if sum.Skipped == nil {
		sum.Skipped = []skippedLine{}
	}
	for _, s := range job.sets {
		sum.Files = append(sum.Files, summaryFile{Path: filepath.ToSlash(s.path), Images: s.images.count, Annotations: s.annotations.count})
	}
	for _, g := range sum.Groups {
		sum.Total.merge(g)
	}
	return sum, nil
}

// from says what made a set.
func (job *convertJob) from(s *set) setFrom {
	f := setFrom{
		Version: version,
		Command: "convert",
		Dataset: job.opts.datasets.text,
		Options: job.opts.provenance(),
		Inputs:  []inputInfo{job.metaInfo, job.polygonInfo},
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

// print shows the summary: on stdout, unless a set is there.
func (sum *summary) print(c *console, opts *convertOptions) error {
	w := c.out
	if c.quiet && !opts.json {
		return nil
	}
	if opts.json {
		enc := json.NewEncoder(w)
		if opts.out == "-" {
			enc = json.NewEncoder(c.stderr)
		}
		enc.SetIndent("", "  ")
		return enc.Encode(sum)
	}
	var text strings.Builder
	tw := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "dataset\tWSI\ttiles\tempty\toutlines\tvertices\tdropped\tannotations\t")
	row := func(name, wsi string, t *tally) {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", name, wsi, thousands(t.Tiles), thousands(t.Empty),
			thousands(t.Outlines), thousands(t.Vertices), thousands(t.Outlines-t.Annotations), thousands(t.Annotations))
	}
	for _, g := range sum.Groups {
		row(fmt.Sprint(g.Dataset), fmt.Sprint(g.WSI), g)
	}
	row("all", "", sum.Total)
	_ = tw.Flush()
	for _, reason := range slices.Sorted(maps.Keys(sum.Total.Dropped)) {
		fmt.Fprintf(&text, "dropped: %s %s\n", thousands(sum.Total.Dropped[reason]), reason)
	}
	if n := sum.Total.Outside; n > 0 {
		fmt.Fprintf(&text, "%s outside their tile: kept, the masks are cut at the border\n", count(n, "point lies", "points lie"))
	}
	if sum.Total.Empty > 0 {
		fmt.Fprintf(&text, "%s as images without annotation\n", count(sum.Total.Empty, "tile stays", "tiles stay"))
	}
	if sum.Unlabelled > 0 {
		fmt.Fprintf(&text, "%s no line in the outlines' file: unlabelled, so left out\n", count(sum.Unlabelled, "tile has", "tiles have"))
	}
	if opts.out == "-" {
		_, err := fmt.Fprint(c.stderr, text.String())
		return err
	}
	for _, f := range sum.Files {
		fmt.Fprintf(&text, "wrote %s (%s, %s)\n", f.Path, count(f.Images, "image", "images"), count(f.Annotations, "annotation", "annotations"))
	}
	_, err := w.WriteString(text.String())
	return err
}

// count writes n and the word that fits it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// thousands writes n with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
