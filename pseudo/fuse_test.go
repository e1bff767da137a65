package pseudo

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// denseVote votes pixel by pixel.
func denseVote(v *Vote, masks [][]byte, weights []float64, h, w int, box rle.Box) []byte {
	out := make([]byte, h*w)
	total := 0.0
	for _, x := range weights {
		total += x
	}
	for i := range out {
		n, sum := 0, 0.0
		for k, m := range masks {
			if m[i] != 0 {
				n, sum = n+1, sum+weights[k]
			}
		}
		keep := false
		switch v.Rule {
		case VoteWeight:
			keep = n > 0 && sum >= meant(v.Part, 0.3)*total
		case VoteCount:
			keep = n >= max(1, int(meant(v.Part, 0.3)*float64(len(masks))))
		case VoteUnion:
			keep = n > 0
		case VoteIntersection:
			keep = n == len(masks)
		case VoteBest:
			keep = masks[0][i] != 0
		}
		if v.ClipBox {
			x, y := i%w, i/w
			keep = keep && x >= int(box.X) && x < int(box.X+box.W) && y >= int(box.Y) && y < int(box.Y+box.H)
		}
		if keep {
			out[i] = 1
		}
	}
	return out
}

// TestTile checks random tiles: the members of the instances must partition the
// used predictions, every mask must equal the dense vote of the members' masks,
// and the counts must add up.
func TestTile(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	seen := map[string]int{}
	for n := range 600 {
		h, w, models := 20+rng.IntN(60), 20+rng.IntN(60), 1+rng.IntN(4)
		o := &Options{
			Fusion: Fusion{Method: Method(rng.IntN(4)), IoU: float64(rng.IntN(9)-1) / 10, Skip: float64(rng.IntN(3)) / 20,
				Confidence: Confidence(rng.IntN(4)), MinScore: 0.01},
			By:         Overlap(rng.IntN(2)),
			Vote:       Vote{Rule: VoteRule(rng.IntN(5)), Part: float64(rng.IntN(12)-1) / 10, ClipBox: rng.IntN(2) == 0},
			MaskAbove:  []float64{-1, 0, 0.5}[rng.IntN(3)],
			NonOverlap: rng.IntN(3) == 0,
		}
		for m := range models {
			model := Model{Name: fmt.Sprint(m), Weight: []float64{1, 1, 2, 0.5}[rng.IntN(4)]}
			if m > 0 && rng.IntN(8) == 0 {
				model.Weight = 0
			}
			if rng.IntN(3) == 0 {
				model.Suppress = &Suppression{Method: []Method{NMS, SoftNMS}[rng.IntN(2)], IoU: 0.4, By: Overlap(rng.IntN(2)),
					Decay: Decay(rng.IntN(2))}
			}
			o.Models = append(o.Models, model)
		}
		tile := randomTile(t, rng, h, w, models, rng.IntN(12))
		f, err := NewFuser(o)
		if err != nil {
			t.Fatal(err)
		}
		got, counts, err := f.Tile(tile)
		if err != nil {
			t.Fatalf("tile %d: %v", n, err)
		}
		checkTile(t, o, tile, got, counts, seen)
		// A Fuser that was used before gives the same result.
		first := cloneInstances(got)
		if _, _, err := f.Tile(randomTile(t, rng, 30, 30, models, 3)); err != nil {
			t.Fatal(err)
		}
		again, _, err := f.Tile(tile)
		if err != nil || !reflect.DeepEqual(first, cloneInstances(again)) {
			t.Fatalf("tile %d under %+v: other instances the second time (%v):\n%+v\n%+v", n, o, err, first, again)
		}
	}
	for _, what := range []string{"fused of several", "masks", "covered", "suppressed", "skipped"} {
		if seen[what] < 20 {
			t.Errorf("only %d %s: the test does not reach what it is for (%v)", seen[what], what, seen)
		}
	}
}

