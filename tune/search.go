package tune

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/hubdata/hubdata/pseudo"
)

// Options are the options of [Search].
type Options struct {
	Space *Space
	// Folds is the fold of each image of the ground truth: settings are chosen on all other
	// folds, and judged on it. Images that belong together, such as those of a slide, should
	// be in one fold. There must be two folds or more.
	Folds []int
	// Settings is the largest number of settings that are drawn from the space. The first n
	// are the same whatever the number.
	Settings int
	// Deadline ends the search after the last round that is complete by then. Zero: none.
	// With one, the result depends on the speed of the machine.
	Deadline time.Time
	Seed     uint64
	Samples  int // of the bootstrap; 0: 1000
	// Log has scores that need not be computed again, and gets those that are. nil: none.
	Log *Log
	// Progress is told the number of settings whenever some more that were drawn were tried.
	// nil: nobody is.
	Progress func(settings int)
}

// Errors of a search.
var (
	ErrFolds  = errors.New("tune: bad folds")
	ErrBudget = errors.New("tune: the budget ended before the first round of settings")
)

// roundSettings is the number of settings of a round of successive halving.
const roundSettings = 512

// Successive halving: a rung is a share of the images, and a sixth of the settings go on to
// the next, the best of each view.
var rungs = []float64{0.25, 0.5, 1}

const (
	fewestImages = 12 // of a rung
	fewestKept   = 16 // settings of a view that go on
	climbs       = 10 // most times that the neighbours of the best are tried
)

// A view is the images on which a setting is chosen: those outside of a fold, or all.
type view struct {
	fold   int // -1: all
	images []int
	best   candidate // that scores best
	score  float64   // of best
	chosen candidate // best, or the default if best is not better by more than noise
	seen   float64   // score of chosen
}

// A candidate is a setting or a preset.
type candidate struct {
	name    string  // of a preset; empty: a setting
	setting Setting // nil: a preset that the space does not have
	options pseudo.Options
}

// A search is the state of Search.
type search struct {
	b     *Bench
	o     *Options
	views []view // of each fold, then of all images
	rungs [][]int
	tried []Trial
	known map[string]bool // settings of tried with a score on all images; nil: not asked yet
}

// Search searches for a setting that scores best. Errors wrap [ErrFolds], [ErrBudget], or are
// those of ctx. The same options give the same result, unless there is a deadline.
func Search(ctx context.Context, b *Bench, o *Options) (*Result, error) {
	s := &search{b: b, o: o}
	if err := s.divide(); err != nil {
		return nil, err
	}
	presets := s.presets()
	draws := newSampler(o.Space, len(b.Models), o.Seed)
	for _, c := range presets {
		if c.setting != nil {
			draws.fresh(c.setting)
		}
	}
	left := o.Settings
	round := presets
	for n := 0; ; n++ {
		for _, at := range draws.draw(min(roundSettings, left)) {
			round = append(round, candidate{setting: at, options: o.Space.Options(at, b.Models)})
		}
		if len(round) == 0 {
			break
		}
		done, err := s.round(ctx, round)
		if err != nil {
			return nil, err
		}
		if !done {
			if n == 0 {
				return nil, ErrBudget
			}
			break
		}
		left -= roundSettings
		if round = nil; left <= 0 {
			break
		}
	}
	for i := range s.views {
		if err := s.climb(ctx, &s.views[i]); err != nil {
			return nil, err
		}
	}
	if err := s.choose(ctx, presets[0]); err != nil {
		return nil, err
	}
	return s.result(ctx, presets)
}

