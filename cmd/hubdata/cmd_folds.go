package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

const foldsHelp = `Divides the tiles of DIR (default: $HUBDATA_DATA, else this folder) into folds
for cross-validation and writes, into DIR/coco_data/:

   folds5.csv                    id,fold for every labelled tile; -1: in no fold
   folds5.json                   the same with how it was made and what is left out
   coco/ds1_train_fold1.json     for each fold a training and a validation set, as
   coco/ds1_valid_fold1.json     "hubdata convert" writes them with the same flags

Then it tells what the folds leak. Without further flags these are the winner's
folds: 5, stratified by source_wsi, shuffled with seed 42, of dataset 1.

methods:
   stratified         equal shares of each label (--stratify) in all folds
   kfold              without looking at labels
   group              whole groups (--group) in one fold
   stratified-group   both
   iterative          equal shares of several labels at once; whole groups if --group
   spatial            compact blocks of tiles inside each slide
   quantile           strips by quantiles of the tile column inside each slide
   wsi                one slide a fold
kfold, stratified, group and stratified-group equal scikit-learn's, tile for tile.

labels of --stratify and --group: wsi, dataset, vessels (a tile's number of
outlines, in five bins), glomerulus (whether it has one), or a column of
tile_meta.csv; with --coco: vessels, or a field of the images.

examples:
   hubdata folds -k 5
   hubdata folds -k 5 --always-train 2:wsi=3,4
   hubdata folds -k 4 --method spatial --buffer 512
   hubdata folds --method iterative --stratify wsi --stratify vessels
   hubdata folds --audit folds.csv --json
   hubdata folds --coco all.json --group-by patient -k 5 -o split`

// defaultSeed is the seed of the winner's folds.
const defaultSeed = 42

type foldsOptions struct {
	content
	source
	method    string // empty: by the labels
	k         int
	kSet      bool
	stratify  []string
	group     string
	seed      uint32
	seedSet   bool
	shuffle   bool
	always    alwaysTrain
	buffer    int
	bufferSet bool
	only      int // fold to write
	onlySet   bool
	full      bool
	from      string
	audit     string
	coco      string
	out       string
	outSet    bool
	images    bool
	train     string // folder of the images; empty: train in the dataset's
}

func foldsCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "folds",
		Usage:       "divide tiles into folds for cross-validation, and tell what they leak",
		UsageText:   "[flags] [DIR]",
		Description: foldsHelp,
		Flags: slices.Concat([]cli.Flag{
			&cli.IntFlag{Name: "k", Value: 5, Usage: "make `N` folds"},
			&cli.StringFlag{Name: "method", Usage: "divide by `METHOD`: stratified, kfold, group, stratified-group, iterative, spatial, quantile or wsi", DefaultText: "stratified; with --coco kfold; by --stratify and --group"},
			&cli.StringSliceFlag{Name: "stratify", Usage: "keep the shares of each value of `LABEL` equal; repeatable, or with commas", DefaultText: "wsi"},
			&cli.StringFlag{Name: "group", Aliases: []string{"group-by"}, Usage: "keep tiles of one value of `LABEL` together"},
			&cli.Uint64Flag{Name: "seed", Value: defaultSeed, Usage: "shuffle with the seed `N`, 0 to 4294967295"},
			&cli.BoolFlag{Name: "no-shuffle", Usage: "divide in the table's order"},
			&cli.StringFlag{Name: "always-train", Usage: "`TILES` in every training set: a dataset, or some of its slides as in 2:wsi=3,4"},
			&cli.IntFlag{Name: "buffer", Usage: "leave tiles nearer than `N` slide pixels to a validation tile out of training"},
			foldFlag("write only the sets of", "all"),
			&cli.BoolFlag{Name: "full", Usage: "also write the training set of all tiles, validation tiles too"},
			&cli.StringFlag{Name: "from", Usage: "take the folds of `FILE` (.csv with id and fold, or .json) instead of making some"},
			&cli.StringFlag{Name: "audit", Usage: "only tell what the folds of `FILE` leak; write nothing"},
			&cli.BoolFlag{Name: "compare-images", Usage: "look for images that are there twice, too (in train/); --audit does unless --compare-images=false"},
			&cli.StringFlag{Name: "coco", Usage: "divide the images of a COCO `FILE` instead of a folder's tiles"},
			outFlag("write into the folder `OUT`; a name that ends in .csv or .json: only the plan; - prints it as CSV (default: DIR/coco_data)"),
		}, contentFlags("1", "divide tiles"), sourceFlags(), summaryFlags()),
		Action: func(ctx *cli.Context) error {
			opts, err := parseFolds(ctx)
			if err != nil {
				return err
			}
			if opts.coco != "" {
				return runFoldsCOCO(ctx.Context, c, opts)
			}
			return runFolds(ctx.Context, c, opts)
		},
	}
}

