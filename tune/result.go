package tune

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"

	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/pseudo"
)

// A Result is what a search found. Unseen and all scores next to it are means over the folds,
// weighted by their images, of the goal on each fold: two settings give scores that mean
// different things, so detections of folds that chose differently cannot be in one ranking.
type Result struct {
	Goal   string `json:"goal"`
	Images int    `json:"images"`
	// Unseen is the score of the settings that were chosen without the fold.
	Unseen float64 `json:"unseen"`
	// Interval says how sure that is.
	Interval Interval     `json:"interval"`
	Default  float64      `json:"default"`
	Winner   float64      `json:"winner"` // the competition's 3rd place
	Models   []ModelScore `json:"models"` // each alone, as it is
	// Optimistic is the score of Best, the setting that scores highest on all images. It is
	// higher than what to expect elsewhere.
	Optimistic float64     `json:"optimistic"`
	Best       []KnobValue `json:"best"`
	// Together are scores on all images in one ranking, as hubdata eval computes them.
	Together Together    `json:"together"`
	Folds    []FoldScore `json:"folds"`
	// Chosen is Best, or the default if Best is not better by more than noise even on the
	// images by which it was found.
	Chosen     []KnobValue `json:"chosen"`
	Ablation   []KnobWorth `json:"ablation"`
	Thresholds *Thresholds `json:"thresholds"` // nil: the goal's class has no instance
	Settings   []Trial     `json:"settings"`

	// Options are those of the chosen setting, with its models.
	Options pseudo.Options `json:"-"`
}

// Together are scores on all images in one ranking.
type Together struct {
	Optimistic float64 `json:"optimistic"`
	Default    float64 `json:"default"`
	Winner     float64 `json:"winner"`
}

// An Interval is of a bootstrap over images: each sample draws as many of each fold as it
// has, with replacement. Low and high bound the middle 95 % of the samples.
type Interval struct {
	Samples int     `json:"samples"`
	Low     float64 `json:"low"` // of the unseen score
	High    float64 `json:"high"`
	// Of the unseen score less that of the default.
	Gain     float64 `json:"gain"`
	GainLow  float64 `json:"gain_low"`
	GainHigh float64 `json:"gain_high"`
	Better   float64 `json:"better"` // share of the samples with a gain; a tie counts half
}

// Beyond says whether the gain is more than noise.
func (i *Interval) Beyond() bool { return i.GainLow > 0 }

// A ModelScore is the score of a model alone.
type ModelScore struct {
	Name     string  `json:"name"`
	Score    float64 `json:"score"`
	Together float64 `json:"together"` // on all images in one ranking
}

// A FoldScore is what was chosen without a fold, and how it does on the fold.
type FoldScore struct {
	Fold    int         `json:"fold"`
	Images  int         `json:"images"`
	Chosen  []KnobValue `json:"chosen"`
	Seen    float64     `json:"seen"`    // on the images by which it was chosen
	Unseen  float64     `json:"unseen"`  // on the fold; -1: no true instance is there
	Default float64     `json:"default"` // the default on the fold
}

// A KnobValue is a value of an option.
type KnobValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A KnobWorth is the score of the best setting with each value of one option, on all
// images: by how much the option matters.
type KnobWorth struct {
	Name   string       `json:"name"`
	Best   string       `json:"best"`
	Values []ValueScore `json:"values"`
}

// A ValueScore is the score with a value.
type ValueScore struct {
	Value string  `json:"value"`
	Score float64 `json:"score"`
}

// A Trial is a setting that was tried.
type Trial struct {
	Preset string   `json:"preset,omitempty"`
	Values []string `json:"values,omitempty"` // of the knobs; none: a preset that the space does not have
	Images int      `json:"images"`           // on which it was scored: fewer than all if it was given up
	Score  float64  `json:"score"`            // on these
}

