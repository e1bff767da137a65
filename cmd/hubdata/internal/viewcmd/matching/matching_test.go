package matching

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/wsi"
)

// drawn makes labels and detections of many kinds: of two classes, near each other, crowds, equal scores, and images
// without one or the other.
func drawn(t *testing.T, rnd *rand.Rand) (*preds.Truth, *preds.Detections) {
	t.Helper()
	var labels, found strings.Builder
	labels.WriteString(`{"categories":[{"id":1,"name":"a"},{"id":3,"name":"b"}],"images":[`)
	const images = 12
	for i := range images {
		fmt.Fprintf(&labels, `%s{"id":%d,"file_name":"%d.png","height":100,"width":120}`, map[bool]string{true: ","}[i > 0], 10*i, i)
	}
	labels.WriteString(`],"annotations":[`)
	found.WriteString("[")
	id := 0
	comma := func(b *strings.Builder) {
		if !strings.HasSuffix(b.String(), "[") {
			b.WriteByte(',')
		}
	}
	polygon := func(x, y, w, h int) string {
		return fmt.Sprintf(`"bbox":[%d,%d,%d,%d],"segmentation":[[%d,%d,%d,%d,%d,%d,%d,%d]]`, x, y, w, h, x, y, x+w, y, x+w, y+h, x, y+h)
	}
	for i := range images {
		for range rnd.IntN(8) {
			if i == 3 {
				break
			}
			x, y, w, h, class := rnd.IntN(60), rnd.IntN(60), 8+rnd.IntN(30), 8+rnd.IntN(30), 1+2*rnd.IntN(2)
			id++
			comma(&labels)
			fmt.Fprintf(&labels, `{"id":%d,"image_id":%d,"category_id":%d,"area":%d,"iscrowd":%d,%s}`, id, 10*i, class, w*h, rnd.IntN(10)/9, polygon(x, y, w, h))
			for range rnd.IntN(4) {
				dx, dy := rnd.IntN(9)-4, rnd.IntN(9)-4
				comma(&found)
				fmt.Fprintf(&found, `{"image_id":%d,"category_id":%d,"score":%.2f,%s}`, 10*i, class, float64(rnd.IntN(20))/20, polygon(max(x+dx, 0), max(y+dy, 0), w+rnd.IntN(3), h))
			}
		}
	}
	labels.WriteString("]}")
	found.WriteString("]")
	d, err := coco.Decode(strings.NewReader(labels.String()))
	if err != nil {
		t.Fatal(err)
	}
	list, err := coco.DecodeResults(strings.NewReader(found.String()))
	if err != nil {
		t.Fatal(err)
	}
	return &preds.Truth{Dataset: d, Name: "labels.json", Names: imagenames.Of(d.Images)}, &preds.Detections{Name: "found.json", List: *list}
}

// TestMatches: at each position and score, all is as an evaluation at that IoU alone says.
func TestMatches(t *testing.T) {
	for seed := range uint64(6) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		truth, d := drawn(t, rnd)
		o := Options{IoU: 0.6}
		if seed%2 == 1 {
			o.MaxDets = []int{3} // some detections are not counted
		}
		if seed == 4 {
			o.Type = eval.BBox
		}
		m, err := Match(t.Context(), truth.Dataset, truth, d, o)
		if err != nil {
			t.Fatal(err)
		}
		if m.ByBoxes() != (seed == 4) || m.MaxDets() != map[bool]int{true: 3, false: 100}[seed%2 == 1] {
			t.Errorf("by boxes %v, %d detections", m.ByBoxes(), m.MaxDets())
		}
		for k, iou := range IoUs() {
			if k%7 != 0 && k != positions-1 && k != 55 {
				continue
			}
			alone, err := eval.Evaluate(t.Context(), truth.Dataset, &d.List, &eval.Params{IoU: []float64{iou}, MaxDets: o.MaxDets, Type: o.Type})
			if err != nil {
				t.Fatal(err)
			}
			if ap, err := m.AP(t.Context(), k, &Selection{}); err != nil || ap != alone.APAt(iou) {
				t.Errorf("IoU %v: AP %v, %v, expected %v", iou, ap, err, alone.APAt(iou))
			}
			compareImages(t, m, alone, k, iou)
			for _, score := range []float64{0, 0.05, 0.5, 0.51, 1, 2} {
				compareCounts(t, m, alone, k, iou, score)
			}
		}
	}
}

