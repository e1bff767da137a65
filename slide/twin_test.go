package slide

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// drawn is tiles of a small slide with instances.
func drawn(r *rand.Rand) ([]Tile, []Instance) {
	var tiles []Tile
	seen := map[rect]bool{}
	size := 6 + r.IntN(20)
	stride := max(size-[]int{0, 0, 1, 3, size / 2}[r.IntN(5)], 1)
	for range 1 + r.IntN(9) {
		p := Place{Slide: "s", X: r.IntN(3) * stride, Y: r.IntN(3) * stride, Width: size, Height: size}
		if r.IntN(5) == 0 {
			p.Width, p.Height = 1+r.IntN(2*size), 1+r.IntN(2*size)
		}
		if k := (rect{p.X, p.Y, p.Width, p.Height}); !seen[k] {
			seen[k] = true
			tiles = append(tiles, Tile{p, r.IntN(4) == 0})
		}
	}
	var list []Instance
	for range r.IntN(25) {
		// A box on the slide, as some of the tiles see it.
		x, y, w, h := r.IntN(3*size), r.IntN(3*size), 1+r.IntN(size), 1+r.IntN(size)
		class, crowd, number := int64(r.IntN(2)), r.IntN(8) == 0, int64(0)
		if r.IntN(10) == 0 {
			number = int64(1 + r.IntN(3))
		}
		for t := range tiles {
			p := tiles[t].Place
			moves := []int{0, 0, 0, 0, 0, 0, 1, -1}
			dx, dy := moves[r.IntN(len(moves))], moves[r.IntN(len(moves))]
			pix := make([]byte, p.Width*p.Height)
			some := false
			for i := range pix {
				at, down := p.X+i%p.Width, p.Y+i/p.Width
				if at >= x+dx && at < x+w+dx && down >= y+dy && down < y+h+dy && r.IntN(12) > 0 {
					pix[i], some = 1, true
				}
			}
			if !some || r.IntN(6) == 0 {
				continue
			}
			m, err := rle.FromBitmap(p.Height, p.Width, pix)
			if err != nil {
				panic(err)
			}
			list = append(list, Instance{Tile: t, Class: class, Crowd: crowd, Region: NewRegion(p.X, p.Y, m), Whole: number})
		}
	}
	return tiles, list
}

// has reports whether a region has a pixel of the frame.
func has(r Region, x, y int) bool {
	h, w := r.Mask.Size()
	return x >= r.X && y >= r.Y && x < r.X+w && y < r.Y+h && r.Mask.At(x-r.X, y-r.Y)
}

// naiveShare counts what two instances share where both tiles see them, pixel by pixel. It
// reports false if the tiles do not see the same.
func naiveShare(f *Frame, depth int, a, b Instance) (shared, one, other int, ok bool) {
	p, q := f.rects[a.Tile], f.rects[b.Tile]
	zone := p.and(q)
	across, down := zone.x1-zone.x0, zone.y1-zone.y0
	count := func(from, to int, in func(r Region, k int) bool) {
		for k := from; k < to; k++ {
			x, y := in(a.Region, k), in(b.Region, k)
			if x {
				one++
			}
			if y {
				other++
			}
			if x && y {
				shared++
			}
		}
	}
	switch {
	case across < 0 || down < 0 || across == 0 && down == 0:
		return 0, 0, 0, false
	case across <= 2*depth && (p.x0-q.x0)*(p.x1-q.x1) > 0 && (down > 2*depth || across == 0):
		// A row counts for an instance that has a pixel near the border of its tile in it.
		in := func(r Region, y int) bool {
			left, right := max(p.x0, q.x0), min(p.x1, q.x1) // the edges
			from, to := left-depth, right+depth
			if across == 0 {
				from, to = left-depth, left+depth
			}
			for x := from; x < to; x++ {
				if has(r, x, y) {
					return true
				}
			}
			return false
		}
		count(zone.y0, zone.y1, in)
	case down <= 2*depth && (p.y0-q.y0)*(p.y1-q.y1) > 0 && (across > 2*depth || down == 0):
		in := func(r Region, x int) bool {
			top, bottom := max(p.y0, q.y0), min(p.y1, q.y1)
			from, to := top-depth, bottom+depth
			if down == 0 {
				from, to = top-depth, top+depth
			}
			for y := from; y < to; y++ {
				if has(r, x, y) {
					return true
				}
			}
			return false
		}
		count(zone.x0, zone.x1, in)
	default:
		for x := zone.x0; x < zone.x1; x++ {
			count(zone.y0, zone.y1, func(r Region, y int) bool { return has(r, x, y) })
		}
	}
	return shared, one, other, true
}

