package foldscmd

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
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

// DefaultSeed is the seed of the winner's folds.
const DefaultSeed = 42

// foldsOptions are the flags of a run of folds.
type foldsOptions struct {
	Input
	Planning
	auditOnly bool
	images    string // folder of the images to look for copies in; empty: they are not looked at
	output    foldsOutput
}

// Input says what is divided.
type Input struct {
	folder.SetOptions
	folder.Location
	Coco string // a COCO file; empty: the folder of source
}

// Planning says where a plan comes from, and what becomes of it.
type Planning struct {
	Given  string // file of a plan; empty: one is made by method
	method foldsMethod
	always alwaysTrain
	buffer foldsBuffer
}

// foldsMethod says how folds are made.
type foldsMethod struct {
	folds.DivideOptions
	kSet, seedSet bool
	wantedSlides  int // -k with a method that makes as many folds as there are slides; 0: any
}

// looksAt says whether a label decides the folds.
func (m *foldsMethod) looksAt(label string) bool {
	return slices.Contains(m.Stratify, label) || m.Group == label
}

// foldsBuffer is the gap in slide pixels that is left between validation and training.
type foldsBuffer struct {
	pixels int
	set    bool // else that of the plan stays
}

// foldsOutput says what is written, and where to.
type foldsOutput struct {
	path    string
	pathSet bool
	fold    int // whose sets are written
	foldSet bool
	full    bool // also the training set of all images
}

// checkFold refuses a fold that the plan does not have.
func (o *foldsOutput) checkFold(plan *folds.Plan) error {
	if o.foldSet && !plan.HasFold(o.fold) {
		return ui.Usagef("--fold: there is no fold %d: the plan has %d to %d", o.fold, plan.First, plan.First+plan.K-1)
	}
	return nil
}

// writes says whether the sets of a fold are written.
func (o *foldsOutput) writes(fold int) bool { return !o.foldSet || fold == o.fold }

func Command(c *ui.Console) *cli.Command {
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
			&cli.Uint64Flag{Name: "seed", Value: DefaultSeed, Usage: "shuffle with the seed `N`, 0 to 4294967295"},
			&cli.BoolFlag{Name: "no-shuffle", Usage: "divide in the table's order"},
			&cli.StringFlag{Name: "always-train", Usage: "`TILES` in every training set: a dataset, or some of its slides as in 2:wsi=3,4"},
			&cli.IntFlag{Name: "buffer", Usage: "leave tiles nearer than `N` slide pixels to a validation tile out of training"},
			flags.FoldFlag("write only the sets of", "all"),
			&cli.BoolFlag{Name: "full", Usage: "also write the training set of all tiles, validation tiles too"},
			&cli.StringFlag{Name: "from", Usage: "take the folds of `FILE` (.csv with id and fold, or .json) instead of making some"},
			&cli.StringFlag{Name: "audit", Usage: "only tell what the folds of `FILE` leak; write nothing"},
			&cli.BoolFlag{Name: "compare-images", Usage: "look for images that are there twice, too (in train/); --audit does unless --compare-images=false"},
			&cli.StringFlag{Name: "coco", Usage: "divide the images of a COCO `FILE` instead of a folder's tiles"},
			flags.OutFlag("write into the folder `OUT`; a name that ends in .csv or .json: only the plan; - prints it as CSV (default: DIR/coco_data)"),
		}, folder.SetFlags("1", "divide tiles"), folder.LocationFlags(), flags.SummaryFlags()),
		Action: func(ctx *cli.Context) error {
			opts, err := parseFolds(ctx)
			if err != nil {
				return err
			}
			if opts.Coco != "" {
				return runFoldsCOCO(ctx.Context, c, opts)
			}
			return runFolds(ctx.Context, c, opts)
		},
	}
}

func parseFolds(ctx *cli.Context) (*foldsOptions, error) {
	ct, err := folder.ParseSetOptions(ctx)
	if err != nil {
		return nil, err
	}
	o := &foldsOptions{
		Input: Input{SetOptions: ct, Coco: ctx.String("coco")},
		Planning: Planning{
			Given: ctx.String("from"),
			method: foldsMethod{
				DivideOptions: folds.DivideOptions{K: ctx.Int("k"), Group: ctx.String("group"), Shuffle: !ctx.Bool("no-shuffle")},
				kSet:          ctx.IsSet("k"), seedSet: ctx.IsSet("seed"),
			},
			buffer: foldsBuffer{pixels: ctx.Int("buffer"), set: ctx.IsSet("buffer")},
		},
		output: foldsOutput{
			path: ctx.String("out"), pathSet: ctx.IsSet("out"),
			fold: ctx.Int("fold"), foldSet: ctx.IsSet("fold"),
			full: ctx.Bool("full"),
		},
	}
	m := &o.method
	if o.Coco != "" && ctx.NArg() > 0 {
		return nil, ui.Usagef("folds takes --coco FILE or a folder, got both: %s and %q", o.Coco, ctx.Args().First())
	}
	if o.Location, err = folder.ParseLocation(ctx); err != nil {
		return nil, err
	}
	audit := ctx.String("audit")
	if ctx.Bool("compare-images") || audit != "" && !ctx.IsSet("compare-images") {
		o.images = filepath.Join(o.Dir, "train")
	}
	for _, v := range ctx.StringSlice("stratify") {
		m.Stratify = append(m.Stratify, flags.SplitList(v)...)
	}
	seed := ctx.Uint64("seed")
	if seed > 1<<32-1 {
		return nil, ui.Usagef("--seed: %d is more than 4294967295", seed)
	}
	m.Seed = uint32(seed)
	if m.seedSet && !m.Shuffle {
		return nil, ui.Usagef("--seed has no effect with --no-shuffle: leave one out")
	}
	if o.always, err = parseAlwaysTrain(ctx.String("always-train")); err != nil {
		return nil, err
	}
	if o.buffer.pixels < 0 {
		return nil, ui.Usagef("--buffer: %d pixels is negative", o.buffer.pixels)
	}
	if audit != "" {
		if o.Given != "" {
			return nil, ui.Usagef("--from writes sets, --audit writes nothing: leave one out")
		}
		if o.output.pathSet || o.output.full || o.output.foldSet {
			return nil, ui.Usagef("--audit writes nothing: leave out -o, --full and --fold")
		}
		o.Given, o.auditOnly = audit, true
	}
	if o.Given != "" && (ctx.IsSet("method") || len(m.Stratify) > 0 || m.kSet || m.seedSet || !m.Shuffle || m.Group != "" && o.Coco == "") {
		return nil, ui.Usagef("the folds come from %s: leave out -k, --method, --stratify, --group, --seed and --no-shuffle", o.Given)
	}
	if o.Given == "" {
		if err := o.chooseMethod(ctx.String("method")); err != nil {
			return nil, err
		}
	}
	if o.output.path == "" {
		o.output.path = filepath.Join(o.Dir, "coco_data")
		if o.Coco != "" {
			o.output.path = filepath.Dir(o.Coco)
		}
	}
	return o, nil
}

