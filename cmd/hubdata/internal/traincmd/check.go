package traincmd

import (
	"context"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/mmdet"
	"github.com/urfave/cli/v2"
)

const checkHelp = `Checks a recipe (default: recipe.yaml in this folder) and what it needs, before a GPU
is used: the recipe's keys and links, the configs, weights, datasets and images, the
programs and scripts it starts, and the packages of its Python, which it asks once
(--no-tool: not those). Datasets that the recipe builds are checked once they exist.

Data is checked against what MMDetection fails on or misreads silently: class names
and their order, ids, boxes, areas, masks, sizes, tiles that are used for both
training and validation. For each training it shows how many images MMDetection will
keep, and the iterations per epoch, to compare with its log.

examples:
   hubdata train check
   hubdata train check --no-images winner.yaml
   hubdata train check --json | jq '.stages[] | {id, kept_images, iters_per_epoch}'`

func checkCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "check",
		Usage:       "check a recipe, and its data against MMDetection's rules",
		UsageText:   "[flags] [RECIPE]",
		Description: checkHelp,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "no-images", Usage: "do not check image files"},
			&cli.BoolFlag{Name: "no-tool", Usage: "do not check programs, scripts and packages of Python"},
			flags.JsonFlag("the findings"),
			flags.QuietFlag("counts, only faults"),
		},
		Action: func(ctx *cli.Context) error {
			r, err := recipeArgument(ctx)
			if err != nil {
				return err
			}
			return runCheck(ctx.Context, c, r, !ctx.Bool("no-images"), !ctx.Bool("no-tool"))
		},
	}
}

// runCheck checks a recipe and prints what was found.
func runCheck(ctx context.Context, c *ui.Console, r *mmdet.Recipe, images, programs bool) error {
	stages, err := checkStages(ctx, newDataChecker(c, r, images))
	if err != nil {
		return err
	}
	tool := &checkedTool{Findings: stageFindings{}, NotChecked: []string{"tool"}}
	if programs {
		if tool, err = checkTool(ctx, r); err != nil {
			return err
		}
	}
	if c.JSON {
		if err := ui.PrintJSON(c.Out, map[string]any{"recipe": r.Name, "tool": tool, "stages": stages}); err != nil {
			return err
		}
	} else {
		printCheck(c, stages)
		printTool(c, tool)
	}
	fatal := countFatal(stages) + len(tool.Findings)
	if fatal == 0 {
		return nil
	}
	if err := c.Flush(); err != nil {
		return err
	}
	return ui.Failf(ui.ExitBadData, "recipe %s: fix %s before you run it", r.Name, ui.Plural(fatal, "fault", "faults"))
}

// printCheck prints what was found, for people.
func printCheck(c *ui.Console, stages []*checkedStage) {
	shown := map[string]bool{} // a file may belong to several stages
	for _, s := range stages {
		var parts []string
		if s.TrainImages > 0 {
			of := ""
			if s.KeptImages > 0 || s.Kind != string(mmdet.CommandKind) {
				of = ui.Thousands(s.KeptImages) + " of "
			}
			parts = append(parts, "trains on "+of+ui.Plural(s.TrainImages, "image", "images")+" with "+ui.Plural(s.Instances, "instance", "instances"))
		}
		if s.ItersPerEpoch > 0 {
			parts = append(parts, ui.Plural(s.ItersPerEpoch, "iteration", "iterations")+" per epoch")
		}
		if s.ValImages > 0 && s.trains {
			parts = append(parts, "validates on "+ui.Plural(s.ValImages, "image", "images"))
		} else if s.ValImages > 0 {
			parts = append(parts, "predicts on "+ui.Plural(s.ValImages, "image", "images"))
		}
		if len(s.NotBuilt) > 0 {
			parts = append(parts, "not built yet: "+strings.Join(s.NotBuilt, ", "))
		}
		if !c.Quiet && len(parts) > 0 {
			ui.Fprintf(c.Out, "%s: %s\n", s.ID, strings.Join(parts, ", "))
		}
		for _, f := range s.Findings {
			text := s.Findings.text(f)
			if shown[text] {
				continue
			}
			shown[text] = true
			ui.Fprintf(c.Out, "%s: %s: %s\n", s.ID, f.Severity, text)
		}
	}
}
