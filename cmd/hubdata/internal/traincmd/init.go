package traincmd

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/atomicfile"
	"github.com/hubdata/hubdata/mmdet"
	"github.com/urfave/cli/v2"
)

const initHelp = `Writes a recipe that comes with hubdata, for you to change:

   hubmap-3rd          the twelve trainings of HuBMAP's 3rd place, five models
   quickstart-mmdet3   Mask R-CNN in two stages on the data of hubdata demo

--schema prints the JSON Schema of recipes, for editors that support it.

examples:
   hubdata train init quickstart-mmdet3
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
			return writeRecipe(c, cmp.Or(ctx.String("out"), "recipe.yaml"), text, ctx.Bool("force"))
		},
	}
}

func writeRecipe(c *ui.Console, path string, text []byte, force bool) error {
	if path == "-" {
		_, err := c.Out.Write(text)
		return err
	}
	if err := files.NotDevice(path); err != nil {
		return err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) && !force {
		if err != nil {
			return err
		}
		return ui.Failf(ui.ExitFailure, "%s exists", path).Hint("--force overwrites it; -o writes elsewhere")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	if err := atomicfile.WriteFile(path, func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
		return err
	}
	c.Note("wrote %s; its first lines say what to do next", path)
	return nil
}