func parseFolds(ctx *cli.Context) (*foldsOptions, error) {
	ct, err := parseContent(ctx)
	if err != nil {
		return nil, err
	}
	o := &foldsOptions{
		content: ct,
		k:       ctx.Int("k"), kSet: ctx.IsSet("k"),
		group:   ctx.String("group"),
		shuffle: !ctx.Bool("no-shuffle"),
		seedSet: ctx.IsSet("seed"),
		buffer:  ctx.Int("buffer"), bufferSet: ctx.IsSet("buffer"),
		only: ctx.Int("fold"), onlySet: ctx.IsSet("fold"),
		full:   ctx.Bool("full"),
		from:   ctx.String("from"),
		audit:  ctx.String("audit"),
		coco:   ctx.String("coco"),
		out:    ctx.String("out"),
		outSet: ctx.IsSet("out"),
	}
	if o.coco != "" && ctx.NArg() > 0 {
		return nil, usagef("folds takes --coco FILE or a folder, got both: %s and %q", o.coco, ctx.Args().First())
	}
	if o.source, err = parseSource(ctx); err != nil {
		return nil, err
	}
	o.images = ctx.Bool("compare-images") || o.audit != "" && !ctx.IsSet("compare-images")
	for _, v := range ctx.StringSlice("stratify") {
		o.stratify = append(o.stratify, splitList(v)...)
	}
	seed := ctx.Uint64("seed")
	if seed > 1<<32-1 {
		return nil, usagef("--seed: %d is more than 4294967295", seed)
	}
	o.seed = uint32(seed)
	if o.seedSet && !o.shuffle {
		return nil, usagef("--seed has no effect with --no-shuffle: leave one out")
	}
	if o.always, err = parseAlwaysTrain(ctx.String("always-train")); err != nil {
		return nil, err
	}
	if o.buffer < 0 {
		return nil, usagef("--buffer: %d pixels is negative", o.buffer)
	}
	given := o.from
	if o.audit != "" {
		if o.from != "" {
			return nil, usagef("--from writes sets, --audit writes nothing: leave one out")
		}
		if o.outSet || o.full || o.onlySet {
			return nil, usagef("--audit writes nothing: leave out -o, --full and --fold")
		}
		given = o.audit
	}
	if given != "" && (o.method != "" || ctx.IsSet("method") || len(o.stratify) > 0 || o.kSet || o.seedSet || !o.shuffle || o.group != "" && o.coco == "") {
		return nil, usagef("the folds come from %s: leave out -k, --method, --stratify, --group, --seed and --no-shuffle", given)
	}
	if given == "" {
		if err := o.chooseMethod(ctx.String("method")); err != nil {
			return nil, err
		}
	}
	if o.out == "" {
		o.out = filepath.Join(o.dir, "coco_data")
		if o.coco != "" {
			o.out = filepath.Dir(o.coco)
		}
	}
	return o, nil
}

