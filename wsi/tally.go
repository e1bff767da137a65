package wsi

import (
	"cmp"
	"slices"
)

// Tally sums counts by dataset and slide. The zero value is empty.
type Tally struct {
	groups map[[2]int]*GroupCounts
}

// GroupCounts counts what became of the outlines of one slide in one dataset.
type GroupCounts struct {
	Dataset, WSI int
	Counts
}

// Add adds the counts of a tile.
func (t *Tally) Add(tile Tile, c Counts) {
	key := [2]int{tile.Dataset, tile.WSI}
	g := t.groups[key]
	if g == nil {
		if t.groups == nil {
			t.groups = map[[2]int]*GroupCounts{}
		}
		g = &GroupCounts{Dataset: tile.Dataset, WSI: tile.WSI}
		t.groups[key] = g
	}
	g.Add(c)
}

// Groups returns the counts by dataset, then slide.
func (t *Tally) Groups() []GroupCounts {
	out := make([]GroupCounts, 0, len(t.groups))
	for _, g := range t.groups {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b GroupCounts) int {
		return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.WSI, b.WSI))
	})
	return out
}
