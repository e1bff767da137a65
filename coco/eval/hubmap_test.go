package eval

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/rle"
)

// hubmapWant is a line of the output of reference/hubmap.py.
type hubmapWant struct {
	AP                              *float64
	Truths, Detections, Ignored, TP int
	Scores, Precision, Recall       []float64
}

// differs describes the differences from the reference, or returns an empty string.
func (w *hubmapWant) differs(s *HuBMAPScore) string {
	switch {
	case w.Truths != s.Truths || w.Detections != s.Detections || w.Ignored != s.Ignored || w.TP != s.TruePositives:
		return "counts"
	case !slices.Equal(w.Scores, s.Scores):
		return "scores"
	case !slices.Equal(w.Precision, s.Precision):
		return "precision"
	case !slices.Equal(w.Recall, s.Recall):
		return "recall"
	case w.AP == nil != math.IsNaN(s.AP) || w.AP != nil && *w.AP != s.AP:
		return "AP"
	}
	return ""
}

func TestGoldenHuBMAP(t *testing.T) {
	type goldenCase struct {
		IoU    float64
		GT, DT json.RawMessage
		hubmapWant
	}
	n, c, ignored, none := 0, new(goldenCase), 0, 0
	for n, c = range golden.Cases[goldenCase](t, "hubmap.jsonl.gz") {
		gt, err := coco.Decode(strings.NewReader(string(c.GT)))
		if err != nil {
			t.Fatal(err)
		}
		dt, err := coco.DecodeResults(strings.NewReader(string(c.DT)))
		if err != nil {
			t.Fatal(err)
		}
		s, err := HuBMAP(gt, dt, &HuBMAPOptions{IoU: c.IoU})
		if err != nil {
			t.Fatalf("case %d: %v", n, err)
		}
		if what := c.differs(s); what != "" {
			t.Fatalf("case %d: %s differ: %+v, want %+v", n, what, s, c.hubmapWant)
		}
		ignored += s.Ignored
		if c.AP == nil {
			none++
		}
	}
	if n < 100 || ignored == 0 || none == 0 || none > n/2 {
		t.Fatalf("%d cases, %d detections ignored, %d cases without truths", n, ignored, none)
	}
}

func TestRealHuBMAP(t *testing.T) {
	dir := golden.Real(t, "hubmap")
	truth := filepath.Join(dir, "fold0_val_gt.json")
	f, err := os.Open(truth)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gt, err := coco.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	// Results of reference/hubmap.py.
	for name, ap := range map[string]float64{"maskrcnn_2e03d558": 0.4782520569719447,
		"maskrcnn_d998067d": 0.5399760735987669} {
		path := filepath.Join(dir, "predictions", name+".segm.json")
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		dt, err := coco.DecodeResults(f)
		if err != nil {
			t.Fatal(err)
		}
		s, err := HuBMAP(gt, dt, nil)
		if err != nil {
			t.Fatal(err)
		}
		if s.AP != ap || s.Truths != 703 {
			t.Errorf("%s: AP %v of %d truths, want %v of 703", name, s.AP, s.Truths, ap)
		}
		python := os.Getenv("HUBDATA_PYTHON")
		if python == "" {
			t.Log("not compared with the reference itself: that wants HUBDATA_PYTHON")
			continue
		}
		text, err := exec.Command(python, filepath.Join("..", "..", "reference", "hubmap.py"), "--truth", truth, "--results",
			path).Output()
		if err != nil {
			t.Fatal(err)
		}
		var want hubmapWant
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if what := want.differs(s); what != "" {
			t.Errorf("%s: %s differ", name, what)
		}
	}
}

// hubmapScene returns a ground truth of one 10 x 10 image of id 1, whose masks are
// boxes.
func hubmapScene(t testing.TB, truths ...rle.Box) *coco.Dataset {
	t.Helper()
	d := &coco.Dataset{
		Images:     []coco.Image{{ID: coco.IntID(1), Height: 10, Width: 10}},
		Categories: []coco.Category{{ID: 1, Name: "blood_vessel"}, {ID: 2, Name: "glomerulus"}},
	}
	for i, b := range truths {
		d.Annotations = append(d.Annotations, coco.Annotation{ID: coco.IntID(int64(i + 1)), ImageID: coco.IntID(1),
			CategoryID: 1, Segmentation: hubmapBox(t, b)})
	}
	return d
}

func hubmapBox(t testing.TB, b rle.Box) coco.Segmentation {
	t.Helper()
	m, err := rle.FromBox(10, 10, b)
	if err != nil {
		t.Fatal(err)
	}
	return coco.RLE(m)
}

func hubmapFound(t testing.TB, score float64, b rle.Box) coco.Result {
	return coco.Result{ImageID: coco.IntID(1), CategoryID: 1, Score: score, Segmentation: hubmapBox(t, b)}
}