// chooseMethod fills in the method and labels that go without saying.
func (o *foldsOptions) chooseMethod(method string) error {
	group, labels := o.group != "", len(o.stratify) > 0
	switch {
	case method != "":
	case group && labels:
		method = "stratified-group"
	case group:
		method = "group"
	case labels || o.coco == "":
		method = "stratified"
	default:
		method = "kfold"
	}
	o.method = method
	if !labels && o.coco == "" && (method == "stratified" || method == "stratified-group" || method == "iterative") {
		o.stratify, labels = []string{"wsi"}, true
		if method == "iterative" {
			o.stratify = append(o.stratify, "vessels")
		}
	}
	needsLabels, takesLabels, needsGroup, takesGroup := false, false, false, false
	switch method {
	case "stratified":
		needsLabels, takesLabels = true, true
	case "iterative":
		needsLabels, takesLabels, takesGroup = true, true, true
	case "group":
		needsGroup, takesGroup = true, true
	case "stratified-group":
		needsLabels, takesLabels, needsGroup, takesGroup = true, true, true, true
	case "kfold", "spatial", "quantile", "wsi":
	default:
		return usagef("--method: %q is not one of stratified, kfold, group, stratified-group, iterative, spatial, quantile, wsi", method)
	}
	switch {
	case needsLabels && !labels:
		return usagef("--method %s wants a label: add --stratify FIELD", method)
	case !takesLabels && labels:
		return usagef("--method %s looks at no label: leave out --stratify, or take --method stratified", method)
	case needsGroup && !group:
		return usagef("--method %s wants groups: add --group wsi or another label", method)
	case !takesGroup && group:
		return usagef("--method %s does not keep groups together: leave out --group, or take --method group or stratified-group", method)
	case o.seedSet && (method == "spatial" || method == "quantile" || method == "wsi"):
		return usagef("--method %s does not shuffle: leave out --seed", method)
	case o.k < 2 && method != "wsi":
		return usagef("-k: %d is fewer than 2 folds", o.k)
	}
	return nil
}

// alwaysTrain says which tiles are in every training set.
type alwaysTrain struct {
	text           string
	datasets, wsis numbers
}

// parseAlwaysTrain reads DATASETS or DATASETS:wsi=NUMBERS.
func parseAlwaysTrain(text string) (a alwaysTrain, err error) {
	if text == "" {
		return a, nil
	}
	a.text = text
	tier, slides, some := strings.Cut(text, ":")
	if a.datasets, err = parseNumbers(tier); err != nil {
		return a, usagef("--always-train: %v", err)
	}
	if some {
		list, ok := strings.CutPrefix(slides, "wsi=")
		if !ok {
			return a, usagef("--always-train: %q is not like 2 or 2:wsi=3,4", text)
		}
		if a.wsis, err = parseNumbers(list); err != nil {
			return a, usagef("--always-train: %v", err)
		}
	}
	if a.datasets.has(unlabelledTier) {
		return a, usagef("--always-train: dataset %d has no outlines to train on", unlabelledTier)
	}
	return a, nil
}

func (a *alwaysTrain) has(t wsi.Tile) bool {
	return a.text != "" && a.datasets.has(t.Dataset) && a.wsis.has(t.WSI)
}

// foldsJob is a run of folds over a dataset folder.
type foldsJob struct {
	*conversion
	opts    *foldsOptions
	plan    *folds.Plan
	missing []string // selected tiles that a given plan does not name
	uses    *folds.Uses
	samples map[string]*folds.Sample
	classes map[int64]string // of the categories
	planned planFiles
}

func runFolds(ctx context.Context, c *console, opts *foldsOptions) error {
	job, err := openFolds(c, opts)
	if err != nil {
		return err
	}
	defer job.close()
	if err := job.makePlan(ctx); err != nil {
		return err
	}
	if err := job.layOut(); err != nil {
		return err
	}
	if job.opts.out == "-" || isPlanFile(job.opts.out) {
		return job.writePlanOnly()
	}
	sum, err := job.audit(ctx)
	if err != nil {
		return err
	}
	if opts.audit == "" {
		for t := range job.table.All() {
			if job.selected(t) && !job.labelled[t.ID] {
				job.unlabelled++
			}
		}
		sum.Unlabelled = job.unlabelled
		if err := job.planned.write(&job.outputs, job.plan, job.info()); err != nil {
			return err
		}
		wrote, err := job.write(ctx, job.from)
		if err != nil {
			return err
		}
		sum.Files = append(job.planned.files(), wrote.Files...)
	}
	if err := c.summarize(sum); err != nil {
		return err
	}
	return job.reportSkipped()
}

