package folds

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/slide"
)

// random returns samples with every input that a strategy may use.
func random(r *rand.Rand, n int) (y, groups []int, labels [][]int, places []slide.Place) {
	kinds, teams := 1+r.IntN(4), 1+r.IntN(n)
	for range n {
		y = append(y, r.IntN(kinds))
		g := r.IntN(teams)
		groups = append(groups, g)
		var l []int
		for v := range 5 {
			if r.IntN(3) == 0 {
				l = append(l, v)
			}
		}
		labels = append(labels, l)
		places = append(places, slide.Place{Slide: fmt.Sprint(r.IntN(3)), X: 512 * r.IntN(12), Y: 512*r.IntN(12) - 1024, Width: 512, Height: 512})
	}
	return y, groups, labels, places
}

// TestStrategies checks that every sample is in one fold of 0 to k-1, that no group is
// split, that no fold is empty, and that the same call gives the same folds.
func TestStrategies(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 600 {
		n := 2 + r.IntN(80)
		y, groups, labels, places := random(r, n)
		k := 2 + r.IntN(6)
		o := &Options{Shuffle: r.IntN(2) == 0, Seed: r.Uint32()}
		weight := TileWeights(groups)
		for name, run := range map[string]func() ([]int, error){
			"kfold":            func() ([]int, error) { return KFold(n, k, o) },
			"stratified":       func() ([]int, error) { return StratifiedKFold(y, k, o) },
			"group":            func() ([]int, error) { return GroupKFold(groups, k, o) },
			"stratified group": func() ([]int, error) { return StratifiedGroupKFold(y, groups, k, o) },
			"iterative":        func() ([]int, error) { return IterativeKFold(labels, nil, k, o) },
			"iterative group":  func() ([]int, error) { return IterativeKFold(labels, groups, k, o) },
			"spatial":          func() ([]int, error) { return Spatial(places, weight, k) },
			"quantile":         func() ([]int, error) { return SpatialQuantile(places, k) },
		} {
			fold, err := run()
			again, _ := run()
			if !slices.Equal(fold, again) {
				t.Fatalf("round %d, %s: two answers", round, name)
			}
			if err != nil {
				if fold != nil || name == "kfold" && k <= n {
					t.Fatalf("round %d, %s: %v with %v", round, name, err, fold)
				}
				continue
			}
			size := make([]int, k)
			of := map[int]int{}
			for i, f := range fold {
				size[f]++
				if g, ok := of[groups[i]]; ok && g != f && (name == "group" || name == "stratified group" || name == "iterative group") {
					t.Fatalf("round %d, %s: group %d in folds %d and %d", round, name, groups[i], g, f)
				}
				of[groups[i]] = f
			}
			// Like scikit-learn, stratified group may leave a fold of uneven groups
			// empty; so may iterative, like its reference, if every sample has many
			// labels.
			mayBeEmpty := name == "stratified group" || name == "iterative"
			if len(fold) != n || !mayBeEmpty && slices.Contains(size, 0) {
				t.Fatalf("round %d, %s: k %d, sizes %v", round, name, k, size)
			}
		}
	}
}

// realTiles reads a dataset of the competition, or skips the test.
func realTiles(t *testing.T, dataset string) (ids []string, places []slide.Place) {
	t.Helper()
	f, err := os.Open(golden.Real(t, "hubmap/tile_meta.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		if row[2] == dataset {
			x, _ := strconv.Atoi(row[3])
			y, _ := strconv.Atoi(row[4])
			ids = append(ids, row[0])
			places = append(places, slide.Place{Slide: row[1], X: x, Y: y, Width: 512, Height: 512})
		}
	}
	return ids, places
}

