package stats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// FuzzMeasure compares overlaps and covered shares with a count of pixels.
func FuzzMeasure(f *testing.F) {
	f.Add(uint64(1), uint8(5), uint8(20), uint8(20))
	f.Add(uint64(2), uint8(40), uint8(1), uint8(255))
	f.Fuzz(func(t *testing.T, seed uint64, count, height, width uint8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		h, w := max(1, int(height)), max(1, int(width))
		n := int(count % 64)
		pix := make([][]byte, n)
		annotations := make([]coco.Annotation, n)
		for i := range pix {
			pix[i] = make([]byte, h*w)
			x, y := rng.IntN(w), rng.IntN(h)
			for dy := range min(rng.IntN(12), h-y) {
				for dx := range min(rng.IntN(12), w-x) {
					pix[i][(y+dy)*w+x+dx] = 1
				}
			}
			m, err := rle.FromBitmap(h, w, pix[i])
			if err != nil {
				t.Fatal(err)
			}
			annotations[i] = coco.Annotation{CategoryID: int64(rng.IntN(2)), Segmentation: coco.RLE(m)}
		}
		var m Measurer
		tile, err := m.Measure(h, w, annotations)
		if err != nil {
			t.Fatal(err)
		}
		covered := 0
		for p := range h * w {
			for i := range pix {
				if pix[i][p] != 0 {
					covered++
					break
				}
			}
		}
		if tile.Covered != float64(covered)/float64(h*w) {
			t.Fatalf("covered %v, want %d of %d", tile.Covered, covered, h*w)
		}
		for i := range pix {
			both, area := 0, 0
			for p, v := range pix[i] {
				if v == 0 {
					continue
				}
				area++
				for k := range pix {
					if k != i && pix[k][p] != 0 && annotations[k].CategoryID == annotations[i].CategoryID {
						both++
						break
					}
				}
			}
			got, ok := tile.Instances[i].Value(Overlap)
			if ok != (area > 0) || ok && got != float64(both)/float64(area) {
				t.Fatalf("instance %d: overlap %v, %v, want %d of %d", i, got, ok, both, area)
			}
		}
	})
}