// openFolds opens the folder's files.
func openFolds(c *console, opts *foldsOptions) (*foldsJob, error) {
	cv, err := openConversion(c, &opts.content, &opts.source)
	if err != nil {
		return nil, err
	}
	return &foldsJob{conversion: cv, opts: opts, samples: map[string]*folds.Sample{}, classes: map[int64]string{}}, nil
}

// audit reads the outlines, and the images if asked for, and audits the plan.
func (job *foldsJob) audit(ctx context.Context) (*foldsSummary, error) {
	job.see = job.describe
	if err := job.read(ctx); err != nil {
		return nil, err
	}
	if job.opts.images {
		if err := job.readImages(ctx); err != nil {
			return nil, err
		}
	}
	audit, err := folds.NewAudit(job.plan, job.sampleList(), nil)
	if err != nil {
		return nil, err
	}
	return &foldsSummary{Plan: job.plan, Audit: audit, Method: job.plan.Method, K: job.plan.K, Missing: job.missing, Files: []summaryFile{}}, nil
}

// makePlan reads the plan or makes it.
func (job *foldsJob) makePlan(ctx context.Context) error {
	opts := job.opts
	tiles := map[int]int{}
	for t := range job.table.All() {
		if opts.selected(t) {
			tiles[t.Dataset]++
		}
	}
	if len(tiles) == 0 {
		return job.nothingSelected()
	}
	if tiles[unlabelledTier] > 0 {
		return usagef("dataset %d has no outlines: there is nothing to validate on", unlabelledTier).hint("pseudo-labels make a set of it, which --coco takes")
	}
	var err error
	if given := opts.from + opts.audit; given != "" {
		err = job.readPlan(given)
	} else {
		err = job.divide(ctx)
	}
	if err != nil {
		return err
	}
	if opts.bufferSet {
		err := job.plan.KeepApart(opts.buffer, func(id string) (folds.Place, error) {
			t, _ := job.table.Tile(id)
			return job.place(t)
		})
		if err != nil {
			return &failure{code: exitUsage, err: err}
		}
	}
	job.uses = job.plan.Uses()
	if f := opts.only; opts.onlySet && (f < job.plan.First || f >= job.plan.First+job.plan.K) {
		return usagef("--fold: there is no fold %d: the plan has %d to %d", f, job.plan.First, job.plan.First+job.plan.K-1)
	}
	return nil
}

// divide makes the folds.
func (job *foldsJob) divide(ctx context.Context) error {
	opts := job.opts
	var chosen []wsi.Tile
	for t := range job.table.All() {
		if opts.selected(t) {
			chosen = append(chosen, t)
		}
	}
	d := &division{opts: opts, ids: make([]string, len(chosen)), what: "tile", places: make([]folds.Place, len(chosen)), warn: func(err error) { job.c.note("%v", err) }}
	var err error
	for i, t := range chosen {
		d.ids[i] = t.ID
		if d.places[i], err = job.place(t); err != nil {
			return err
		}
	}
	if opts.method == "spatial" || d.wants("vessels") || d.wants("glomerulus") {
		counts, err := job.countOutlines(ctx)
		if err != nil {
			return err
		}
		d.instances = make([]int, len(chosen))
		d.glomerulus = make([]bool, len(chosen))
		for i, t := range chosen {
			d.instances[i], d.glomerulus[i] = counts[t.ID].kept, counts[t.ID].glomeruli > 0
		}
	}
	d.column = func(name string) ([]string, error) {
		column := map[string]string{"wsi": "source_wsi"}[name]
		if column == "" {
			column = name
		}
		values, ok := job.table.Column(column)
		if !ok {
			return nil, usagef("%s has no column %q", job.meta.name, column).
				hint("labels are wsi, dataset, vessels, glomerulus, and its columns: %s", strings.Join(job.table.Columns(), ", "))
		}
		out := make([]string, len(chosen))
		for i, t := range chosen {
			out[i] = values[t.Row-1]
		}
		return out, nil
	}
	fold, k, err := d.assign()
	if err != nil {
		return err
	}
	of := make(map[string]int, len(chosen))
	for i, t := range chosen {
		of[t.ID] = fold[i]
	}
	job.plan = &folds.Plan{Method: opts.method, First: 1, K: k}
	for t := range job.table.All() {
		f, ok := of[t.ID]
		switch {
		case ok:
			job.plan.Entries = append(job.plan.Entries, folds.Entry{ID: t.ID, Fold: f + 1})
		case t.Dataset != unlabelledTier:
			job.plan.Entries = append(job.plan.Entries, job.outside(t))
		}
	}
	return job.plan.Validate()
}

