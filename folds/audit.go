package folds

import (
	"cmp"
	"math"
	"slices"

	"github.com/hubdata/hubdata/folds/imagehash"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/slide"
)

// Instance is an outlined object of an image.
type Instance struct {
	Class    string
	Area     int // pixels
	Contacts []slide.Contact
}

// Sample is what is known of an image for an audit.
type Sample struct {
	ID        string
	Place     slide.Place // only Slide is used unless Placed
	Placed    bool
	Labelled  bool // Instances are known, even if there are none
	Instances []Instance
	Count     int    // number of instances where Instances is nil
	Area      int    // number of their pixels
	Digest    string // hash of the image file's bytes; empty: not known
	Hash      imagehash.Hash
	HasHash   bool
	Groups    []string // the image's values of [AuditOptions] Groups, in their order; empty: none
}

// totals returns the number of instances and their pixels.
func (s *Sample) totals() (n, area int) {
	if s.Instances == nil {
		return s.Count, s.Area
	}
	for i := range s.Instances {
		area += s.Instances[i].Area
	}
	return len(s.Instances), area
}

// AuditOptions are the options of [NewAudit].
type AuditOptions struct {
	_ struct{}

	// MaxPairs is the maximum number of pairs of each kind that are listed. All are
	// counted. 0: 100; negative: list all.
	MaxPairs int

	// Groups are the names of what groups images of one origin besides their slide, such
	// as patient. Groups on both sides of a fold leak.
	Groups []string
	// NotAudited says what the caller could not look at, and why.
	NotAudited []string
}

// The kinds of pairs that leak data.
const (
	KindOverlap       = "overlap"        // two tiles share slide pixels; amount: their depth
	KindTouch         = "touch"          // two tiles share an edge or a corner
	KindDuplicate     = "duplicate"      // two files have equal bytes
	KindNearDuplicate = "near_duplicate" // two images look the same; amount: distance of their hashes
	KindCutOutline    = "cut_outline"    // outlines continue from one tile into the other; amount: their number
)

var kinds = []string{KindOverlap, KindTouch, KindDuplicate, KindNearDuplicate, KindCutOutline}

// Audit reports the data leakage of a plan and the balance of its folds.
type Audit struct {
	Folds   []FoldAudit `json:"folds"`
	Pairs   []Pair      `json:"pairs"` // by kind, in the order of the plan
	Totals  []PairTotal `json:"pair_totals"`
	Balance []Deviation `json:"balance"` // the most uneven measure first
	// Audited is what could be checked, at least of some images: neighbours, outlines,
	// duplicates, slide, and the names of groups.
	Audited []string `json:"audited"`
	// NotAudited says what could not be checked, and why.
	NotAudited []string `json:"not_audited"`
	advice     string
}

// FoldAudit is the audit of one fold.
type FoldAudit struct {
	Fold           int            `json:"fold"`
	Train          int            `json:"train"` // images
	Valid          int            `json:"valid"`
	Apart          int            `json:"kept_apart"`
	TrainInstances int            `json:"train_instances"`
	ValidInstances int            `json:"valid_instances"`
	ValidArea      int            `json:"valid_area"` // pixels
	ValidClasses   map[string]int `json:"valid_classes"`
	SharedSlides   []SharedSlide  `json:"shared_slides"`
	SharedGroups   []SharedGroup  `json:"shared_groups,omitempty"` // by group, then value
	// Leaking is the number of validation images in a pair with a training image, by
	// kind. Pairs is the number of such pairs.
	Leaking map[string]int `json:"leaking_images"`
	Pairs   map[string]int `json:"leaking_pairs"`
}

// SharedSlide is a slide on both sides of a fold.
type SharedSlide struct {
	Slide string `json:"slide"`
	Train int    `json:"train"`
	Valid int    `json:"valid"`
}

// SharedGroup is a group of images, other than a slide, on both sides of a fold.
type SharedGroup struct {
	Group string `json:"group"` // as in AuditOptions
	Value string `json:"value"`
	Train int    `json:"train"`
	Valid int    `json:"valid"`
}

// Pair is two images that leak data from training into validation.
type Pair struct {
	Kind   string `json:"kind"`
	A      string `json:"a"`
	FoldA  int    `json:"fold_a"` // NoFold: always in training
	B      string `json:"b"`
	FoldB  int    `json:"fold_b"`
	Amount int    `json:"amount"`
	Folds  []int  `json:"leaks_in_folds"`
}

// PairTotal is the number of pairs of a kind, and of validation images in such a pair.
type PairTotal struct {
	Kind   string `json:"kind"`
	Pairs  int    `json:"pairs"`
	Images int    `json:"validation_images"`
	Always int    `json:"pairs_with_always_train"`
}

