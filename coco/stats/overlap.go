package stats

import (
	"math"
	"slices"

	"github.com/hubdata/hubdata/internal/boxindex"
	"github.com/hubdata/hubdata/rle"
)

// overlaps measures what the instances of a tile cover together: the overlap of each
// with others of its class, and the share of the tile covered by each class and by all.
func (m *Measurer) overlaps(t *Tile) {
	m.divide(t)
	for k := range t.classes {
		c := &t.classes[k]
		list := m.byClass[m.starts[k]:m.starts[k+1]]
		apart, near := m.touching(list)
		c.covered = t.share(m.covered(apart, near), len(list) == c.instances)
		m.overlap(t, apart, near)
	}
	switch len(t.classes) {
	case 0:
	case 1:
		t.Covered = t.classes[0].covered
	default:
		list := m.byClass
		slices.Sort(list)
		t.Covered = t.share(m.covered(m.touching(list)), len(list) == len(t.Instances))
	}
}

// divide lists the classes of a tile in the order in which they appear, and the masks of
// each in the order of the tile: those of class k from starts[k] to starts[k+1]-1 of
// byClass.
func (m *Measurer) divide(t *Tile) {
	if m.classes == nil {
		m.classes = map[int64]int{}
	}
	clear(m.classes)
	for i := range t.Instances {
		category := t.Instances[i].Category
		k, ok := m.classes[category]
		if !ok {
			k = len(t.classes)
			m.classes[category] = k
			t.classes = append(t.classes, classOnTile{category: category})
		}
		t.classes[k].instances++
	}
	m.starts = slices.Grow(m.starts[:0], len(t.classes)+2)[:len(t.classes)+2]
	clear(m.starts)
	for _, place := range m.masked {
		m.starts[m.classes[t.Instances[place].Category]+2]++
	}
	for k := range len(t.classes) {
		m.starts[k+2] += m.starts[k+1]
	}
	m.byClass = slices.Grow(m.byClass[:0], len(m.masked))[:len(m.masked)]
	for i, place := range m.masked {
		next := &m.starts[m.classes[t.Instances[place].Category]+1]
		m.byClass[*next] = i
		*next++
	}
}

// share returns a number of pixels as a share of the tile, or NaN if it is not known.
func (t *Tile) share(pixels int, known bool) float64 {
	switch {
	case !known:
		return math.NaN()
	case pixels == 0: // also for a tile without a pixel
		return 0
	}
	return float64(pixels) / (float64(t.Height) * float64(t.Width))
}

// touching divides a list of masks into those whose box meets that of no other in the
// list, and the rest. Both are valid until the next call.
func (m *Measurer) touching(list []int) (apart, near []int) {
	m.spans = m.spans[:0]
	for _, i := range list {
		b := m.boxes[i]
		m.spans = append(m.spans, boxindex.Box{X0: b.X, Y0: b.Y, X1: b.X + b.W - 1, Y1: b.Y + b.H - 1})
	}
	m.index.Reset(m.spans)
	for k := range m.spans {
		m.index.Add(k)
	}
	m.apart, m.near = m.apart[:0], m.near[:0]
	for k, i := range list {
		if m.index.MeetsOther(k) {
			m.near = append(m.near, i)
		} else {
			m.apart = append(m.apart, i)
		}
	}
	return m.apart, m.near
}

// covered returns the number of pixels that masks cover. Only those in near may overlap.
func (m *Measurer) covered(apart, near []int) int {
	sum := 0
	for _, i := range apart {
		sum += m.masks[i].Area()
	}
	all, _ := rle.Union(m.pick(near)...) // masks of one size: no error
	return sum + all.Area()
}

// overlap sets, for each mask, the share that other masks of its class cover: the pixels
// that it has in common with those covered more than once. Only masks in near may overlap.
func (m *Measurer) overlap(t *Tile, apart, near []int) {
	for _, i := range apart {
		if m.boxes[i].W > 0 { // has a pixel
			t.Instances[m.masked[i]].values[Overlap] = 0
		}
	}
	if len(near) == 0 {
		return
	}
	masks := m.pick(near)
	twice, _ := rle.AtLeast(masks, nil, 2) // masks of one size: no error
	_ = m.compared.Reset(append(masks, twice))
	for k, i := range near {
		t.Instances[m.masked[i]].values[Overlap] = float64(m.compared.Intersection(k, len(near))) / float64(m.compared.Area(k))
	}
}

func (m *Measurer) pick(list []int) []rle.Mask {
	masks := make([]rle.Mask, len(list), len(list)+1)
	for k, i := range list {
		masks[k] = m.masks[i]
	}
	return masks
}