// outside is the entry of a labelled tile that is in no fold.
func (job *foldsJob) outside(t wsi.Tile) folds.Entry {
	e := folds.Entry{ID: t.ID, Fold: folds.NoFold}
	switch {
	case job.opts.always.has(t):
		e.Always = true
	case !job.opts.datasets.has(t.Dataset):
		e.Why = fmt.Sprintf("dataset %d is not divided", t.Dataset)
	default:
		e.Why = fmt.Sprintf("slide %d is not asked for", t.WSI)
	}
	return e
}

// readPlan reads a plan and holds it against the table.
func (job *foldsJob) readPlan(path string) error {
	plan, in, err := openPlan(job.c, path)
	if err != nil {
		return err
	}
	job.outputs.inputs = append(job.outputs.inputs, in)
	given := plan.Uses()
	for i, e := range plan.Entries {
		if _, ok := job.table.Tile(e.ID); !ok {
			return fmt.Errorf("%s: %w: entry %d: tile %q is not in %s; are they of one dataset?", in.name, errInput, i+1, e.ID, job.meta.name)
		}
	}
	entries := plan.Entries[:0:0]
	for t := range job.table.All() {
		e, ok := given.Entry(t.ID)
		switch {
		case ok && e.Fold != folds.NoFold, ok && e.Always:
		case job.opts.always.has(t):
			e = folds.Entry{ID: t.ID, Fold: folds.NoFold, Always: true}
		case ok:
		case job.opts.selected(t):
			job.missing = append(job.missing, t.ID)
			e = folds.Entry{ID: t.ID, Fold: folds.NoFold, Why: "not in " + filepath.Base(in.name)}
		case t.Dataset == unlabelledTier:
			continue
		default:
			e = job.outside(t)
		}
		entries = append(entries, e)
	}
	plan.Entries = entries
	if plan.Method == "" {
		plan.Method = "from " + filepath.Base(in.name)
	}
	if n := len(job.missing); n > 0 {
		job.c.note("%s has no fold for %s of dataset %s, as %s: left out of all sets", in.name, count(n, "tile", "tiles"), job.opts.datasets, job.missing[0])
	}
	job.plan = plan
	return plan.Validate()
}

// place is where a tile lies.
func (job *foldsJob) place(t wsi.Tile) (folds.Place, error) {
	h, w, err := job.content.sizer(job.source.dir)(t)
	x, y := t.Origin()
	return folds.Place{Slide: fmt.Sprint(t.WSI), X: x, Y: y, Width: w, Height: h}, err
}

