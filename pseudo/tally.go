package pseudo

import (
	"cmp"
	"slices"
)

// sweepSteps is the number of thresholds in a sweep: 0, 0.05, ..., 0.95.
const sweepSteps = 20

// sweepAt returns the threshold of a step.
func sweepAt(step int) float64 { return float64(step) / sweepSteps }

// Outcome records what became of the predictions on one tile and of the
// instances fused from them.
type Outcome struct {
	counts    Counts
	present   []bool // by model
	histogram [10]int
	sweep     [sweepSteps]int
	sets      []setOutcome
}

// setOutcome records what the set of a threshold keeps of a tile.
type setOutcome struct {
	kept, ignored int
	agreement     []int // kept instances by their number of models, from 1
	members       []int // members of kept instances, by model
	areas         []int // of kept instances
}

// Outcome records the result of [Fuser.Tile]. It shares no memory with the arguments, so
// the Fuser may continue.
func (l *Labels) Outcome(predictions []Prediction, instances []Instance, counts *Counts) *Outcome {
	models := len(l.Models)
	o := &Outcome{present: make([]bool, models), sets: make([]setOutcome, len(l.Above))}
	o.counts.Add(counts)
	for i := range predictions {
		o.present[predictions[i].Model] = true
	}
	numbers := make([]int, 2*models*len(l.Above))
	for k := range o.sets {
		s := &o.sets[k]
		s.agreement, s.members, numbers = numbers[:models:models], numbers[models:2*models:2*models], numbers[2*models:]
	}
	for i := range instances {
		in := &instances[i]
		o.histogram[min(9, int(in.Score*10))]++
		for step := range o.sweep {
			if in.Score > sweepAt(step) {
				o.sweep[step]++
			}
		}
		for k := range o.sets {
			s := &o.sets[k]
			switch l.Use(k, in.Score) {
			case Ignored:
				s.ignored++
			case Kept:
				s.kept++
				s.areas = append(s.areas, in.Mask.Area())
				s.agreement[in.Models-1]++
				for _, m := range in.Members {
					s.members[m.Model]++
				}
			}
		}
	}
	return o
}

// Areas returns the areas in pixels of the instances that a set keeps of the tile, in
// their order.
func (o *Outcome) Areas(set int) []int { return o.sets[set].areas }

// Tally sums what became of predictions, tile by tile, into an [Account].
type Tally struct {
	account Account
	slides  map[[2]int]*SlideAccount // by dataset and WSI
}

// NewTally returns an empty Tally for the sets of l.
func NewTally(l *Labels) *Tally {
	t := &Tally{slides: map[[2]int]*SlideAccount{}}
	a := &t.account
	for _, m := range l.Models {
		a.Models = append(a.Models, ModelAccount{Name: m.Name, Weight: m.Weight, Kept: make([]int, len(l.Above))})
	}
	for _, v := range l.Above {
		a.Sets = append(a.Sets, SetAccount{Threshold: v, Agreement: make([]int, len(l.Models))})
	}
	for i := range sweepSteps {
		a.Sweep = append(a.Sweep, SweepAccount{Threshold: sweepAt(i)})
	}
	return t
}

// AddSource adds the counts of a source of a model after all of it has been
// read.
func (t *Tally) AddSource(model int, c SourceCounts) {
	m := &t.account.Models[model]
	m.Files++
	m.Predictions += c.Records
	m.OtherTiles += c.OtherTiles
	m.OtherClass += c.OtherClass
}

// AddTile adds a tile of a slide. o is nil for a tile without predictions.
func (t *Tally) AddTile(dataset, wsi int, o *Outcome) {
	s := t.slide(dataset, wsi)
	s.Tiles++
	if o == nil {
		s.NoTiles++
		return
	}
	a := &t.account
	a.Fused += o.counts.Fused
	a.Below += o.counts.Below
	a.NoPixels += o.counts.NoPixels
	a.Covered += o.counts.Covered
	a.Excluded += o.counts.Excluded
	s.Fused += o.counts.Fused
	for k := range o.counts.Models {
		m, c := &a.Models[k], &o.counts.Models[k]
		m.add(c, o.present[k])
		s.In += c.In
		s.AfterNMS += c.In - c.Suppressed
	}
	for i, n := range o.histogram {
		a.Histogram[i] += n
	}
	for i, n := range o.sweep {
		a.Sweep[i].Kept += n
		a.Sweep[i].Empty += oneIfZero(n)
	}
	for k := range o.sets {
		from, to := &o.sets[k], &a.Sets[k]
		to.Kept += from.kept
		to.Ignored += from.ignored
		to.Empty += oneIfZero(from.kept)
		s.Kept[k] += from.kept
		s.Empty[k] += oneIfZero(from.kept)
		for i, n := range from.agreement {
			to.Agreement[i] += n
		}
		for i, n := range from.members {
			a.Models[i].Kept[k] += n
		}
	}
}

// oneIfZero returns 1 if n is 0, and 0 otherwise.
func oneIfZero(n int) int {
	if n == 0 {
		return 1
	}
	return 0
}

// add adds the counts of a tile on which at least one model has predictions.
func (m *ModelAccount) add(c *ModelCounts, present bool) {
	m.Skipped += c.Skipped
	m.NoPixels += c.NoPixels
	m.ZeroBox += c.ZeroBox
	m.Suppressed += c.Suppressed
	m.Used += c.Used
	m.Cut += c.Cut
	if present {
		m.Tiles++
	} else {
		m.MissingTiles++
	}
}

func (t *Tally) slide(dataset, wsi int) *SlideAccount {
	key := [2]int{dataset, wsi}
	s := t.slides[key]
	if s == nil {
		s = newSlideAccount(len(t.account.Sets))
		s.Dataset, s.WSI = dataset, wsi
		t.slides[key] = s
	}
	return s
}

func newSlideAccount(sets int) *SlideAccount {
	return &SlideAccount{Kept: make([]int, sets), Empty: make([]int, sets)}
}

// add adds the account of another slide.
func (s *SlideAccount) add(o *SlideAccount) {
	s.Tiles += o.Tiles
	s.NoTiles += o.NoTiles
	s.In += o.In
	s.AfterNMS += o.AfterNMS
	s.Fused += o.Fused
	for k := range s.Kept {
		s.Kept[k] += o.Kept[k]
		s.Empty[k] += o.Empty[k]
	}
}

// Account returns the account of everything that was added. Nothing may be
// added afterwards.
func (t *Tally) Account() *Account {
	a := &t.account
	total := newSlideAccount(len(a.Sets))
	a.Slides = make([]SlideAccount, 0, len(t.slides))
	for _, s := range t.slides {
		a.Slides = append(a.Slides, *s)
		total.add(s)
	}
	slices.SortFunc(a.Slides, func(a, b SlideAccount) int {
		return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.WSI, b.WSI))
	})
	a.Total = *total
	return a
}
