package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

// content says which outlines go into a COCO set and in what form: the flags
// that every command shares which writes sets from outlines.
type content struct {
	datasets, wsis numbers
	classes        []string // in the order of the categories
	fill           rle.Rule
	firstRing      bool
	segmentation   coco.Kind
	tileIDs        bool
	categoryStart  int64
	dropDuplicates bool
	minArea        int
	tileSize       int // edge in pixels; 0: from each image's header
}

func contentFlags(datasets, text string) []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "fill", Value: "opencv", Usage: "`RULE` of which pixels belong to an outline: opencv, coco or center"},
		&cli.StringFlag{Name: "rings", Value: "all", Usage: "`WHICH` rings of an outline count: all, or first, as the winner did"},
		&cli.BoolFlag{Name: "drop-duplicates", Usage: "keep one of equal masks of a class on a tile"},
		&cli.IntFlag{Name: "min-area", Usage: "drop masks of fewer than `N` pixels"},
	}, tileFlags(datasets, text)...)
}

// tileFlags are those of contentFlags that do not depend on there being outlines.
func tileFlags(datasets, text string) []cli.Flag {
	return []cli.Flag{
		datasetFlag(text, datasets),
		wsiFlag("take tiles"),
		classFlag("keep instances", wsi.BloodVessel),
		&cli.StringFlag{Name: "segmentation", Value: "rle", Usage: "`FORM` of masks: rle (compressed), counts (as the winner wrote) or polygon"},
		imageIDFlag(""),
		categoryStartFlag("; 0 gives the winner's ids"),
		tileSizeFlag(),
	}
}

func tileSizeFlag() cli.Flag {
	return &cli.StringFlag{Name: "tile-size", Value: strconv.Itoa(wsi.TilePixels), Usage: "edge of the tiles: `N` pixels, or image to read the header of each file in train/"}
}

// tileSizeOrImage reads --tile-size: 0 for image.
func tileSizeOrImage(ctx *cli.Context) (int, error) {
	if ctx.String("tile-size") == "image" {
		return 0, nil
	}
	n, err := tileSizeOf(ctx, 1)
	if err != nil {
		return 0, usagef("--tile-size: %v, nor image", err)
	}
	return n, nil
}

// parseContent checks the flags' values.
func parseContent(ctx *cli.Context) (content, error) {
	ct, err := parseTiles(ctx)
	if err != nil {
		return ct, err
	}
	if ct.fill, err = rle.ParseRule(ctx.String("fill")); err != nil {
		return ct, usagef("--fill: %v", err)
	}
	if ct.firstRing, err = choose(ctx, "rings", map[string]bool{"first": true, "all": false}); err != nil {
		return ct, err
	}
	ct.dropDuplicates = ctx.Bool("drop-duplicates")
	ct.minArea = ctx.Int("min-area")
	if ct.minArea < 0 {
		return ct, usagef("--min-area: %d is negative", ct.minArea)
	}
	return ct, nil
}

// parseTiles checks the values of tileFlags.
func parseTiles(ctx *cli.Context) (content, error) {
	var ct content
	var err error
	if ct.datasets, err = numbersOf(ctx, "dataset"); err != nil {
		return ct, err
	}
	if ct.wsis, err = numbersOf(ctx, "wsi"); err != nil {
		return ct, err
	}
	if ct.classes, err = classesOf(ctx, wsi.AllClasses(), "HuBMAP"); err != nil {
		return ct, err
	}
	if ct.classes == nil {
		ct.classes = wsi.AllClasses()[:1]
	}
	if ct.segmentation, err = choose(ctx, "segmentation", map[string]coco.Kind{
		"rle": coco.KindRLE, "counts": coco.KindCounts, "polygon": coco.KindPolygons}); err != nil {
		return ct, err
	}
	if ct.tileIDs, err = tileIDsOf(ctx); err != nil {
		return ct, err
	}
	if ct.categoryStart, err = categoryStartOf(ctx); err != nil {
		return ct, err
	}
	ct.tileSize, err = tileSizeOrImage(ctx)
	return ct, err
}

// selected says whether a tile is asked for.
func (ct *content) selected(t wsi.Tile) bool { return ct.datasets.has(t.Dataset) && ct.wsis.has(t.WSI) }

// nothingSelected is the error for a table of which no tile is requested.
func (ct *content) nothingSelected(name string, table *wsi.Table) error {
	var have wsi.Tally
	for t := range table.All() {
		have.Add(t, wsi.Counts{Tiles: 1})
	}
	var list []string
	for _, g := range have.Groups() {
		list = append(list, fmt.Sprintf("dataset %d WSI %d (%d)", g.Dataset, g.WSI, g.Tiles))
	}
	f := failf(exitUsage, "no tile of %s is in dataset %s", name, ct.datasets)
	if ct.wsis.text != "" {
		f = failf(exitUsage, "no tile of %s is in dataset %s and WSI %s", name, ct.datasets, ct.wsis)
	}
	return f.hint("it has these tiles: %s", strings.Join(list, ", "))
}

// options are the library's.
func (ct *content) options(dir string) *wsi.ConvertOptions {
	return &wsi.ConvertOptions{
		Select:         ct.selected,
		Classes:        ct.classes,
		Fill:           ct.fill,
		FirstRingOnly:  ct.firstRing,
		Segmentation:   ct.segmentation,
		TileIDs:        ct.tileIDs,
		CategoryStart:  &ct.categoryStart,
		DropDuplicates: ct.dropDuplicates,
		MinArea:        ct.minArea,
		TileSize:       ct.sizer(dir),
	}
}

// sizer gives a tile's height and width.
func (ct *content) sizer(dir string) func(wsi.Tile) (h, w int, err error) {
	if ct.tileSize != 0 {
		return func(wsi.Tile) (int, int, error) { return ct.tileSize, ct.tileSize, nil }
	}
	return func(t wsi.Tile) (int, int, error) {
		folder := filepath.Join(dir, "train")
		path, err := findImage(folder, t.ID)
		if err != nil {
			return 0, 0, err
		}
		if path == "" {
			return 0, 0, failf(exitFailure, "no image of tile %s in %s", t.ID, folder).
				hint("--tile-size %d takes the competition's size without looking", wsi.TilePixels)
		}
		return imageSize(path)
	}
}

// provenance is what a file says of how it was made: the flags that decide its
// content, in the words of the command line.
func (ct *content) provenance() map[string]any {
	classes := ct.classes
	size := any(ct.tileSize)
	if ct.tileSize == 0 {
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
		"segmentation":    segmentation[ct.segmentation],
		"image_id":        pick(ct.tileIDs, "tile", "int"),
		"category_start":  ct.categoryStart,
		"drop_duplicates": ct.dropDuplicates,
		"min_area":        ct.minArea,
		"tile_size":       size,
	}
}

// defaultContent is what the flags give when none is set.
func defaultContent() content {
	return content{
		datasets:      numbers{text: "1,2", ranges: [][2]int{{1, 1}, {2, 2}}},
		classes:       []string{wsi.BloodVessel},
		segmentation:  coco.KindRLE,
		categoryStart: 1,
		tileSize:      wsi.TilePixels,
	}
}