// naiveStitch is the twin of Stitch.
func naiveStitch(f *Frame, list []Instance, o Options) (of []int, conflicts int) {
	group := make([]int, len(list))
	first := map[int64]int{}
	for i, in := range list {
		group[i] = i
		if in.Whole != 0 {
			if k, ok := first[in.Whole]; ok {
				group[i] = k
			} else {
				first[in.Whole] = i
			}
		}
	}
	type pair struct {
		a, b       int
		iou, share float64
	}
	var pairs []pair
	for a := range list {
		for b := a + 1; b < len(list); b++ {
			p, q := list[a], list[b]
			if p.Tile == q.Tile || p.Class != q.Class || p.Crowd != q.Crowd || p.Whole != 0 && q.Whole != 0 {
				continue
			}
			shared, one, other, ok := naiveShare(f, o.Depth, p, q)
			if !ok || shared == 0 {
				continue
			}
			iou, share := float64(shared)/float64(one+other-shared), float64(shared)/float64(min(one, other))
			if iou >= o.IoU && share >= o.Share {
				pairs = append(pairs, pair{a, b, iou, share})
			}
		}
	}
	slices.SortStableFunc(pairs, func(x, y pair) int {
		return cmp.Or(cmp.Compare(y.iou, x.iou), cmp.Compare(y.share, x.share), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	for _, j := range pairs {
		if group[j.a] == group[j.b] {
			continue
		}
		bad := false
		for i := range list {
			for k := range list {
				if group[i] == group[j.a] && group[k] == group[j.b] && list[i].Tile == list[k].Tile {
					shared := Shared(list[i].Region, list[k].Region)
					bad = bad || float64(shared) > layered*float64(min(list[i].Region.Area(), list[k].Region.Area()))
				}
			}
		}
		if bad {
			conflicts++
			continue
		}
		from, to := group[j.b], group[j.a]
		for i := range group {
			if group[i] == from {
				group[i] = to
			}
		}
	}
	number := map[int]int{}
	for i := range list {
		if _, ok := number[group[i]]; !ok {
			number[group[i]] = len(number)
		}
		of = append(of, number[group[i]])
	}
	return of, conflicts
}

func checkStitch(t *testing.T, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 19))
	tiles, list := drawn(r)
	f, err := NewFrame(tiles)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Share: float64(r.IntN(4)) / 4, IoU: float64(r.IntN(3)) / 5, Depth: 1 + r.IntN(4)}
	got, err := f.Stitch(context.Background(), list, o)
	if err != nil {
		t.Fatal(err)
	}
	want, conflicts := naiveStitch(f, list, o)
	if !slices.Equal(got.Of, want) || got.Conflicts != conflicts {
		t.Fatalf("seed %d, %+v: %v with %d conflicts, expected %v with %d", seed, o, got.Of, got.Conflicts, want, conflicts)
	}
	for _, w := range got.Wholes {
		regions := make([]Region, len(w.Parts))
		pixels := map[[2]int]bool{}
		for k, p := range w.Parts {
			regions[k] = list[p].Region
			for _, s := range regions[k].appendSpans(nil) {
				for y := s.y0; y < s.y1; y++ {
					pixels[[2]int{s.x, y}] = true
				}
			}
		}
		u, err := Unite(regions...)
		if err != nil || u.Area() != len(pixels) {
			t.Fatalf("seed %d: %d pixels united, expected %d, %v", seed, u.Area(), len(pixels), err)
		}
		for p := range pixels {
			if !has(u, p[0], p[1]) {
				t.Fatalf("seed %d: pixel %v is lost", seed, p)
			}
		}
	}
}

func TestStitchTwin(t *testing.T) {
	for seed := range uint64(3000) {
		checkStitch(t, seed)
	}
}

// FuzzStitch compares Stitch with its naive twin.
func FuzzStitch(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(checkStitch)
}

// FuzzClusters compares Clusters with components of a graph of all pairs.
func FuzzClusters(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 5))
		list := func() (out []Region) {
			for range r.IntN(12) {
				out = append(out, box(t, r.IntN(60), r.IntN(60), 1+r.IntN(15), 1+r.IntN(15)))
			}
			return out
		}
		truth, found := list(), list()
		group := make([]int, len(truth)+len(found))
		for i := range group {
			group[i] = i
		}
		for i, a := range truth {
			for k, b := range found {
				if Shared(a, b) > 0 {
					from, to := group[len(truth)+k], group[i]
					for n := range group {
						if group[n] == from {
							group[n] = to
						}
					}
				}
			}
		}
		seen := 0
		for _, c := range Clusters(truth, found) {
			var all []int
			all = append(all, c.Truth...)
			for _, k := range c.Detections {
				all = append(all, len(truth)+k)
			}
			for _, i := range all {
				if group[i] != group[all[0]] {
					t.Fatalf("%d and %d are in one cluster", i, all[0])
				}
				region := append(slices.Clone(truth), found...)[i]
				if h, w := region.Mask.Size(); region.X < c.X || region.Y < c.Y || region.X+w > c.X+c.Width || region.Y+h > c.Y+c.Height {
					t.Fatalf("%d is outside of its cluster", i)
				}
			}
			count := 0
			for i := range group {
				if group[i] == group[all[0]] {
					count++
				}
			}
			if count != len(all) {
				t.Fatalf("a cluster has %d of %d", len(all), count)
			}
			seen += len(all)
		}
		if seen != len(group) {
			t.Fatalf("clusters have %d of %d", seen, len(group))
		}
	})
}