// compareImages compares the matches on each image.
func compareImages(t *testing.T, m *Model, alone *eval.Result, k int, iou float64) {
	t.Helper()
	for i := range m.labels.Images {
		at, _ := alone.Image(m.labels.Images[i].ID)
		want := alone.Matches(at, eval.Select{})
		counted := map[int32]bool{}
		for _, w := range want.Detections {
			counted[w.Detection] = true
			g, ok := m.Matches(int(w.Detection), k)
			expected := map[eval.State]int32{eval.Matched: w.Truth, eval.Ignored: Ignored, eval.Unmatched: None}[w.State]
			if !ok || g != expected {
				t.Fatalf("IoU %v, detection %d: %d %v, expected %d", iou, w.Detection, g, ok, expected)
			}
			if v := m.IoU(i, int(w.Detection), k); v != w.IoU {
				t.Fatalf("IoU %v, detection %d: IoU %v, expected %v", iou, w.Detection, v, w.IoU)
			}
		}
		for _, d := range m.OnImage(i) {
			if m.OfDetection(int(d)) != nil != counted[d] {
				t.Fatalf("detection %d: counted %v", d, counted[d])
			}
		}
		for _, w := range want.Truth {
			d, ok := m.Found(int(w.Truth), k, 0)
			expected := map[eval.State]int32{eval.Matched: w.Detection, eval.Ignored: Ignored, eval.Unmatched: None}[w.State]
			if !ok || d != expected {
				t.Fatalf("IoU %v, annotation %d: %d %v, expected %d", iou, w.Truth, d, ok, expected)
			}
		}
	}
}

// compareCounts compares counts above a score, of all and of a part.
func compareCounts(t *testing.T, m *Model, alone *eval.Result, k int, iou, score float64) {
	t.Helper()
	got, err := m.Counts(t.Context(), k, score, &Selection{}, 2)
	if err != nil {
		t.Fatal(err)
	}
	var sum eval.Counts
	for i := range m.labels.Images {
		at, _ := alone.Image(m.labels.Images[i].ID)
		want := alone.Matches(at, eval.Select{}).From(score).Counts()
		if got[i] != want {
			t.Fatalf("IoU %v, score %v, image %d: %+v, expected %+v", iou, score, i, got[i], want)
		}
		sum.Found, sum.Missed, sum.False = sum.Found+want.Found, sum.Missed+want.Missed, sum.False+want.False
	}
	if Sum(got) != sum {
		t.Fatalf("%+v, expected %+v", Sum(got), sum)
	}
	sweep := alone.Sweep(eval.Select{})
	kept, right := 0, 0.0
	for _, p := range sweep.Points {
		if p.Score >= score {
			kept, right = p.Kept, p.Precision*float64(p.Kept)
		}
	}
	if kept != sum.Found+sum.False || int(right+0.5) != sum.Found || sweep.Truth != sum.Found+sum.Missed {
		t.Fatalf("IoU %v, score %v: %+v, the sweep keeps %d, of which %v are correct, of %d", iou, score, sum, kept, right, sweep.Truth)
	}
	part := &Selection{Images: make([]bool, len(m.labels.Images)), Classes: map[int64]bool{3: true}}
	var images []int
	for i := range part.Images {
		if part.Images[i] = i%3 != 1; part.Images[i] {
			at, _ := alone.Image(m.labels.Images[i].ID)
			images = append(images, at)
		}
	}
	of, err := alone.Subset(t.Context(), images)
	if err != nil {
		t.Fatal(err)
	}
	if ap, err := m.AP(t.Context(), k, part); err != nil || ap != of.AP(eval.Select{Categories: []int64{3}}) {
		t.Fatalf("IoU %v: AP of a part %v, %v, expected %v", iou, ap, err, of.AP(eval.Select{Categories: []int64{3}}))
	}
	some, err := m.Counts(t.Context(), k, score, part, 1)
	if err != nil {
		t.Fatal(err)
	}
	if want := of.Count(eval.Select{Categories: []int64{3}}); score == 0 && Sum(some) != want {
		t.Fatalf("IoU %v: counts of a part %+v, expected %+v", iou, Sum(some), want)
	}
}