// chooseMethod fills in the method and labels that go without saying.
func (o *foldsOptions) chooseMethod(name string) error {
	m := &o.method
	folder, group, labels := o.Coco == "", m.Group != "", len(m.Stratify) > 0
	method, known := folds.ParseMethod(name)
	if name == "" {
		method, known = folds.ChooseMethod(labels || folder && !group, group), true
	}
	m.Method = method
	if !labels && folder && method.Labels() == folds.Required {
		m.Stratify, labels = []string{"wsi"}, true
		if method == folds.MethodIterative {
			m.Stratify = append(m.Stratify, "vessels")
		}
	}
	switch {
	case !known:
		return ui.Usagef("--method: %q is not one of stratified, kfold, group, stratified-group, iterative, spatial, quantile, wsi", name)
	case method.Labels() == folds.Required && !labels:
		return ui.Usagef("--method %s wants a label: add --stratify FIELD", method)
	case method.Labels() == folds.Ignored && labels:
		return ui.Usagef("--method %s looks at no label: leave out --stratify, or take --method stratified", method)
	case method.Groups() == folds.Required && !group:
		return ui.Usagef("--method %s wants groups: add --group wsi or another label", method)
	case method.Groups() == folds.Ignored && group:
		return ui.Usagef("--method %s does not keep groups together: leave out --group, or take --method group or stratified-group", method)
	case m.seedSet && !method.Shuffles():
		return ui.Usagef("--method %s does not shuffle: leave out --seed", method)
	case m.K < 2 && method != folds.MethodSlide:
		return ui.Usagef("-k: %d is fewer than 2 folds", m.K)
	}
	if method == folds.MethodSlide {
		if m.kSet {
			m.wantedSlides = m.K
		}
		m.K = 0
	}
	return nil
}

// alwaysTrain says which tiles are in every training set.
type alwaysTrain struct {
	text           string
	datasets, wsis flags.Numbers
}

// parseAlwaysTrain reads DATASETS or DATASETS:wsi=NUMBERS.
func parseAlwaysTrain(text string) (a alwaysTrain, err error) {
	if text == "" {
		return a, nil
	}
	a.text = text
	tier, slides, some := strings.Cut(text, ":")
	if a.datasets, err = flags.ParseNumbers(tier); err != nil {
		return a, ui.Usagef("--always-train: %v", err)
	}
	if some {
		list, ok := strings.CutPrefix(slides, "wsi=")
		if !ok {
			return a, ui.Usagef("--always-train: %q is not like 2 or 2:wsi=3,4", text)
		}
		if a.wsis, err = flags.ParseNumbers(list); err != nil {
			return a, ui.Usagef("--always-train: %v", err)
		}
	}
	if a.datasets.Has(wsi.UnlabelledDataset) {
		return a, ui.Usagef("--always-train: dataset %d has no outlines to train on", wsi.UnlabelledDataset)
	}
	return a, nil
}

func (a *alwaysTrain) has(t wsi.Tile) bool {
	return a.text != "" && a.datasets.Has(t.Dataset) && a.wsis.Has(t.WSI)
}

// provenance tells what decided the division.
func (p *Planning) provenance(plan *folds.Plan) map[string]any {
	m := map[string]any{"method": plan.Method, "folds": plan.K, "buffer": plan.Buffer}
	if p.Given == "" {
		if p.method.Method.Shuffles() {
			m["shuffle"] = p.method.Shuffle
			if p.method.Shuffle {
				m["seed"] = p.method.Seed
			}
		}
		if len(p.method.Stratify) > 0 {
			m["stratify"] = p.method.Stratify
		}
		if p.method.Group != "" {
			m["group"] = p.method.Group
		}
	}
	if p.always.text != "" {
		m["always_train"] = p.always.text
	}
	return m
}
