package eval

import "slices"

// A fate is the outcome of a detection after fixes.
type fate uint8

const (
	wrong fate = iota
	right
	moved // right for the class of the instance that it is near
	gone
)

// A step is a detection on the way along the curve.
type step struct {
	class int32
	near  int32 // class of the instance that a fix assigns to it
	kind  stepKind
}

// A stepKind says what fixes make of a detection: whether it is correct, else its mistake,
// whether that becomes correct, and whether it is ignored.
type stepKind uint8

const (
	stepCorrect stepKind = 0
	stepKinds            = 1 + 4*mistakeKinds
)

func newStepKind(l *Mistake) stepKind {
	k := 1 + 4*stepKind(l.Kind)
	if l.BecomesCorrect {
		k += 2
	}
	if l.Ignored {
		k++
	}
	return k
}

// fates are the fates of all kinds of steps once these mistakes are fixed.
func fates(fixed ...MistakeKind) *[stepKinds]fate {
	var out [stepKinds]fate
	out[stepCorrect] = right
	for kind := range MistakeKind(mistakeKinds) {
		fix := slices.Contains(fixed, kind)
		for _, l := range []Mistake{{}, {BecomesCorrect: true}, {Ignored: true}, {BecomesCorrect: true, Ignored: true}} {
			l.Kind = kind
			switch f := &out[newStepKind(&l)]; {
			case fix && l.BecomesCorrect:
				*f = moved
			case fix || l.Ignored:
				*f = gone
			}
		}
	}
	return &out
}

// APIfFixed returns the average precision if all mistakes of these kinds were fixed. With
// all kinds it is 1, or 0 if that leaves neither a detection nor an instance. Of
// several Cls and Loc of one instance only the best detection becomes correct. The
// others are removed, even if their kind is not fixed.
func (m *Mistakes) APIfFixed(kinds ...MistakeKind) float64 {
	remaining := slices.Clone(m.instances)
	if slices.Contains(kinds, MistakeMissed) {
		for i := range m.List {
			if l := &m.List[i]; l.Kind == MistakeMissed {
				remaining[m.classOf(l.Truth)]--
			}
		}
	}
	var c curves
	return c.average(m.steps, remaining, fates(kinds...))
}

// weigh computes AP and the gains.
func (m *Mistakes) weigh(points []point) {
	list := make([]ranked, len(points), 2*len(points))
	for i := range points {
		list[i] = ranked{key: scoreKey(points[i].score), at: int32(i)}
	}
	list = sortRanked(list, list[len(list):2*len(list)])
	var c curves
	unfixed := fates()
	steps := make([]step, 0, len(points))
	for i := range list {
		steps = append(steps, m.step(&points[list[i].at]))
	}
	m.AP = c.average(steps, m.instances, unfixed)

	m.steps = make([]step, 0, len(points)) // mistakes first among equal scores
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && list[to].key == list[from].key {
			to++
		}
		m.steps = appendParted(m.steps, steps[from:to], false)
		from = to
	}
	for k := range m.Gain {
		m.Gain[k] = max(m.APIfFixed(MistakeKind(k))-m.AP, 0)
	}
	m.GainPositive = c.average(appendParted(make([]step, 0, len(steps)), steps, true), m.instances, unfixed) - m.AP
	remaining := slices.Clone(m.instances)
	for k, n := range m.unmatched {
		remaining[k] -= n
	}
	m.GainNegative = c.average(m.steps, remaining, unfixed) - m.AP
}

// step returns the step of a point.
func (m *Mistakes) step(p *point) step {
	if p.mistake < 0 {
		return step{class: p.class, near: p.class, kind: stepCorrect}
	}
	l := &m.List[p.mistake]
	s := step{class: p.class, near: p.class, kind: newStepKind(l)}
	if l.BecomesCorrect {
		s.near = m.classOf(l.Truth)
	}
	return s
}

// appendParted appends steps, the correct ones first or last.
func appendParted(dst, steps []step, correctFirst bool) []step {
	if len(steps) == 1 {
		return append(dst, steps[0])
	}
	for _, correct := range []bool{correctFirst, !correctFirst} {
		for i := range steps {
			if steps[i].kind == stepCorrect == correct {
				dst = append(dst, steps[i])
			}
		}
	}
	return dst
}

// curves holds the memory for the curves of the classes.
type curves []struct {
	wrong     int
	precision []float64 // after each correct one
}

// average returns the mean of the average precisions of the classes. steps are in descending
// order of score, instances is the number of true instances by class. Classes
// with neither do not count.
func (c *curves) average(steps []step, instances []int32, fates *[stepKinds]fate) float64 {
	*c = slices.Grow((*c)[:0], len(instances))[:len(instances)]
	curves := *c
	for k := range curves {
		curves[k].wrong, curves[k].precision = 0, curves[k].precision[:0]
	}
	for i := range steps {
		class := steps[i].class
		switch fates[steps[i].kind] {
		case wrong:
			curves[class].wrong++
			continue
		case gone:
			continue
		case moved:
			class = steps[i].near
		case right:
		}
		at := &curves[class]
		n := len(at.precision) + 1
		at.precision = append(at.precision, float64(n)/float64(n+at.wrong))
	}
	sum, n := 0.0, 0
	for k := range curves {
		at := &curves[k]
		if instances[k] > 0 || at.wrong > 0 || len(at.precision) > 0 {
			sum += areaUnder(at.precision, int(instances[k]))
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// areaUnder returns the mean precision at recalls of 0, 0.01 to 1. The precision at a
// recall is the highest one there or at any higher recall. It changes the list.
func areaUnder(precision []float64, instances int) float64 {
	if instances == 0 {
		return 0
	}
	for i := len(precision) - 1; i > 0; i-- {
		precision[i-1] = max(precision[i-1], precision[i])
	}
	sum, n := 0.0, 0
	for i := range 101 {
		for n < len(precision) && float64(n)/float64(instances) < float64(i)/100 {
			n++
		}
		if at := max(n-1, 0); at < len(precision) && float64(at+1)/float64(instances) >= float64(i)/100 {
			sum += precision[at]
		}
	}
	return sum / 101
}