func cloneInstances(list []Instance) []Instance {
	out := append([]Instance{}, list...)
	for i := range out {
		out[i].Members = slices.Clone(out[i].Members)
	}
	return out
}

func checkTile(t *testing.T, o *Options, tile *Tile, got []Instance, counts *Counts, seen map[string]int) {
	t.Helper()
	used := map[[2]int]bool{}
	covered := map[int64][]byte{}
	for i, in := range got {
		if i > 0 && in.Score > got[i-1].Score {
			t.Fatalf("scores rise: %v, then %v", got[i-1].Score, in.Score)
		}
		different := map[int]bool{}
		var masks [][]byte
		var weights []float64
		for _, m := range in.Members {
			p := tile.Predictions[m.Record]
			if used[[2]int{m.Source, m.Record}] || p.Model != m.Model || p.Category != in.Category || p.Score != m.Score ||
				o.Models[m.Model].Weight == 0 || p.Score < o.Fusion.Skip {
				t.Fatalf("member %+v of %+v: prediction %+v", m, in, p)
			}
			used[[2]int{m.Source, m.Record}], different[m.Model] = true, true
			mask, err := p.Segmentation.Mask(tile.Height, tile.Width)
			if err != nil {
				t.Fatal(err)
			}
			masks, weights = append(masks, mask.Bitmap()), append(weights, p.Score*o.Models[m.Model].Weight)
		}
		if len(in.Members) > 1 {
			seen["fused of several"]++
		}
		if in.Models != len(different) {
			t.Fatalf("%d models, want %d", in.Models, len(different))
		}
		if !(in.Score > o.MaskAbove) {
			if _, w := in.Mask.Size(); w != 0 {
				t.Fatalf("a mask at score %v, not above %v", in.Score, o.MaskAbove)
			}
			continue
		}
		soft := slices.ContainsFunc(o.Models, func(m Model) bool { return m.Suppress != nil && m.Suppress.Method == SoftNMS })
		if soft && o.Vote.Rule == VoteWeight && len(in.Members) > 1 {
			continue // the weights depend on the lowered scores
		}
		seen["masks"]++
		want := denseVote(&o.Vote, masks, weights, tile.Height, tile.Width, in.Box)
		if o.NonOverlap {
			before := covered[in.Category]
			if before == nil {
				before = make([]byte, len(want))
				covered[in.Category] = before
			}
			for k := range want {
				if before[k] != 0 {
					want[k] = 0
				}
				before[k] |= want[k]
			}
			if soft && o.Vote.Rule == VoteWeight {
				continue
			}
		}
		if !slices.Equal(in.Mask.Bitmap(), want) {
			t.Fatalf("mask of %+v under %+v differs from the dense vote", in, o.Vote)
		}
	}
	in := 0
	for m, c := range counts.Models {
		in += c.In
		if c.In != c.Skipped+c.NoPixels+c.ZeroBox+c.Suppressed+c.Used {
			t.Fatalf("model %d: %+v does not add up", m, c)
		}
		seen["suppressed"] += c.Suppressed
		seen["skipped"] += c.Skipped
	}
	if in != len(tile.Predictions) {
		t.Fatalf("%d predictions counted, want %d", in, len(tile.Predictions))
	}
	if len(got)+counts.NoPixels+counts.Covered+counts.Excluded != counts.Fused {
		t.Fatalf("%d instances: %+v does not add up", len(got), counts)
	}
	seen["covered"] += counts.Covered
}

// square returns a prediction with a square mask and its box.
func square(model int, score float64, x, y, edge int) Prediction {
	m, err := rle.FromBox(64, 64, rle.Box{X: float64(x), Y: float64(y), W: float64(edge), H: float64(edge)})
	if err != nil {
		panic(err)
	}
	return Prediction{Model: model, Source: model, Score: score, Box: m.Bounds(), Segmentation: coco.RLE(m)}
}