// divide makes the views and the rungs.
func (s *search) divide() error {
	all := s.b.all()
	if len(s.o.Folds) != len(all) {
		return fmt.Errorf("%w: found the folds of %d images, expected %d", ErrFolds, len(s.o.Folds), len(all))
	}
	members := map[int][]int{}
	var numbers []int
	for i, f := range s.o.Folds {
		if members[f] == nil {
			numbers = append(numbers, f)
		}
		members[f] = append(members[f], i)
	}
	if len(numbers) < 2 {
		return fmt.Errorf("%w: found all %d images in one, expected two folds or more: a setting is judged on images that it was not chosen by", ErrFolds, len(all))
	}
	slices.Sort(numbers)
	type placed struct {
		at    float64 // in its fold
		image int
	}
	var order []placed
	rng := rand.New(rand.NewPCG(s.o.Seed, 2))
	for _, f := range numbers {
		var train []int
		for i, of := range s.o.Folds {
			if of != f {
				train = append(train, i)
			}
		}
		s.views = append(s.views, view{fold: f, images: train, score: math.Inf(-1)})
		for place, k := range rng.Perm(len(members[f])) {
			order = append(order, placed{(float64(place) + 0.5) / float64(len(members[f])), members[f][k]})
		}
	}
	s.views = append(s.views, view{fold: -1, images: all, score: math.Inf(-1)})
	slices.SortStableFunc(order, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	for _, share := range rungs {
		n := int(math.Ceil(share * float64(len(all))))
		if n < fewestImages && n < len(all) {
			continue
		}
		var rung []int
		for _, p := range order[:n] {
			rung = append(rung, p.image)
		}
		slices.Sort(rung)
		s.rungs = append(s.rungs, rung)
	}
	return nil
}

// presets returns the default and the winner's recipe.
func (s *search) presets() []candidate {
	var out []candidate
	for _, name := range []string{"default", "winner"} {
		o, _ := pseudo.Preset(name) // both exist
		c := candidate{name: name, options: withModels(o, s.b.Models)}
		if at, ok := s.o.Space.find(c.options); ok {
			s.o.Space.canonical(at)
			c.setting = at
		}
		out = append(out, c)
	}
	return out
}

// late says whether the deadline has passed.
func (s *search) late() bool { return !s.o.Deadline.IsZero() && time.Now().After(s.o.Deadline) }

// round halves the candidates rung by rung. It returns false if the deadline passed.
func (s *search) round(ctx context.Context, round []candidate) (bool, error) {
	trials := make([]Trial, len(round))
	for i, c := range round {
		trials[i] = s.trial(&c)
	}
	alive := newAlive(len(round), len(s.views))
	for r, images := range s.rungs {
		lists := make([][]int, len(s.views))
		for v := range s.views {
			lists[v] = common(images, s.views[v].images)
		}
		var scores [][]float64 // of each that is alive
		for from := 0; from < len(alive.list); from += batch {
			var options []pseudo.Options
			for _, i := range alive.list[from:min(from+batch, len(alive.list))] {
				options = append(options, round[i].options)
			}
			if s.late() {
				return false, nil
			}
			part, err := s.o.Log.scores(ctx, s.b, options, images, lists)
			if err != nil {
				return false, err
			}
			if r == 0 && s.o.Progress != nil {
				s.o.Progress(len(options))
			}
			scores = append(scores, part...)
		}
		for k, i := range alive.list {
			trials[i].Images, trials[i].Score = len(images), ordered(scores[k][len(s.views)-1])
		}
		if r == len(s.rungs)-1 {
			for k, i := range alive.list {
				for v := range s.views {
					if alive.in[v][i] {
						s.views[v].offer(round[i], scores[k][v])
					}
				}
			}
			break
		}
		alive = s.survivors(round, alive, scores)
	}
	s.tried = append(s.tried, trials...)
	return true, nil
}

// ordered returns a score that orders: below all others if it is NaN.
func ordered(v float64) float64 {
	if v != v {
		return -1
	}
	return v
}

// offer takes a candidate if it scores better than the best so far.
func (v *view) offer(c candidate, score float64) bool {
	if score = ordered(score); !(score > v.score) {
		return false
	}
	v.best, v.score = c, score
	return true
}

// alive are the candidates of a round that no rung has given up.
type alive struct {
	list []int // those of any view, ascending: they are scored
	// in says of each view which candidates are its own. A view chooses among these alone: one
	// that goes on for the sake of another view was picked by images that this view must not see.
	in [][]bool
}

// newAlive returns all candidates, for all views.
func newAlive(candidates, views int) alive {
	a := alive{in: make([][]bool, views)}
	for i := range candidates {
		a.list = append(a.list, i)
	}
	for v := range a.in {
		a.in[v] = slices.Repeat([]bool{true}, candidates)
	}
	return a
}

// survivors returns those of the candidates alive that go on: for each view the best of its
// own, and the presets. Scores are by place in before.list.
func (s *search) survivors(round []candidate, before alive, scores [][]float64) alive {
	after := alive{in: make([][]bool, len(s.views))}
	any := make([]bool, len(round))
	for v := range s.views {
		var own []int // places in before.list
		for k, i := range before.list {
			if before.in[v][i] {
				own = append(own, k)
			}
		}
		slices.SortStableFunc(own, func(a, b int) int { return cmp.Compare(ordered(scores[b][v]), ordered(scores[a][v])) })
		in := make([]bool, len(round))
		for place, k := range own {
			i := before.list[k]
			in[i] = place < max(fewestKept, len(own)/6) || round[i].name != ""
			any[i] = any[i] || in[i]
		}
		after.in[v] = in
	}
	for i, ok := range any {
		if ok {
			after.list = append(after.list, i)
		}
	}
	return after
}

// climb tries the neighbours of the best setting of a view, and those of the best of these.
func (s *search) climb(ctx context.Context, v *view) error {
	for range climbs {
		if v.best.setting == nil || s.late() {
			return nil
		}
		var near []candidate
		var options []pseudo.Options
		for _, at := range s.o.Space.neighbours(v.best.setting, len(s.b.Models)) {
			c := candidate{setting: at, options: s.o.Space.Options(at, s.b.Models)}
			near, options = append(near, c), append(options, c.options)
		}
		scores, err := s.o.Log.scores(ctx, s.b, options, v.images, [][]int{v.images})
		if err != nil {
			return err
		}
		better := false
		for i := range near {
			better = v.offer(near[i], scores[i][0]) || better
			if v.fold < 0 {
				s.note(&near[i], len(v.images), scores[i][0])
			}
		}
		if !better {
			return nil
		}
	}
	return nil
}

// note adds a neighbour's score on all images to what was tried, unless it is there.
func (s *search) note(c *candidate, images int, score float64) {
	t := s.trial(c)
	t.Images, t.Score = images, ordered(score)
	if s.known == nil {
		s.known = map[string]bool{}
		for i := range s.tried {
			if s.tried[i].Images == images {
				s.known[strings.Join(s.tried[i].Values, "\n")] = true
			}
		}
	}
	if key := strings.Join(t.Values, "\n"); !s.known[key] {
		s.known[key] = true
		s.tried = append(s.tried, t)
	}
}

// sure is the share of the samples of a bootstrap in which a setting must be better than the
// default to be chosen.
const sure = 0.975

// chooseSamples is the number of samples of that bootstrap.
const chooseSamples = 400

// choose decides for each view whether its best setting takes the place of the default. The
// best of many settings is often so by chance, so that it must be better on nearly all
// samples of the view's images.
func (s *search) choose(ctx context.Context, def candidate) error {
	_, of, err := s.b.outcomeOf(ctx, def.options)
	if err != nil {
		return err
	}
	for i := range s.views {
		v := &s.views[i]
		_, own, err := s.b.outcomeOf(ctx, v.best.options)
		if err != nil {
			return err
		}
		iv, err := s.compare(ctx, []*outcome{own}, []*outcome{of}, [][]int{v.images}, chooseSamples)
		if err != nil {
			return err
		}
		v.chosen, v.seen = v.best, v.score
		if iv.Better < sure {
			v.chosen = def
			if v.seen, err = of.finite(ctx, v.images); err != nil {
				return err
			}
		}
	}
	return nil
}

// common returns the images that are in both lists, which are ascending.
func common(a, b []int) []int {
	var out []int
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			out = append(out, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return out
}
