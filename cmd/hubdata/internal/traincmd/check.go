package traincmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/mmdet"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
	"github.com/urfave/cli/v2"
)

const trainCheckHelp = `Checks a recipe (default: recipe.yaml in this folder) and what it needs, before
a GPU is touched, and without Python: the recipe's keys and links, the configs,
weights, datasets and images. Datasets that the recipe builds are checked once
they are there.

Data is held against what MMDetection fails on, or misreads without a word:
class names and their order, ids, boxes, areas, masks, sizes, tiles that are
trained on and validated on. For each training it tells how many images
MMDetection will keep, and the iterations of an epoch, to compare with its log.

examples:
   hubdata train check
   hubdata train check --no-images winner.yaml
   hubdata train check --json | jq '.stages[] | {id, kept_images, iters_per_epoch}'`

func trainCheckCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "check",
		Usage:       "check a recipe, and its data against MMDetection's rules",
		UsageText:   "[flags] [RECIPE]",
		Description: trainCheckHelp,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "no-images", Usage: "do not look at image files"},
			flags.JsonFlag("the findings"),
			flags.QuietFlag("counts, only what is wrong"),
		},
		Action: func(ctx *cli.Context) error {
			r, err := recipeArgument(ctx)
			if err != nil {
				return err
			}
			return runTrainCheck(ctx, c, r)
		},
	}
}

// checkedStage is what is found of a stage.
type checkedStage struct {
	ID            string        `json:"id"`
	Kind          string        `json:"kind"`
	TrainImages   int           `json:"train_images,omitempty"`
	KeptImages    int           `json:"kept_images,omitempty"`
	Instances     int           `json:"instances,omitempty"`         // on those
	Ignored       int           `json:"ignored_instances,omitempty"` // on those
	ItersPerEpoch int           `json:"iters_per_epoch,omitempty"`
	ValImages     int           `json:"val_images,omitempty"`
	NotBuilt      []string      `json:"not_built,omitempty"` // datasets
	Findings      stageFindings `json:"findings"`
}

// stageFindings are what is found of a stage: in its data, or else without a file.
type stageFindings []mmdet.Finding

// text says what a finding is.
func (stageFindings) text(f mmdet.Finding) string {
	if f.File == "" {
		return f.Reason
	}
	return f.String()
}

// MarshalJSON gives the findings as --json prints them.
func (l stageFindings) MarshalJSON() ([]byte, error) {
	type row struct {
		Code   coco.Code `json:"code"`
		Fatal  bool      `json:"fatal"`
		Reason string    `json:"reason"`
		Count  int       `json:"count"`
	}
	rows := []row{}
	for _, f := range l {
		rows = append(rows, row{f.Code, f.Severity == coco.SeverityError, l.text(f), f.Count})
	}
	return json.Marshal(rows)
}

// find adds an error that is not in data.
func (s *checkedStage) find(code coco.Code, format string, args ...any) {
	s.Findings = append(s.Findings, mmdet.Finding{Finding: coco.Finding{Code: code, Severity: coco.SeverityError, Reason: fmt.Sprintf(format, args...)}, Count: 1})
}

func runTrainCheck(ctx *cli.Context, c *ui.Console, r *mmdet.Recipe) error {
	order, err := r.Order()
	if err != nil {
		return recipeFailure(err)
	}
	data := newDataChecker(c, r, !ctx.Bool("no-images"))
	stages := []*checkedStage{}
	fatal := map[string]bool{} // a file may be that of several stages
	for _, s := range order {
		if s.Kind == mmdet.BuildData {
			continue
		}
		st, err := checkStage(ctx, data, s)
		if err != nil {
			return err
		}
		for _, f := range st.Findings {
			if f.Severity == coco.SeverityError {
				fatal[st.Findings.text(f)] = true
			}
		}
		stages = append(stages, st)
	}
	if c.JSON {
		if err := ui.PrintJSON(c.Out, map[string]any{"recipe": r.Name, "stages": stages}); err != nil {
			return err
		}
	} else {
		printCheck(c, stages)
	}
	if len(fatal) == 0 {
		return nil
	}
	if err := c.Flush(); err != nil {
		return err
	}
	return ui.Failf(ui.ExitBadData, "recipe %s: %s to mend before it can run", r.Name, ui.Plural(len(fatal), "fault", "faults"))
}

