package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/rle"
	"github.com/urfave/cli/v2"
)

// The flags that several commands have are made here, so that each means the
// same everywhere. A word in backquotes stands for the flag's value in help.
// setUp hands --json and --quiet to the console.

func jsonFlag(what string) cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print " + what + " as JSON"}
}

func quietFlag(what string) cli.Flag {
	return &cli.BoolFlag{Name: "quiet", Usage: "print no " + what}
}

// summaryFlags are those of commands that report what they did.
func summaryFlags() []cli.Flag {
	return []cli.Flag{jsonFlag("the summary"), quietFlag("summary and no remarks")}
}

func forceFlag() cli.Flag {
	return &cli.BoolFlag{Name: "force", Usage: "overwrite files that hubdata did not write"}
}

// outFlag is -o; text tells what OUT is.
func outFlag(text string) *cli.StringFlag {
	return &cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: text}
}

// outFileFlag is -o of commands that write one file and want its name.
func outFileFlag() cli.Flag { return outFlag("write to the file `OUT`; - is standard output") }

// outFile is the file that -o names.
func outFile(ctx *cli.Context) (string, error) {
	out := ctx.String("out")
	if out == "" {
		return "", usagef("%s: name the file to write with -o FILE", commandName(ctx.Command))
	}
	return out, nil
}

func workersFlag(what string) cli.Flag {
	return &cli.IntFlag{Name: "workers", Aliases: []string{"j"}, Usage: what + " `N` at once; the result does not depend on it", DefaultText: "one a core"}
}

// workersOf is how many workers are asked for; 0: one a core.
func workersOf(ctx *cli.Context) (int, error) {
	n := ctx.Int("workers")
	if n < 0 {
		return 0, usagef("--workers: %d is negative", n)
	}
	return n, nil
}

// datasetFlag and wsiFlag choose tiles; text tells of which they are.
func datasetFlag(text, value string) *cli.StringFlag {
	return &cli.StringFlag{Name: "dataset", Value: value, Usage: text + " of the datasets `LIST`, as in 1,2"}
}

func wsiFlag(text string) *cli.StringFlag {
	return &cli.StringFlag{Name: "wsi", Usage: text + " of the whole-slide images `LIST`, as in 1,2 or 6-9 or <8", DefaultText: "all"}
}

// numbersOf is what a flag names; not set, all numbers.
func numbersOf(ctx *cli.Context, name string) (numbers, error) {
	text := ctx.String(name)
	if text == "" {
		return numbers{}, nil
	}
	n, err := parseNumbers(text)
	if err != nil {
		return n, usagef("--%s: %v", name, err)
	}
	return n, nil
}

func classFlag(text, value string) *cli.StringSliceFlag {
	return &cli.StringSliceFlag{Name: "class", Usage: text + " of the class `NAME`; repeatable, or with commas; all is every class", DefaultText: value}
}

// classesOf are the classes that --class names, each once, of those that source
// has; nil: the flag is not set. A name with a comma in it is taken whole.
func classesOf(ctx *cli.Context, known []string, source string) ([]string, error) {
	return chooseClasses(ctx.StringSlice("class"), known, source)
}

func chooseClasses(values, known []string, source string) ([]string, error) {
	var out []string
	add := func(name string) error {
		switch {
		case slices.Contains(out, name):
		case slices.Contains(known, name):
			out = append(out, name)
		case name == "all":
			out = slices.Clone(known)
		default:
			return usagef("--class: %s has no class %q", source, name).hint("its classes are %s; all is every one", strings.Join(known, ", "))
		}
		return nil
	}
	for _, v := range values {
		names := []string{v}
		if !slices.Contains(known, v) {
			names = splitList(v)
		}
		for _, name := range names {
			if err := add(name); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func foldsFlag(text string) cli.Flag {
	return &cli.StringFlag{Name: "folds", Usage: text + " the folds of `FILE` (.csv with id and fold, or .json)"}
}

func foldFlag(text, value string) cli.Flag {
	return &cli.IntFlag{Name: "fold", Usage: text + " fold `N`", DefaultText: value}
}

func tileMetaFlag(text, value string) cli.Flag {
	return &cli.StringFlag{Name: "tile-meta", Usage: text + " in the table `FILE`, such as tile_meta.csv", DefaultText: value}
}

// imagesFlag tells what image ids are: everywhere a COCO file, or a table of tiles
// whose rows count from 1.
func imagesFlag(text string) cli.Flag {
	return &cli.StringFlag{Name: "images", Usage: text + " the image ids of `FILE`: a COCO file, or a table like tile_meta.csv, whose rows count from 1"}
}

func imageIDFlag(text string) cli.Flag {
	return &cli.StringFlag{Name: "image-id", Value: "int", Usage: "`KIND` of image ids" + text + ": int, a tile's row in tile_meta.csv, from 1; or tile, its 12-hex name"}
}

func tileIDsOf(ctx *cli.Context) (bool, error) {
	return choose(ctx, "image-id", map[string]bool{"int": false, "tile": true})
}

func categoryStartFlag(text string) *cli.Int64Flag {
	return &cli.Int64Flag{Name: "category-start", Value: 1, Usage: "`ID` of the first class" + text}
}

func categoryStartOf(ctx *cli.Context) (int64, error) {
	id := ctx.Int64("category-start")
	if id < 0 {
		return 0, usagef("--category-start: %d is negative", id)
	}
	return id, nil
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

// splitList gives the words of a list with commas.
func splitList(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// oneStdin refuses two inputs that are standard input.
func oneStdin(paths ...string) error {
	n := 0
	for _, path := range paths {
		if path == "-" {
			n++
		}
	}
	if n > 1 {
		return usagef("two inputs cannot both be standard input")
	}
	return nil
}

// tileSizeOf reads --tile-size, the edge of tiles in pixels.
func tileSizeOf(ctx *cli.Context, least int) (int, error) {
	text := ctx.String("tile-size")
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > maxTileSize {
		return 0, fmt.Errorf("%q is not a number of pixels from %d to %d", text, least, maxTileSize)
	}
	return n, nil
}

// maxTileSize bounds --tile-size, in pixels.
const maxTileSize = 1 << 15

// postFlag is a list of steps on masks, in the words of rle.ParseSteps.
func postFlag(value string) cli.Flag {
	return &cli.StringFlag{Name: "post", Usage: "change each mask by `STEPS`: erode|dilate|open|close:SHAPE:RADIUS[:TIMES], fill, largest, remove-small:N, min-area:N; or none", DefaultText: value}
}

func parseSteps(text string) ([]rle.Step, error) {
	if text == "none" {
		return nil, nil
	}
	steps, err := rle.ParseSteps(text)
	if err != nil {
		return nil, usagef("--post: %v", err)
	}
	return steps, nil
}