// Deviation describes the fold that is farthest from the mean of a measure.
type Deviation struct {
	Measure  string  `json:"measure"` // images, instances, area, or class NAME
	Fold     int     `json:"fold"`
	Value    int     `json:"value"`
	Mean     float64 `json:"mean"`
	Relative float64 `json:"relative"` // (value - mean) / mean
}

// NewAudit audits a plan. samples may be in any order. NotAudited reports how many
// images of the plan have no sample; samples of images that are not in the plan are
// ignored.
func NewAudit(p *Plan, samples []Sample, opts *AuditOptions) (*Audit, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	a := &auditor{plan: p, index: p.Index(), most: 100, audit: &Audit{Pairs: []Pair{}, Totals: []PairTotal{}, Audited: []string{}, NotAudited: []string{}}}
	if opts != nil {
		a.groups, a.unseen = opts.Groups, opts.NotAudited
		if opts.MaxPairs != 0 {
			a.most = opts.MaxPairs
		}
	}
	byID := make(map[string]int, len(samples))
	for i := range samples {
		byID[samples[i].ID] = i
	}
	missing := 0
	a.samples, a.entries = make([]*Sample, 0, len(p.Entries)), make([]Entry, 0, len(p.Entries))
	for _, e := range p.Entries {
		if e.Fold == NoFold && !e.Always {
			continue
		}
		var s *Sample
		if i, ok := byID[e.ID]; ok {
			s = &samples[i]
		} else {
			s = &Sample{ID: e.ID}
			missing++
		}
		a.samples, a.entries = append(a.samples, s), append(a.entries, e)
	}
	a.missing(missing)
	a.countFolds()
	a.findNeighbours()
	a.findDuplicates()
	a.finish()
	return a.audit, nil
}

// auditor is the state of an audit.
type auditor struct {
	plan    *Plan
	index   *Index
	samples []*Sample // those in a fold or always in training
	entries []Entry   // entries of the samples, in the same order
	most    int
	groups  []string // names
	unseen  []string // what the caller could not look at
	audit   *Audit
	pairs   map[string][]Pair
}

func (a *auditor) missing(unknown int) {
	note := func(what string, n int, one, many string) {
		switch {
		case n == 1:
			a.audit.NotAudited = append(a.audit.NotAudited, what+": 1 image "+one)
		case n > 1:
			a.audit.NotAudited = append(a.audit.NotAudited, what+": "+figures.Int(n)+" images "+many)
		}
	}
	var place, label, sum, slides int
	without := make([]int, len(a.groups))
	for _, s := range a.samples {
		if s.Place.Slide != "" {
			slides++
		}
		for k := range a.groups {
			if k >= len(s.Groups) || s.Groups[k] == "" {
				without[k]++
			}
		}
		if !s.Placed {
			place++
		}
		if !s.Labelled {
			label++
		}
		if s.Digest == "" {
			sum++
		}
	}
	audited := func(what string, images int) {
		if images > 0 {
			a.audit.Audited = append(a.audit.Audited, what)
		}
	}
	n := len(a.samples)
	audited("neighbours", n-place)
	audited("outlines", n-label)
	audited("duplicates", n-sum)
	audited("slide", slides)
	for k, name := range a.groups {
		audited(name, n-without[k])
	}
	note("plan", unknown, "of it is not in the dataset", "of it are not in the dataset")
	note("neighbours", place, "has no known position", "have no known position")
	note("outlines", label, "has none available", "have none available")
	note("duplicates", sum, "was not read", "were not read")
	for k, name := range a.groups {
		note(name, without[k], "has none", "have none")
	}
	if slides == 0 && len(a.groups) == 0 {
		a.audit.NotAudited = append(a.audit.NotAudited, "groups: no image says of which patient, slide or other origin it is")
	}
	a.audit.NotAudited = append(a.audit.NotAudited, a.unseen...)
}

