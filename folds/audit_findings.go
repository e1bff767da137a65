package folds

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/internal/figures"
)

// Finding is a statement of an audit.
type Finding struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Leaks reports whether any pair of images leaks data. A slide in both training and
// validation does not count by itself: it is a finding, but whether it matters depends
// on the purpose.
func (a *Audit) Leaks() bool { return len(a.Totals) > 0 }

// Clean reports whether the audit looked at everything and found no leak: no pair of
// images, and no slide or other group on both sides.
func (a *Audit) Clean() bool {
	return !a.Leaks() && len(a.onBothSides()) == 0 && len(a.NotAudited) == 0
}

// Groups returns the names of the groups that were audited: slide, and those of the
// options.
func (a *Audit) Groups() []string {
	return slices.DeleteFunc(slices.Clone(a.Audited), func(what string) bool {
		return what == "neighbours" || what == "outlines" || what == "duplicates"
	})
}

// OnBothSides returns the slides, or the groups of another name, that are on both sides
// of the fold.
func (f *FoldAudit) OnBothSides(group string) []string {
	var values []string
	if group == "slide" {
		for _, s := range f.SharedSlides {
			values = append(values, s.Slide)
		}
	}
	for _, g := range f.SharedGroups {
		if g.Group == group {
			values = append(values, g.Value)
		}
	}
	return values
}

// SharedGroups returns the names of what is on both sides of a fold: slide, and the
// names of groups.
func (a *Audit) SharedGroups() []string {
	var names []string
	for _, g := range a.onBothSides() {
		names = append(names, g.name)
	}
	return names
}

// bothSides is what is on both sides of folds.
type bothSides struct {
	kind, name string
	values     []string // without duplicates, in the order of the folds
	folds      int      // in how many of them
	seen       map[string]bool
}

// onBothSides collects slides and groups over the folds.
func (a *Audit) onBothSides() []*bothSides {
	var list []*bothSides
	for _, f := range a.Folds {
		touched := map[*bothSides]bool{}
		add := func(kind, name, value string) {
			k := slices.IndexFunc(list, func(b *bothSides) bool { return b.kind == kind && b.name == name })
			if k < 0 {
				k = len(list)
				list = append(list, &bothSides{kind: kind, name: name, seen: map[string]bool{}})
			}
			b := list[k]
			if !b.seen[value] {
				b.values, b.seen[value] = append(b.values, value), true
			}
			if !touched[b] {
				touched[b] = true
				b.folds++
			}
		}
		for _, s := range f.SharedSlides {
			add("shared_slide", "slide", s.Slide)
		}
		for _, g := range f.SharedGroups {
			add("shared_group", g.Group, g.Value)
		}
	}
	return list
}

// mostListed is how many values a finding lists.
const mostListed = 10

// ListGroups lists values with a separator, the first ten of many. It returns none if
// there are no values, since a value may be 0.
func ListGroups(values []string, separator string) string {
	if len(values) == 0 {
		return "none"
	}
	if n := len(values) - mostListed; n > 1 {
		return strings.Join(values[:mostListed], separator) + " and " + figures.Int(n) + " more"
	}
	return strings.Join(values, separator)
}

// Total returns the total of a kind of pairs.
func (a *Audit) Total(kind string) PairTotal {
	for _, t := range a.Totals {
		if t.Kind == kind {
			return t
		}
	}
	return PairTotal{Kind: kind}
}