func fuseAll(t *testing.T, o *Options, tile *Tile) ([]Instance, *Counts) {
	t.Helper()
	f, err := NewFuser(o)
	if err != nil {
		t.Fatal(err)
	}
	list, counts, err := f.Tile(tile)
	if err != nil {
		t.Fatal(err)
	}
	return list, counts
}

// TestSteps checks the steps of a fusion on a tile with a few squares.
func TestSteps(t *testing.T) {
	two := []Model{{Name: "a", Weight: 1}, {Name: "b", Weight: 1}}
	tile := &Tile{Height: 64, Width: 64, Predictions: []Prediction{
		square(0, 0.8, 10, 10, 20), square(1, 0.6, 12, 10, 20), square(0, 0.7, 28, 10, 20), square(1, 0.3, 50, 50, 4),
	}}
	base := Options{Models: two, Fusion: Fusion{IoU: 0.5}, Vote: Vote{Rule: VoteUnion}}

	list, _ := fuseAll(t, &base, tile)
	if len(list) != 3 || math.Abs(list[0].Score-0.7) > 1e-6 || list[0].Models != 2 || list[0].Mask.Area() != 22*20 ||
		math.Abs(list[1].Score-0.35) > 1e-9 || len(list[1].Members) != 1 {
		t.Fatalf("fused: %+v", list)
	}

	o := base
	o.NonOverlap = true
	list, _ = fuseAll(t, &o, tile)
	if list[1].Mask.Area() != 16*20 { // columns 28 to 31 belong to the first instance
		t.Fatalf("without overlap: %v", list[1].Mask.Bounds())
	}

	o = base
	var err error
	if o.Post, err = rle.ParseSteps("erode:square:1,dilate:square:1:2,min-area:20"); err != nil {
		t.Fatal(err)
	}
	list, counts := fuseAll(t, &o, tile)
	if len(list) != 3 || counts.NoPixels != 0 || list[0].Mask.Area() != 24*22 || list[2].Mask.Area() != 36 {
		t.Fatalf("steps: %d instances, %+v", len(list), counts)
	}

	o = base
	if o.Post, err = rle.ParseSteps("min-area:20"); err != nil {
		t.Fatal(err)
	}
	if list, counts = fuseAll(t, &o, tile); len(list) != 2 || counts.NoPixels != 1 || counts.Fused != 3 {
		t.Fatalf("min-area: %d instances, %+v", len(list), counts)
	}

	o = base
	region, _ := rle.FromBox(64, 64, rle.Box{X: 44, Y: 44, W: 20, H: 20})
	excluding := *tile
	excluding.Exclude = []rle.Mask{region}
	if list, counts = fuseAll(t, &o, &excluding); len(list) != 2 || counts.Excluded != 1 {
		t.Fatalf("exclude: %d instances, %+v", len(list), counts)
	}

	// A vessel that one model found twice is one instance after its
	// suppression.
	o = base
	o.Models = []Model{{Name: "a", Weight: 1, Suppress: &Suppression{Method: NMS, IoU: 0.5, By: ByMask}}, two[1]}
	twice := &Tile{Height: 64, Width: 64, Predictions: []Prediction{square(0, 0.9, 10, 10, 20), square(0, 0.2, 10, 10, 20),
		square(1, 0.7, 10, 10, 20)}}
	list, counts = fuseAll(t, &o, twice)
	if len(list) != 1 || len(list[0].Members) != 2 || counts.Models[0].Suppressed != 1 ||
		math.Abs(list[0].Score-0.8) > 1e-6 {
		t.Fatalf("suppression: %+v, %+v", list, counts)
	}

	// Two thin crossing lines have similar boxes, but share few pixels.
	line := func(x1, y1, x2, y2 float64) Prediction {
		m, err := rle.FromPolygon(64, 64, rle.FillOpenCV, rle.Ring{{x1, y1}, {x2, y2}})
		if err != nil {
			t.Fatal(err)
		}
		return Prediction{Score: 0.9, Box: m.Bounds(), Segmentation: coco.RLE(m)}
	}
	crossing := &Tile{Height: 64, Width: 64, Predictions: []Prediction{line(5, 5, 55, 55), line(5, 55, 55, 5)}}
	o = Options{Models: two[:1], Fusion: Fusion{IoU: 0.5}, Vote: Vote{Rule: VoteUnion}}
	if list, _ = fuseAll(t, &o, crossing); len(list) != 1 {
		t.Fatalf("by box: %d instances", len(list))
	}
	o.By = ByMask
	if list, _ = fuseAll(t, &o, crossing); len(list) != 2 {
		t.Fatalf("by mask: %d instances", len(list))
	}
}