// countFolds counts the contents of the folds.
func (a *auditor) countFolds() {
	entries := make([]*Entry, len(a.samples)) // nil: none
	for i := range a.samples {
		if at, ok := a.index.entry[a.samples[i].ID]; ok {
			entries[i] = &a.plan.Entries[at]
		}
	}
	for _, number := range a.plan.Folds() {
		fa := FoldAudit{Fold: number, ValidClasses: map[string]int{}, SharedSlides: []SharedSlide{}, Leaking: map[string]int{}, Pairs: map[string]int{}}
		slides := map[string]*SharedSlide{}
		shared := sharedGroups{}
		for i := range a.samples {
			s, use := a.samples[i], Unused
			if entries[i] != nil {
				use = a.index.useOf(entries[i], number)
			}
			for k, value := range s.Groups {
				shared.add(k, value, use)
			}
			slide := slides[s.Place.Slide]
			if slide == nil {
				slide = &SharedSlide{Slide: s.Place.Slide}
				slides[s.Place.Slide] = slide
			}
			switch use {
			case Train:
				fa.Train++
				n, _ := s.totals()
				fa.TrainInstances += n
				slide.Train++
			case Apart:
				fa.Apart++
			case Validate:
				fa.Valid++
				slide.Valid++
				n, area := s.totals()
				fa.ValidInstances += n
				fa.ValidArea += area
				for _, in := range s.Instances {
					fa.ValidClasses[in.Class]++
				}
			}
		}
		for _, s := range slides {
			if s.Slide != "" && s.Train > 0 && s.Valid > 0 {
				fa.SharedSlides = append(fa.SharedSlides, *s)
			}
		}
		slices.SortFunc(fa.SharedSlides, func(x, y SharedSlide) int {
			return cmp.Or(cmp.Compare(len(x.Slide), len(y.Slide)), cmp.Compare(x.Slide, y.Slide))
		})
		fa.SharedGroups = shared.onBothSides(a.groups)
		a.audit.Folds = append(a.audit.Folds, fa)
	}
}

// sharedGroups counts the images of groups, by the group's place in the list and value.
type sharedGroups map[groupValue]*SharedGroup

type groupValue struct {
	group int
	value string
}

func (g sharedGroups) add(group int, value string, use Use) {
	if value == "" {
		return
	}
	of := g[groupValue{group, value}]
	if of == nil {
		of = &SharedGroup{}
		g[groupValue{group, value}] = of
	}
	switch use {
	case Train:
		of.Train++
	case Validate:
		of.Valid++
	}
}

// onBothSides returns the groups with images on both sides.
func (g sharedGroups) onBothSides(names []string) []SharedGroup {
	var keys []groupValue
	for k, of := range g {
		if of.Train > 0 && of.Valid > 0 && k.group < len(names) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(x, y groupValue) int {
		return cmp.Or(cmp.Compare(x.group, y.group), cmp.Compare(len(x.value), len(y.value)), cmp.Compare(x.value, y.value))
	})
	var out []SharedGroup
	for _, k := range keys {
		of := *g[k]
		of.Group, of.Value = names[k.group], k.value
		out = append(out, of)
	}
	return out
}

// leaks returns the folds in which one of two images is in validation and the other in
// training. Only the folds of the two images are possible.
func (a *auditor) leaks(i, j int) []int {
	var in []int
	for _, side := range [2][2]int{{i, j}, {j, i}} {
		f := a.entries[side[0]].Fold
		if f != NoFold && a.index.Use(a.entries[side[1]].ID, f) == Train {
			in = append(in, f)
		}
	}
	slices.Sort(in)
	return in
}

// add counts a pair if it leaks.
func (a *auditor) add(kind string, i, j, amount int) {
	in := a.leaks(i, j)
	if len(in) == 0 {
		return
	}
	if a.pairs == nil {
		a.pairs = map[string][]Pair{}
	}
	a.pairs[kind] = append(a.pairs[kind], Pair{Kind: kind, A: a.entries[i].ID, FoldA: a.entries[i].Fold,
		B: a.entries[j].ID, FoldB: a.entries[j].Fold, Amount: amount, Folds: in})
}

func (a *auditor) findNeighbours() {
	places := make([]slide.Place, len(a.samples))
	for i, s := range a.samples {
		if s.Placed {
			places[i] = s.Place
		}
	}
	slide.Near(places, 0, func(i, j, gap int) {
		if gap < 0 {
			a.add(KindOverlap, i, j, -gap)
		} else {
			a.add(KindTouch, i, j, 0)
		}
		if n := cutOutlines(a.samples[i], a.samples[j]); n > 0 {
			a.add(KindCutOutline, i, j, n)
		}
	})
}

// cutOutlines returns the number of pairs of outlines of one class that continue from
// one tile into the other: their contacts with a shared edge overlap.
func cutOutlines(s, t *Sample) int {
	p, q := s.Place, t.Place
	var from, to slide.Side
	var shift int // of t's side relative to that of s
	switch {
	case p.X+p.Width == q.X:
		from, to, shift = slide.Right, slide.Left, q.Y-p.Y
	case q.X+q.Width == p.X:
		from, to, shift = slide.Left, slide.Right, q.Y-p.Y
	case p.Y+p.Height == q.Y:
		from, to, shift = slide.Bottom, slide.Top, q.X-p.X
	case q.Y+q.Height == p.Y:
		from, to, shift = slide.Top, slide.Bottom, q.X-p.X
	default:
		return 0
	}
	n := 0
	for i := range s.Instances {
		for j := range t.Instances {
			if s.Instances[i].Class == t.Instances[j].Class && meet(s.Instances[i].Contacts, from, t.Instances[j].Contacts, to, shift) {
				n++
			}
		}
	}
	return n
}