// TestAPs: the average precision of each image is that of eval's --by tile.
func TestAPs(t *testing.T) {
	truth, d := drawn(t, rand.New(rand.NewPCG(7, 7)))
	m, err := Match(t.Context(), truth.Dataset, truth, d, Options{IoU: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	k, ok := Position(0.5)
	got, err := m.APs(t.Context(), k)
	if err != nil || !ok {
		t.Fatal(err)
	}
	for i := range got {
		at, _ := m.result.Image(truth.Images[i].ID)
		part, err := m.result.Subset(t.Context(), []int{at})
		if err != nil {
			t.Fatal(err)
		}
		if want := part.APAt(0.5); got[i] != want {
			t.Errorf("image %d: %v, expected %v", i, got[i], want)
		}
	}
}

func TestPosition(t *testing.T) {
	ious := IoUs()
	for k, v := range ious {
		if got, ok := Position(v); !ok || got != k {
			t.Errorf("%v: %d %v, expected %d", v, got, ok, k)
		}
	}
	if len(ious) != positions || ious[0] != 0.05 || ious[positions-1] != 1 || ious[55] != 0.6 {
		t.Errorf("%v", ious)
	}
	for _, own := range eval.Linspace(.5, .95, 10) {
		if k, _ := Position(own); ious[k] != own {
			t.Errorf("%v has other bits than %v", ious[k], own)
		}
	}
	for _, v := range []float64{0, 0.04, 0.055, 1.01, -1} {
		if _, ok := Position(v); ok {
			t.Errorf("%v is a position", v)
		}
	}
}

// TestCompetition: the competition's metric of all images and of some is that of these alone.
func TestCompetition(t *testing.T) {
	numbers := 0
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		truth, d := drawn(t, rnd)
		truth.Categories[0].Name = wsi.BloodVessel
		class := truth.Categories[0].ID
		m, err := Match(t.Context(), truth.Dataset, truth, d, Options{IoU: 0.6})
		if err != nil {
			t.Fatal(err)
		}
		if !m.InCompetition() {
			t.Fatal("data with the competition's class are not its")
		}
		some := make([]bool, len(truth.Images))
		for i := range some {
			some[i] = rnd.IntN(2) == 0
		}
		for _, images := range [][]bool{nil, some} {
			part, list := &coco.Dataset{Categories: truth.Categories}, new(coco.Results)
			in := map[coco.ID]bool{}
			for i, img := range truth.Images {
				if images == nil || images[i] {
					in[img.ID] = true
					part.Images = append(part.Images, img)
				}
			}
			for _, a := range truth.Annotations {
				if in[a.ImageID] {
					part.Annotations = append(part.Annotations, a)
				}
			}
			for _, r := range d.List.All() {
				if in[r.ImageID] {
					list.Append(r)
				}
			}
			for k := 0; k < positions; k += 11 {
				alone, err := eval.HuBMAP(part, list, &eval.HuBMAPOptions{IoU: IoUs()[k]})
				if err != nil {
					t.Fatal(err)
				}
				got, err := m.Competition(t.Context(), k, &Selection{Images: images})
				if err != nil || got != alone.AP && (got == got || alone.AP == alone.AP) {
					t.Errorf("IoU %v: %v, %v, expected %v", IoUs()[k], got, err, alone.AP)
				}
				if got > 0 && got < 1 {
					numbers++
				}
			}
		}
		if v, err := m.Competition(t.Context(), 50, &Selection{Classes: map[int64]bool{class + 1: true}}); err != nil || v == v {
			t.Errorf("without its class: %v, %v", v, err)
		}
		if m, err = Match(t.Context(), truth.Dataset, truth, d, Options{IoU: 0.6, Type: eval.BBox}); err != nil || m.InCompetition() {
			t.Errorf("boxes are in the competition: %v", err)
		}
	}
	if numbers == 0 {
		t.Error("all numbers are 0 or 1")
	}
}
