// Package tilecmd is the command tile: annotated slides cut into tiles.
package tilecmd

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/imagefile"
	"github.com/hubdata/hubdata/slide"
	"github.com/urfave/cli/v2"
)

const help = `Cuts annotated slides into tiles. IN is a COCO file whose images are slides, as
"hubdata stitch" writes them, or any large images; or a folder of such files. The folder
OUT gets one COCO file of all tiles, tiles.json, and next to it their images if
--image-dir names the folder of the slides. OUT appears when it is complete.

A tile is called SLIDE_xX_yY.png, by the slide pixel of its top left corner, which its
members i and j have too; source_wsi is the slide. Other members of the slide's image
are kept. Each part of an instance has the instance's members, and the member whole: a
number that all parts of one instance of a slide have in common, and no other. By it
"hubdata stitch" joins them again, without loss.

--edge says what becomes of the last column and row of tiles. With pad they reach beyond
the slide. With shift they end with it, and overlap the tiles before them. With crop
they are smaller. With drop they are left out.

A part has exactly the pixels of its instance that are on the tile. --min-area and
--min-part leave out small parts. The summary counts what is left out, and instances
that no tile shows.

--downsample N makes tiles of a lower resolution, in which N x N pixels become one: the mean
of their colours, and a pixel of an instance that has at least half of them.

Slides are read tile by tile: TIFF and BigTIFF, with pyramids of levels, as OME and the
SVS of Aperio; PNG and JPEG row by row. Of the pages of a TIFF, the largest one is the
slide. For slides of other kinds, --tiles names tiles that exist already: a CSV table with
the columns slide, x, y, width, height and file, and scale where that is not 1; or the
COCO file that the slides were stitched from, whose images keep their ids and members.
The annotations are cut for these.

The member labelled of a slide says which part of it was labelled, as "hubdata stitch"
writes it. Tiles elsewhere are left out: they have no annotations because nobody looked.
Tiles of which some was labelled are kept, and have the member too. --min-labelled 1
leaves them out, --min-labelled 0 keeps all.

--min-tissue leaves out tiles of background: a pixel is tissue if its red, green and
blue differ by 16 of 255 or more, or if it is darker than 200. A tile with an annotation
is kept.

examples:
   hubdata tile -o tiles slides/
   hubdata tile --size 1024 --overlap 128 --image-dir svs -o tiles slides/
   hubdata tile --edge shift --min-part 0.1 --drop-empty -o tiles slide1.json
   hubdata tile --image-dir svs --min-tissue 0.05 --downsample 4 -o tiles slide1.json
   hubdata tile --tiles openslide.csv -o tiles slides/
   hubdata tile --tiles ds1.json -o tiles slides/`

// options are a command line.
type options struct {
	inputs           []string
	out              string
	width, height    int // of a tile
	strideX, strideY int
	edge             slide.Edge
	scale            int
	images           string // the folder of the slides; empty: none
	table            string // of tiles that exist; empty: none
	minArea          int
	minPart          float64
	minTissue        float64
	minLabelled      float64 // below 0: tiles without annotations of which nothing was labelled are left out
	dropEmpty        bool
	form             coco.Kind
	white            bool // what is beyond the slide
	workers          int
	force            bool
	recorded         map[string]any
}

// Command is hubdata tile.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "tile",
		Usage:       "cut slides into tiles",
		UsageText:   "[flags] -o OUT IN...",
		Description: help,
		Flags: slices.Concat([]cli.Flag{
			flags.OutFlag("write to `OUT`, a folder"),
			&cli.StringFlag{Name: "size", Value: "512", Usage: "make tiles of `N` x N pixels, or of WIDTHxHEIGHT"},
			&cli.IntFlag{Name: "stride", Usage: "begin a tile every `N` pixels", DefaultText: "the size"},
			&cli.IntFlag{Name: "overlap", Usage: "let tiles overlap by `N` pixels", DefaultText: "0"},
			&cli.StringFlag{Name: "edge", Value: "pad", Usage: "`WHAT` becomes of tiles that reach beyond the slide: pad, shift, crop or drop"},
			&cli.IntFlag{Name: "downsample", Value: 1, Usage: "make one pixel of `N` x N"},
			&cli.StringFlag{Name: "image-dir", Usage: "read the slides from `DIR`, and write the tiles' images", DefaultText: "none"},
			&cli.StringFlag{Name: "tiles", Usage: "cut for tiles whose images exist: those of `PATH`, a CSV table or a COCO file"},
			&cli.StringFlag{Name: "pad-with", Value: "white", Usage: "`COLOUR` beyond the slide: white or black"},
			&cli.Float64Flag{Name: "min-tissue", Usage: "leave out tiles with a lower `SHARE` of tissue", DefaultText: "0"},
			&cli.Float64Flag{Name: "min-labelled", Usage: "leave out tiles of which a lower `SHARE` was labelled, with their annotations", DefaultText: "those of which nothing was, if they have no annotations"},
			&cli.IntFlag{Name: "min-area", Usage: "leave out parts of fewer than `N` pixels", DefaultText: "1"},
			&cli.Float64Flag{Name: "min-part", Usage: "leave out parts with a lower `SHARE` of the pixels of their instance", DefaultText: "0"},
			&cli.BoolFlag{Name: "drop-empty", Usage: "drop tiles without annotations"},
			&cli.StringFlag{Name: "segmentation", Value: "rle", Usage: "`FORM` of masks: rle (compressed), counts or polygon"},
			flags.WorkersFlag(),
			&cli.BoolFlag{Name: "force", Usage: "replace a folder that hubdata made"},
		}, flags.SummaryFlags()),
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
		inputs: ctx.Args().Slice(), out: ctx.String("out"), scale: ctx.Int("downsample"), images: ctx.String("image-dir"), table: ctx.String("tiles"),
		minArea: ctx.Int("min-area"), minPart: ctx.Float64("min-part"), minTissue: ctx.Float64("min-tissue"),
		dropEmpty: ctx.Bool("drop-empty"), force: ctx.Bool("force"),
	}
	switch {
	case o.out == "":
		return nil, ui.Usagef("tile: name the output folder with -o DIR")
	case len(o.inputs) == 0:
		return nil, ui.Usagef("tile: name the COCO files of the slides").Hint("hubdata tile -o tiles slides.json")
	}
	if err := flags.OneStdin(append([]string{o.table}, o.inputs...)...); err != nil {
		return nil, err
	}
	if err := o.parseGrid(ctx); err != nil {
		return nil, err
	}
	var err error
	if o.form, err = flags.Choose(ctx, "segmentation", map[string]coco.Kind{"rle": coco.KindRLE, "counts": coco.KindCounts, "polygon": coco.KindPolygons}); err != nil {
		return nil, err
	}
	if o.white, err = flags.Choose(ctx, "pad-with", map[string]bool{"white": true, "black": false}); err != nil {
		return nil, err
	}
	if o.workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, err
	}
	if err := o.checkShares(ctx); err != nil {
		return nil, err
	}
	o.record(ctx)
	return o, nil
}