// layOut plans the sets and the plan's own files.
func (job *foldsJob) layOut() error {
	opts, plan := job.opts, job.plan
	job.selected = func(t wsi.Tile) bool {
		e, ok := job.uses.Entry(t.ID)
		return ok && (e.Fold != folds.NoFold || e.Always)
	}
	job.route = func(wsi.Tile) []*set { return nil }
	categories, err := opts.content.options("").Categories()
	if err != nil {
		return err
	}
	for _, cat := range categories {
		job.classes[cat.ID] = cat.Name
	}
	if opts.audit != "" {
		return nil
	}
	job.planned = planNames(opts.out, fmt.Sprintf("folds%d", plan.K))
	if err := job.planned.check(&job.outputs); err != nil {
		return err
	}
	if job.planned.only {
		return nil
	}
	name := tierName(opts.datasets, opts.wsis, job.table)
	train := name
	if opts.always.text != "" {
		train += "_" + tierName(opts.always.datasets, opts.always.wsis, job.table)
	}
	apart := ""
	if plan.Buffer > 0 {
		apart = fmt.Sprintf("_buffer%d", plan.Buffer)
	}
	add := func(format string, args ...any) *set {
		s := &set{path: filepath.Join(opts.out, "coco", fmt.Sprintf(format, args...)), categories: categories}
		job.sets = append(job.sets, s)
		return s
	}
	trains, valids := make([]*set, plan.K), make([]*set, plan.K)
	for f := range plan.K {
		number := plan.First + f
		if opts.onlySet && number != opts.only {
			continue
		}
		trains[f] = add("%s_train%s_fold%d.json", train, apart, number)
		valids[f] = add("%s_valid_fold%d.json", name, number)
	}
	var full *set
	if opts.full {
		full = add("%s_train_full_includes_valid.json", train)
	}
	scratch := make([]*set, 0, len(job.sets))
	job.route = func(t wsi.Tile) []*set {
		scratch = scratch[:0]
		for f := range plan.K {
			if trains[f] == nil {
				continue
			}
			switch job.uses.Of(t.ID, plan.First+f) {
			case folds.Train:
				scratch = append(scratch, trains[f])
			case folds.Validate:
				scratch = append(scratch, valids[f])
			}
		}
		if full != nil {
			scratch = append(scratch, full)
		}
		return scratch
	}
	return job.prepare()
}

// tierName names datasets, and slides if they are chosen: ds1, ds2wsi3-4.
func tierName(datasets, wsis numbers, table *wsi.Table) string {
	list := func(has func(int) bool, of func(wsi.Tile) int) string {
		var found []int
		for t := range table.All() {
			if t.Dataset != unlabelledTier && has(of(t)) {
				found = append(found, of(t))
			}
		}
		return joinNumbers(found, "-")
	}
	name := "ds" + list(datasets.has, func(t wsi.Tile) int { return t.Dataset })
	if wsis.text != "" {
		name += "wsi" + list(wsis.has, func(t wsi.Tile) int { return t.WSI })
	}
	return name
}

// writePlanOnly writes the plan and no set.
func (job *foldsJob) writePlanOnly() error {
	if err := job.planned.write(&job.outputs, job.plan, job.info()); err != nil {
		return err
	}
	if err := job.outputs.commit(); err != nil {
		return err
	}
	return job.c.summarize(&planSummary{job.planned.files(), len(job.plan.Entries)}, job.opts.out)
}

// planSummary is what a run reports that writes a plan alone.
type planSummary struct {
	Files []summaryFile `json:"files"`
	Tiles int           `json:"tiles"`
}

func (sum *planSummary) write(text *strings.Builder) {
	fmt.Fprintf(text, "divided %s\n", count(sum.Tiles, "tile", "tiles"))
	wrote(text, sum.Files...)
}

// options are the flags that decide the division, for the provenance.
func (o *foldsOptions) provenance(plan *folds.Plan) map[string]any {
	m := map[string]any{"method": plan.Method, "folds": plan.K, "buffer": plan.Buffer}
	if o.from == "" {
		switch o.method {
		case "spatial", "quantile", "wsi":
		default:
			m["shuffle"] = o.shuffle
			if o.shuffle {
				m["seed"] = o.seed
			}
		}
		if len(o.stratify) > 0 {
			m["stratify"] = o.stratify
		}
		if o.group != "" {
			m["group"] = o.group
		}
	}
	if o.always.text != "" {
		m["always_train"] = o.always.text
	}
	return m
}

// info is what the JSON plan says of its making.
func (job *foldsJob) info() planInfo {
	return planInfo{
		Description: "folds of " + "HuBMAP - Hacking the Human Vasculature",
		Hubdata: planFrom{Version: version, Command: "folds", Dataset: job.opts.datasets.text,
			Options: job.opts.provenance(job.plan), Inputs: []inputInfo{job.metaInfo}},
	}
}

