package traincmd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/regularfile"
	"github.com/hubdata/hubdata/mmdet"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
	"github.com/urfave/cli/v2"
)

// recipeNames are looked for in a folder.
var recipeNames = []string{"recipe.yaml", "recipe.yml", "recipe.json"}

// openRecipe reads the recipe of a file. Of a folder it reads the one in it; "" is this folder.
func openRecipe(path string) (*mmdet.Recipe, error) {
	if path == "" {
		path = "."
	}
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		dir := path
		for _, name := range recipeNames {
			path = filepath.Join(dir, name)
			if _, err = os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
				break
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, ui.Usagef("no recipe in %s: expected recipe.yaml there, or the name of a recipe", dir).Hint("hubdata train init NAME writes one; hubdata train init --help lists the names")
		}
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ui.Failf(ui.ExitFailure, "%w", err).Hint("the argument is a recipe, or the folder of one; --stage NAME chooses a stage")
	} else if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	r, err := mmdet.ReadRecipe(f, path)
	return r, recipeFailure(err)
}

// recipeFailure gives faults of a recipe the exit code of usage errors.
func recipeFailure(err error) error {
	var (
		bad   *mmdet.RecipeError
		stage *mmdet.StageError
		cycle *mmdet.CycleError
	)
	if errors.As(err, &bad) || errors.As(err, &stage) || errors.As(err, &cycle) {
		return &ui.Failure{Code: ui.ExitUsage, Err: err}
	}
	return err
}

// recipeArgument reads the recipe that a command line names.
func recipeArgument(ctx *cli.Context) (*mmdet.Recipe, error) {
	if ctx.NArg() > 1 {
		return nil, ui.Usagef("%s: found %d arguments, expected one recipe", flags.CommandName(ctx.Command), ctx.NArg())
	}
	return openRecipe(ctx.Args().First())
}

// selectFlags choose stages of a recipe.
func selectFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "stage", Usage: "only `STAGES`, separated by commas"},
		&cli.StringFlag{Name: "until", Usage: "only `STAGE` and what it needs"},
		&cli.StringFlag{Name: "from", Usage: "only `STAGE` and what needs it"},
	}
}

// A selection is a recipe, and the stages of it that a command line chooses.
type selection struct {
	file   string // of the recipe, or its folder
	recipe *mmdet.Recipe
	stages mmrun.Selection
}

// parseSelection reads the recipe that the command line names, and the choice of its stages.
func parseSelection(ctx *cli.Context) (*selection, error) {
	recipe, err := recipeArgument(ctx)
	if err != nil {
		return nil, err
	}
	s := &selection{file: cmp.Or(ctx.Args().First(), "."), recipe: recipe, stages: mmrun.Selection{Until: ctx.String("until"), From: ctx.String("from")}}
	if only := ctx.String("stage"); only != "" {
		s.stages.Only = strings.Split(only, ",")
	}
	return s, nil
}

// runner makes what runs the chosen stages.
func (s *selection) runner(o mmrun.Options) (*mmrun.Runner, error) {
	o.Select = s.stages
	runner, err := mmrun.New(s.recipe, o)
	return runner, failure(err)
}

// resolve gives what a plan knows of a stage before anything has run: for the
// checkpoint of another stage its description. There is one for each process.
func resolve(r *mmdet.Recipe, s *mmdet.Stage) ([]mmdet.Resolved, error) {
	in := mmdet.Resolved{PythonPath: os.Getenv("PYTHONPATH")}
	if from, pick := r.Weights(s); from != nil {
		in.LoadFrom = fmt.Sprintf("<%s of %s>", pick, from.ID)
	}
	if config := r.ConfigPath(s); config != "" {
		text, err := readConfig(config)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		in.Config = text
	}
	if len(s.Scales) == 0 {
		return []mmdet.Resolved{in}, nil
	}
	var all []mmdet.Resolved
	for _, scale := range s.Scales {
		in.Scale = scale
		all = append(all, in)
	}
	return all, nil
}

// readConfig reads a config that a recipe names: a regular file, since to open a named pipe waits for a writer.
func readConfig(path string) ([]byte, error) {
	const most = 16 << 20
	f, st, err := regularfile.Open(path)
	if other := (*regularfile.KindError)(nil); errors.As(err, &other) || err == nil && st.Size() > most {
		err = ui.Failf(ui.ExitBadData, "%s: expected a config, a regular file of at most %d bytes", path, most)
	}
	if f != nil {
		defer func() { _ = f.Close() }() // only read
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, most))
}
