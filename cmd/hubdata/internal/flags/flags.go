// Package flags has the flags that several commands share, so that each means the same in all of them, and reads their
// values.
//
// In usage texts, a word in backquotes is the name of the flag's value. Package app copies --json and --quiet to the
// console.
package flags

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/rle"
	"github.com/urfave/cli/v2"
)

// JsonFlag is --json; what is printed.
func JsonFlag(what string) cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print " + what + " as JSON"}
}

// QuietFlag is --quiet; what is not printed.
func QuietFlag(what string) cli.Flag {
	return &cli.BoolFlag{Name: "quiet", Usage: "print no " + what}
}

// SummaryFlags are --json and --quiet of commands that print a summary.
func SummaryFlags() []cli.Flag {
	return []cli.Flag{JsonFlag("the summary"), QuietFlag("summary and no remarks")}
}

// ForceFlag is --force.
func ForceFlag() cli.Flag {
	return &cli.BoolFlag{Name: "force", Usage: "overwrite files that hubdata did not write"}
}

// OutFlag is -o; text says what `OUT` is.
func OutFlag(text string) *cli.StringFlag {
	return &cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: text}
}

// OutFileFlag is -o of commands that write one file and need its name.
func OutFileFlag() cli.Flag { return OutFlag("write to the file `OUT`; - is standard output") }

// OutFile is the file that -o names, which must be given.
func OutFile(ctx *cli.Context) (string, error) {
	out := ctx.String("out")
	if out == "" {
		return "", ui.Usagef("%s: name the output file with -o FILE", CommandName(ctx.Command))
	}
	return out, nil
}

// WorkersFlag is -j.
func WorkersFlag() cli.Flag {
	return &cli.IntFlag{Name: "workers", Aliases: []string{"j"},
		Usage: "run `N` workers in parallel; the result does not depend on it", DefaultText: "CPU count"}
}

// maxWorkers is the largest value of -j: more do not help, and each needs memory.
const maxWorkers = 1024

// WorkersOf is the value of -j; 0: one worker per CPU.
func WorkersOf(ctx *cli.Context) (int, error) {
	n := ctx.Int("workers")
	if n < 0 {
		return 0, ui.Usagef("--workers: %d is negative", n)
	}
	if n > maxWorkers {
		return 0, ui.Usagef("--workers: found %d, expected at most %d", n, maxWorkers)
	}
	return n, nil
}

// DatasetFlag is --dataset, which chooses tiles; text says for what.
func DatasetFlag(text, value string) *cli.StringFlag {
	return &cli.StringFlag{Name: "dataset", Value: value, Usage: text + " of the datasets `LIST`, as in 1,2"}
}

// WsiFlag is --wsi, which chooses tiles; text says for what.
func WsiFlag(text string) *cli.StringFlag {
	return &cli.StringFlag{Name: "wsi", Usage: text + " of the whole-slide images `LIST`, as in 1,2 or 6-9 or <8",
		DefaultText: "all"}
}

// NumbersOf is the value of a flag that names numbers; all, if it is not set.
func NumbersOf(ctx *cli.Context, name string) (Numbers, error) {
	text := ctx.String(name)
	if text == "" {
		return Numbers{}, nil
	}
	n, err := ParseNumbers(text)
	if err != nil {
		return n, ui.Usagef("--%s: %v", name, err)
	}
	return n, nil
}

// ClassFlag is --class, which chooses instances; text says for what.
func ClassFlag(text, value string) *cli.StringSliceFlag {
	return &cli.StringSliceFlag{Name: "class",
		Usage: text + " of the class `NAME`; repeatable, or several with commas; all: every class", DefaultText: value}
}

// ClassesOf is [ChooseClasses] for the values of --class; nil if it is not set.
func ClassesOf(ctx *cli.Context, known []string, source string) ([]string, error) {
	return ChooseClasses(ctx.StringSlice("class"), known, source)
}