// from says what made a set.
func (job *foldsJob) from(s *set) setFrom {
	options := job.opts.content.provenance()
	options["folds"] = job.opts.provenance(job.plan)
	options["set"] = strings.TrimSuffix(filepath.Base(s.path), ".json")
	f := setFrom{Version: version, Command: "folds", Dataset: job.opts.datasets.text, Options: options,
		Inputs: []inputInfo{job.metaInfo, job.polygonInfo}}
	if job.opts.wsis.text != "" {
		f.WSI = job.opts.wsis.text
	}
	return f
}

// describe keeps what the audit wants to know of a tile.
func (job *foldsJob) describe(tile *wsi.Converted) error {
	s := &folds.Sample{Labelled: true}
	for i := range tile.Annotations {
		a := &tile.Annotations[i]
		m, err := a.Segmentation.Mask(tile.Image.Height, tile.Image.Width)
		if err != nil {
			return fmt.Errorf("tile %s: %w", tile.Tile.ID, err)
		}
		s.Instances = append(s.Instances, folds.Instance{Class: job.classes[a.CategoryID], Area: int(a.Area), Contacts: folds.Contacts(m)})
	}
	job.samples[tile.Tile.ID] = s
	return nil
}

// sampleList is all that is known of the plan's tiles, in its order.
func (job *foldsJob) sampleList() []folds.Sample {
	var out []folds.Sample
	for _, e := range job.plan.Entries {
		t, _ := job.table.Tile(e.ID)
		s := folds.Sample{}
		if known := job.samples[e.ID]; known != nil {
			s = *known
		}
		s.ID = e.ID
		if at, err := job.place(t); err == nil {
			s.Place, s.Placed = at, true
		}
		out = append(out, s)
	}
	return out
}

// openPlan reads a plan, CSV or JSON by its name.
func openPlan(c *console, path string) (*folds.Plan, *input, error) {
	in, err := openInput(c, path)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	var plan *folds.Plan
	if bare := strings.TrimSuffix(strings.TrimSuffix(path, ".gz"), ".zst"); filepath.Ext(bare) == ".json" {
		plan, err = folds.ReadPlanJSON(in)
	} else {
		plan, err = folds.ReadPlanCSV(in)
	}
	if err != nil {
		if errors.Is(err, folds.ErrPlan) {
			err = fmt.Errorf("%w: %w", errInput, err)
		}
		return nil, nil, inFile(in.name, err)
	}
	if _, err := in.provenance(); err != nil {
		return nil, nil, err
	}
	return plan, in, nil
}

// foldsSummary is what a run reports.
type foldsSummary struct {
	Method     string        `json:"method"`
	K          int           `json:"k"`
	Files      []summaryFile `json:"files"`
	Unlabelled int           `json:"tiles_without_line"`
	Missing    []string      `json:"not_in_plan,omitempty"`
	Audit      *folds.Audit  `json:"audit"`
	Plan       *folds.Plan   `json:"-"`
}

func (sum *foldsSummary) write(text *strings.Builder) {
	sum.table(text)
	if sum.Unlabelled > 0 {
		fmt.Fprintf(text, "%s no line in the outlines' file: unlabelled, so in no set\n", count(sum.Unlabelled, "tile of the folds has", "tiles of the folds have"))
	}
	for _, f := range sum.Audit.Findings() {
		fmt.Fprintln(text, f.Text)
	}
	if advice := sum.Audit.Advice(); advice != "" {
		fmt.Fprintf(text, "advice: %s\n", advice)
	}
	for _, f := range sum.Files {
		if strings.HasSuffix(f.Path, ".csv") {
			fmt.Fprintf(text, "wrote %s\n", f.Path)
		}
	}
	if n := len(sum.Files); n > 2 {
		fmt.Fprintf(text, "wrote %s into %s\n", count(n-2, "set", "sets"), filepath.ToSlash(filepath.Dir(sum.Files[n-1].Path)))
	}
}

// exists says whether there is a file.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
