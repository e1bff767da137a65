package traincmd

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

const help = `Trains models with MMDetection 2.x or 3.x by a recipe: a file that says which
trainings follow each other, on which data, from which checkpoint of which training,
and what happens in between. MMDetection is used as it is installed; its configs stay
as they are: each training gets a small config that inherits from yours.

examples:
   hubdata train init quickstart-mmdet3
   hubdata train check
   hubdata train plan
   hubdata train graph --svg > recipe.svg`

// Command is hubdata train.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "train",
		Usage:       "train models with MMDetection by a recipe",
		UsageText:   "COMMAND [flags] [arguments]",
		Description: help,
		Subcommands: []*cli.Command{
			initCommand(c),
			checkCommand(c),
			planCommand(c),
			graphCommand(c),
			runCommand(c),
			statusCommand(c),
			pickCommand(c),
			logsCommand(c),
			submitCommand(c),
		},
	}
}
