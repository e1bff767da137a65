package folder

import (
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

// Location says where a dataset folder's outlines and tiles are and how to read
// them: the flags that every command shares which reads them.
type Location struct {
	Dir              string
	Polygons, Tiles  string // paths; empty: found in dir
	Force, KeepGoing bool
	Workers, MaxLine int
}

func LocationFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "polygons", Usage: "read outlines from `FILE`; - is standard input", DefaultText: "polygons.jsonl in DIR"},
		flags.TileMetaFlag("look tiles up", "that in DIR"),
		&cli.BoolFlag{Name: "keep-going", Usage: "skip bad lines, list them, and exit with 4"},
		&cli.IntFlag{Name: "max-line", Value: wsi.DefaultMaxLine, Usage: "refuse lines of more than `N` bytes"},
		flags.WorkersFlag("convert lines by"),
		flags.ForceFlag(),
	}
}

// ParseLocation checks the flags' values and the folder.
func ParseLocation(ctx *cli.Context) (Location, error) {
	o := Location{
		Polygons:  ctx.String("polygons"),
		Tiles:     ctx.String("tile-meta"),
		Force:     ctx.Bool("force"),
		KeepGoing: ctx.Bool("keep-going"),
		MaxLine:   ctx.Int("max-line"),
	}
	var err error
	if o.Dir, err = DataDir(ctx); err != nil {
		return o, err
	}
	if err := flags.OneStdin(o.Polygons, o.Tiles); err != nil {
		return o, err
	}
	if o.Workers, err = flags.WorkersOf(ctx); err != nil {
		return o, err
	}
	if o.MaxLine < 1 || o.MaxLine > 1<<30 {
		return o, ui.Usagef("--max-line: %d is not from 1 to %d", o.MaxLine, 1<<30)
	}
	return o, nil
}

// Open opens one of the files; an empty path is looked for by name in the folder.
func (s *Location) Open(c *ui.Console, path, name string) (*files.Input, error) {
	if path == "" {
		var err error
		if path, err = files.FindInput(s.Dir, name); err != nil {
			return nil, err
		}
	}
	return files.OpenInput(c, path)
}

// DataDir is the dataset folder: the argument, $HUBDATA_DATA, or here.
func DataDir(ctx *cli.Context) (string, error) {
	if ctx.NArg() > 1 {
		return "", ui.Usagef("%s takes one folder, got %q", ctx.Command.Name, ctx.Args().Slice())
	}
	return DataFolder(ctx.Args().First())
}

// DataFolder is the dataset folder dir; if that is empty, $HUBDATA_DATA or here.
func DataFolder(dir string) (string, error) {
	if dir == "" {
		dir = os.Getenv("HUBDATA_DATA")
	}
	if dir == "" {
		dir = "."
	}
	if st, err := os.Stat(dir); err != nil {
		return "", ui.Failf(ui.ExitFailure, "no folder %s", dir).Hint("name a HuBMAP folder: one that holds polygons.jsonl and tile_meta.csv")
	} else if !st.IsDir() {
		return "", ui.Usagef("%s is not a folder", dir).Hint("name the folder that holds it; --polygons FILE takes another file")
	}
	return dir, nil
}
