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

// SetOptions says which outlines go into a COCO set and in what form: the flags
// that every command shares which writes sets from outlines.
type SetOptions struct {
	Datasets, Wsis flags.Numbers
	Classes        []string // in the order of the categories
	fill           rle.Rule
	firstRing      bool
	Segmentation   coco.Kind
	TileIDs        bool
	CategoryStart  int64
	dropDuplicates bool
	minArea        int
	TileSize       int // edge in pixels; 0: from each image's header
}

func SetFlags(datasets, text string) []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "fill", Value: "opencv", Usage: "`RULE` of which pixels belong to an outline: opencv, coco or center"},
		&cli.StringFlag{Name: "rings", Value: "all", Usage: "`WHICH` rings of an outline count: all, or first, as the winner did"},
		&cli.BoolFlag{Name: "drop-duplicates", Usage: "keep one of equal masks of a class on a tile"},
		&cli.IntFlag{Name: "min-area", Usage: "drop masks of fewer than `N` pixels"},
	}, TileFlags(datasets, text)...)
}

// TileFlags are those of SetFlags that do not depend on there being outlines.
func TileFlags(datasets, text string) []cli.Flag {
	return []cli.Flag{
		flags.DatasetFlag(text, datasets),
		flags.WsiFlag("take tiles"),
		flags.ClassFlag("keep instances", wsi.BloodVessel),
		&cli.StringFlag{Name: "segmentation", Value: "rle", Usage: "`FORM` of masks: rle (compressed), counts (as the winner wrote) or polygon"},
		flags.ImageIDFlag(""),
		flags.CategoryStartFlag("; 0 gives the winner's ids"),
		TileSizeFlag(),
	}
}

func TileSizeFlag() cli.Flag {
	return &cli.StringFlag{Name: "tile-size", Value: strconv.Itoa(wsi.TilePixels), Usage: "edge of the tiles: `N` pixels, or image to read the header of each file in train/"}
}

// TileSizeOrImage reads --tile-size: 0 for image.
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

// ParseSetOptions checks the flags' values.
func ParseSetOptions(ctx *cli.Context) (SetOptions, error) {
	ct, err := ParseTiles(ctx)
	if err != nil {
		return ct, err
	}
	if ct.fill, err = rle.ParseRule(ctx.String("fill")); err != nil {
		return ct, ui.Usagef("--fill: %v", err)
	}
	if ct.firstRing, err = flags.Choose(ctx, "rings", map[string]bool{"first": true, "all": false}); err != nil {
		return ct, err
	}
	ct.dropDuplicates = ctx.Bool("drop-duplicates")
	ct.minArea = ctx.Int("min-area")
	if ct.minArea < 0 {
		return ct, ui.Usagef("--min-area: %d is negative", ct.minArea)
	}
	return ct, nil
}

// ParseTiles checks the values of TileFlags.
func ParseTiles(ctx *cli.Context) (SetOptions, error) {
	var ct SetOptions
	var err error
	if ct.Datasets, err = flags.NumbersOf(ctx, "dataset"); err != nil {
		return ct, err
	}
	if ct.Wsis, err = flags.NumbersOf(ctx, "wsi"); err != nil {
		return ct, err
	}
	if ct.Classes, err = flags.ClassesOf(ctx, wsi.AllClasses(), "HuBMAP"); err != nil {
		return ct, err
	}
	if ct.Classes == nil {
		ct.Classes = wsi.AllClasses()[:1]
	}
	if ct.Segmentation, err = flags.Choose(ctx, "segmentation", map[string]coco.Kind{
		"rle": coco.KindRLE, "counts": coco.KindCounts, "polygon": coco.KindPolygons}); err != nil {
		return ct, err
	}
	if ct.TileIDs, err = flags.TileIDsOf(ctx); err != nil {
		return ct, err
	}
	if ct.CategoryStart, err = flags.CategoryStartOf(ctx); err != nil {
		return ct, err
	}
	ct.TileSize, err = TileSizeOrImage(ctx)
	return ct, err
}

// Selected says whether a tile is asked for.
func (ct *SetOptions) Selected(t wsi.Tile) bool {
	return ct.Datasets.Has(t.Dataset) && ct.Wsis.Has(t.WSI)
}

// NothingSelected is the error for a table of which no tile is requested.
func (ct *SetOptions) NothingSelected(name string, table *wsi.Table) error {
	var have wsi.Tally
	for t := range table.All() {
		have.Add(t, wsi.Counts{Tiles: 1})
	}
	var list []string
	for _, g := range have.Groups() {
		list = append(list, fmt.Sprintf("dataset %d WSI %d (%d)", g.Dataset, g.WSI, g.Tiles))
	}
	f := ui.Failf(ui.ExitUsage, "no tile of %s is in dataset %s", name, ct.Datasets)
	if ct.Wsis.Text != "" {
		f = ui.Failf(ui.ExitUsage, "no tile of %s is in dataset %s and WSI %s", name, ct.Datasets, ct.Wsis)
	}
	return f.Hint("it has these tiles: %s", strings.Join(list, ", "))
}

// Options are the library's.
func (ct *SetOptions) Options(dir string) *wsi.ConvertOptions {
	return &wsi.ConvertOptions{
		Select:         ct.Selected,
		Classes:        ct.Classes,
		Fill:           ct.fill,
		FirstRingOnly:  ct.firstRing,
		Segmentation:   ct.Segmentation,
		TileIDs:        ct.TileIDs,
		CategoryStart:  &ct.CategoryStart,
		DropDuplicates: ct.dropDuplicates,
		MinArea:        ct.minArea,
		TileSize:       ct.Sizer(dir),
	}
}

// Sizer gives a tile's height and width.
func (ct *SetOptions) Sizer(dir string) func(wsi.Tile) (h, w int, err error) {
	if ct.TileSize != 0 {
		return func(wsi.Tile) (int, int, error) { return ct.TileSize, ct.TileSize, nil }
	}
	return func(t wsi.Tile) (int, int, error) {
		folder := filepath.Join(dir, "train")
		path, err := FindImage(folder, t.ID)
		if err != nil {
			return 0, 0, err
		}
		if path == "" {
			return 0, 0, ui.Failf(ui.ExitFailure, "no image of tile %s in %s", t.ID, folder).
				Hint("--tile-size %d takes the competition's size without looking", wsi.TilePixels)
		}
		return ImageSize(path)
	}
}

// Provenance is what a file says of how it was made: the flags that decide its
// content, in the words of the command line.
func (ct *SetOptions) Provenance() map[string]any {
	classes := ct.Classes
	size := any(ct.TileSize)
	if ct.TileSize == 0 {
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
		"class":           classes,
		"fill":            ct.fill.String(),
		"rings":           pick(ct.firstRing, "first", "all"),
		"segmentation":    segmentation[ct.Segmentation],
		"image_id":        pick(ct.TileIDs, "tile", "int"),
		"category_start":  ct.CategoryStart,
		"drop_duplicates": ct.dropDuplicates,
		"min_area":        ct.minArea,
		"tile_size":       size,
	}
}

// DefaultSetOptions is what the flags give when none is set.
func DefaultSetOptions() SetOptions {
	return SetOptions{
		Datasets:      flags.Numbers{Text: "1,2", Ranges: [][2]int{{1, 1}, {2, 2}}},
		Classes:       []string{wsi.BloodVessel},
		Segmentation:  coco.KindRLE,
		CategoryStart: 1,
		TileSize:      wsi.TilePixels,
	}
}