// TestNoPredictions checks that a tile without predictions has no instances.
func TestNoPredictions(t *testing.T) {
	list, counts := fuseAll(t, &Options{Models: []Model{{Weight: 1}}}, &Tile{Height: 8, Width: 8})
	if len(list) != 0 || counts.Fused != 0 || len(counts.Models) != 1 {
		t.Fatalf("%v, %+v", list, counts)
	}
}

// TestManyPredictions fuses ten thousand predictions on one tile.
func TestManyPredictions(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	tile := &Tile{Height: 64, Width: 64}
	for i := range 10_000 {
		p := square(i%3, float64(rng.IntN(1000))/1000, rng.IntN(60), rng.IntN(60), 1+rng.IntN(12))
		p.Record = i
		tile.Predictions = append(tile.Predictions, p)
	}
	for _, by := range []Overlap{ByBox, ByMask} {
		for _, method := range []Method{WBF, NMW, NMS} {
			list, counts := fuseAll(t, &Options{Models: []Model{{Weight: 1}, {Weight: 1}, {Weight: 2}}, By: by,
				Fusion: Fusion{Method: method, IoU: 0.5}, MaskAbove: -1}, tile)
			if len(list) < 100 || counts.Fused != len(list) {
				t.Errorf("%s by %s: %d instances", method, by, len(list))
			}
		}
	}
}

