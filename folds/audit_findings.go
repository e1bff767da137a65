package folds

import (
	"fmt"
	"strings"
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
			always = fmt.Sprintf(", %d of them with always-train images", t.Always)
		}
		say(kind, "leak: %d of %d validation images %s (%d pairs%s)", t.Images, valid, what[kind], t.Pairs, always)
	}
	shared := map[string]bool{}
	var names []string
	folds := 0
	for _, f := range a.Folds {
		if len(f.SharedSlides) > 0 {
			folds++
		}
		for _, s := range f.SharedSlides {
			if !shared[s.Slide] {
				shared[s.Slide] = true
				names = append(names, s.Slide)
			}
		}
	}
	if len(names) > 0 {
		say("shared_slide", "leak: slide %s is on both sides in %d of %d folds", strings.Join(names, ", "), folds, len(a.Folds))
	}
	if len(a.Balance) > 0 {
		d := a.Balance[0]
		if d.Relative == 0 {
			say("balance", "balance: all folds are equal")
		} else {
			say("balance", "balance: farthest from the mean is fold %d with %d %s, %+.1f %%", d.Fold, d.Value, d.Measure, 100*d.Relative)
		}
	}
	for _, n := range a.NotAudited {
		say("not_audited", "not audited: %s", n)
	}
	return out
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
	case t.Folds != nil && sharesSlides(t):
		t.advice = "no neighbours leak: use \"--method wsi\" to keep slides apart too"
	}
}

func sharesSlides(t *Audit) bool {
	for _, f := range t.Folds {
		if len(f.SharedSlides) > 0 {
			return true
		}
	}
	return false
}
