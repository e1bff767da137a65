package checkcmd

import (
	"errors"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
)

// scorers are the consumers of results.
var scorers = []check.Consumer{check.Pycocotools, check.Kaggle}

// fits refuses flags that have no effect on the kind of file that was read.
func (o *options) fits(s *Subject) error {
	switch {
	case s.results == nil && o.Truth != "" && s.bad == nil:
		return ui.Usagef("--truth is for results, but %s is a dataset", s.Name).
			Hint("leave out --truth to check the dataset; hubdata eval scores a dataset whose annotations have scores")
	case s.results == nil:
		return nil
	case o.Images != "":
		return ui.Usagef("--image-dir has no effect on results: check the ground truth with it")
	case o.TileMeta != "":
		return ui.Usagef("--tile-meta has no effect on results: check the ground truth with it")
	case o.Consumer != "" && !slices.Contains(scorers, o.Consumer):
		return ui.Usagef("--for: %s does not read results, expected %s or %s", o.Consumer, check.Pycocotools, check.Kaggle)
	}
	return nil
}

func (s *Subject) resultOptions() *check.ResultOptions {
	return &check.ResultOptions{Truth: s.truth, MaxDetections: s.o.MaxDetections, Workers: s.o.Workers}
}

// detections counts a list of results: all, those images that they are on, and their
// categories.
func detections(list []coco.Result) (n, images, categories int) {
	on, of := map[coco.ID]bool{}, map[int64]bool{}
	for i := range list {
		on[list[i].ImageID] = true
		if !list[i].Missing.Has(coco.FieldCategoryID) {
			of[list[i].CategoryID] = true
		}
	}
	return len(list), len(on), len(of)
}

// fixResults fixes results that were checked, and checks the copy.
func (s *Subject) fixResults() (*repair, error) {
	fixed, changes, err := check.FixResults(s.results, s.resultOptions(), s.o.ignores)
	if data := (*coco.Error)(nil); errors.As(err, &data) {
		return nil, ui.Failf(ui.ExitBadData, "%s: %s: %w", s.Name, data.Path, data.Err).Hint("--fix makes no guesses: correct or delete this detection")
	} else if err != nil {
		return nil, err
	}
	return &repair{results: fixed.Results, changes: s.fixedText(changes), left: s.kept(check.Results(fixed, s.resultOptions())), before: len(s.results.Results)}, nil
}

// writeResults writes a list of results, which the caller commits.
func writeResults(outs *files.Outputs, path string, list []coco.Result) error {
	out, err := outs.Create(path)
	if err != nil {
		return err
	}
	err = files.WriteResults(out, path, func(yield func(coco.Result, error) bool) {
		for i := range list {
			if !yield(list[i], nil) {
				return
			}
		}
	})
	if err != nil {
		return out.Failed(err)
	}
	return out.Finish()
}
