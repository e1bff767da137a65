// Package statscmd is hubdata stats: it measures the instances of sets, and compares two sets.
package statscmd

import (
	"context"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/urfave/cli/v2"
)

const help = `Reports what is in a COCO file or a HuBMAP folder: tiles, empty tiles, instances,
instances per tile and the share of each tile that is covered. For the instances:
area, size, eccentricity, vertices, how many are cut by the tile's border and how
much they overlap. For the whole, and by dataset, WSI, fold and class.

With two inputs it compares them measure by measure: how far apart the distributions
are (Kolmogorov-Smirnov and Wasserstein), and what that means in short. If the sets
do not have the same classes, the classes in both are compared.

Results of a model are measured too: --images names the COCO file with their tiles,
--min-score leaves out low scores.

--instances writes a row for each instance, with its measures and the members of the
annotation and of its image.

--measure shows the chosen measures for every group. Measures of instances: area, width,
height, diameter, eccentricity, vertices, border-cut, overlap, score; of tiles:
instances, covered. docs/stats.md defines them.

` + imagekey.About + `

examples:
   hubdata stats all.json
   hubdata stats --by wsi,fold --folds coco_data/folds5.csv ~/hubmap
   hubdata stats --by patient,stain --table patients.csv all.json
   hubdata stats --measure area,eccentricity --by class --csv all.json > measures.csv
   hubdata stats ~/hubmap coco_data/pseudo_coco/pseudo_ds3_thr60.json
   hubdata stats --instances instances.csv all.json
   hubdata stats --images val.json --min-score 0.5 val.json results.segm.json`

// options are the flags of a run of stats.
type options struct {
	Scope
	in          []string
	csv, noBars bool
	instances   string // file of a row for each; empty: none
	force       bool
}

// groupKinds are what tiles and instances are grouped by without --by, in the order of the table.
var groupKinds = []string{"dataset", "wsi", "fold", "class"}

func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "stats",
		Usage:       "measure the instances of a set by tier, slide, fold and class, or compare two sets",
		UsageText:   "[flags] FILE|DIR [FILE|DIR]",
		Description: help,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "by", Usage: "group by a `LIST` of " + strings.Join(groupKinds, ", ") +
				", or any other FIELD; none: by nothing", DefaultText: "all that the set has"},
			&cli.StringSliceFlag{Name: "measure", Usage: "show the measure `NAME` for every group; repeatable, or with commas"},
			imagekey.TableFlag(),
			flags.FoldsFlag("group by"),
			flags.DatasetFlag("take tiles", ""),
			flags.WsiFlag("take tiles"),
			flags.ClassFlag("take instances", "all"),
			flags.TileMetaFlag("look tiles up", "that of a folder"),
			folder.TileSizeFlag(),
			flags.ImagesFlag("of an input that is a list of results:"),
			&cli.Float64Flag{Name: "min-score", Usage: "leave out instances with a score below `SCORE`", DefaultText: "none"},
			&cli.Float64Flag{Name: "max-score", Usage: "leave out instances with a score above `SCORE`", DefaultText: "none"},
			&cli.BoolFlag{Name: "no-bars", Usage: "print tables only"},
			&cli.BoolFlag{Name: "csv", Usage: "print CSV, a row per group and measure"},
			&cli.StringFlag{Name: "instances",
				Usage: "write a row for each instance to `FILE`: .csv, or .jsonl with an object per line"},
			flags.WorkersFlag(),
			flags.ForceFlag(),
			flags.JsonFlag("the report, with the bins of all histograms,"),
		},
		Action: func(ctx *cli.Context) error {
			opts, err := parse(ctx)
			if err != nil {
				return err
			}
			return run(ctx.Context, c, opts)
		},
	}
}

