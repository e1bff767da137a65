package eval

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/longtest"
	"github.com/hubdata/hubdata/rle"
)

// draw returns a random dataset, results and parameters with the difficult cases: ties
// of scores and IoUs, crowds, empty masks, areas on the border of an area range.
func draw(rnd *rand.Rand) (*coco.Dataset, []coco.Result, *Params) {
	truth := new(coco.Dataset)
	var results []coco.Result
	for i := range 1 + rnd.IntN(3) {
		truth.Categories = append(truth.Categories, coco.Category{ID: int64(7 - 3*i)})
	}
	p := &Params{
		Type: Type(rnd.IntN(3)), IgnoreCategories: rnd.IntN(4) == 0, MaskAreas: rnd.IntN(3) == 0, StrictPycocotools: rnd.IntN(2) == 0,
		Workers: 1 + rnd.IntN(3), BoundaryRatio: []float64{0, .1}[rnd.IntN(2)],
	}
	if rnd.IntN(2) == 0 {
		p.IoU = [][]float64{{.5}, {1}, {0, .2}, {.7, .3, .3}, Linspace(0.01, .99, 40)}[rnd.IntN(5)]
		p.Recall = [][]float64{{.5}, {0, 1}, {.9, .1}, {2, 0}}[rnd.IntN(4)]
		p.MaxDets = [][]int{{1}, {3, 2}, {2, 5, 100}, {1, 1, 2, 4}}[rnd.IntN(4)]
	}
	if rnd.IntN(2) == 0 {
		p.Areas = []AreaRange{{"all", 0, 1e10}, {"small", 0, 6}, {"large", 6, 20}}
	}
	boxed := rnd.IntN(2) == 0
	many := 1 // or so many times more instances, for which boxes are in an index
	if rnd.IntN(16) == 0 {
		many = 6
	}
	for i := range rnd.IntN(4) {
		h, w := many*(1+rnd.IntN(9)), many*(1+rnd.IntN(9))
		id := coco.IntID(int64(11 - 5*i))
		truth.Images = append(truth.Images, coco.Image{ID: id, Height: h, Width: w})
		var pool []rle.Mask
		for range many * (1 + rnd.IntN(4)) {
			pix := make([]byte, h*w)
			x, y := rnd.IntN(w), rnd.IntN(h)
			for at := range pix {
				if at%w >= x && at/w >= y && at%w < x+1+rnd.IntN(9) && (many == 1 || at/w < y+9) {
					pix[at] = byte(min(rnd.IntN(9), 1))
				}
			}
			m, err := rle.FromBitmap(h, w, pix)
			if err != nil {
				panic(err)
			}
			pool = append(pool, m)
		}
		category := func() int64 { return truth.Categories[rnd.IntN(len(truth.Categories))].ID }
		for range many * rnd.IntN(5) {
			m := pool[rnd.IntN(len(pool))]
			truth.Annotations = append(truth.Annotations, coco.Annotation{
				ID: coco.IntID(int64(len(truth.Annotations))), ImageID: id, CategoryID: category(), Segmentation: coco.RLE(m),
				Area: float64(m.Area() * (1 + rnd.IntN(2))), BBox: m.Bounds(), IsCrowd: rnd.IntN(4) == 0,
			})
		}
		for range many * rnd.IntN(8) {
			m := pool[rnd.IntN(len(pool))]
			d := coco.Result{ImageID: id, CategoryID: category(), Score: float64(rnd.IntN(5)) / 4, BBox: m.Bounds(), Segmentation: coco.RLE(m)}
			if rnd.IntN(3) == 0 {
				d.Segmentation = coco.Counts(m)
			}
			if rnd.IntN(4) == 0 {
				d.BBox.X += rnd.Float64()
				d.BBox.W *= 2
			}
			if !boxed {
				d.BBox, d.Missing = rle.Box{}, coco.FieldBBox
			}
			results = append(results, d)
		}
	}
	rnd.Shuffle(len(results), func(i, j int) { results[i], results[j] = results[j], results[i] })
	return truth, results, p
}

func sameBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

func checkTwin(t *testing.T, seed uint64) {
	t.Helper()
	truth, results, p := draw(rand.New(rand.NewPCG(seed, 1)))
	got, err := Evaluate(context.Background(), truth, coco.NewResults(results...), p)
	if err != nil {
		t.Fatal(err)
	}
	want := naive(truth, results, p)
	all := arraysOf(&got.Curves)
	for name, pair := range map[string][2][]float64{"precision": {all.precision, want.precision}, "recall": {all.recall, want.recall}, "scores": {all.scores, want.scores}} {
		if !sameBits(pair[0], pair[1]) {
			t.Fatalf("seed %d: another %s:\n%v, want\n%v", seed, name, pair[0], pair[1])
		}
	}
	if !reflect.DeepEqual(got.Stats(), want.stats()) {
		t.Fatalf("seed %d: stats %v, want %v", seed, got.Stats(), want.stats())
	}
	checkCells(t, got)
}

// checkCells compares the matches that AppendMatches computes with the flags.
func checkCells(t *testing.T, r *Result) {
	t.Helper()
	for c := range r.Cells() {
		for iou := range r.Params.IoU {
			for area := range r.Params.Areas {
				for d, g := range c.AppendMatches(nil, iou, area) {
					zero := g >= 0 && r.Params.StrictPycocotools && c.truth(g).ID == coco.ID{}
					if c.Matched(d, iou, area) != (g >= 0 && !zero) {
						t.Fatalf("detection %d matches %d, flag %v", d, g, c.Matched(d, iou, area))
					}
					if g >= 0 && !zero && c.Ignored(d, iou, area) != c.TruthIgnored(int(g), area) {
						t.Fatalf("detection %d matches %d, ignored %v", d, g, c.Ignored(d, iou, area))
					}
				}
			}
		}
	}
}

// FuzzEvaluate compares Evaluate with its naive twin.
func FuzzEvaluate(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(checkTwin)
}

func TestTwin(t *testing.T) {
	for seed := range uint64(longtest.Share(1500, 400)) {
		checkTwin(t, seed)
	}
}

// FuzzSortRanked compares sortRanked with a stable sort.
func FuzzSortRanked(f *testing.F) {
	f.Add(uint64(1), 70, 3)
	f.Add(uint64(2), 500, 1000)
	f.Fuzz(func(t *testing.T, seed uint64, n, kinds int) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		kinds = max(kinds&0xffff, 1)
		var scores []float64
		list := make([]ranked, 0, 1000)
		for i := range n & 511 {
			s := math.Float64frombits(rnd.Uint64N(uint64(kinds)) * 0x9e3779b97f4a7c15)
			if s != s {
				s = math.Copysign(0, -1)
			}
			scores = append(scores, s)
			list = append(list, ranked{key: scoreKey(s), at: int32(i)})
		}
		got := sortRanked(list, make([]ranked, len(list)))
		want := make([]int32, len(scores))
		for i := range want {
			want[i] = int32(i)
		}
		slices.SortStableFunc(want, func(a, b int32) int {
			switch {
			case scores[a] > scores[b]:
				return -1
			case scores[a] < scores[b]:
				return 1
			}
			return 0
		})
		for i, r := range got {
			if r.at != want[i] {
				t.Fatalf("place %d: %d, want %d", i, r.at, want[i])
			}
		}
	})
}
