package folder

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

// SetOptions say which tiles and outlines go into a COCO set, and in what form. They are the flags that all commands
// share
// that make sets of outlines. [DefaultSetOptions] is what the flags give when none is set.
type SetOptions struct {
	Datasets, Wsis flags.Numbers
	Classes        []string // in the order of the categories
	Segmentation   coco.Kind
	TileIDs        bool // image ids are the names of tiles, not numbers
	CategoryStart  int64
	TileSize       int // edge in pixels; 0: from each image's header

	fill           rle.Rule
	firstRing      bool
	dropDuplicates bool
	minArea        int
}

// SetFlags are the flags of [SetOptions]. datasets is the default of --dataset, and text says what is done with its
// tiles.
func SetFlags(datasets, text string) []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "fill", Value: "opencv", Usage: "rasterisation `RULE` of outlines: opencv, coco or center"},
		&cli.StringFlag{Name: "rings", Value: "all",
			Usage: "`WHICH` rings of an outline to use: all, or first, as the winner did"},
		&cli.BoolFlag{Name: "drop-duplicates", Usage: "keep one of several equal masks of a class on a tile"},
		&cli.IntFlag{Name: "min-area", Usage: "drop masks of fewer than `N` pixels"},
	}, TileFlags(datasets, text)...)
}

// TileFlags are those of [SetFlags] that do not need outlines.
func TileFlags(datasets, text string) []cli.Flag {
	return []cli.Flag{
		flags.DatasetFlag(text, datasets),
		flags.WsiFlag("take tiles"),
		flags.ClassFlag("keep instances", wsi.BloodVessel),
		&cli.StringFlag{Name: "segmentation", Value: "rle",
			Usage: "`FORM` of masks: rle (compressed), counts (as the winner used) or polygon"},
		flags.ImageIDFlag(""),
		flags.CategoryStartFlag("; 0 gives the winner's ids"),
		TileSizeFlag(),
	}
}

// TileSizeFlag is --tile-size with the value image.
func TileSizeFlag() cli.Flag {
	return &cli.StringFlag{Name: "tile-size", Value: strconv.Itoa(wsi.TilePixels),
		Usage: "edge of the tiles: `N` pixels, or image to read the header of each file in train/"}
}

// TileSizeOrImage is the value of --tile-size: 0 for image.
func TileSizeOrImage(ctx *cli.Context) (int, error) {
	if ctx.String("tile-size") == "image" {
		return 0, nil
	}
	n, err := flags.TileSizeOf(ctx, 1)
	if err != nil {
		return 0, ui.Usagef("--tile-size: %v, nor image", err)
	}
	return n, nil
}

// ParseSetOptions reads the values of [SetFlags].
func ParseSetOptions(ctx *cli.Context) (SetOptions, error) {
	o, err := ParseTiles(ctx)
	if err == nil {
		err = o.parseClasses(ctx)
	}
	if err != nil {
		return o, err
	}
	if o.fill, err = rle.ParseRule(ctx.String("fill")); err != nil {
		return o, ui.Usagef("--fill: %v", err)
	}
	if o.firstRing, err = flags.Choose(ctx, "rings", map[string]bool{"first": true, "all": false}); err != nil {
		return o, err
	}
	o.dropDuplicates = ctx.Bool("drop-duplicates")
	o.minArea = ctx.Int("min-area")
	if o.minArea < 0 {
		return o, ui.Usagef("--min-area: %d is negative", o.minArea)
	}
	return o, nil
}

// ParseTileOptions reads the values of [TileFlags].
func ParseTileOptions(ctx *cli.Context) (SetOptions, error) {
	o, err := ParseTiles(ctx)
	if err == nil {
		err = o.parseClasses(ctx)
	}
	return o, err
}

// parseClasses reads --class, whose default is the first of HuBMAP's classes.
func (o *SetOptions) parseClasses(ctx *cli.Context) (err error) {
	if o.Classes, err = flags.ClassesOf(ctx, wsi.AllClasses(), "HuBMAP"); err == nil && o.Classes == nil {
		o.Classes = wsi.AllClasses()[:1]
	}
	return err
}