func segm(t *testing.T, text string) coco.Segmentation {
	t.Helper()
	s, err := coco.SegmentationFromJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMeasure(t *testing.T) {
	square := segm(t, `[[2, 2, 6, 2, 6, 6, 2, 6]]`)
	scored := coco.Annotation{CategoryID: 1, Segmentation: square,
		Extra: coco.Fields{{Key: "score", Value: []byte("0.25")}}}
	var m Measurer
	tile, err := m.Measure(10, 10, []coco.Annotation{
		scored,
		{CategoryID: 1, IsCrowd: true, Segmentation: square},
		{CategoryID: 2, Segmentation: segm(t, `[[0, 0, 4, 0, 4, 4]]`),
			Extra: coco.Fields{{Key: "score", Value: []byte("null")}}},
		{CategoryID: 2, BBox: rle.Box{X: 1, Y: 1, W: 3, H: 4.5}},
		{CategoryID: 2, Missing: coco.FieldBBox},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(tile.Instances) != 4 || tile.Crowds != 1 || !math.IsNaN(tile.Covered) {
		t.Fatalf("%d instances, %d crowds, covered %v", len(tile.Instances), tile.Crowds, tile.Covered)
	}
	var text []string
	for i := range tile.Instances {
		for _, m := range Measures() {
			if v, ok := tile.Instances[i].Value(m); ok {
				text = append(text, fmt.Sprintf("%d.%s=%.4g", i, m, v))
			}
		}
	}
	want := "0.area=16 0.width=4 0.height=4 0.diameter=4.514 0.eccentricity=0 0.vertices=4 0.border-cut=0 0.overlap=0 0.score=0.25 " +
		"1.area=6 1.width=3 1.height=3 1.diameter=2.764 1.eccentricity=0.8165 1.vertices=3 1.border-cut=1 1.overlap=0 " +
		"2.width=3 2.height=4.5"
	if got := strings.Join(text, " "); got != want {
		t.Errorf("measured\n%s, want\n%s", got, want)
	}
	var c Collector
	c.Add(tile)
	if n := c.Class(1).Values(Covered).N(); n != 1 {
		t.Errorf("what class 1 covers is known, but not kept: %d", n)
	}
	if n := c.Class(2).Values(Covered).N(); n != 0 {
		t.Errorf("class 2 has boxes without masks, but covers something: %d", n)
	}
	empty, err := m.Measure(10, 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Add(empty) // covered by nothing, which says nothing of the other tile
	if all, two := c.Group(Key{}).Values(Covered).N(), c.Class(2).Values(Covered).N(); all != 0 || two != 0 {
		t.Errorf("an empty tile makes %d values of all and %d of class 2", all, two)
	}
	if n := c.Class(1).Values(Covered).N(); n != 2 {
		t.Errorf("class 1 has %d values of two tiles", n)
	}
	for _, c := range []struct {
		member string
		bad    coco.Annotation
	}{
		{"segmentation", coco.Annotation{Segmentation: segm(t, `{"size": [3, 3], "counts": [9]}`)}},
		{"segmentation", coco.Annotation{Segmentation: segm(t, `{"size": [10, 10], "counts": [7]}`)}},
		{"segmentation", coco.Annotation{Segmentation: segm(t, `[[1, 2, 3, 4]]`)}},
		{"score", coco.Annotation{Segmentation: square, Extra: coco.Fields{{Key: "score", Value: []byte(`"high"`)}}}},
	} {
		_, err := m.Measure(10, 10, []coco.Annotation{scored, c.bad})
		var at *AnnotationError
		if !errors.As(err, &at) || at.Index != 1 || at.Member != c.member {
			t.Errorf("%+v: %v, want an error of %s", c.bad, err, c.member)
		}
	}
	for _, size := range [][2]int{{0, 0}, {0, 7}} {
		if tile, err := m.Measure(size[0], size[1], nil); err != nil || tile.Covered != 0 {
			t.Errorf("%v: %+v, %v", size, tile, err)
		}
	}
}

// dataset returns tiles with rectangles.
func dataset(t testing.TB, tiles, each int) *coco.Dataset {
	rng := rand.New(rand.NewPCG(5, 6))
	d := &coco.Dataset{Categories: []coco.Category{{ID: 1, Name: "a"}, {ID: 2, Name: "b"}}}
	for i := range tiles {
		id := coco.IntID(int64(i + 1))
		d.Images = append(d.Images, coco.Image{ID: id, FileName: fmt.Sprintf("%d.png", i), Height: 512, Width: 512})
		for range rng.IntN(2 * each) {
			x, y := float64(rng.IntN(500)), float64(rng.IntN(500))
			w, h := float64(1+rng.IntN(60)), float64(1+rng.IntN(60))
			ring := rle.Ring{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}
			m, err := rle.FromPolygon(512, 512, rle.FillCOCO, ring)
			if err != nil {
				t.Fatal(err)
			}
			d.Annotations = append(d.Annotations, coco.Annotation{
				ID: coco.IntID(int64(len(d.Annotations) + 1)), ImageID: id, CategoryID: int64(1 + rng.IntN(2)),
				Segmentation: coco.RLE(m),
			})
		}
	}
	return d
}

// text returns the whole content of a collector.
func text(t *testing.T, c *Collector) []byte {
	type group struct {
		Key     Key
		Class   int64
		Group   *Group
		Numbers []Summary
		Bins    [][]Bin
		Sums    []float64
	}
	var list []group
	add := func(k Key, class int64, g *Group) {
		x := group{Key: k, Class: class, Group: g}
		for _, m := range Measures() {
			v := g.Values(m)
			x.Numbers, x.Bins, x.Sums = append(x.Numbers, v.Summary()), append(x.Bins, Trim(v.Histogram(m.Bins(v)))), append(
				x.Sums, v.Sum())
		}
		list = append(list, x)
	}
	add(Key{}, 0, c.Group(Key{}))
	for _, k := range c.Keys() {
		add(k, 0, c.Group(k))
	}
	for _, id := range c.Classes() {
		add(Key{}, id, c.Class(id))
	}
	out, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCollect checks that the result is the same with any number of workers, and that
// all tiles are in the right groups.
func TestCollect(t *testing.T) {
	d := dataset(t, 300, 12)
	keys := func(img *coco.Image) []Key {
		n, _ := img.ID.Int()
		return []Key{{"tens", fmt.Sprint(n / 10)}, {"odd", fmt.Sprint(n%2 == 1)}}
	}
	var want []byte
	for _, workers := range []int{1, 2, 3, 8, 500} {
		c, err := Collect(d, &CollectOptions{Keys: keys, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		got := text(t, c)
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%d workers: another result", workers)
		}
		all := c.Group(Key{})
		if all.Tiles != 300 || all.Instances != len(d.Annotations) || len(c.Keys()) != 33 {
			t.Errorf("%d tiles, %d instances, %d groups", all.Tiles, all.Instances, len(c.Keys()))
		}
		for _, parts := range []func(func(*Group)){
			func(f func(*Group)) { f(c.Class(1)); f(c.Class(2)) },
			func(f func(*Group)) { f(c.Group(Key{"odd", "true"})); f(c.Group(Key{"odd", "false"})) },
		} {
			n := 0
			parts(func(g *Group) { n += g.Values(Area).N() })
			if n != len(d.Annotations) {
				t.Errorf("%d instances in the parts, want %d", n, len(d.Annotations))
			}
		}
		for _, id := range c.Classes() {
			if g := c.Class(id); g.Tiles != 300 || g.Values(Instances).N() != 300 || g.Values(Covered).N() != 300 ||
				g.Empty != g.Values(Instances).Histogram([]float64{0, 0.5})[0].N {
				t.Errorf("class %d: %d tiles, %d empty", id, g.Tiles, g.Empty)
			}
		}
	}
	if !strings.Contains(string(want), `{"By":"tens","Name":"2"},"Class":0`) ||
		strings.Index(string(want), `"Name":"10"`) < strings.Index(string(want), `"Name":"9"`) {
		t.Error("groups are not in their order")
	}
}

func TestCollectBad(t *testing.T) {
	d := dataset(t, 5, 12)
	last := len(d.Annotations) - 1
	d.Annotations[last].Segmentation = segm(t, `{"size": [3, 3], "counts": [9]}`)
	want := fmt.Sprintf("annotations[%d].segmentation: ", last)
	if _, err := Collect(d, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s...", err, want)
	}
	d.Annotations[2].ImageID = coco.StringID("x")
	if _, err := Collect(d, nil); !errors.Is(err, ErrOrphan) ||
		!strings.Contains(err.Error(), `annotations[2].image_id: no image has the id "x"`) {
		t.Errorf("an orphan: %v", err)
	}
	c, err := Collect(&coco.Dataset{}, nil)
	if err != nil || c.Group(Key{}).Tiles != 0 || c.Keys() != nil || c.Classes() != nil || c.Class(3).Tiles != 0 {
		t.Errorf("an empty dataset: %v", err)
	}
}

func BenchmarkCollect(b *testing.B) {
	d := dataset(b, 300, 12)
	b.ReportMetric(float64(len(d.Annotations)), "instances")
	for b.Loop() {
		if _, err := Collect(d, &CollectOptions{Workers: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
