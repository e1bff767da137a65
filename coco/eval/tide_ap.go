package eval

import "slices"

// A fate is the outcome of a detection after fixes.
type fate uint8

const (
	wrong fate = iota
	right
	gone
)

// APIfFixed returns the average precision if all mistakes of these kinds were fixed. With
// all kinds it is 1, or 0 if that leaves neither a detection nor an instance. Of
// several Cls and Loc of one instance only the best detection becomes correct. The
// others are removed, even if their kind is not fixed.
func (m *Mistakes) APIfFixed(kinds ...MistakeKind) float64 {
	var fixed [mistakeKinds]bool
	for _, k := range kinds {
		fixed[k] = true
	}
	remaining := slices.Clone(m.instances)
	if fixed[MistakeMissed] {
		for i := range m.List {
			if l := &m.List[i]; l.Kind == MistakeMissed {
				remaining[m.classOf(l.Truth)]--
			}
		}
	}
	return average(m.fixedOrder, remaining, func(i int32) (int32, fate) {
		p := &m.points[i]
		if p.mistake < 0 {
			return p.class, right
		}
		l := &m.List[p.mistake]
		switch {
		case fixed[l.Kind] && l.BecomesCorrect:
			return m.classOf(l.Truth), right
		case fixed[l.Kind] || l.Ignored:
			return p.class, gone
		}
		return p.class, wrong
	})
}

// weigh computes AP and the gains.
func (m *Mistakes) weigh() {
	list := make([]ranked, 0, 2*len(m.points))
	for i := range m.points {
		list = append(list, ranked{key: scoreKey(m.points[i].score), at: int32(i)})
	}
	m.AP = average(m.sorted(list), m.instances, m.unfixed)

	list = list[:0]
	for _, isRight := range []bool{false, true} {
		for i := range m.points {
			if p := &m.points[i]; p.mistake < 0 == isRight {
				list = append(list, ranked{key: scoreKey(p.score), at: int32(i)})
			}
		}
	}
	correctFirst := make([]int32, 0, len(list)) // correct detections first
	for _, isRight := range []bool{true, false} {
		for i := range m.points {
			if m.points[i].mistake < 0 == isRight {
				correctFirst = append(correctFirst, int32(i))
			}
		}
	}
	m.fixedOrder = m.sorted(list)
	for k := range m.Gain {
		m.Gain[k] = max(m.APIfFixed(MistakeKind(k))-m.AP, 0)
	}
	m.GainPositive = average(correctFirst, m.instances, m.unfixed) - m.AP
	remaining := slices.Clone(m.instances)
	for k, n := range m.unmatched {
		remaining[k] -= n
	}
	m.GainNegative = average(m.fixedOrder, remaining, m.unfixed) - m.AP
}

// unfixed returns the class and the fate of a point if nothing is fixed.
func (m *Mistakes) unfixed(i int32) (int32, fate) {
	p := &m.points[i]
	switch {
	case p.mistake < 0:
		return p.class, right
	case m.List[p.mistake].Ignored:
		return p.class, gone
	}
	return p.class, wrong
}

// sorted returns the indices of a list in sorted order. The list's spare capacity is
// used as scratch memory.
func (m *Mistakes) sorted(list []ranked) []int32 {
	n := len(list)
	order := make([]int32, 0, n)
	for _, r := range sortRanked(list, list[n:2*n]) {
		order = append(order, r.at)
	}
	return order
}

// average returns the mean of the average precisions of the classes. order gives the
// points in descending order, instances the number of true instances by class. Classes
// with neither do not count.
func average(order, instances []int32, of func(point int32) (class int32, f fate)) float64 {
	type curve struct {
		wrong     int
		precision []float64 // after each correct one
	}
	curves := make([]curve, len(instances))
	for _, i := range order {
		class, f := of(i)
		c := &curves[class]
		switch f {
		case right:
			n := len(c.precision) + 1
			c.precision = append(c.precision, float64(n)/float64(n+c.wrong))
		case wrong:
			c.wrong++
		}
	}
	sum, n := 0.0, 0
	for k := range curves {
		c := &curves[k]
		if instances[k] > 0 || c.wrong > 0 || len(c.precision) > 0 {
			sum += areaUnder(c.precision, int(instances[k]))
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