// parseGrid reads which tiles there are.
func (o *options) parseGrid(ctx *cli.Context) error {
	if o.table != "" {
		for _, name := range []string{"size", "stride", "overlap", "edge", "downsample", "image-dir", "min-tissue", "pad-with"} {
			if ctx.IsSet(name) {
				return ui.Usagef("--%s has no effect with --tiles: the table says which tiles there are", name)
			}
		}
		return nil
	}
	var err error
	if o.edge, err = flags.Choose(ctx, "edge", map[string]slide.Edge{"pad": slide.EdgePad, "shift": slide.EdgeShift, "crop": slide.EdgeCrop, "drop": slide.EdgeDrop}); err != nil {
		return err
	}
	if o.width, o.height, err = parseSize(ctx.String("size")); err != nil {
		return err
	}
	o.strideX, o.strideY = o.width, o.height
	stride, overlap := ctx.Int("stride"), ctx.Int("overlap")
	switch {
	case ctx.IsSet("stride") && ctx.IsSet("overlap"):
		return ui.Usagef("--stride and --overlap exclude each other")
	case ctx.IsSet("stride") && (stride < 1 || stride > slide.MaxCoordinate):
		return ui.Usagef("--stride: found %d, expected 1 to 2^30 pixels", stride)
	case ctx.IsSet("stride"):
		o.strideX, o.strideY = stride, stride
	case overlap < 0 || overlap >= min(o.width, o.height):
		return ui.Usagef("--overlap: found %d, expected 0 to %d pixels, less than a tile", overlap, min(o.width, o.height)-1)
	default:
		o.strideX, o.strideY = o.width-overlap, o.height-overlap
	}
	if o.scale < 1 || o.scale > maxScale {
		return ui.Usagef("--downsample: found %d, expected a whole number from 1 to %d", o.scale, maxScale)
	}
	return nil
}

// maxScale bounds --downsample: a pixel of more is a slide.
const maxScale = 1 << 12

// maxTile bounds the sides of a tile, in pixels. Its image has at most as many pixels as are decoded at a time.
const maxTile = 1 << 15

// parseSize reads the value of --size.
func parseSize(text string) (width, height int, err error) {
	w, h, two := strings.Cut(text, "x")
	if !two {
		h = w
	}
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	if errW != nil || errH != nil || width < 1 || height < 1 || width > maxTile || height > maxTile {
		return 0, 0, ui.Usagef("--size: found %q, expected pixels such as 512 or 640x480, from 1 to %d", text, maxTile)
	}
	return width, height, nil
}

// checkShares checks what decides which parts and tiles are left out.
func (o *options) checkShares(ctx *cli.Context) error {
	if o.minLabelled = -1; ctx.IsSet("min-labelled") {
		if o.minLabelled = ctx.Float64("min-labelled"); !(o.minLabelled >= 0 && o.minLabelled <= 1) {
			return ui.Usagef("--min-labelled: found %v, expected a share from 0 to 1", o.minLabelled)
		}
	}
	for _, name := range []string{"min-part", "min-tissue"} {
		if share := ctx.Float64(name); !(share >= 0 && share <= 1) {
			return ui.Usagef("--%s: found %v, expected a share from 0 to 1", name, share)
		}
	}
	switch {
	case o.minArea < 0:
		return ui.Usagef("--min-area: %d is negative", o.minArea)
	case o.images != "" && o.width > imagefile.MaxPixels/o.height:
		return ui.Usagef("--size: found %d x %d pixels, expected at most %d with images", o.width, o.height, imagefile.MaxPixels)
	case o.images == "" && ctx.IsSet("min-tissue"):
		return ui.Usagef("--min-tissue needs the slides: name their folder with --image-dir DIR")
	case o.images == "" && ctx.IsSet("pad-with"):
		return ui.Usagef("--pad-with has no effect without --image-dir")
	}
	return nil
}

// record notes the flags that decide the content of the output.
func (o *options) record(ctx *cli.Context) {
	o.recorded = flags.Recorded(ctx)
	if o.images != "" {
		o.recorded["images"] = true
	}
}
