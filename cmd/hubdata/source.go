package main

import (
	"os"

	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

// source says where a dataset folder's outlines and tiles are and how to read
// them: the flags that every command shares which reads them.
type source struct {
	dir              string
	polygons, tiles  string // paths; empty: found in dir
	force, keepGoing bool
	workers, maxLine int
}

func sourceFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "polygons", Usage: "read outlines from `FILE`; - is standard input", DefaultText: "polygons.jsonl in DIR"},
		tileMetaFlag("look tiles up", "that in DIR"),
		&cli.BoolFlag{Name: "keep-going", Usage: "skip bad lines, list them, and exit with 4"},
		&cli.IntFlag{Name: "max-line", Value: wsi.DefaultMaxLine, Usage: "refuse lines of more than `N` bytes"},
		workersFlag("convert lines by"),
		forceFlag(),
	}
}

// parseSource checks the flags' values and the folder.
func parseSource(ctx *cli.Context) (source, error) {
	o := source{
		polygons:  ctx.String("polygons"),
		tiles:     ctx.String("tile-meta"),
		force:     ctx.Bool("force"),
		keepGoing: ctx.Bool("keep-going"),
		maxLine:   ctx.Int("max-line"),
	}
	var err error
	if o.dir, err = dataDir(ctx); err != nil {
		return o, err
	}
	if err := oneStdin(o.polygons, o.tiles); err != nil {
		return o, err
	}
	if o.workers, err = workersOf(ctx); err != nil {
		return o, err
	}
	if o.maxLine < 1 || o.maxLine > 1<<30 {
		return o, usagef("--max-line: %d is not from 1 to %d", o.maxLine, 1<<30)
	}
	return o, nil
}

// open opens one of the files; an empty path is looked for by name in the folder.
func (s *source) open(c *console, path, name string) (*input, error) {
	if path == "" {
		var err error
		if path, err = findInput(s.dir, name); err != nil {
			return nil, err
		}
	}
	return openInput(c, path)
}

// dataDir is the dataset folder: the argument, $HUBDATA_DATA, or here.
func dataDir(ctx *cli.Context) (string, error) {
	if ctx.NArg() > 1 {
		return "", usagef("%s takes one folder, got %q", ctx.Command.Name, ctx.Args().Slice())
	}
	return dataFolder(ctx.Args().First())
}

// dataFolder is the dataset folder dir; if that is empty, $HUBDATA_DATA or here.
func dataFolder(dir string) (string, error) {
	if dir == "" {
		dir = os.Getenv("HUBDATA_DATA")
	}
	if dir == "" {
		dir = "."
	}
	if st, err := os.Stat(dir); err != nil {
		return "", failf(exitFailure, "no folder %s", dir).hint("name a HuBMAP folder: one that holds polygons.jsonl and tile_meta.csv")
	} else if !st.IsDir() {
		return "", usagef("%s is not a folder", dir).hint("name the folder that holds it; --polygons FILE takes another file")
	}
	return dir, nil
}
