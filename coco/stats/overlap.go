package stats

import (
	"cmp"
	"math"
	"slices"

	"github.com/hubdata/hubdata/rle"
)

// overlaps measures what the instances of a tile cover together: the overlap of each
// with others of its class, and the share of the tile covered by each class and by all.
func (m *Measurer) overlaps(t *Tile) {
	for i := range t.Instances {
		c := t.class(t.Instances[i].Category)
		c.instances++
	}
	list := make([]int, 0, len(m.masks))
	for k := range t.classes {
		c := &t.classes[k]
		list = list[:0]
		for i, place := range m.masked {
			if t.Instances[place].Category == c.category {
				list = append(list, i)
			}
		}
		near := m.touching(list)
		c.covered = t.share(m.covered(list, near), len(list) == c.instances)
		m.overlap(t, list, near)
	}
	switch len(t.classes) {
	case 0:
	case 1:
		t.Covered = t.classes[0].covered
	default:
		list = list[:0]
		for i := range m.masks {
			list = append(list, i)
		}
		t.Covered = t.share(m.covered(list, m.touching(list)), len(list) == len(t.Instances))
	}
}

// class returns the entry of a class. It creates the entry if there is none.
func (t *Tile) class(category int64) *classOnTile {
	for k := range t.classes {
		if t.classes[k].category == category {
			return &t.classes[k]
		}
	}
	t.classes = append(t.classes, classOnTile{category: category})
	return &t.classes[len(t.classes)-1]
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

// touching returns those of the masks whose box meets that of another mask in the list.
func (m *Measurer) touching(list []int) []int {
	order := slices.Clone(list)
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(m.boxes[a].X, m.boxes[b].X), a-b) })
	meets := make([]bool, len(m.boxes))
	for i, a := range order {
		p := m.boxes[a]
		for _, b := range order[i+1:] {
			q := m.boxes[b]
			if q.X >= p.X+p.W {
				break
			}
			if p.Y < q.Y+q.H && q.Y < p.Y+p.H {
				meets[a], meets[b] = true, true
			}
		}
	}
	return slices.DeleteFunc(order, func(i int) bool { return !meets[i] })
}

// covered returns the number of pixels that the masks of a list cover. Only those in
// near may overlap.
func (m *Measurer) covered(list, near []int) int {
	overlaps := make([]bool, len(m.masks))
	for _, i := range near {
		overlaps[i] = true
	}
	sum := 0
	for _, i := range list {
		if !overlaps[i] {
			sum += m.masks[i].Area()
		}
	}
	all, _ := rle.Union(m.pick(near)...) // masks of one size: no error
	return sum + all.Area()
}

// overlap sets, for each mask of a list, the share that other masks of the list cover:
// the pixels that it has in common with those covered more than once. Only masks in
// near may overlap.
func (m *Measurer) overlap(t *Tile, list, near []int) {
	for _, i := range list {
		if m.boxes[i].W > 0 { // has a pixel
			t.Instances[m.masked[i]].values[Overlap] = 0
		}
	}
	twice, _ := rle.AtLeast(m.pick(near), nil, 2) // masks of one size: no error
	for _, i := range near {
		both, _ := rle.Intersect(m.masks[i], twice)
		t.Instances[m.masked[i]].values[Overlap] = float64(both.Area()) / float64(m.masks[i].Area())
	}
}

func (m *Measurer) pick(list []int) []rle.Mask {
	masks := make([]rle.Mask, len(list))
	for k, i := range list {
		masks[k] = m.masks[i]
	}
	return masks
}
