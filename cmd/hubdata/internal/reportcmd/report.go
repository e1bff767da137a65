package reportcmd

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/foldscmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/urfave/cli/v2"
)

const reportHelp = `Writes one HTML file about a dataset folder (default: $HUBDATA_DATA, else this
folder) or a COCO file: what it is and what made it, what is wrong with it, how its
instances are distributed, where its tiles lie, what the folds leak, what became of
the pseudo-labels, how the models score and where they fail, with pictures. The file
holds all it needs: it opens from disk, without a network, and prints.

A section is there for what is in the folder, under the names that the other commands
write; the flags name other files. Where something is absent the report says which
command makes it:

   polygons.jsonl, tile_meta.csv       the dataset
   coco_data/folds*.json or .csv       "hubdata folds"
   coco_data/pseudo_coco/pseudo_*.json "hubdata pseudo"
   predictions/*.json                  each file is a model's
   *_truth.json, *truth.json, *_gt.json what predictions are scored against, if there
                                       is one
   train/                              the tiles' images

What cannot be read is told in its section; the rest of the report is written, and
the run exits with 4. The same files give the same bytes.

examples:
   hubdata report
   hubdata report -o ~/report.html ~/hubmap
   hubdata report --truth fold0_val_gt.json --predictions a.segm.json ~/hubmap
   hubdata report --folds fold5.csv --folds wsi.csv --without evaluation
   hubdata report --predictions results.segm.json all.json`

// reportOptions are the flags of a run of report.
type reportOptions struct {
	dir         string // dataset folder; that of file
	file        string // COCO file in its place; empty: none
	out         string
	title       string
	truth       string
	predictions []string
	plans       []string
	pseudo      []string
	images      string // empty: DIR/train; none: no picture is read
	tileMeta    string
	polygons    string
	without     []string // sections
	pictures    int      // of each kind
	seed        uint64
	iou         float64
	workers     int
	force       bool
}

// noImages as --image-dir looks at none.
const noImages = "none"

func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "report",
		Usage:       "write one HTML file about a dataset: checks, distributions, maps, folds, models, pictures",
		UsageText:   "[flags] [DIR|FILE]",
		Description: reportHelp,
		Flags: []cli.Flag{
			flags.OutFlag("write to the file `OUT`, instead of DIR/report.html; - is standard output"),
			&cli.StringFlag{Name: "title", Usage: "give the report the headline `TEXT`", DefaultText: "the folder's name"},
			&cli.StringFlag{Name: "truth", Usage: "score predictions against the COCO `FILE`, or a HuBMAP folder's datasets 1 and 2", DefaultText: "a *truth.json or *_gt.json in DIR"},
			&cli.StringSliceFlag{Name: "predictions", Usage: "score the COCO results in `FILE`; repeatable", DefaultText: "each file in DIR/predictions"},
			&cli.StringSliceFlag{Name: "folds", Usage: "audit the plan in `FILE` (.csv or .json); repeatable", DefaultText: "DIR/coco_data/folds*"},
			&cli.StringSliceFlag{Name: "pseudo", Usage: "account for the pseudo-labels in `FILE`; repeatable", DefaultText: "DIR/coco_data/pseudo_coco/pseudo_*"},
			&cli.StringFlag{Name: "image-dir", Usage: "look for the tiles' images in `DIR`; none looks at none", DefaultText: "train/ in the folder"},
			&cli.StringFlag{Name: "polygons", Usage: "read outlines from `FILE`", DefaultText: "polygons.jsonl in DIR"},
			flags.TileMetaFlag("read the tiles' table", "that of the folder"),
			&cli.StringSliceFlag{Name: "without", Usage: "leave out the section `NAME`: " + strings.Join(sectionNames(), ", ") + "; repeatable, or with commas"},
			&cli.IntFlag{Name: "pictures", Value: 6, Usage: "draw `N` tiles of each dataset, and of each model's worst"},
			&cli.Uint64Flag{Name: "seed", Value: foldscmd.DefaultSeed, Usage: "choose the tiles of datasets by the seed `N`"},
			&cli.Float64Flag{Name: "iou", Value: 0.6, Usage: "take a detection for right from `IOU` on, where one is asked for"},
			flags.WorkersFlag(),
			flags.ForceFlag(),
			flags.JsonFlag("the summary, and what is to know at a glance,"),
			flags.QuietFlag("summary"),
		},
		Action: func(ctx *cli.Context) error {
			opts, err := parseReport(ctx)
			if err != nil {
				return err
			}
			return runReport(ctx.Context, c, opts)
		},
	}
}

func parseReport(ctx *cli.Context) (*reportOptions, error) {
	o := &reportOptions{
		out:         ctx.String("out"),
		title:       ctx.String("title"),
		truth:       ctx.String("truth"),
		predictions: ctx.StringSlice("predictions"),
		plans:       ctx.StringSlice("folds"),
		pseudo:      ctx.StringSlice("pseudo"),
		images:      ctx.String("image-dir"),
		tileMeta:    ctx.String("tile-meta"),
		polygons:    ctx.String("polygons"),
		pictures:    ctx.Int("pictures"),
		seed:        ctx.Uint64("seed"),
		iou:         ctx.Float64("iou"),
		force:       ctx.Bool("force"),
	}
	var err error
	if ctx.NArg() > 1 {
		return nil, ui.Usagef("report takes one folder or COCO file, got %q", ctx.Args().Slice())
	}
	if in := ctx.Args().First(); in != "" {
		if st, err := os.Stat(in); err == nil && !st.IsDir() {
			o.file, o.dir = in, filepath.Dir(in)
		}
	}
	if o.file == "" {
		if o.dir, err = folder.DataFolder(ctx.Args().First()); err != nil {
			return nil, err
		}
	}
	for _, v := range ctx.StringSlice("without") {
		for _, name := range flags.SplitList(v) {
			if !isSection(name) {
				return nil, ui.Usagef("--without: %q is not one of %s", name, strings.Join(sectionNames(), ", "))
			}
			o.without = append(o.without, name)
		}
	}
	if o.workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, err
	}
	for _, path := range append(append(append([]string{o.truth, o.tileMeta, o.polygons}, o.predictions...), o.plans...), o.pseudo...) {
		if path == "-" {
			return nil, ui.Usagef("report reads files, some of them twice: standard input cannot be one").Hint("save it in a file")
		}
	}
	switch {
	case o.pictures < 0 || o.pictures > 100:
		return nil, ui.Usagef("--pictures: %d is not from 0 to 100", o.pictures)
	case !(o.iou > 0 && o.iou <= 1):
		return nil, ui.Usagef("--iou: %v is not above 0 and up to 1", o.iou)
	}
	if o.out == "" {
		o.out = filepath.Join(o.dir, "report.html")
	}
	return o, nil
}

// madeReport says whether a file is a report that hubdata wrote, which may be
// written again.
func madeReport(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // only read
	head := make([]byte, 2048)
	n, _ := f.Read(head)
	return strings.Contains(string(head[:n]), `<meta name="generator" content="`+htmlreport.Generator+" ")
}