// ChooseClasses are the classes that values name, without duplicates, out of the known ones of source. A value is a
// name,
// several with commas, or all. A known name with a comma in it is one name.
func ChooseClasses(values, known []string, source string) ([]string, error) {
	var out []string
	add := func(name string) error {
		switch {
		case slices.Contains(out, name):
		case slices.Contains(known, name):
			out = append(out, name)
		case name == "all":
			out = slices.Clone(known)
		default:
			f := ui.Usagef("--class: %s has no class %q", source, name)
			if len(known) == 0 {
				return f.Hint("it has no categories")
			}
			return f.Hint("its classes are %s; all: every class", strings.Join(known, ", "))
		}
		return nil
	}
	for _, v := range values {
		names := []string{v}
		if !slices.Contains(known, v) {
			names = SplitList(v)
		}
		for _, name := range names {
			if err := add(name); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// FoldsFlag is --folds, a fold plan; text says what for.
func FoldsFlag(text string) cli.Flag {
	return &cli.StringFlag{Name: "folds", Usage: text + " the folds of `FILE` (.csv with id and fold, or .json)"}
}

// FoldFlag is --fold, a fold of the plan; text says what for.
func FoldFlag(text, value string) cli.Flag {
	return &cli.IntFlag{Name: "fold", Usage: text + " fold `N`", DefaultText: value}
}

// TileMetaFlag is --tile-meta; text says what for.
func TileMetaFlag(text, value string) cli.Flag {
	return &cli.StringFlag{Name: "tile-meta", Usage: text + " in the table `FILE`, such as tile_meta.csv",
		DefaultText: value}
}

// ImagesFlag is --images, which says what image ids mean: in every command by a COCO file, or by a table of tiles,
// whose
// rows count from 1.
func ImagesFlag(text string) cli.Flag {
	return &cli.StringFlag{Name: "images",
		Usage: text + " the image ids of `FILE`: a COCO file, or a table like tile_meta.csv, whose rows count from 1"}
}

// ImageIDFlag is --image-id, the kind of ids in what is written.
func ImageIDFlag(text string) cli.Flag {
	return &cli.StringFlag{Name: "image-id", Value: "int", Usage: "`KIND` of image ids" + text +
		": int, the tile's row in tile_meta.csv, from 1; or tile, its name of 12 hex digits"}
}

// TileIDsOf reports whether --image-id asks for the names of tiles.
func TileIDsOf(ctx *cli.Context) (bool, error) {
	return Choose(ctx, "image-id", map[string]bool{"int": false, "tile": true})
}

// CategoryStartFlag is --category-start.
func CategoryStartFlag(text string) *cli.Int64Flag {
	return &cli.Int64Flag{Name: "category-start", Value: 1, Usage: "`ID` of the first class" + text}
}

// CategoryStartOf is the value of --category-start.
func CategoryStartOf(ctx *cli.Context) (int64, error) {
	id := ctx.Int64("category-start")
	if id < 0 {
		return 0, ui.Usagef("--category-start: %d is negative", id)
	}
	return id, nil
}

// Choose is what a flag's value means by a table of the allowed ones.
func Choose[T any](ctx *cli.Context, flag string, values map[string]T) (T, error) {
	v, ok := values[ctx.String(flag)]
	if !ok {
		var known []string
		for k := range values {
			known = append(known, k)
		}
		slices.Sort(known)
		return v, ui.Usagef("--%s: %q is not one of %s", flag, ctx.String(flag), strings.Join(known, ", "))
	}
	return v, nil
}

// SplitList splits a list at its commas, and drops spaces and empty words.
func SplitList(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// OneStdin reports that two inputs are standard input.
func OneStdin(paths ...string) error {
	n := 0
	for _, path := range paths {
		if path == "-" {
			n++
		}
	}
	if n > 1 {
		return ui.Usagef("only one input can be standard input")
	}
	return nil
}

// TileSizeOf is the value of --tile-size, the edge of tiles in pixels, which is least or more.
func TileSizeOf(ctx *cli.Context, least int) (int, error) {
	text := ctx.String("tile-size")
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > maxTileSize {
		return 0, fmt.Errorf("%q is not a number of pixels from %d to %d", text, least, maxTileSize)
	}
	return n, nil
}

// maxTileSize bounds --tile-size, in pixels.
const maxTileSize = 1 << 15

// PostFlag is --post: steps done to each mask, as [rle.ParseSteps] reads them.
func PostFlag(value string) cli.Flag {
	return &cli.StringFlag{Name: "post",
		Usage: "change each mask by `STEPS`: erode|dilate|open|close:SHAPE:RADIUS[:TIMES], fill, largest, remove-small:N, min-area:N; or none", DefaultText: value}
}

// ParseSteps reads the value of --post; none: no steps.
func ParseSteps(text string) ([]rle.Step, error) {
	if text == "none" {
		return nil, nil
	}
	steps, err := rle.ParseSteps(text)
	if err != nil {
		return nil, ui.Usagef("--post: %v", err)
	}
	return steps, nil
}

// CommandName is a command's name with those of the commands above it, without the program's.
func CommandName(cmd *cli.Command) string {
	_, name, _ := strings.Cut(cmd.HelpName, " ")
	return name
}
