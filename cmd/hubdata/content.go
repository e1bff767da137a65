package main

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

// tileEdge is the competition's tile height and width in pixels.
const tileEdge = 512

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

func contentFlags(datasets, usage string) []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "fill", Value: "opencv", Usage: "which pixels belong to an outline: opencv, coco or center"},
		&cli.StringFlag{Name: "rings", Value: "all", Usage: "first takes only the first ring of an outline, as the winner did; or all"},
		&cli.BoolFlag{Name: "drop-duplicates", Usage: "keep one of equal masks of a class on a tile"},
		&cli.IntFlag{Name: "min-area", Usage: "drop masks of fewer pixels"},
	}, tileFlags(datasets, usage)...)
}

// tileFlags are those of contentFlags that do not depend on there being outlines.
func tileFlags(datasets, usage string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "dataset", Value: datasets, Usage: usage},
		&cli.StringFlag{Name: "wsi", Usage: "take tiles of these whole-slide images: 1,2 or 6-9 or <8 (default: all)", DefaultText: ""},
		&cli.StringSliceFlag{Name: "class", Usage: "keep instances of this class; repeatable; all keeps every class (default: blood_vessel)"},
		&cli.StringFlag{Name: "segmentation", Value: "rle", Usage: "form of masks: rle (compressed), counts (as the winner wrote) or polygon"},
		&cli.StringFlag{Name: "image-id", Value: "int", Usage: "int: the tile's row in tile_meta.csv, from 1; tile: its 12-hex name"},
		&cli.Int64Flag{Name: "category-start", Value: 1, Usage: "id of the first category; 0 gives the winner's ids"},
		&cli.StringFlag{Name: "tile-size", Value: strconv.Itoa(tileEdge), Usage: "edge of the tiles in pixels; image reads the header of each file in train/"},
	}
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
	if ct.datasets, err = parseNumbers(ctx.String("dataset")); err != nil {
		return ct, usagef("--dataset: %v", err)
	}
	if s := ctx.String("wsi"); s != "" {
		if ct.wsis, err = parseNumbers(s); err != nil {
			return ct, usagef("--wsi: %v", err)
		}
	}
	if ct.classes, err = parseClasses(ctx.StringSlice("class")); err != nil {
		return ct, err
	}
	if ct.segmentation, err = choose(ctx, "segmentation", map[string]coco.Kind{
		"rle": coco.KindRLE, "counts": coco.KindCounts, "polygon": coco.KindPolygons}); err != nil {
		return ct, err
	}
	if ct.tileIDs, err = choose(ctx, "image-id", map[string]bool{"int": false, "tile": true}); err != nil {
		return ct, err
	}
	ct.categoryStart = ctx.Int64("category-start")
	if ct.categoryStart < 0 {
		return ct, usagef("--category-start: %d is negative", ct.categoryStart)
	}
	ct.tileSize, err = parseTileSize(ctx)
	return ct, err
}

// parseTileSize reads --tile-size: 0 for image.
func parseTileSize(ctx *cli.Context) (int, error) {
	s := ctx.String("tile-size")
	if s == "image" {
		return 0, nil
	}
	edge, err := strconv.Atoi(s)
	if err != nil || edge < 1 || edge > 1<<15 {
		return 0, usagef("--tile-size: %q is neither a number of pixels from 1 to 32768 nor image", s)
	}
	return edge, nil
}

// choose maps a flag's value by its table.
func choose[T any](ctx *cli.Context, flag string, values map[string]T) (T, error) {
	v, ok := values[ctx.String(flag)]
	if !ok {
		var known []string
		for k := range values {
			known = append(known, k)
		}
		slices.Sort(known)
		return v, usagef("--%s: %q is not one of %s", flag, ctx.String(flag), strings.Join(known, ", "))
	}
	return v, nil
}

// parseClasses reads --class. A value may hold several names with commas.
func parseClasses(values []string) ([]string, error) {
	if len(values) == 0 {
		return []string{wsi.AllClasses()[0]}, nil
	}
	var out []string
	for _, v := range values {
		for name := range strings.SplitSeq(v, ",") {
			switch name = strings.TrimSpace(name); {
			case name == "all":
				return wsi.AllClasses(), nil
			case !slices.Contains(wsi.AllClasses(), name):
				return nil, usagef("--class: %q is not one of %s, all", name, strings.Join(wsi.AllClasses(), ", "))
			case !slices.Contains(out, name):
				out = append(out, name)
			}
		}
	}
	return out, nil
}

// selected says whether a tile is asked for.
func (ct *content) selected(t wsi.Tile) bool { return ct.datasets.has(t.Dataset) && ct.wsis.has(t.WSI) }

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
				hint("--tile-size %d takes the competition's size without looking", tileEdge)
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
		classes:       []string{wsi.AllClasses()[0]},
		segmentation:  coco.KindRLE,
		categoryStart: 1,
		tileSize:      tileEdge,
	}
}
