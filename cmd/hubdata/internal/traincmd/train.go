package traincmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/mmdet"
	"github.com/urfave/cli/v2"
)

const trainHelp = `Trains models with MMDetection 2.x or 3.x by a recipe: a file that says which
trainings follow one another, on which data, with which checkpoint of which
training, and what comes between them. MMDetection is used as it is installed;
its configs stay as they are: each training gets a small one that inherits from
yours.

examples:
   hubdata train init quickstart-mmdet3
   hubdata train check
   hubdata train plan
   hubdata train graph --svg > recipe.svg`

func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "train",
		Usage:       "train models with MMDetection by a recipe",
		UsageText:   "COMMAND [flags] [arguments]",
		Description: trainHelp,
		Subcommands: append(trainPlanCommands(c), trainRunCommands(c)...),
	}
}

// trainPlanCommands are the subcommands of train that start nothing.
func trainPlanCommands(c *ui.Console) []*cli.Command {
	return []*cli.Command{
		trainInitCommand(c),
		trainCheckCommand(c),
		trainPlanCommand(c),
		trainGraphCommand(c),
	}
}

// recipeNames are looked for in a folder.
var recipeNames = []string{"recipe.yaml", "recipe.yml", "recipe.json"}

// openRecipe reads the recipe of a file; of a folder, or "" for this one, that in
// it.
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
			return nil, ui.Usagef("no recipe in %s: want recipe.yaml there, or its name", dir).Hint("hubdata train init writes one")
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	r, err := mmdet.ReadRecipe(f, path)
	return r, recipeFailure(err)
}

// recipeFailure makes what is wrong with a recipe a failure of usage.
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
		return nil, ui.Usagef("%s: found %d arguments, want one recipe", flags.CommandName(ctx.Command), ctx.NArg())
	}
	return openRecipe(ctx.Args().First())
}

// resolve gives what a plan knows of a stage before anything has run: for the
// checkpoint of another stage its description. There is one for each process.
func resolve(r *mmdet.Recipe, s *mmdet.Stage) ([]mmdet.Resolved, error) {
	in := mmdet.Resolved{PythonPath: os.Getenv("PYTHONPATH")}
	if from, pick := r.Weights(s); from != nil {
		in.LoadFrom = fmt.Sprintf("<%s of %s>", pick, from.ID)
	}
	if s.Kind == mmdet.Train || s.Kind == mmdet.Infer {
		text, err := os.ReadFile(r.ConfigPath(s))
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
