package traincmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/regularfile"
	"github.com/hubdata/hubdata/mmdet"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
	"github.com/hubdata/hubdata/pseudo"
)

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

	trains bool
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
	return jsonscan.Marshal(rows)
}

// find adds an error that is not in data.
func (s *checkedStage) find(code coco.Code, format string, args ...any) {
	s.Findings = append(s.Findings, mmdet.Finding{Finding: coco.Finding{Code: code, Severity: coco.SeverityError, Reason: fmt.Sprintf(format, args...)}, Count: 1})
}

// checkStages checks all stages but those that build data.
func checkStages(ctx context.Context, data *mmrun.DataChecker) ([]*checkedStage, error) {
	order, err := data.Recipe.Order()
	if err != nil {
		return nil, recipeFailure(err)
	}
	stages := []*checkedStage{}
	for _, s := range order {
		if s.Kind == mmdet.BuildData {
			continue
		}
		st, err := checkStage(ctx, data, s)
		if err != nil {
			return nil, err
		}
		stages = append(stages, st)
	}
	return stages, nil
}

// countFatal counts the errors. A file may belong to several stages, so equal ones count once.
func countFatal(stages []*checkedStage) int {
	fatal := map[string]bool{}
	for _, st := range stages {
		for _, f := range st.Findings {
			if f.Severity == coco.SeverityError {
				fatal[st.Findings.text(f)] = true
			}
		}
	}
	return len(fatal)
}

// checkPreset makes sure that a preset is one, and fits models of the names of the stage's inputs.
func checkPreset(file string, models []string) error {
	in, _, err := regularfile.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read
	o, err := pseudo.ReadPreset(in)
	if err != nil {
		return err
	}
	_, err = o.ModelsFor(models)
	return err
}

// checkStage checks the files of a stage.
func checkStage(ctx context.Context, data *mmrun.DataChecker, s *mmdet.Stage) (*checkedStage, error) {
	r := data.Recipe
	st := &checkedStage{ID: s.ID, Kind: string(s.Kind), trains: s.Trains()}
	for _, file := range r.StageFiles(s) {
		if !files.Exists(file) {
			st.find("file-missing", "%s: no such file, but the stage reads it: put it there, or change the recipe", file)
		} else if s.Preset != "" {
			if err := checkPreset(file, s.Inputs); err != nil {
				st.find("preset-bad", "%s: %v", file, err)
			}
		}
	}
	if !s.Trains() && !s.Predicts() {
		return st, nil
	}
	if config := r.ConfigPath(s); config != "" && !strings.Contains(config, "::") {
		if _, err := os.Stat(config); errors.Is(err, fs.ErrNotExist) {
			st.find("config-missing", "%s: no such config: put it there, or name another folder in roots.configs", config)
		}
	}
	for _, init := range []*mmdet.Init{s.Init, s.From} {
		if init == nil || init.File == "" {
			continue
		}
		if err := checkWeights(r, s, r.InitFile(init)); errors.Is(err, fs.ErrNotExist) {
			st.find(mmdet.WeightsMissing, "%s: no such file: put the weights there, or name them in init", r.InitFile(init))
		} else if err != nil {
			st.find(mmdet.WeightsBroken, "%s: %v", r.InitFile(init), err)
		}
	}
	runs, err := resolve(r, s)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		var bad *mmdet.StageError
		if _, err := planRun(r, s, &runs[i]); errors.As(err, &bad) {
			st.find("config", "%s", bad.Reason)
			break
		}
	}
	report, missing, err := data.Check(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, id := range missing {
		if written(r, id) {
			st.NotBuilt = append(st.NotBuilt, id)
		} else {
			file, _ := r.DataPath(id)
			st.find("data-missing", "%s: no such file, and dataset %s has no build: put the file there, or add a build", file, id)
		}
	}
	st.TrainImages, st.KeptImages, st.ItersPerEpoch, st.ValImages = report.TrainImages, report.KeptImages, report.ItersPerEpoch, report.ValImages
	st.Instances, st.Ignored = report.Instances, report.Ignored
	st.Findings = append(st.Findings, report.Findings...)
	return st, nil
}

// checkWeights returns an error for a file that does not exist or cannot be weights.
func checkWeights(r *mmdet.Recipe, s *mmdet.Stage, path string) error {
	f, st, err := regularfile.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	return r.CheckWeights(s, f, st.Size())
}

// written reports whether a stage of the recipe writes a dataset.
func written(r *mmdet.Recipe, id string) bool {
	if d := r.Data(id); d != nil && d.Build != nil {
		return true
	}
	return slices.ContainsFunc(r.Stages, func(s mmdet.Stage) bool { return s.Kind == mmdet.Pseudo && s.Out == id })
}