// checkStage checks the files of a stage.
func checkStage(ctx *cli.Context, data *mmrun.DataChecker, s *mmdet.Stage) (*checkedStage, error) {
	r := data.Recipe
	st := &checkedStage{ID: s.ID, Kind: string(s.Kind)}
	if s.Kind != mmdet.Train && s.Kind != mmdet.Infer {
		return st, nil
	}
	if config := r.ConfigPath(s); !strings.Contains(config, "::") {
		if _, err := os.Stat(config); errors.Is(err, fs.ErrNotExist) {
			st.find("config-missing", "%s: no such config: want it there, or another folder in roots.configs", config)
		}
	}
	for _, init := range []*mmdet.Init{s.Init, s.From} {
		if init == nil || init.File == "" {
			continue
		}
		if file := r.InitFile(init); !files.Exists(file) {
			st.find("weights-missing", "%s: no such file: put the weights there, or name them in init", file)
		}
	}
	runs, err := resolve(r, s)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		var bad *mmdet.StageError
		if _, err := r.Overlay(s, &runs[i]); errors.As(err, &bad) {
			st.find("config", "%s", bad.Reason)
			break
		}
	}
	report, missing, err := data.Check(ctx.Context, s)
	if err != nil {
		return nil, err
	}
	for _, id := range missing {
		if written(r, id) {
			st.NotBuilt = append(st.NotBuilt, id)
		} else {
			file, _ := r.DataPath(id)
			st.find("data-missing", "%s: no such file, and dataset %s has no build: want the file there", file, id)
		}
	}
	st.TrainImages, st.KeptImages, st.ItersPerEpoch, st.ValImages = report.TrainImages, report.KeptImages, report.ItersPerEpoch, report.ValImages
	st.Instances, st.Ignored = report.Instances, report.Ignored
	st.Findings = append(st.Findings, report.Findings...)
	return st, nil
}

// written says whether a stage of the recipe writes a dataset.
func written(r *mmdet.Recipe, id string) bool {
	if d := r.Data(id); d != nil && d.Build != nil {
		return true
	}
	return slices.ContainsFunc(r.Stages, func(s mmdet.Stage) bool { return s.Kind == mmdet.Pseudo && s.Out == id })
}

func printCheck(c *ui.Console, stages []*checkedStage) {
	told := map[string]bool{} // a file may be that of several stages
	for _, s := range stages {
		var parts []string
		if s.TrainImages > 0 {
			parts = append(parts, fmt.Sprintf("trains on %d of %s", s.KeptImages, ui.Plural(s.TrainImages, "image", "images"))+" with "+ui.Plural(s.Instances, "instance", "instances"))
		}
		if s.ItersPerEpoch > 0 {
			parts = append(parts, ui.Plural(s.ItersPerEpoch, "iteration", "iterations")+" an epoch")
		}
		if s.ValImages > 0 && s.Kind == string(mmdet.Train) {
			parts = append(parts, "validates on "+ui.Plural(s.ValImages, "image", "images"))
		} else if s.ValImages > 0 {
			parts = append(parts, "predicts on "+ui.Plural(s.ValImages, "image", "images"))
		}
		if len(s.NotBuilt) > 0 {
			parts = append(parts, "not built yet: "+strings.Join(s.NotBuilt, ", "))
		}
		if !c.Quiet && len(parts) > 0 {
			fmt.Fprintf(c.Out, "%s: %s\n", s.ID, strings.Join(parts, ", "))
		}
		for _, f := range s.Findings {
			text := s.Findings.text(f)
			if told[text] {
				continue
			}
			told[text] = true
			fmt.Fprintf(c.Out, "%s: %s: %s\n", s.ID, f.Severity, text)
		}
	}
}