// ParseTiles reads the values of [TileFlags], but not of --class, for images of another dataset, which has its own
// classes.
func ParseTiles(ctx *cli.Context) (SetOptions, error) {
	var o SetOptions
	var err error
	if o.Datasets, err = flags.NumbersOf(ctx, "dataset"); err != nil {
		return o, err
	}
	if o.Wsis, err = flags.NumbersOf(ctx, "wsi"); err != nil {
		return o, err
	}
	if o.Segmentation, err = flags.Choose(ctx, "segmentation", map[string]coco.Kind{
		"rle": coco.KindRLE, "counts": coco.KindCounts, "polygon": coco.KindPolygons}); err != nil {
		return o, err
	}
	if o.TileIDs, err = flags.TileIDsOf(ctx); err != nil {
		return o, err
	}
	if o.CategoryStart, err = flags.CategoryStartOf(ctx); err != nil {
		return o, err
	}
	o.TileSize, err = TileSizeOrImage(ctx)
	return o, err
}

// Selected reports whether --dataset and --wsi choose a tile.
func (o *SetOptions) Selected(t wsi.Tile) bool {
	return o.Datasets.Has(t.Dataset) && o.Wsis.Has(t.WSI)
}

// NothingSelected is the error for a table of which no tile is chosen. It lists those that there are.
func (o *SetOptions) NothingSelected(name string, table *wsi.Table) error {
	var have wsi.Tally
	for t := range table.All() {
		have.Add(t, wsi.Counts{Tiles: 1})
	}
	var list []string
	for _, g := range have.Groups() {
		list = append(list, fmt.Sprintf("dataset %d WSI %d (%s)", g.Dataset, g.WSI, ui.Thousands(g.Tiles)))
	}
	f := ui.Failf(ui.ExitUsage, "no tile of %s is in dataset %s", name, o.Datasets)
	if o.Wsis.String() != "" {
		f = ui.Failf(ui.ExitUsage, "no tile of %s is in dataset %s and WSI %s", name, o.Datasets, o.Wsis)
	}
	return f.Hint("it has these tiles: %s", strings.Join(list, ", "))
}

// Options are the options for [wsi.Convert] of the folder dir.
func (o *SetOptions) Options(dir string) *wsi.ConvertOptions {
	return &wsi.ConvertOptions{
		Select:         o.Selected,
		Classes:        o.Classes,
		Fill:           o.fill,
		FirstRingOnly:  o.firstRing,
		Segmentation:   o.Segmentation,
		TileIDs:        o.TileIDs,
		CategoryStart:  &o.CategoryStart,
		DropDuplicates: o.dropDuplicates,
		MinArea:        o.minArea,
		TileSize:       o.Sizer(dir),
	}
}

// Sizer returns what finds a tile's height and width, for the folder dir.
func (o *SetOptions) Sizer(dir string) func(wsi.Tile) (h, w int, err error) {
	if o.TileSize != 0 {
		return func(wsi.Tile) (int, int, error) { return o.TileSize, o.TileSize, nil }
	}
	return func(t wsi.Tile) (int, int, error) {
		folder := filepath.Join(dir, "train")
		path, err := FindImage(folder, t.ID)
		if err != nil {
			return 0, 0, err
		}
		if path == "" {
			return 0, 0, ui.Failf(ui.ExitFailure, "no image of tile %s in %s", t.ID, folder).
				Hint("--tile-size %d uses the competition's size and reads no image", wsi.TilePixels)
		}
		return ImageSize(path)
	}
}

// Provenance is the options in the words of the command line, for the provenance of a set.
func (o *SetOptions) Provenance() map[string]any {
	size := any(o.TileSize)
	if o.TileSize == 0 {
		size = "image"
	}
	pick := func(b bool, yes, no string) string {
		if b {
			return yes
		}
		return no
	}
	segmentation := map[coco.Kind]string{coco.KindRLE: "rle", coco.KindCounts: "counts", coco.KindPolygons: "polygon"}
	return map[string]any{
		"class":           o.Classes,
		"fill":            o.fill.String(),
		"rings":           pick(o.firstRing, "first", "all"),
		"segmentation":    segmentation[o.Segmentation],
		"image_id":        pick(o.TileIDs, "tile", "int"),
		"category_start":  o.CategoryStart,
		"drop_duplicates": o.dropDuplicates,
		"min_area":        o.minArea,
		"tile_size":       size,
	}
}

// DefaultSetOptions are the options of the flags when none is set, with datasets 1 and 2.
func DefaultSetOptions() SetOptions {
	return SetOptions{
		Datasets:      flags.MustNumbers("1,2"),
		Classes:       []string{wsi.BloodVessel},
		Segmentation:  coco.KindRLE,
		CategoryStart: 1,
		TileSize:      wsi.TilePixels,
	}
}
