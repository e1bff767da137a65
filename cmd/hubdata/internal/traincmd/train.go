package traincmd

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

const help = `Trains models by a recipe: a file that says which trainings follow each other, on
which data, from which checkpoint of which training, and what happens in between.

A stage trains with MMDetection 2.x or 3.x, or with any program, such as ultralytics,
RF-DETR or torchvision. MMDetection is used as it is installed; its configs stay as they
are: each training gets a small config that inherits from yours. Another program is
started with the command line that the recipe writes.

examples:
   hubdata train init quickstart-torchvision
   hubdata train check
   hubdata train plan
   hubdata train graph --svg > recipe.svg`

// Command is hubdata train.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "train",
		Usage:       "train models by a recipe, with MMDetection or any program",
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
