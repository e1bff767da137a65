package statscmd

import (
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
)

// report is what a run of stats reports.
type report struct {
	Sets   []*SetReport `json:"sets"`
	Shifts []*shift     `json:"shifts,omitempty"`
	Notes  []string     `json:"notes,omitempty"`

	Files []ui.SummaryFile `json:"files,omitempty"`
}

// SetReport reports on an input: the whole, then its groups.
type SetReport struct {
	Name   string         `json:"name"`
	Groups []*GroupReport `json:"groups"`
}

// GroupReport reports on a group.
type GroupReport struct {
	By        string          `json:"by,omitempty"` // empty: the whole
	Name      string          `json:"name,omitempty"`
	Tiles     int             `json:"tiles"`
	Empty     int             `json:"empty_tiles"`
	Instances int             `json:"instances"`
	Crowds    int             `json:"crowds"`
	Measures  []*distribution `json:"measures"`
	Group     *stats.Group    `json:"-"`
}

// distribution says how the values of a measure are distributed.
type distribution struct {
	Measure stats.Measure `json:"measure"`
	Unit    string        `json:"unit,omitempty"`
	stats.Summary
	Bins []stats.Bin `json:"bins"` // without the empty ones at both ends
}

// shift compares a measure in a group of both sets.
type shift struct {
	By   string `json:"by,omitempty"`
	Name string `json:"name,omitempty"`
	stats.Shift
	Quantiles    quantileShift `json:"b_minus_a"`
	binsA, binsB []stats.Bin   // all of the measure's
}

// quantileShift says how much greater the quantiles of the second set are.
type quantileShift struct {
	Mean   float64 `json:"mean"`
	P05    float64 `json:"p05"`
	P25    float64 `json:"p25"`
	Median float64 `json:"median"`
	P75    float64 `json:"p75"`
	P95    float64 `json:"p95"`
}

func newReport(o *Scope, sets []*set) *report {
	r := &report{}
	results, scores := false, false
	for _, s := range sets {
		r.Sets = append(r.Sets, s.report(o))
		r.Notes = append(r.Notes, s.notes...)
		results = results || s.results
		scores = scores || s.Group(stats.Key{}).Values(stats.Score).N() > 0
	}
	if o.images != "" && !results {
		r.Notes = append(r.Notes, "--images has no effect: no input is a list of results")
	}
	if o.score.Set && !scores {
		r.Notes = append(r.Notes, "--min-score and --max-score have no effect: no instance has a score, or none remains")
	}
	if len(sets) == 2 {
		r.compare(o, sets[0], sets[1])
	}
	return r
}

// report reports on a set and its groups: those by dataset, WSI and fold if there is
// something to distinguish, those by class if there are several, and all that
// were requested by name.
func (s *set) report(o *Scope) *SetReport {
	r := &SetReport{Name: s.name}
	add := func(by, name string, g *stats.Group) {
		r.Groups = append(r.Groups, newGroupReport(o, by, name, g))
	}
	add("", "", s.Group(stats.Key{}))
	keys := s.Keys()
	kinds := o.by
	if kinds == nil {
		kinds = groupKinds
	}
	for _, by := range kinds {
		_, named := o.grouped(by)
		of := slices.DeleteFunc(slices.Clone(keys), func(k stats.Key) bool { return k.By != by })
		if !named && len(of) == 1 && of[0].Name == coco.NoValue {
			continue
		}
		for _, k := range of {
			add(by, k.Name, s.Group(k))
		}
	}
	if wanted, named := o.grouped("class"); wanted && (named || len(s.classes) > 1) {
		for _, id := range s.classIDs() {
			add("class", s.classes[id], s.Class(id))
		}
	}
	return r
}

// classIDs are the ids of the classes, in their order.
func (s *set) classIDs() []int64 {
	var ids []int64
	for id := range s.classes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func newGroupReport(o *Scope, by, name string, g *stats.Group) *GroupReport {
	r := &GroupReport{By: by, Name: name, Tiles: g.Tiles, Empty: g.Empty, Instances: g.Instances, Crowds: g.Crowds, Group: g}
	for _, m := range o.shown() {
		v := g.Values(m)
		bins := stats.Trim(v.Histogram(m.Bins(v)))
		if bins == nil {
			bins = []stats.Bin{}
		}
		r.Measures = append(r.Measures, &distribution{Measure: m, Unit: m.Unit(), Summary: v.Summary(), Bins: bins})
	}
	return r
}

// compare compares two sets: as wholes if they have instances of the same classes,
// else the classes that both have; and the groups that were requested by name.
func (r *report) compare(o *Scope, a, b *set) {
	add := func(by, name string, ga, gb *stats.Group) {
		for _, m := range o.shown() {
			va, vb := ga.Values(m), gb.Values(m)
			if va.N() == 0 && vb.N() == 0 {
				continue
			}
			s := stats.NewShift(m, va, vb)
			r.Shifts = append(r.Shifts, &shift{By: by, Name: name, Shift: s, binsA: va.Histogram(m.Bins(va, vb)), binsB: vb.Histogram(m.Bins(va, vb)), Quantiles: quantileShift{
				s.B.Mean - s.A.Mean, s.B.P05 - s.A.P05, s.B.P25 - s.A.P25, s.B.Median - s.A.Median, s.B.P75 - s.A.P75, s.B.P95 - s.A.P95}})
		}
	}
	inA, inB := a.found(), b.found()
	var both []string
	for _, name := range inA {
		if slices.Contains(inB, name) {
			both = append(both, name)
		}
	}
	switch {
	case len(both) == len(inA) && len(both) == len(inB):
		add("", "", a.Group(stats.Key{}), b.Group(stats.Key{}))
	case len(both) == 0:
		r.Notes = append(r.Notes, "the sets have no class in common: all instances are compared")
		add("", "", a.Group(stats.Key{}), b.Group(stats.Key{}))
	default:
		r.Notes = append(r.Notes, "the sets have different classes: the classes in both are compared")
		for _, name := range both {
			add("class", name, a.classGroup(name), b.classGroup(name))
		}
	}
	for _, k := range a.Keys() {
		if _, named := o.grouped(k.By); named && b.Group(k).Tiles > 0 {
			add(k.By, k.Name, a.Group(k), b.Group(k))
		}
	}
}

// found are the names of the classes that have instances.
func (s *set) found() []string {
	var names []string
	for _, id := range s.Classes() {
		names = append(names, s.classes[id])
	}
	return names
}

func (s *set) classGroup(name string) *stats.Group {
	for id, n := range s.classes {
		if n == name {
			return s.Class(id)
		}
	}
	return &stats.Group{}
}

// GroupsBy are the groups of a kind.
func (r *SetReport) GroupsBy(by string) []*GroupReport {
	return slices.DeleteFunc(slices.Clone(r.Groups), func(g *GroupReport) bool { return g.By != by })
}

// Title names a group.
func (g *GroupReport) Title() string {
	switch g.By {
	case "":
		return "all"
	case "wsi":
		return "WSI " + g.Name
	case "class":
		return g.Name
	}
	return g.By + " " + g.Name
}
