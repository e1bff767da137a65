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

// TestUse checks that the threshold and the limits of the band are exclusive.
func TestUse(t *testing.T) {
	l := &Labels{Above: []float64{0.6, 0.3}, IgnoreBand: true, IgnoreAbove: 0.1}
	for _, c := range []struct {
		score float64
		want  [2]Use
	}{{0.1, [2]Use{Dropped, Dropped}}, {0.2, [2]Use{Ignored, Ignored}}, {0.3, [2]Use{Ignored, Ignored}},
		{0.5, [2]Use{Ignored, Kept}},
		{0.6, [2]Use{Ignored, Kept}}, {0.9, [2]Use{Kept, Kept}}} {
		if got := [2]Use{l.Use(0, c.score), l.Use(1, c.score)}; got != c.want {
			t.Errorf("%v: %v, want %v", c.score, got, c.want)
		}
	}
	if v := l.MaskAbove(); v != 0.1 {
		t.Errorf("masks above %v", v)
	}
	l.IgnoreBand = false
	if v := l.MaskAbove(); v != 0.3 || l.Use(0, 0.3) != Dropped {
		t.Errorf("without a band: masks above %v, use %v", v, l.Use(0, 0.3))
	}
	if v := new(Labels).MaskAbove(); !math.IsInf(v, 1) {
		t.Errorf("without sets: masks above %v", v)
	}
}

// TestAnnotation checks the mask and the origin of a label, in every form.
func TestAnnotation(t *testing.T) {
	m, err := rle.FromBox(8, 8, rle.Box{X: 1, Y: 2, W: 3, H: 4})
	if err != nil {
		t.Fatal(err)
	}
	in := &Instance{Category: 7, Score: 0.30000000000000004, Box: rle.Box{X: 1, Y: 2, W: 3.5, H: 4}, Mask: m, Models: 2,
		Members: []Member{{Model: 2}, {Model: 0}, {Model: 2}}}
	models := []Model{{Name: `a"b`}, {Name: "c"}, {Name: "d"}}
	for _, c := range []struct {
		form  coco.Kind
		crowd bool
		kind  coco.Kind
	}{{coco.KindNone, false, coco.KindRLE}, {coco.KindRLE, true, coco.KindRLE}, {coco.KindCounts, false, coco.KindCounts},
		{coco.KindCounts, true, coco.KindCounts}, {coco.KindPolygons, false, coco.KindPolygons},
		{coco.KindPolygons, true, coco.KindCounts}} {
		l := &Labels{Models: models, Segmentation: c.form}
		a := l.Annotation(coco.IntID(5), in, c.crowd)
		back, err := a.Segmentation.Mask(8, 8)
		if err != nil || a.Segmentation.Kind() != c.kind || a.IsCrowd != c.crowd || a.Area != 12 ||
			a.BBox != (rle.Box{X: 1, Y: 2, W: 3, H: 4}) ||
			a.CategoryID != 7 || a.ImageID != coco.IntID(5) || back.Area() != 12 {
			t.Errorf("%v, crowd %v: %+v of %v, %v", c.form, c.crowd, a, a.Segmentation.Kind(), err)
		}
		var text []string
		for _, f := range a.Extra {
			text = append(text, f.Key+" "+string(f.Value))
		}
		if got := strings.Join(text, ", "); got != `score 0.30000000000000004, votes 3, models ["a\"b","d"]` {
			t.Errorf("origin: %s", got)
		}
		r := l.Result(coco.StringID("x"), in)
		if r.Score != in.Score || r.BBox != in.Box || r.CategoryID != 7 || !reflect.DeepEqual(r.Extra, a.Extra[1:]) ||
			r.Segmentation.Kind() != coco.KindRLE {
			t.Errorf("result: %+v", r)
		}
	}
}

