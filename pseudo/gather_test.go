package pseudo

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

var dot = func() coco.Segmentation {
	m, err := rle.FromBox(8, 8, rle.Box{X: 1, Y: 1, W: 2, H: 2})
	if err != nil {
		panic(err)
	}
	return coco.RLE(m)
}()

// records yields results on the images, in order, with the number of the record
// as x.
func records(images []int) iter.Seq2[coco.Result, error] {
	return func(yield func(coco.Result, error) bool) {
		for i, n := range images {
			if !yield(coco.Result{ImageID: coco.IntID(int64(n)), Score: 0.5, BBox: rle.Box{X: float64(i), W: 1, H: 1}, Segmentation: dot}, nil) {
				return
			}
		}
	}
}

// evenTiles skips odd images. Tile n is image 2n.
func evenTiles(_ int, r *coco.Result) (int, bool, error) {
	n, _ := r.ImageID.Int()
	return int(n / 2), n%2 == 0, nil
}

// collect gathers all groups and checks that no tile appears twice and that
// predictions are in order.
func collect(t testing.TB, sources [][]int, hold bool) (groups []*Group, err error) {
	t.Helper()
	var list []Source
	for i, images := range sources {
		list = append(list, Source{Model: i, Records: records(images)})
	}
	for g, err := range Gather(context.Background(), list, evenTiles, hold) {
		if err != nil {
			return groups, err
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// naiveGather reads all records and sorts them.
func naiveGather(sources [][]int) map[int][][2]int {
	want := map[int][][2]int{}
	for s, images := range sources {
		for i, n := range images {
			if n%2 == 0 {
				want[n/2] = append(want[n/2], [2]int{s, i})
			}
		}
	}
	return want
}

func checkGathered(t testing.TB, sources [][]int, groups []*Group) {
	t.Helper()
	got := map[int][][2]int{}
	for _, g := range groups {
		if got[g.Tile] != nil || len(g.Predictions) == 0 || g.Image != coco.IntID(int64(2*g.Tile)) {
			t.Fatalf("sources %v: tile %d comes twice, or empty, or of image %v", sources, g.Tile, g.Image)
		}
		for _, p := range g.Predictions {
			if p.Model != p.Source || p.Box.X != float64(p.Record) {
				t.Fatalf("prediction %+v", p)
			}
			got[g.Tile] = append(got[g.Tile], [2]int{p.Source, p.Record})
		}
	}
	if want := naiveGather(sources); !reflect.DeepEqual(got, want) {
		t.Fatalf("sources %v: gathered %v, want %v", sources, got, want)
	}
}

// randomSources returns sources whose images are in ascending order, all in
// another common order, or each in an order of its own.
func randomSources(rng *rand.Rand) (sources [][]int, alike bool) {
	order := rng.Perm(1 + rng.IntN(30))
	kind := rng.IntN(4)
	if kind == 0 {
		slices.Sort(order)
	}
	for range 1 + rng.IntN(4) {
		if kind == 2 {
			rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		images := []int{}
		for _, n := range order {
			if rng.IntN(6) == 0 {
				continue // the source lacks it
			}
			for range 1 + rng.IntN(3) {
				images = append(images, n)
			}
		}
		if kind == 3 {
			rng.Shuffle(len(images), func(i, j int) { images[i], images[j] = images[j], images[i] })
		}
		sources = append(sources, images)
	}
	return sources, kind == 0
}

// TestGather compares with naiveGather on sources in any order.
func TestGather(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	restarts := 0
	for range 3000 {
		sources, rising := randomSources(rng)
		groups, err := collect(t, sources, false)
		switch {
		case errors.Is(err, ErrOrder) && !rising:
			restarts++
		case err != nil:
			t.Fatalf("sources %v: %v", sources, err)
		default:
			checkGathered(t, sources, groups)
			again, _ := collect(t, sources, false)
			if !reflect.DeepEqual(groups, again) {
				t.Fatalf("sources %v: another order the second time", sources)
			}
		}
		if rising && !slices.IsSortedFunc(groups, func(a, b *Group) int { return a.Tile - b.Tile }) {
			t.Fatalf("sources %v: tiles do not rise", sources)
		}
		held, err := collect(t, sources, true)
		if err != nil {
			t.Fatal(err)
		}
		checkGathered(t, sources, held)
		if !slices.IsSortedFunc(held, func(a, b *Group) int { return a.Tile - b.Tile }) {
			t.Fatalf("sources %v held: tiles do not rise", sources)
		}
	}
	if restarts == 0 {
		t.Error("no order was ever refused")
	}
}

func FuzzGather(f *testing.F) {
	f.Add([]byte{2, 2, 4, 255, 2, 4, 6})
	f.Add([]byte{6, 4, 2, 255, 6, 2, 255, 4})
	f.Add([]byte{255, 2, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 200 {
			return
		}
		sources := [][]int{nil}
		for _, b := range data {
			if b == 255 {
				sources = append(sources, nil)
			} else {
				last := len(sources) - 1
				sources[last] = append(sources[last], int(b))
			}
		}
		groups, err := collect(t, sources, false)
		if err == nil {
			checkGathered(t, sources, groups)
		} else if !errors.Is(err, ErrOrder) {
			t.Fatal(err)
		}
		if groups, err = collect(t, sources, true); err != nil {
			t.Fatal(err)
		}
		checkGathered(t, sources, groups)
	})
}

// TestGatherWindow checks that few records are read before the first tiles are
// yielded if the sources have the same order, whatever it is.
func TestGatherWindow(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	order := rng.Perm(5000)
	for i := range order {
		order[i] *= 2
	}
	given, ahead := 0, 0
	count := make([]int, 3)
	var sources []Source
	for s := range 3 {
		sources = append(sources, Source{Records: func(yield func(coco.Result, error) bool) {
			for r, err := range records(order) {
				count[s]++
				if !yield(r, err) {
					return
				}
			}
		}})
	}
	for _, err := range Gather(context.Background(), sources, evenTiles, false) {
		if err != nil {
			t.Fatal(err)
		}
		if given++; given == 2000 {
			break // Gather waits for its sources
		}
	}
	for _, n := range count {
		ahead = max(ahead, n-given)
	}
	if ahead > 50 {
		t.Errorf("%d records were read ahead", ahead)
	}
}

// TestGatherErrors checks that errors appear at the right place and name the
// source.
func TestGatherErrors(t *testing.T) {
	bad := errors.New("disk on fire")
	broken := func(yield func(coco.Result, error) bool) {
		for r := range records([]int{2, 4}) {
			if !yield(r, nil) {
				return
			}
		}
		yield(coco.Result{}, bad)
	}
	n := 0
	for g, err := range Gather(context.Background(), []Source{{Records: records([]int{2, 4, 6})}, {Records: broken}}, evenTiles, false) {
		if err == nil {
			n++
			_ = g
			continue
		}
		var source *SourceError
		if !errors.As(err, &source) || source.Source != 1 || !errors.Is(err, bad) {
			t.Errorf("error %v", err)
		}
	}
	if n != 1 { // the failed source may have had more of tile 2
		t.Errorf("%d tiles before the error, want 1", n)
	}
	for what, r := range map[string]coco.Result{
		"score":        {Missing: coco.FieldScore, Segmentation: dot},
		"category_id":  {Missing: coco.FieldCategoryID, Segmentation: dot},
		"segmentation": {Missing: coco.FieldSegmentation},
		"bbox":         {BBox: rle.Box{W: -1}, Segmentation: dot},
	} {
		one := func(yield func(coco.Result, error) bool) {
			_ = yield(coco.Result{Segmentation: dot}, nil) && yield(r, nil)
		}
		var last error
		for _, err := range Gather(context.Background(), []Source{{Records: one}}, evenTiles, false) {
			last = err
		}
		var p *PredictionError
		if !errors.As(last, &p) || p.Field != what || p.Record != 1 {
			t.Errorf("%s: error %v", what, last)
		}
	}
	refuse := func(int, *coco.Result) (int, bool, error) { return 0, false, bad }
	for _, err := range Gather(context.Background(), []Source{{Records: records([]int{1})}}, refuse, false) {
		var p *PredictionError
		if !errors.As(err, &p) || !errors.Is(err, bad) || err.Error() != "[0]: disk on fire" {
			t.Errorf("error %v", err)
		}
	}
}

// TestGatherEnds checks that leaving the loop and ending the context end all
// goroutines.
func TestGatherEnds(t *testing.T) {
	before := runtime.NumGoroutine()
	long := make([]int, 100_000)
	for i := range long {
		long[i] = 2 * i
	}
	for range Gather(context.Background(), []Source{{Records: records(long)}, {Records: records(long)}}, evenTiles, false) {
		break
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	why := errors.New("enough")
	n := 0
	var last error
	for _, err := range Gather(ctx, []Source{{Records: records(long)}}, evenTiles, false) {
		if n++; n == 10 {
			cancel(why)
		}
		last = err
	}
	if !errors.Is(last, why) {
		t.Errorf("error %v, want the context's", last)
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines left, %d before", runtime.NumGoroutine(), before)
}