// Findings returns the findings of the audit, worst first.
func (a *Audit) Findings() []Finding {
	var out []Finding
	valid := 0
	for _, f := range a.Folds {
		valid += f.Valid
	}
	say := func(kind, format string, args ...any) { out = append(out, Finding{kind, fmt.Sprintf(format, args...)}) }
	what := map[string]string{
		KindDuplicate:     "have the same file in training",
		KindNearDuplicate: "look the same as a training image",
		KindOverlap:       "overlap a training image of the same slide",
		KindTouch:         "touch a training image of the same slide",
		KindCutOutline:    "have an outline that continues into a training image",
	}
	for _, kind := range []string{KindDuplicate, KindNearDuplicate, KindOverlap, KindTouch, KindCutOutline} {
		t := a.Total(kind)
		if t.Pairs == 0 {
			continue
		}
		always := ""
		if t.Always > 0 {
			always = ", " + figures.Int(t.Always) + " of them with always-train images"
		}
		say(kind, "leak: %s of %s validation images %s (%s%s)", figures.Int(t.Images), figures.Int(valid), what[kind], count(t.Pairs, "pair"), always)
	}
	for _, g := range a.onBothSides() {
		name, verb := g.name, "is"
		if len(g.values) > 1 {
			name, verb = GroupNoun(g.name), "are"
		}
		say(g.kind, "leak: %s %s %s on both sides in %d of %d folds", name, ListGroups(g.values, ", "), verb, g.folds, len(a.Folds))
	}
	if len(a.Balance) > 0 {
		d := a.Balance[0]
		if d.Relative == 0 {
			say("balance", "balance: all folds are equal")
		} else {
			say("balance", "balance: farthest from the mean is fold %d with %s, %+.1f %%", d.Fold, d.amount(), 100*d.Relative)
		}
	}
	for _, n := range a.NotAudited {
		say("not_audited", "not checked: %s", n)
	}
	return out
}

// amount writes the value of the fold with its unit.
func (d *Deviation) amount() string {
	class, ok := strings.CutPrefix(d.Measure, "class ")
	switch {
	case ok:
		return count(d.Value, "instance") + " of class " + class
	case d.Measure == "area":
		return count(d.Value, "pixel") + " of area"
	}
	return count(d.Value, strings.TrimSuffix(d.Measure, "s"))
}

// Advice returns one line that says what to do, or an empty string if there is nothing
// to do.
func (a *Audit) Advice() string { return a.advice }

func (a *auditor) advise() {
	t := a.audit
	near := t.Total(KindTouch).Pairs + t.Total(KindOverlap).Pairs
	always := t.Total(KindTouch).Always + t.Total(KindOverlap).Always
	edge := 0
	for _, s := range a.samples {
		edge = max(edge, s.Place.Width, s.Place.Height)
	}
	spatial := a.plan.Method == "spatial" || a.plan.Method == "quantile"
	switch {
	case t.Total(KindDuplicate).Pairs+t.Total(KindNearDuplicate).Pairs > 0:
		t.advice = "the same image is in training and validation: remove the copies, or keep them in one fold with --group"
	case near > 0 && near == always:
		t.advice = fmt.Sprintf("all neighbours are always-train images: use --buffer %d to leave out those near validation images", edge)
	case near > 0 && spatial:
		t.advice = fmt.Sprintf("use --buffer %d to leave the edges of the blocks out of training", edge)
	case near > 0:
		t.advice = fmt.Sprintf("scores on these folds will be optimistic: use \"--method spatial --buffer %d\" to keep neighbours apart, or \"--method wsi\" to keep slides apart", edge)
	default:
		if shared := t.onBothSides(); len(shared) > 0 {
			t.advice = shared[0].advice(placesKnown(a.samples))
		}
	}
}

// advice says how to keep groups on one side; places says whether neighbours were
// looked for.
func (b *bothSides) advice(places bool) string {
	switch {
	case b.kind != "shared_slide":
		return fmt.Sprintf("use \"--group %s\" to keep each %s on one side", b.name, b.name)
	case places:
		return "no neighbours leak: use \"--method wsi\" to keep slides apart too"
	}
	return "use \"--method wsi\" to keep slides apart"
}

// placesKnown reports whether the places of all images are known.
func placesKnown(samples []*Sample) bool {
	return !slices.ContainsFunc(samples, func(s *Sample) bool { return !s.Placed })
}