// TestWinnersFolds compares with the table that the third place published.
func TestWinnersFolds(t *testing.T) {
	ids, places := realTiles(t, "1")
	var slide []string
	for _, p := range places {
		slide = append(slide, p.Slide)
	}
	fold, err := StratifiedKFold(slide, 5, &Options{Shuffle: true, Seed: 42})
	if err != nil {
		t.Fatal(err)
	}
	size := make([]int, 5)
	want := map[string]int{"0033bbc76b6b": 1, "00656c6f2690": 3, "0067d5ad2250": 4, "00d75ad65de3": 2, "00da70813521": 3}
	for i, f := range fold {
		size[f]++
		if w, ok := want[ids[i]]; ok && w != f+1 {
			t.Errorf("%s is in fold %d, want %d", ids[i], f+1, w)
		}
	}
	if !slices.Equal(size, []int{85, 85, 84, 84, 84}) {
		t.Errorf("sizes %v", size)
	}
}

// TestFirstPlaceFolds checks that the first and the last of five folds are the
// validation sets of the first place.
func TestFirstPlaceFolds(t *testing.T) {
	_, places := realTiles(t, "1")
	fold, err := SpatialQuantile(places, 5)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][2]int{}
	for i, f := range fold {
		c := got[places[i].Slide]
		switch f {
		case 0:
			c[0]++
		case 4:
			c[1]++
		}
		got[places[i].Slide] = c
	}
	if got["1"] != firstPlace["1"] || got["2"] != firstPlace["2"] {
		t.Errorf("first and last folds: %v, want %v", got, firstPlace)
	}
}

// TestSpatialBuffer checks on the real table that no training tile is closer to a
// validation tile than the buffer.
func TestSpatialBuffer(t *testing.T) {
	ids, places := realTiles(t, "1")
	at := map[string]slide.Place{}
	for i, id := range ids {
		at[id] = places[i]
	}
	for k := 2; k <= 10; k++ {
		fold, err := Spatial(places, nil, k)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewPlan("spatial", ids, fold, k)
		if err != nil {
			t.Fatal(err)
		}
		size := make([]int, k)
		for _, f := range fold {
			size[f]++
		}
		for _, buffer := range []int{0, 1, 512, 1024} {
			if err := p.KeepApart(buffer, func(id string) (slide.Place, error) { return at[id], nil }); err != nil {
				t.Fatalf("k %d: %v", k, err)
			}
			u := p.Index()
			apart := 0
			for f := 1; f <= k; f++ {
				for _, a := range ids {
					use := u.Use(a, f)
					if use == Apart {
						apart++
					}
					if use != Train {
						continue
					}
					for _, b := range ids {
						if gap, ok := slide.Gap(at[a], at[b]); ok && gap < buffer && u.Use(b, f) == Validate {
							t.Fatalf("k %d, buffer %d, fold %d: %s is %d pixels from %s", k, buffer, f, a, gap, b)
						}
					}
				}
			}
			if (apart > 0) != (buffer > 0) {
				t.Errorf("k %d, buffer %d: %d tiles kept apart", k, buffer, apart)
			}
			t.Logf("k %d, buffer %d: sizes %v, kept apart %d a fold", k, buffer, size, apart/k)
		}
	}
}

func FuzzSpatial(f *testing.F) {
	f.Add(uint64(1), uint8(30), uint8(5))
	f.Add(uint64(2), uint8(5), uint8(5))
	f.Fuzz(func(t *testing.T, seed uint64, nn, kk uint8) {
		r := rand.New(rand.NewPCG(seed, 5))
		n, k := int(nn), int(kk)
		if n == 0 {
			return
		}
		_, weight, _, places := random(r, n)
		fold, err := Spatial(places, TileWeights(weight), k)
		if (err == nil) != (k >= 2 && k <= n) {
			t.Fatalf("%d folds of %d: %v", k, n, err)
		}
		if err != nil {
			return
		}
		size := make([]int, k)
		for _, f := range fold {
			size[f]++
		}
		if slices.Contains(size, 0) {
			t.Errorf("sizes %v", size)
		}
	})
}

// firstPlace is, by slide, the number of tiles that pandas finds below the 0.2 quantile
// of i and above its 0.8 quantile.
var firstPlace = map[string][2]int{"1": {54, 46}, "2": {29, 27}}