func TestHuBMAP(t *testing.T) {
	a, b := rle.Box{W: 5, H: 2}, rle.Box{X: 5, Y: 5, W: 4, H: 4}
	three := rle.Box{W: 3, H: 2} // 0.6 of a
	tests := []struct {
		name string
		dt   []coco.Result
		iou  float64
		ap   float64
		tp   int
	}{
		{"nothing", nil, 0.6, 0, 0},
		{"all", []coco.Result{hubmapFound(t, 0.9, a), hubmapFound(t, 0.1, b)}, 0.6, 1, 2},
		{"half", []coco.Result{hubmapFound(t, 0.9, a)}, 0.6, 0.5, 1},
		{"just at the IoU", []coco.Result{hubmapFound(t, 0.9, three)}, 0.6, 0.5, 1},
		{"just below", []coco.Result{hubmapFound(t, 0.9, three)}, 0.600001, 0, 0},
		{"twice", []coco.Result{hubmapFound(t, 0.9, a), hubmapFound(t, 0.8, a), hubmapFound(t, 0.7, b)}, 0.6, 0.5 + 0.5*2/3,
			2},
		{"a false one first", []coco.Result{hubmapFound(t, 0.9, rle.Box{Y: 7, W: 3, H: 3}), hubmapFound(t, 0.8, a),
			hubmapFound(t, 0.7, b)}, 0.6, 2.0 / 3, 2},
		{"equal scores: the later chooses first and comes last",
			[]coco.Result{hubmapFound(t, 0.9, three), hubmapFound(t, 0.9, a)}, 0.6, 0.25, 1},
		{"no pixel", []coco.Result{hubmapFound(t, 0.9, rle.Box{}), hubmapFound(t, 0.8, a)}, 0.6, 0.5, 1},
	}
	for _, tt := range tests {
		s, err := HuBMAP(hubmapScene(t, a, b), coco.NewResults(tt.dt...), &HuBMAPOptions{IoU: tt.iou})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(s.AP-tt.ap) > 1e-15 || s.TruePositives != tt.tp || s.Truths != 2 || len(s.Recall)+s.Empty != len(tt.dt) {
			t.Errorf("%s: %+v, want AP %v, %d true", tt.name, s, tt.ap, tt.tp)
		}
	}
	if s, err := HuBMAP(hubmapScene(t), coco.NewResults(hubmapFound(t, 1, a)),
		&HuBMAPOptions{IoU: 0.6, Class: "blood_vessel"}); err != nil || !math.IsNaN(s.AP) {
		t.Errorf("without truths: %+v, %v", s, err)
	}
}

func TestHuBMAPErrors(t *testing.T) {
	box := rle.Box{W: 5, H: 2}
	good := hubmapFound(t, 0.5, box)
	change := func(f func(*coco.Result)) []coco.Result {
		r := good
		f(&r)
		return []coco.Result{good, r}
	}
	plain := func(*coco.Dataset) {}
	tests := []struct {
		name string
		gt   func(*coco.Dataset)
		dt   []coco.Result
		iou  float64
		want string
	}{
		{"IoU below 0", plain, nil, -0.5, "found the IoU -0.5, expected more than 0"},
		{"IoU NaN", plain, nil, math.NaN(), "IoU NaN"},
		{"class", func(d *coco.Dataset) { d.Categories[0].Name = "vessel" }, nil, 0.6,
			`unknown category: found ["vessel" "glomerulus"] in the ground truth, expected one with the name "blood_vessel"`},
		{"image twice", func(d *coco.Dataset) { d.Images = append(d.Images, d.Images[0]) }, nil, 0.6,
			"images[1].id: duplicate id: images[0] also has 1"},
		{"truth of no image", func(d *coco.Dataset) { d.Annotations[0].ImageID = coco.StringID("x") }, nil, 0.6,
			`annotations[0].image_id: unknown image: the ground truth has no image "x"`},
		{"truth of another size", func(d *coco.Dataset) { d.Images[0].Height = 11 }, nil, 0.6,
			"annotations[0].segmentation: rle: bad mask size"},
		{"truth without mask", func(d *coco.Dataset) { d.Annotations[0].Segmentation = coco.Segmentation{} }, nil, 0.6,
			"annotations[0].segmentation: coco: no mask"},
		{"unknown image", plain, change(func(r *coco.Result) { r.ImageID = coco.IntID(9) }), 0.6,
			"results[1].image_id: unknown image: the ground truth has no image 9"},
		{"no score", plain, change(func(r *coco.Result) { r.Missing = coco.FieldScore }), 0.6,
			"results[1].score: missing member"},
		{"score NaN", plain, change(func(r *coco.Result) { r.Score = math.NaN() }), 0.6,
			"results[1].score: not a usable number: found NaN"},
		{"no category", plain, change(func(r *coco.Result) { r.Missing = coco.FieldCategoryID }), 0.6,
			"results[1].category_id: missing member"},
		{"no mask", plain, change(func(r *coco.Result) { r.Segmentation = coco.Segmentation{} }), 0.6,
			"results[1].segmentation: coco: no mask"},
	}
	for _, tt := range tests {
		gt := hubmapScene(t, box)
		tt.gt(gt)
		if _, err := HuBMAP(gt, coco.NewResults(tt.dt...), &HuBMAPOptions{IoU: tt.iou}); err == nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}