// TestTileErrors checks the errors for predictions that cannot be fused.
func TestTileErrors(t *testing.T) {
	good := square(0, 0.5, 1, 1, 4)
	changed := func(change func(p *Prediction)) Prediction {
		p := good
		p.Source, p.Record = 2, 7
		change(&p)
		return p
	}
	seg := func(text string) coco.Segmentation {
		s, err := coco.SegmentationFromJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range []struct {
		name string
		p    Prediction
		want string
	}{
		{"score above 1", changed(func(p *Prediction) { p.Score = 1.5 }), "[7].score: found 1.5, expected 0 to 1"},
		{"score NaN", changed(func(p *Prediction) { p.Score = math.NaN() }), "[7].score: found NaN, expected 0 to 1"},
		{"negative score", changed(func(p *Prediction) { p.Score = -0.1 }), "[7].score: found -0.1"},
		{"model", changed(func(p *Prediction) { p.Model = 3 }), "model 3 of 1"},
		{"width", changed(func(p *Prediction) { p.Box.W = -1 }), "[7].bbox: found width -1"},
		{"infinite", changed(func(p *Prediction) { p.Box.X = math.Inf(1) }), "[7].bbox: found"},
		{"no mask", changed(func(p *Prediction) { p.Segmentation = coco.Segmentation{} }), "[7].segmentation: found none"},
		{"size", changed(func(p *Prediction) { p.Segmentation = seg(`{"size":[32,64],"counts":[2048]}`) }), "[32, 64]"},
		{"hostile size", changed(func(p *Prediction) {
			p.Segmentation = seg(`{"size":[1000000000,1000000000],"counts":"1"}`)
		}), "1000000000"},
		{"sum", changed(func(p *Prediction) { p.Segmentation = seg(`{"size":[64,64],"counts":[4095]}`) }),
			"runs sum to 4095"},
		{"short", changed(func(p *Prediction) { p.Segmentation = seg(`{"size":[64,64],"counts":"Q"}`) }), "corrupt mask"},
		{"ring", changed(func(p *Prediction) { p.Segmentation = seg(`[[1,2,3,4]]`) }), "takes for a box"},
	} {
		f, err := NewFuser(&Options{Models: []Model{{Weight: 1}}})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = f.Tile(&Tile{Height: 64, Width: 64, Predictions: []Prediction{good, c.p}})
		var bad *PredictionError
		if !errors.As(err, &bad) || bad.Source != 2 || bad.Record != 7 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
		// The Fuser can continue with the next tile.
		if list, _, err := f.Tile(&Tile{Height: 64, Width: 64, Predictions: []Prediction{good}}); err != nil ||
			len(list) != 1 {
			t.Errorf("%s: after it %v, %d instances", c.name, err, len(list))
		}
	}
}

// TestDropped checks that predictions without pixels or without area are
// dropped and counted.
func TestDropped(t *testing.T) {
	empty, _ := rle.Empty(64, 64)
	list := []Prediction{square(0, 0.5, 1, 1, 4), square(0, 0.4, 1, 1, 4), square(0, 0.3, 20, 20, 4),
		square(0, 0.05, 40, 40, 4), square(0, 0.5, 50, 1, 8)}
	list[1].Segmentation = coco.RLE(empty)
	list[2].Box.W = 0
	list[4].Box = rle.Box{X: 50, Y: -2.5, W: 20, H: 11}
	got, counts := fuseAll(t, &Options{Models: []Model{{Weight: 1}}, Fusion: Fusion{IoU: 0.5, Skip: 0.1}},
		&Tile{Height: 64, Width: 64, Predictions: list})
	want := ModelCounts{In: 5, Skipped: 1, NoPixels: 1, ZeroBox: 1, Used: 2, Cut: 1}
	if len(got) != 2 || counts.Models[0] != want {
		t.Fatalf("%d instances, %+v, want %+v", len(got), counts.Models[0], want)
	}
}

// TestBadOptions checks that invalid options are rejected.
func TestBadOptions(t *testing.T) {
	good := func() *Options { return &Options{Models: []Model{{Name: "a", Weight: 1}}} }
	for name, change := range map[string]func(o *Options){
		"no models":       func(o *Options) { o.Models = nil },
		"all weigh 0":     func(o *Options) { o.Models[0].Weight = 0 },
		"negative weight": func(o *Options) { o.Models[0].Weight = -1 },
		"IoU 1":           func(o *Options) { o.Fusion.IoU = 1 },
		"IoU NaN":         func(o *Options) { o.Fusion.IoU = math.NaN() },
		"skip":            func(o *Options) { o.Fusion.Skip = 2 },
		"method":          func(o *Options) { o.Fusion.Method = 9 },
		"overlap":         func(o *Options) { o.By = 9 },
		"vote":            func(o *Options) { o.Vote.Rule = 9 },
		"part":            func(o *Options) { o.Vote.Part = 1.5 },
		"exclude":         func(o *Options) { o.ExcludeIoF = -1 },
		"suppress by nmw": func(o *Options) { o.Models[0].Suppress = &Suppression{Method: NMW} },
		"suppress by wbf": func(o *Options) { o.Suppress = Suppression{IoU: 0.5} },
		"suppress by":     func(o *Options) { o.Suppress = Suppression{Method: NMS, By: 9} },
		"suppress IoU":    func(o *Options) { o.Models[0].Suppress = &Suppression{Method: NMS, IoU: 7} },
	} {
		o := good()
		change(o)
		if _, err := NewFuser(o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := NewFuser(good()); err != nil {
		t.Error(err)
	}
}