// trial returns the trial of a candidate.
func (s *search) trial(c *candidate) Trial {
	t := Trial{Preset: c.name}
	if c.setting != nil {
		t.Values = s.o.Space.Text(c.setting)
	}
	return t
}

// chosen returns the values of a candidate.
func (s *search) chosen(c *candidate) []KnobValue {
	if c.setting == nil {
		return []KnobValue{{"preset", c.name}}
	}
	out := []KnobValue{}
	for i, v := range s.o.Space.Text(c.setting) {
		out = append(out, KnobValue{s.o.Space.Knobs[i].Name, v})
	}
	return out
}

// result judges what the views have chosen.
func (s *search) result(ctx context.Context, presets []candidate) (*Result, error) {
	all := s.b.all()
	folds, whole := s.views[:len(s.views)-1], &s.views[len(s.views)-1]
	out := &Result{Goal: s.b.Goal.String(), Images: len(all), Best: s.chosen(&whole.best), Chosen: s.chosen(&whole.chosen), Options: whole.chosen.options, Settings: s.tried}
	out.Together.Optimistic = whole.score
	groups := make([][]int, len(folds)) // the images of each fold
	for v := range folds {
		for i, fold := range s.o.Folds {
			if fold == folds[v].fold {
				groups[v] = append(groups[v], i)
			}
		}
	}
	same := func(o *outcome) []*outcome { return slices.Repeat([]*outcome{o}, len(folds)) }
	var def []*outcome
	for _, of := range []struct {
		c            candidate
		to, together *float64
	}{{presets[0], &out.Default, &out.Together.Default}, {presets[1], &out.Winner, &out.Together.Winner}, {whole.best, &out.Optimistic, &out.Together.Optimistic}} {
		_, o, err := s.b.outcomeOf(ctx, of.c.options)
		if err != nil {
			return nil, err
		}
		if def == nil {
			def = same(o)
		}
		if *of.to, err = mean(ctx, same(o), groups); err != nil {
			return nil, err
		}
		if *of.together, err = o.finite(ctx, all); err != nil {
			return nil, err
		}
	}
	unseen := make([]*outcome, len(folds))
	joined, alike := make([]imageOutcome, len(all)), true
	for v := range folds {
		view := &folds[v]
		list, own, err := s.b.outcomeOf(ctx, view.chosen.options)
		if err != nil {
			return nil, err
		}
		unseen[v] = own
		alike = alike && reflect.DeepEqual(view.chosen.options, whole.chosen.options)
		for _, i := range groups[v] {
			joined[i] = list[i]
		}
		f := FoldScore{Fold: view.fold, Images: len(groups[v]), Chosen: s.chosen(&view.chosen), Seen: view.seen}
		if f.Unseen, err = own.finite(ctx, groups[v]); err != nil {
			return nil, err
		}
		if f.Default, err = def[v].finite(ctx, groups[v]); err != nil {
			return nil, err
		}
		out.Folds = append(out.Folds, f)
	}
	var err error
	if out.Unseen, err = mean(ctx, unseen, groups); err != nil {
		return nil, err
	}
	for m, name := range s.b.Models {
		list, err := s.b.single(m)
		if err != nil {
			return nil, err
		}
		own, err := s.b.outcome(ctx, list, all)
		if err != nil {
			return nil, err
		}
		score := ModelScore{Name: name}
		if score.Score, err = mean(ctx, same(own), groups); err != nil {
			return nil, err
		}
		if score.Together, err = own.finite(ctx, all); err != nil {
			return nil, err
		}
		out.Models = append(out.Models, score)
	}
	if out.Ablation, err = s.ablation(ctx, whole); err != nil {
		return nil, err
	}
	if !alike { // a threshold of the joined scores would mean something else in each fold
		if joined, _, err = s.b.outcomeOf(ctx, whole.chosen.options); err != nil {
			return nil, err
		}
	}
	if out.Thresholds = newThresholds(joined); out.Thresholds != nil {
		out.Thresholds.Unseen = alike
	}
	out.Interval, err = s.compare(ctx, unseen, def, groups, cmp.Or(s.o.Samples, 1000))
	out.Interval.Gain = out.Unseen - out.Default
	return out, err
}

