package traincmd

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/atomicfile"
	"github.com/hubdata/hubdata/internal/regularfile"
	"github.com/hubdata/hubdata/mmdet"
	"github.com/urfave/cli/v2"
)

const initHelp = `Writes a recipe that comes with hubdata, for you to change, and the Python script that
it runs, if any:

   hubmap-3rd               the twelve trainings of HuBMAP's 3rd place, with MMDetection 2.x
   hubmap-3rd-2026          the same idea with RF-DETR and YOLO, for one GPU
   quickstart-torchvision   Mask R-CNN of torchvision on the data of hubdata demo
   quickstart-ultralytics   YOLO segmentation of ultralytics on the data of hubdata demo
   quickstart-rfdetr        RF-DETR Seg on the data of hubdata demo
   quickstart-mmdet3        Mask R-CNN of MMDetection 3.x on the data of hubdata demo

--schema prints the JSON Schema of recipes, for editors that support it.

examples:
   hubdata train init quickstart-torchvision
   hubdata train init -o winner.yaml hubmap-3rd
   hubdata train init --schema > recipe.schema.json`

func initCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "init",
		Usage:       "write a recipe to start from",
		UsageText:   "[flags] NAME",
		Description: initHelp,
		Flags: []cli.Flag{
			flags.OutFlag("write to the file `OUT`; - is standard output (default: recipe.yaml)"),
			&cli.BoolFlag{Name: "schema", Usage: "print the JSON Schema of recipes"},
			&cli.BoolFlag{Name: "force", Usage: "overwrite an existing file"},
			flags.QuietFlag("advice"),
		},
		Action: func(ctx *cli.Context) error {
			if ctx.Bool("schema") {
				_, err := c.Out.Write(mmdet.Schema())
				return err
			}
			if ctx.NArg() != 1 {
				return ui.Usagef("hubdata train init: found %d arguments, expected the name of a recipe", ctx.NArg()).Hint("the recipes are %s", strings.Join(mmdet.Shipped(), ", "))
			}
			text, err := mmdet.ShippedRecipe(ctx.Args().First())
			if err != nil {
				return ui.Usagef("%v", err)
			}
			scripts, err := scriptsOf(text)
			if err != nil {
				return err
			}
			return writeRecipe(c, cmp.Or(ctx.String("out"), "recipe.yaml"), text, scripts, ctx.Bool("force"))
		},
	}
}

// scriptsOf returns the scripts that the stages of a shipped recipe read, by name.
func scriptsOf(text []byte) (map[string][]byte, error) {
	r, err := mmdet.ReadRecipe(bytes.NewReader(text), "recipe.yaml")
	if err != nil {
		return nil, err
	}
	scripts := map[string][]byte{}
	for i := range r.Stages {
		for _, name := range r.Stages[i].Files {
			if scripts[name], err = mmdet.ShippedScript(name); err != nil {
				return nil, err
			}
		}
	}
	return scripts, nil
}

// writeRecipe writes a recipe, and its scripts next to it. A script that exists unchanged is left as it is.
func writeRecipe(c *ui.Console, path string, text []byte, scripts map[string][]byte, force bool) error {
	if path == "-" {
		_, err := c.Out.Write(text)
		return err
	}
	if err := files.NotDevice(path); err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(scripts))
	if !force {
		if err := absent(path, nil); err != nil {
			return err
		}
		for _, name := range names {
			if err := absent(filepath.Join(filepath.Dir(path), name), scripts[name]); err != nil {
				return err
			}
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	for _, name := range names { // the recipe last: it is of no use without them
		if err := writeText(filepath.Join(filepath.Dir(path), name), scripts[name]); err != nil {
			return err
		}
	}
	if err := writeText(path, text); err != nil {
		return err
	}
	wrote := path
	for _, name := range names {
		wrote += " and " + name
	}
	c.Note("wrote %s; the first lines of the recipe say what to do next", wrote)
	return nil
}

func writeText(path string, text []byte) error {
	return atomicfile.WriteFile(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// absent returns an error for a file that exists with another content; nil content: that exists.
func absent(path string, content []byte) error {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if content != nil {
		if f, st, err := regularfile.Open(path); err == nil {
			old, err := io.ReadAll(io.LimitReader(f, int64(len(content))+1))
			_ = f.Close() // only read
			if err == nil && st.Size() == int64(len(content)) && bytes.Equal(old, content) {
				return nil
			}
		}
	}
	return ui.Failf(ui.ExitFailure, "%s exists", path).Hint("--force overwrites it; -o writes elsewhere")
}