// TestAdmission checks that every record is counted once, by what became of it.
func TestAdmission(t *testing.T) {
	broken := errors.New("broken")
	calls := 0
	a := &Admission{
		Tile: func(id coco.ID) (int, bool, error) {
			calls++
			n, _ := id.Int()
			if n == 9 {
				return 0, false, broken
			}
			return int(n) + 100, n < 3, nil
		},
		Category: func(id int64) (int64, bool, error) {
			if id == 9 {
				return 0, false, broken
			}
			return id * 10, id == 1, nil
		},
	}
	admit := func(image, category int64, missing coco.FieldSet) string {
		r := &coco.Result{ImageID: coco.IntID(image), CategoryID: category, Missing: missing}
		tile, ok, err := a.Admit(r)
		return fmt.Sprint(tile, ok, err, " ", r.CategoryID)
	}
	for _, c := range []struct {
		image, category int64
		missing         coco.FieldSet
		want            string
	}{
		{1, 1, 0, "101 true <nil> 10"}, {1, 1, 0, "101 true <nil> 10"}, {1, 2, 0, "0 false <nil> 2"},
		{3, 1, 0, "0 false <nil> 1"},
		{3, 2, 0, "0 false <nil> 2"}, {3, 9, 0, "0 false broken 9"}, {9, 1, 0, "0 false broken 1"},
		{9, 1, 0, "0 false broken 1"},
		{2, 0, coco.FieldCategoryID, "102 true <nil> 0"}, {2, 1, 0, "102 true <nil> 10"},
	} {
		if got := admit(c.image, c.category, c.missing); got != c.want {
			t.Errorf("image %d, category %d: %s, want %s", c.image, c.category, got, c.want)
		}
	}
	if want := (SourceCounts{Records: 10, OtherTiles: 2, OtherClass: 1}); a.Counts != want || a.Counts.Admitted() != 7 {
		t.Errorf("%+v, want %+v", a.Counts, want)
	}
	if calls != 5 { // images 1, 3, 9, 9 and 2
		t.Errorf("asked for %d tiles", calls)
	}
	a = &Admission{Tile: func(coco.ID) (int, bool, error) { return 1, true, nil }}
	if got := admit(1, 5, 0); got != "1 true <nil> 5" {
		t.Errorf("without translation: %s", got)
	}
}