// mean returns the mean of the scores of groups of images, weighted by their numbers, each of
// its own outcome. Groups without a true instance are left out; -1: all are.
func mean(ctx context.Context, of []*outcome, groups [][]int) (float64, error) {
	sum, n := 0.0, 0
	for g, images := range groups {
		v, err := of[g].score(ctx, images)
		if err != nil {
			return 0, err
		}
		if v == v {
			sum += float64(v * float64(len(images)))
			n += len(images)
		}
	}
	if n == 0 {
		return -1, nil
	}
	return sum / float64(n), nil
}

// finite returns the score, or -1 if there is no true instance.
func (o *outcome) finite(ctx context.Context, images []int) (float64, error) {
	v, err := o.score(ctx, images)
	return ordered(v), err
}

// ablation scores the chosen setting with every value of each knob.
func (s *search) ablation(ctx context.Context, whole *view) ([]KnobWorth, error) {
	out := []KnobWorth{}
	if whole.best.setting == nil {
		return out, nil
	}
	for i, k := range s.o.Space.Knobs {
		w := KnobWorth{Name: k.Name, Best: k.Values[whole.best.setting[i]]}
		var options []pseudo.Options
		var texts []string
		for v, text := range k.Values {
			other := slices.Clone(whole.best.setting)
			if other[i] = v; !s.o.Space.weighs(other, len(s.b.Models)) {
				continue
			}
			texts = append(texts, text)
			options = append(options, s.o.Space.Options(other, s.b.Models))
		}
		scores, err := s.o.Log.scores(ctx, s.b, options, whole.images, [][]int{whole.images})
		if err != nil {
			return nil, err
		}
		for v, text := range texts {
			w.Values = append(w.Values, ValueScore{text, ordered(scores[v][0])})
		}
		out = append(out, w)
	}
	return out, nil
}

// compare draws the samples of a bootstrap over the images of each group, for the mean score
// of the groups' outcomes and its gain over that of others.
func (s *search) compare(ctx context.Context, of, over []*outcome, groups [][]int, samples int) (Interval, error) {
	out := Interval{Samples: samples}
	scores, gains := make([]float64, samples), make([]float64, samples)
	err := parallel.Each(ctx, s.b.workers, samples, func(i int) error {
		rng := rand.New(rand.NewPCG(s.o.Seed, uint64(i)+1<<32))
		drawn := make([][]int, len(groups))
		for g, images := range groups {
			for range images {
				drawn[g] = append(drawn[g], images[rng.IntN(len(images))])
			}
			slices.Sort(drawn[g])
		}
		a, err := mean(ctx, of, drawn)
		if err != nil {
			return err
		}
		b, err := mean(ctx, over, drawn)
		if err != nil {
			return err
		}
		scores[i], gains[i] = a, a-b
		return nil
	})
	if err != nil {
		return out, err
	}
	for _, g := range gains {
		switch {
		case g > 0:
			out.Better++
		case g == 0:
			out.Better += 0.5
		}
	}
	out.Better /= float64(samples)
	slices.Sort(scores)
	slices.Sort(gains)
	out.Low, out.High = quantile(scores, 0.025), quantile(scores, 0.975)
	out.GainLow, out.GainHigh = quantile(gains, 0.025), quantile(gains, 0.975)
	return out, nil
}

// quantile returns a quantile of a sorted list by numpy's linear method.
func quantile(sorted []float64, part float64) float64 {
	at := float64(part * float64(len(sorted)-1))
	i := int(math.Floor(at))
	j := min(i+1, len(sorted)-1)
	return sorted[i] + float64((sorted[j]-sorted[i])*(at-float64(i)))
}
