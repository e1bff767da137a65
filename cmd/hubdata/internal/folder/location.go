package folder

import (
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

// Location is where a dataset folder's outlines and tiles are, and how to read them. It is the flags that all commands
// share that read outlines.
type Location struct {
	Dir              string
	Polygons, Tiles  string // paths; empty: found in Dir
	Force, KeepGoing bool
	Workers          int // 0: one per CPU
	MaxLine          int // in bytes
}

// LocationFlags are the flags of [Location].
func LocationFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "polygons", Usage: "read outlines from `FILE`; - is standard input", DefaultText: "polygons.jsonl in DIR"},
		flags.TileMetaFlag("look up tiles", "the one in DIR"),
		&cli.BoolFlag{Name: "keep-going", Usage: "skip bad lines, list them, and exit with 4"},
		&cli.IntFlag{Name: "max-line", Value: wsi.DefaultMaxLine, Usage: "refuse lines of more than `N` bytes"},
		flags.WorkersFlag(),
		flags.ForceFlag(),
	}
}

// ParseLocation reads the values of [LocationFlags] and the folder, the command's argument.
func ParseLocation(ctx *cli.Context) (Location, error) {
	l := Location{
		Polygons:  ctx.String("polygons"),
		Tiles:     ctx.String("tile-meta"),
		Force:     ctx.Bool("force"),
		KeepGoing: ctx.Bool("keep-going"),
		MaxLine:   ctx.Int("max-line"),
	}
	var err error
	if l.Dir, err = DataDir(ctx); err != nil {
		return l, err
	}
	if err := flags.OneStdin(l.Polygons, l.Tiles); err != nil {
		return l, err
	}
	if l.Workers, err = flags.WorkersOf(ctx); err != nil {
		return l, err
	}
	if l.MaxLine < 1 || l.MaxLine > 1<<30 {
		return l, ui.Usagef("--max-line: %d is not from 1 to %d", l.MaxLine, 1<<30)
	}
	return l, nil
}

// Open opens one of the files: the path, or if that is empty the file of the name in the folder.
func (l *Location) Open(c *ui.Console, path, name string) (*files.Input, error) {
	if path == "" {
		var err error
		if path, err = files.FindInput(l.Dir, name); err != nil {
			return nil, err
		}
	}
	return files.OpenInput(c, path)
}

// DataDir is the dataset folder: the command's argument, else $HUBDATA_DATA, else the current folder.
func DataDir(ctx *cli.Context) (string, error) {
	if ctx.NArg() > 1 {
		return "", ui.Usagef("%s takes one folder, found %q", ctx.Command.Name, ctx.Args().Slice())
	}
	return DataFolder(ctx.Args().First())
}

// DataFolder is the dataset folder dir; if that is empty, $HUBDATA_DATA, else the current folder.
func DataFolder(dir string) (string, error) {
	if dir == "" {
		dir = os.Getenv("HUBDATA_DATA")
	}
	if dir == "" {
		dir = "."
	}
	if st, err := os.Stat(dir); err != nil {
		return "", ui.Failf(ui.ExitFailure, "no folder %s", dir).Hint("name a HuBMAP folder, which has polygons.jsonl and tile_meta.csv")
	} else if !st.IsDir() {
		return "", ui.Usagef("%s is not a folder", dir).Hint("name a HuBMAP folder, which has polygons.jsonl and tile_meta.csv")
	}
	return dir, nil
}
