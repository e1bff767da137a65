package foldscmd

import (
	"errors"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
)

// method says how folds are made.
type method struct {
	folds.DivideOptions
	kSet, seedSet bool
	wantedSlides  int // -k with a method that makes as many folds as there are slides; 0: any
}

// looksAt says whether the folds depend on a label.
func (m *method) looksAt(label string) bool {
	return slices.Contains(m.Stratify, label) || m.Group == label
}

// chooseMethod fills in the default method and labels.
func (o *options) chooseMethod(name string) error {
	m := &o.method
	folder, group, labels := o.Coco == "", m.Group != "", len(m.Stratify) > 0
	method, known := folds.ParseMethod(name)
	if name == "" {
		method, known = folds.ChooseMethod(labels || folder && !group, group), true
	}
	m.Method = method
	if !labels && folder && method.Labels() == folds.Required {
		m.Stratify, labels = []string{"wsi"}, true
		if method == folds.MethodIterative {
			m.Stratify = append(m.Stratify, "vessels")
		}
	}
	switch {
	case !known:
		return ui.Usagef("--method: %q is not one of stratified, kfold, group, stratified-group, iterative, spatial, quantile, wsi", name)
	case method.Labels() == folds.Required && !labels:
		return ui.Usagef("--method %s needs a label: add --stratify FIELD", method)
	case method.Labels() == folds.Ignored && labels:
		return ui.Usagef("--method %s uses no labels: leave out --stratify, or use --method stratified", method)
	case method.Groups() == folds.Required && !group:
		return ui.Usagef("--method %s needs groups: add --group wsi or another label", method)
	case method.Groups() == folds.Ignored && group:
		return ui.Usagef("--method %s does not keep groups together: leave out --group, or use --method group or stratified-group", method)
	case m.seedSet && !method.Shuffles():
		return ui.Usagef("--method %s does not shuffle: leave out --seed", method)
	case m.K < 2 && method != folds.MethodSlide:
		return ui.Usagef("-k: found %d, expected 2 folds or more", m.K)
	}
	if method == folds.MethodSlide {
		if m.kSet {
			m.wantedSlides = m.K
		}
		m.K = 0
	}
	return nil
}

// divide makes a plan. what is what messages call an image.
func (m *method) divide(c *ui.Console, images *folds.Images, what string) (*folds.Plan, error) {
	o := m.DivideOptions
	o.Warn = func(err error) { c.Note("%v", err) }
	plan, err := folds.Divide(images, &o)
	if err != nil {
		return nil, m.explain(err, len(images.Names), what)
	}
	if m.wantedSlides != 0 && m.wantedSlides != plan.K {
		return nil, ui.Usagef("-k %d, but the tiles are on %d slides, and each slide is a fold: leave out -k", m.wantedSlides, plan.K)
	}
	return plan, nil
}

// explain adds what to do to an error of the strategies.
func (m *method) explain(err error, n int, what string) error {
	f := &ui.Failure{Code: ui.ExitUsage, Err: err}
	switch {
	case errors.Is(err, folds.ErrFewSamples):
		more := ""
		if what == "tile" {
			more = ", or more tiles with --dataset"
		}
		return f.Hint("%s to be divided; use a smaller -k%s", ui.Plural(n, what+" is", what+"s are"), more)
	case errors.Is(err, folds.ErrFewGroups) && m.Method == folds.MethodSlide:
		return f.Hint("each slide is a fold; use more slides, or another --method")
	case errors.Is(err, folds.ErrFewGroups):
		return f.Hint("use a smaller -k, or another --group")
	case errors.Is(err, folds.ErrSmallClasses):
		return f.Hint("use a smaller -k, or a label with larger classes; --method kfold uses no labels")
	case errors.Is(err, folds.ErrSplits), errors.Is(err, folds.ErrLengths):
		return f
	}
	return err
}