func parse(ctx *cli.Context) (*options, error) {
	o := &options{
		Scope: Scope{
			choice: choice{classes: ctx.StringSlice("class")},
			Files: Files{plan: ctx.String("folds"), TileMeta: ctx.String("tile-meta"), images: ctx.String("images"),
				table: ctx.String("table")},
		},
		in:     ctx.Args().Slice(),
		csv:    ctx.Bool("csv"),
		noBars: ctx.Bool("no-bars"),

		instances: ctx.String("instances"),
		force:     ctx.Bool("force"),
	}
	var err error
	if o.by, o.keys, err = parseGroups(ctx); err != nil {
		return nil, err
	}
	for _, v := range ctx.StringSlice("measure") {
		for _, name := range flags.SplitList(v) {
			m, ok := stats.ParseMeasure(name)
			if !ok {
				return nil, ui.Usagef("--measure: %q is not one of %s", name, measureNames())
			}
			if !slices.Contains(o.measures, m) {
				o.measures = append(o.measures, m)
			}
		}
	}
	if o.datasets, err = flags.NumbersOf(ctx, "dataset"); err != nil {
		return nil, err
	}
	if o.wsis, err = flags.NumbersOf(ctx, "wsi"); err != nil {
		return nil, err
	}
	if o.Workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, err
	}
	if o.score, err = selection.ParseBounds(ctx, "score"); err != nil {
		return nil, err
	}
	if o.TileSize, err = folder.TileSizeOrImage(ctx); err != nil {
		return nil, err
	}
	if err := flags.OneStdin(append([]string{o.plan, o.TileMeta, o.images, o.table}, o.in...)...); err != nil {
		return nil, err
	}
	switch {
	case len(o.in) < 1 || len(o.in) > 2:
		return nil, ui.Usagef("stats takes one COCO file or HuBMAP folder, or two to compare, found %q",
			o.in).Hint("hubdata stats all.json")
	case ctx.Bool("json") && o.csv:
		return nil, ui.Usagef("--json and --csv: use only one of them")
	case o.instances != "" && rowsForm(o.instances) != ".csv" && rowsForm(o.instances) != ".jsonl":
		return nil, ui.Usagef("--instances: %s does not end in .csv or .jsonl", o.instances)
	case o.instances != "" && len(o.in) > 1:
		return nil, ui.Usagef("--instances takes one input, found %d", len(o.in))
	case o.force && o.instances == "":
		return nil, ui.Usagef("--force has no effect without --instances FILE")
	case o.table != "" && len(o.keys) == 0:
		return nil, ui.Usagef("--table has no effect without --by FIELD")
	case o.plan == "" && slices.Contains(o.by, "fold"):
		return nil, ui.Usagef("--by fold needs a fold plan: name it with --folds FILE")
	case o.plan != "" && o.by != nil && !slices.Contains(o.by, "fold"):
		return nil, ui.Usagef("--folds has no effect without --by fold")
	}
	return o, nil
}

// parseGroups reads --by: the names of the groups, those of groupKinds first, and the keys of images among them; nil:
// it
// is not set.
func parseGroups(ctx *cli.Context) (by []string, keys []coco.Key, err error) {
	if !ctx.IsSet("by") {
		return nil, nil, nil
	}
	asked := flags.SplitList(ctx.String("by"))
	if len(asked) == 1 && asked[0] == "none" {
		return []string{}, nil, nil
	}
	by = []string{}
	known := map[string]coco.Key{}
	for _, name := range asked {
		if name != "fold" && name != "class" {
			key, err := imagekey.Parse("by", name)
			if err != nil {
				return nil, nil, err
			}
			name = key.Name
			known[name] = key
		}
		if !slices.Contains(by, name) {
			by = append(by, name)
		}
	}
	slices.SortStableFunc(by, func(a, b string) int { return rank(a) - rank(b) })
	for _, name := range by {
		if key, ok := known[name]; ok {
			keys = append(keys, key)
		}
	}
	return by, keys, nil
}

// rank orders the kinds of groups in the table: those of groupKinds, then the others.
func rank(by string) int {
	if k := slices.Index(groupKinds, by); k >= 0 {
		return k
	}
	return len(groupKinds)
}

// defaultKeys are the keys by which images are grouped without --by.
func defaultKeys() []coco.Key {
	var keys []coco.Key
	for _, name := range groupKinds[:2] {
		key, _ := imagekey.Parse("by", name) // a name that is right
		keys = append(keys, key)
	}
	return keys
}

func measureNames() string {
	var names []string
	for _, m := range stats.Measures() {
		names = append(names, m.String())
	}
	return strings.Join(names, ", ")
}

// run measures the inputs and prints what they come to.
func run(ctx context.Context, c *ui.Console, o *options) error {
	aids, err := o.openAids(c)
	if err != nil {
		return err
	}
	outs := &files.Outputs{Console: c, Force: o.force, Unsigned: true}
	defer outs.Abort()
	if err := outs.Check(o.instances); err != nil {
		return err
	}
	var rows *rowsFile
	if o.instances != "" {
		if rows, err = createRows(outs, o.instances); err != nil {
			return err
		}
	}
	var sets []*set
	for _, path := range o.in {
		s, err := readSet(ctx, c, &o.Scope, aids, path, rows)
		if err != nil {
			return err
		}
		sets = append(sets, s)
	}
	if rows != nil {
		if err := outs.Check(o.instances); err != nil { // now that all inputs are known
			return err
		}
		if err := rows.finish(); err != nil {
			return err
		}
	}
	if err := outs.Commit(); err != nil {
		return err
	}
	r := newReport(&o.Scope, sets)
	if o.instances != "" {
		r.Files = append(r.Files, ui.NewSummaryFile(o.instances))
	}
	switch {
	case c.JSON:
		return ui.PrintJSON(c.Out, r)
	case o.csv:
		return r.writeCSV(c.Out)
	}
	r.print(c, o)
	return nil
}
