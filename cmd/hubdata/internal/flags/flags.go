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

// The flags that several commands have are made here, so that each means the
// same everywhere. A word in backquotes stands for the flag's value in help.
// setUp hands --json and --quiet to the console.

func JsonFlag(what string) cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print " + what + " as JSON"}
}

func QuietFlag(what string) cli.Flag {
	return &cli.BoolFlag{Name: "quiet", Usage: "print no " + what}
}

// SummaryFlags are those of commands that report what they did.
func SummaryFlags() []cli.Flag {
	return []cli.Flag{JsonFlag("the summary"), QuietFlag("summary and no remarks")}
}

func ForceFlag() cli.Flag {
	return &cli.BoolFlag{Name: "force", Usage: "overwrite files that hubdata did not write"}
}

// OutFlag is -o; text tells what OUT is.
func OutFlag(text string) *cli.StringFlag {
	return &cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: text}
}

// OutFileFlag is -o of commands that write one file and want its name.
func OutFileFlag() cli.Flag { return OutFlag("write to the file `OUT`; - is standard output") }

// OutFile is the file that -o names.
func OutFile(ctx *cli.Context) (string, error) {
	out := ctx.String("out")
	if out == "" {
		return "", ui.Usagef("%s: name the file to write with -o FILE", CommandName(ctx.Command))
	}
	return out, nil
}

func WorkersFlag(what string) cli.Flag {
	return &cli.IntFlag{Name: "workers", Aliases: []string{"j"}, Usage: what + " `N` at once; the result does not depend on it", DefaultText: "one a core"}
}

// WorkersOf is how many workers are asked for; 0: one a core.
func WorkersOf(ctx *cli.Context) (int, error) {
	n := ctx.Int("workers")
	if n < 0 {
		return 0, ui.Usagef("--workers: %d is negative", n)
	}
	return n, nil
}

// DatasetFlag and WsiFlag choose tiles; text tells of which they are.
func DatasetFlag(text, value string) *cli.StringFlag {
	return &cli.StringFlag{Name: "dataset", Value: value, Usage: text + " of the datasets `LIST`, as in 1,2"}
}

func WsiFlag(text string) *cli.StringFlag {
	return &cli.StringFlag{Name: "wsi", Usage: text + " of the whole-slide images `LIST`, as in 1,2 or 6-9 or <8", DefaultText: "all"}
}

// NumbersOf is what a flag names; not set, all numbers.
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

func ClassFlag(text, value string) *cli.StringSliceFlag {
	return &cli.StringSliceFlag{Name: "class", Usage: text + " of the class `NAME`; repeatable, or with commas; all is every class", DefaultText: value}
}

// ClassesOf are the classes that --class names, each once, of those that source
// has; nil: the flag is not set. A name with a comma in it is taken whole.
func ClassesOf(ctx *cli.Context, known []string, source string) ([]string, error) {
	return ChooseClasses(ctx.StringSlice("class"), known, source)
}

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
			return ui.Usagef("--class: %s has no class %q", source, name).Hint("its classes are %s; all is every one", strings.Join(known, ", "))
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

func FoldsFlag(text string) cli.Flag {
	return &cli.StringFlag{Name: "folds", Usage: text + " the folds of `FILE` (.csv with id and fold, or .json)"}
}

func FoldFlag(text, value string) cli.Flag {
	return &cli.IntFlag{Name: "fold", Usage: text + " fold `N`", DefaultText: value}
}

func TileMetaFlag(text, value string) cli.Flag {
	return &cli.StringFlag{Name: "tile-meta", Usage: text + " in the table `FILE`, such as tile_meta.csv", DefaultText: value}
}

// ImagesFlag tells what image ids are: everywhere a COCO file, or a table of tiles
// whose rows count from 1.
func ImagesFlag(text string) cli.Flag {
	return &cli.StringFlag{Name: "images", Usage: text + " the image ids of `FILE`: a COCO file, or a table like tile_meta.csv, whose rows count from 1"}
}

func ImageIDFlag(text string) cli.Flag {
	return &cli.StringFlag{Name: "image-id", Value: "int", Usage: "`KIND` of image ids" + text + ": int, a tile's row in tile_meta.csv, from 1; or tile, its 12-hex name"}
}

func TileIDsOf(ctx *cli.Context) (bool, error) {
	return Choose(ctx, "image-id", map[string]bool{"int": false, "tile": true})
}

func CategoryStartFlag(text string) *cli.Int64Flag {
	return &cli.Int64Flag{Name: "category-start", Value: 1, Usage: "`ID` of the first class" + text}
}

func CategoryStartOf(ctx *cli.Context) (int64, error) {
	id := ctx.Int64("category-start")
	if id < 0 {
		return 0, ui.Usagef("--category-start: %d is negative", id)
	}
	return id, nil
}

// Choose maps a flag's value by its table.
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

// SplitList gives the words of a list with commas.
func SplitList(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// OneStdin refuses two inputs that are standard input.
func OneStdin(paths ...string) error {
	n := 0
	for _, path := range paths {
		if path == "-" {
			n++
		}
	}
	if n > 1 {
		return ui.Usagef("two inputs cannot both be standard input")
	}
	return nil
}

// TileSizeOf reads --tile-size, the edge of tiles in pixels.
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

// PostFlag is a list of steps on masks, in the words of rle.ParseSteps.
func PostFlag(value string) cli.Flag {
	return &cli.StringFlag{Name: "post", Usage: "change each mask by `STEPS`: erode|dilate|open|close:SHAPE:RADIUS[:TIMES], fill, largest, remove-small:N, min-area:N; or none", DefaultText: value}
}

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

// CommandName is a command's name without that of the program.
func CommandName(cmd *cli.Command) string {
	_, name, _ := strings.Cut(cmd.HelpName, " ")
	return name
}
