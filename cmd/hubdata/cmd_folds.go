package main

import (
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
	if a.datasets.has(wsi.UnlabelledDataset) {
		return a, usagef("--always-train: dataset %d has no outlines to train on", wsi.UnlabelledDataset)
	}
	return a, nil
}

func (a *alwaysTrain) has(t wsi.Tile) bool {
	return a.text != "" && a.datasets.has(t.Dataset) && a.wsis.has(t.WSI)
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
