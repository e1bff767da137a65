package folds

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/hubdata/hubdata/slide"
)

// Spatial divides tiles by their position. It cuts each slide into k compact blocks of
// nearly equal weight, and each fold gets one block of every slide, heavy ones together
// with light ones. So validation tiles are apart from training tiles, except along the
// borders of blocks ([Plan.KeepApart] leaves those out).
//
// weight is the weight of each tile, above 0; nil: 1 each. [TileWeights] balances tiles
// and their instances. A slide of fewer than k tiles gives fewer blocks.
//
// It returns the fold of each tile, from 0; no fold is empty. Errors wrap ErrSplits,
// ErrFewSamples or ErrLengths.
func Spatial(places []slide.Place, weight []float64, k int) ([]int, error) {
	if err := checkSplits(len(places), k); err != nil {
		return nil, err
	}
	if weight != nil && len(weight) != len(places) {
		return nil, fmt.Errorf("%w: %d tiles, %d weights", ErrLengths, len(places), len(weight))
	}
	weighs := func(tiles []int) float64 {
		if weight == nil {
			return float64(len(tiles))
		}
		total := 0.0
		for _, t := range tiles {
			total += weight[t]
		}
		return total
	}
	bySlide := map[string][]int{}
	var slides []string
	for i, p := range places {
		if bySlide[p.Slide] == nil {
			slides = append(slides, p.Slide)
		}
		bySlide[p.Slide] = append(bySlide[p.Slide], i)
	}
	// Start with the slide that has the heaviest blocks: later ones even out.
	slices.SortStableFunc(slides, func(a, b string) int {
		return cmp.Or(cmp.Compare(weighs(bySlide[b]), weighs(bySlide[a])), cmp.Compare(a, b))
	})
	fold := make([]int, len(places))
	size := make([]float64, k)
	tiles := make([]int, k)
	for _, s := range slides {
		var blocks [][]int
		bisect(places, bySlide[s], k, weighs, func(b []int) { blocks = append(blocks, b) })
		slices.SortStableFunc(blocks, func(a, b []int) int { return cmp.Compare(weighs(b), weighs(a)) })
		free := make([]int, k)
		for f := range free {
			free[f] = f
		}
		slices.SortStableFunc(free, func(a, b int) int {
			return cmp.Or(cmp.Compare(size[a], size[b]), cmp.Compare(tiles[a], tiles[b]))
		})
		for i, b := range blocks {
			f := free[i]
			size[f] += weighs(b)
			tiles[f] += len(b)
			for _, t := range b {
				fold[t] = f
			}
		}
	}
	fillEmptyFolds(fold, tiles, places)
	return fold, nil
}

// bisect cuts tiles into k blocks, each time across the longer side of their extent,
// and passes the blocks that are not empty to add.
func bisect(places []slide.Place, tiles []int, k int, weighs func([]int) float64, add func([]int)) {
	if len(tiles) == 0 {
		return
	}
	if k == 1 || len(tiles) == 1 {
		add(tiles)
		return
	}
	x := [2]int{math.MaxInt, math.MinInt}
	y := x
	for _, t := range tiles {
		p := places[t]
		x = [2]int{min(x[0], p.X), max(x[1], p.X)}
		y = [2]int{min(y[0], p.Y), max(y[1], p.Y)}
	}
	byX := x[1]-x[0] >= y[1]-y[0]
	sorted := slices.Clone(tiles)
	slices.SortStableFunc(sorted, func(a, b int) int {
		p, q := places[a], places[b]
		if byX {
			return cmp.Or(cmp.Compare(p.X, q.X), cmp.Compare(p.Y, q.Y))
		}
		return cmp.Or(cmp.Compare(p.Y, q.Y), cmp.Compare(p.X, q.X))
	})
	first := k / 2
	want := weighs(sorted) * float64(first) / float64(k)
	// Each side gets a tile for every block, if there are enough.
	low, high := min(first, len(sorted)-1), max(len(sorted)-(k-first), 1)
	if low > high {
		low, high = high, low
	}
	cut, sum := low, weighs(sorted[:low])
	for best := math.Abs(sum - want); cut < high; cut++ {
		next := sum + weighs(sorted[cut:cut+1])
		if math.Abs(next-want) >= best {
			break
		}
		sum, best = next, math.Abs(next-want)
	}
	bisect(places, sorted[:cut], first, weighs, add)
	bisect(places, sorted[cut:], k-first, weighs, add)
}

// fillEmptyFolds moves the last tile, by place, of the largest fold to each empty fold.
func fillEmptyFolds(fold, tiles []int, places []slide.Place) {
	for f := range tiles {
		if tiles[f] > 0 {
			continue
		}
		from := slices.Index(tiles, slices.Max(tiles))
		last := -1
		for t, g := range fold {
			if g != from {
				continue
			}
			if last < 0 || cmp.Or(cmp.Compare(places[t].Slide, places[last].Slide), cmp.Compare(places[t].X, places[last].X), cmp.Compare(places[t].Y, places[last].Y)) > 0 {
				last = t
			}
		}
		fold[last] = f
		tiles[from]--
		tiles[f]++
	}
}

// TileWeights returns weights of tiles for [Spatial]. One half of the weight is equal
// for all tiles, the other half is proportional to their instances. The mean is 1.
func TileWeights(instances []int) []float64 {
	total := 0
	for _, n := range instances {
		total += n
	}
	out := make([]float64, len(instances))
	for i, n := range instances {
		out[i] = 1
		if total > 0 {
			out[i] = 0.5 + float64(float64(n)/float64(total)*float64(len(instances))/2)
		}
	}
	return out
}