func meet(a []slide.Contact, from slide.Side, b []slide.Contact, to slide.Side, shift int) bool {
	for _, c := range a {
		for _, d := range b {
			if c.Side == from && d.Side == to && c.From <= d.To+shift && d.From+shift <= c.To {
				return true
			}
		}
	}
	return false
}

func (a *auditor) findDuplicates() {
	var hashed []int
	for i, s := range a.samples {
		if s.HasHash {
			hashed = append(hashed, i)
		}
	}
	same := map[string][]int{}
	for i, s := range a.samples {
		if s.Digest == "" {
			continue
		}
		for _, j := range same[s.Digest] {
			a.add(KindDuplicate, j, i, 0)
		}
		same[s.Digest] = append(same[s.Digest], i)
	}
	for x, i := range hashed {
		for _, j := range hashed[x+1:] {
			d := imagehash.Distance(a.samples[i].Hash, a.samples[j].Hash)
			if d <= imagehash.Near && a.samples[i].Digest != a.samples[j].Digest {
				a.add(KindNearDuplicate, i, j, d)
			}
		}
	}
}

// finish computes the totals.
func (a *auditor) finish() {
	for _, kind := range kinds {
		pairs := a.pairs[kind]
		if len(pairs) == 0 {
			continue
		}
		total := PairTotal{Kind: kind, Pairs: len(pairs)}
		all := map[string]bool{}
		inFold := make([]map[string]bool, a.plan.K)
		for _, p := range pairs {
			if p.FoldA == NoFold || p.FoldB == NoFold {
				total.Always++
			}
			for _, f := range p.Folds {
				k := f - a.plan.First
				if inFold[k] == nil {
					inFold[k] = map[string]bool{}
				}
				a.audit.Folds[k].Pairs[kind]++
				for _, side := range []struct {
					id   string
					fold int
				}{{p.A, p.FoldA}, {p.B, p.FoldB}} {
					if side.fold == f {
						inFold[k][side.id] = true
						all[side.id] = true
					}
				}
			}
		}
		for k, ids := range inFold {
			if len(ids) > 0 {
				a.audit.Folds[k].Leaking[kind] = len(ids)
			}
		}
		total.Images = len(all)
		a.audit.Totals = append(a.audit.Totals, total)
		if a.most >= 0 && len(pairs) > a.most {
			pairs = pairs[:a.most]
		}
		a.audit.Pairs = append(a.audit.Pairs, pairs...)
	}
	a.balance()
	a.advise()
}

// balance finds the largest deviations from the mean.
func (a *auditor) balance() {
	measure := func(name string, of func(*FoldAudit) int) {
		total := 0
		for i := range a.audit.Folds {
			total += of(&a.audit.Folds[i])
		}
		if total == 0 {
			return
		}
		d := Deviation{Measure: name, Mean: float64(total) / float64(a.plan.K)}
		for i := range a.audit.Folds {
			f := &a.audit.Folds[i]
			if r := (float64(of(f)) - d.Mean) / d.Mean; i == 0 || math.Abs(r) > math.Abs(d.Relative) {
				d.Fold, d.Value, d.Relative = f.Fold, of(f), r
			}
		}
		a.audit.Balance = append(a.audit.Balance, d)
	}
	a.audit.Balance = []Deviation{}
	measure("images", func(f *FoldAudit) int { return f.Valid })
	measure("instances", func(f *FoldAudit) int { return f.ValidInstances })
	measure("area", func(f *FoldAudit) int { return f.ValidArea })
	classes := map[string]bool{}
	for i := range a.audit.Folds {
		for c := range a.audit.Folds[i].ValidClasses {
			classes[c] = true
		}
	}
	if len(classes) > 1 {
		var names []string
		for c := range classes {
			names = append(names, c)
		}
		slices.Sort(names)
		for _, c := range names {
			measure("class "+c, func(f *FoldAudit) int { return f.ValidClasses[c] })
		}
	}
	slices.SortStableFunc(a.audit.Balance, func(x, y Deviation) int {
		return cmp.Compare(math.Abs(y.Relative), math.Abs(x.Relative))
	})
}