// TestTally compares the account of random tiles with one that is computed from all
// instances together.
func TestTally(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	models := []Model{{Name: "a", Weight: 1}, {Name: "b", Weight: 2}, {Name: "c"}}
	l := &Labels{Models: models, Above: []float64{0.5, 0.2}, IgnoreBand: true, IgnoreAbove: 0.1}
	o := &Options{Models: models, Suppress: Suppression{Method: NMS}, Fusion: Fusion{Skip: 0.05}, MaskAbove: l.MaskAbove()}
	f, err := NewFuser(o)
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(l)
	var all []Instance
	var total Counts
	tilesWith, none := map[string]int{}, map[string]int{}
	areas := make([][]int, 2)
	const tiles = 60
	predictions := 0
	for n := range tiles {
		wsi := n % 3
		if n%10 == 9 {
			tally.AddTile(2, wsi, nil)
			continue
		}
		tile := randomTile(t, rng, 40, 40, 3, 1+rng.IntN(6))
		instances, counts, err := f.Tile(tile)
		if err != nil {
			t.Fatal(err)
		}
		out := l.Outcome(tile.Predictions, instances, counts)
		if _, _, err := f.Tile(randomTile(t, rng, 40, 40, 3, 3)); err != nil { // which must not affect the outcome
			t.Fatal(err)
		}
		instances, counts, err = f.Tile(tile)
		if err != nil {
			t.Fatal(err)
		}
		total.Add(counts)
		predictions += len(tile.Predictions)
		seen := map[int]bool{}
		for _, p := range tile.Predictions {
			seen[p.Model] = true
		}
		for m := range models {
			if seen[m] {
				tilesWith[models[m].Name]++
			}
		}
		for k, above := range l.Above {
			empty := true
			for _, in := range cloneInstances(instances) {
				if in.Score > above {
					empty = false
					areas[k] = append(areas[k], in.Mask.Area())
				}
			}
			if empty {
				none[fmt.Sprint("set ", k)]++
			}
			if got := out.Areas(k); !slices.Equal(got, areas[k][len(areas[k])-len(got):]) {
				t.Fatalf("tile %d, set %d: areas %v", n, k, got)
			}
		}
		all = append(all, cloneInstances(instances)...)
		tally.AddTile(1, wsi, out)
	}
	tally.AddSource(0, SourceCounts{Records: 7, OtherTiles: 2, OtherClass: 1})
	tally.AddSource(0, SourceCounts{Records: 4})
	a := tally.Account()

	var want []SetAccount
	for k, above := range l.Above {
		s := SetAccount{Threshold: above, Agreement: make([]int, 3), Empty: none[fmt.Sprint("set ", k)]}
		for _, in := range all {
			if in.Score > above {
				s.Kept++
				s.Agreement[in.Models-1]++
			} else if in.Score > 0.1 {
				s.Ignored++
			}
		}
		if s.Kept != len(areas[k]) || s.Kept == 0 {
			t.Errorf("set %d: %d kept, %d areas", k, s.Kept, len(areas[k]))
		}
		want = append(want, s)
	}
	if !reflect.DeepEqual(a.Sets, want) {
		t.Errorf("sets %+v, want %+v", a.Sets, want)
	}
	for m, got := range a.Models {
		c := total.Models[m]
		want := ModelAccount{Name: models[m].Name, Weight: models[m].Weight, Skipped: c.Skipped, NoPixels: c.NoPixels,
			ZeroBox:    c.ZeroBox,
			Suppressed: c.Suppressed, Used: c.Used, Cut: c.Cut, Tiles: tilesWith[models[m].Name],
			MissingTiles: tiles - tiles/10 - tilesWith[models[m].Name], Kept: make([]int, 2)}
		if m == 0 {
			want.Files, want.Predictions, want.OtherTiles, want.OtherClass = 2, 11, 2, 1
		}
		for k, above := range l.Above {
			for _, in := range all {
				for _, member := range in.Members {
					if in.Score > above && member.Model == m {
						want.Kept[k]++
					}
				}
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("model %d: %+v, want %+v", m, got, want)
		}
	}
	histogram, sweep := [10]int{}, [20]int{}
	for _, in := range all {
		histogram[min(9, int(in.Score*10))]++
		for i := range sweep {
			if in.Score > float64(i)/20 {
				sweep[i]++
			}
		}
	}
	for i, s := range a.Sweep {
		if s.Kept != sweep[i] || s.Threshold != float64(i)/20 || i > 0 && s.Empty < a.Sweep[i-1].Empty {
			t.Errorf("sweep %d: %+v, want %d kept", i, s, sweep[i])
		}
	}
	if a.Histogram != histogram || len(a.Sweep) != 20 || a.Sweep[10].Empty != none["set 0"] {
		t.Errorf("histogram %v, want %v; %d tiles empty above 0.5, want %d", a.Histogram, histogram, a.Sweep[10].Empty,
			none["set 0"])
	}
	if a.Fused != total.Fused || a.NoPixels != total.NoPixels || a.Total.In != predictions || a.Total.Tiles != tiles ||
		a.Total.NoTiles != tiles/10 ||
		a.Total.Fused != total.Fused || a.Total.Kept[0] != want[0].Kept || a.Total.Empty[1] != want[1].Empty {
		t.Errorf("total %+v of %+v", a.Total, total)
	}
	sum := newSlideAccount(2)
	var order []string
	for i := range a.Slides {
		sum.add(&a.Slides[i])
		order = append(order, fmt.Sprint(a.Slides[i].Dataset, "/", a.Slides[i].WSI))
	}
	if !reflect.DeepEqual(*sum, a.Total) || strings.Join(order, " ") != "1/0 1/1 1/2 2/0 2/1 2/2" {
		t.Errorf("slides %v sum to %+v", order, sum)
	}
}

// TestWarnings checks that each warning appears where it applies, and nowhere
// else.
func TestWarnings(t *testing.T) {
	a := &Account{
		Models: []ModelAccount{{Name: "a", Weight: 1, MissingTiles: 1}, {Name: "b"},
			{Name: "c", Weight: 1, MissingTiles: 1234567}, {Name: "d", Weight: 2}},
		Sets: []SetAccount{{Threshold: 0.5, Kept: 3, Drift: true,
			Areas: AreaDrift{Labelled: AreaSummary{Median: 100}, Found: AreaSummary{Median: 50.4}, KS: 0.456}},
			{Threshold: 0.9}, {Threshold: 0.1, Kept: 1}},
	}
	want := []string{
		"above 0.5: areas differ from those of the labelled instances: median 50 pixels, labelled 100 (distance of the distributions 0.46; more than 0.2 counts as drift)",
		"above 0.9: nothing is kept",
		"model a has no predictions on 1 tile that other models have: they count as tiles where it found nothing",
		"model b has weight 0: it is ignored",
		"model c has no predictions on 1,234,567 tiles that other models have: they count as tiles where it found nothing",
	}
	if got := a.Warnings(0.2); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := (&Account{}).Warnings(0.2); len(got) != 0 {
		t.Errorf("of nothing: %q", got)
	}
}
