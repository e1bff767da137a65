package review

import (
	"maps"
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// A Verdict is what reviewers together say about an annotation.
type Verdict string

// The verdicts.
const (
	Undecided Verdict = "undecided" // nobody decided
	Accepted  Verdict = "accepted"  // more accept than reject it
	Rejected  Verdict = "rejected"  // more reject than accept it
	Unclear   Verdict = "uncertain" // as many accept as reject it, or all are uncertain
)

// Verdicts returns all verdicts.
func Verdicts() []Verdict { return []Verdict{Accepted, Rejected, Unclear, Undecided} }

// State is what decisions come to. The zero State has none.
type State struct {
	of        map[coco.ID]map[string]Choice
	reviewers map[string]int // how many annotations each has decided
}

// Add adds a decision, which replaces an earlier one of the same reviewer about the same annotation.
func (s *State) Add(d *Decision) {
	if s.of == nil {
		s.of, s.reviewers = map[coco.ID]map[string]Choice{}, map[string]int{}
	}
	by := s.of[d.Annotation]
	_, before := by[d.Reviewer]
	switch {
	case d.Choice == Undo && before:
		delete(by, d.Reviewer)
		s.reviewers[d.Reviewer]--
	case d.Choice == Undo:
	case by == nil:
		s.of[d.Annotation] = map[string]Choice{d.Reviewer: d.Choice}
		s.reviewers[d.Reviewer]++
	default:
		by[d.Reviewer] = d.Choice
		if !before {
			s.reviewers[d.Reviewer]++
		}
	}
}

// Choices returns the last decision of each reviewer about an annotation, by name. The caller must not change it.
func (s *State) Choices(annotation coco.ID) map[string]Choice { return s.of[annotation] }

// Verdict returns what the reviewers together say about an annotation.
func (s *State) Verdict(annotation coco.ID) Verdict {
	by := s.of[annotation]
	if len(by) == 0 {
		return Undecided
	}
	lead := 0
	for _, c := range by {
		switch c {
		case Accept:
			lead++
		case Reject:
			lead--
		case Uncertain, Undo:
		}
	}
	switch {
	case lead > 0:
		return Accepted
	case lead < 0:
		return Rejected
	}
	return Unclear
}

// A Reviewer is a person and how many annotations they have decided about.
type Reviewer struct {
	Name    string `json:"name"`
	Decided int    `json:"decided"`
}

// Reviewers lists who has decided something, by name.
func (s *State) Reviewers() []Reviewer {
	var list []Reviewer
	for _, name := range slices.Sorted(maps.Keys(s.reviewers)) {
		if n := s.reviewers[name]; n > 0 {
			list = append(list, Reviewer{name, n})
		}
	}
	return list
}

// An Agreement compares two reviewers, on the annotations that both accept or reject.
type Agreement struct {
	A    string `json:"a"` // names, in order
	B    string `json:"b"`
	Both int    `json:"both"` // annotations that both decided
	Same int    `json:"same"` // of these, on which they agree
	// Kappa is Cohen's kappa: 1 is full agreement, 0 what chance gives. It is 1 if both always decide the same thing.
	Kappa float64 `json:"kappa"`
}

// Agreements compares every two reviewers who have decided about an annotation in common, in the order of their names.
func (s *State) Agreements() []Agreement {
	type pair struct{ a, b string }
	type table struct{ both, same, a, b int } // a, b: accepted by each
	tables := map[pair]*table{}
	for _, by := range s.of {
		names := slices.Sorted(maps.Keys(by))
		for i, a := range names {
			for _, b := range names[i+1:] {
				if by[a] == Uncertain || by[b] == Uncertain {
					continue
				}
				t := tables[pair{a, b}]
				if t == nil {
					t = &table{}
					tables[pair{a, b}] = t
				}
				t.both++
				if by[a] == by[b] {
					t.same++
				}
				if by[a] == Accept {
					t.a++
				}
				if by[b] == Accept {
					t.b++
				}
			}
		}
	}
	var list []Agreement
	for p, t := range tables {
		list = append(list, Agreement{p.a, p.b, t.both, t.same, kappa(t.both, t.same, t.a, t.b)})
	}
	slices.SortFunc(list, func(x, y Agreement) int {
		if c := compare(x.A, y.A); c != 0 {
			return c
		}
		return compare(x.B, y.B)
	})
	return list
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// kappa is Cohen's kappa of n decisions, of which two reviewers share same; a and b of them accept each.
func kappa(n, same, a, b int) float64 {
	total := float64(n)
	chance := (float64(float64(a)*float64(b)) + float64(float64(n-a)*float64(n-b))) / float64(total*total)
	if chance == 1 {
		return 1
	}
	return (float64(same)/total - chance) / (1 - chance)
}
