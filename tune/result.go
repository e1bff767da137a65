package tune

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/pseudo"
)

// A Result is what a search found. Scores are of the goal.
type Result struct {
	Goal   string `json:"goal"`
	Images int    `json:"images"`
	// Unseen is the score on all images, each fused by the setting that was chosen without
	// its fold.
	Unseen float64 `json:"unseen"`
	// Interval says how sure that is.
	Interval Interval `json:"interval"`
	// Optimistic is the highest score of any setting on all images, by which it would be
	// chosen. It is higher than what to expect elsewhere.
	Optimistic float64      `json:"optimistic"`
	Best       []KnobValue  `json:"best"`    // the setting of that score
	Default    float64      `json:"default"` // on all images; the search has not chosen it by them
	Winner     float64      `json:"winner"`  // the competition's 3rd place, on all images
	Models     []ModelScore `json:"models"`  // each alone, as it is
	Folds      []FoldScore  `json:"folds"`
	// Chosen is Best, or the default if Best is not better by more than noise even on the
	// images by which it was found.
	Chosen     []KnobValue `json:"chosen"`
	Ablation   []KnobWorth `json:"ablation"`
	Thresholds *Thresholds `json:"thresholds"` // nil: the goal's class has no instance
	Settings   []Trial     `json:"settings"`

	// Options are those of the chosen setting, with its models.
	Options pseudo.Options `json:"-"`
}

// An Interval is of a bootstrap over images: each sample draws as many as there are, with
// replacement. Low and high bound the middle 95 % of the samples.
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
	Name  string  `json:"name"`
	Score float64 `json:"score"`
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
	whole := &s.views[len(s.views)-1]
	out := &Result{Goal: s.b.Goal.String(), Images: len(all), Optimistic: whole.score, Best: s.chosen(&whole.best), Chosen: s.chosen(&whole.chosen), Options: whole.chosen.options, Settings: s.tried}
	var of [2]*outcome
	for i, to := range []*float64{&out.Default, &out.Winner} {
		var err error
		if _, of[i], err = s.b.outcomeOf(ctx, presets[i].options); err != nil {
			return nil, err
		}
		if *to, err = of[i].finite(ctx, all); err != nil {
			return nil, err
		}
	}
	unseen := make([]imageOutcome, len(all))
	for v := range s.views[:len(s.views)-1] {
		view := &s.views[v]
		list, own, err := s.b.outcomeOf(ctx, view.chosen.options)
		if err != nil {
			return nil, err
		}
		f := FoldScore{Fold: view.fold, Chosen: s.chosen(&view.chosen), Seen: view.seen}
		var images []int
		for i, fold := range s.o.Folds {
			if fold == view.fold {
				images = append(images, i)
				unseen[i] = list[i]
			}
		}
		f.Images = len(images)
		if f.Unseen, err = own.finite(ctx, images); err != nil {
			return nil, err
		}
		if f.Default, err = of[0].finite(ctx, images); err != nil {
			return nil, err
		}
		out.Folds = append(out.Folds, f)
	}
	joined, err := s.b.outcome(ctx, unseen, all)
	if err != nil {
		return nil, err
	}
	if out.Unseen, err = joined.finite(ctx, all); err != nil {
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
		score, err := own.finite(ctx, all)
		if err != nil {
			return nil, err
		}
		out.Models = append(out.Models, ModelScore{name, score})
	}
	if out.Ablation, err = s.ablation(ctx, whole); err != nil {
		return nil, err
	}
	out.Thresholds = newThresholds(joined.tiles)
	out.Interval, err = s.compare(ctx, joined, of[0], all, cmp.Or(s.o.Samples, 1000))
	out.Interval.Gain = out.Unseen - out.Default
	return out, err
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
		for v := range k.Values {
			other := slices.Clone(whole.best.setting)
			other[i] = v
			options = append(options, s.o.Space.Options(other, s.b.Models))
		}
		scores, err := s.b.scores(ctx, options, whole.images, [][]int{whole.images})
		if err != nil {
			return nil, err
		}
		for v, text := range k.Values {
			w.Values = append(w.Values, ValueScore{text, ordered(scores[v][0])})
		}
		out = append(out, w)
	}
	return out, nil
}

// compare draws the samples of a bootstrap over images, for the scores of one outcome and its
// gain over another.
func (s *search) compare(ctx context.Context, unseen, def *outcome, of []int, samples int) (Interval, error) {
	out := Interval{Samples: samples}
	scores, gains := make([]float64, samples), make([]float64, samples)
	err := parallel.Each(ctx, s.b.workers, samples, func(i int) error {
		rng := rand.New(rand.NewPCG(s.o.Seed, uint64(i)+1<<32))
		images := make([]int, len(of))
		for k := range images {
			images[k] = of[rng.IntN(len(of))]
		}
		slices.Sort(images)
		a, err := unseen.score(ctx, images)
		if err != nil {
			return err
		}
		b, err := def.score(ctx, images)
		if err != nil {
			return err
		}
		if a != a || b != b { // no true instance in the sample
			a, b = 0, 0
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
