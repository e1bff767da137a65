package scoring

import (
	"math"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// square is a mask of 8 by 8 pixels.
const square = `"segmentation":[[2,2,10,2,10,10,2,10]],"bbox":[2,2,8,8]`

// scorer scores two tiles: what is on the first is found, what is on the second is not.
func scorer(t *testing.T, o Scoring) (*Scorer, *preds.Detections) {
	t.Helper()
	d, err := coco.Decode(strings.NewReader(
		`{"images":[{"id":1,"file_name":"t1.png","height":32,"width":32},{"id":2,"file_name":"t2.png","height":32,"width":32}],
		"annotations":[{"id":1,"image_id":1,"category_id":1,"area":64,"iscrowd":0,` + square +
			`},{"id":2,"image_id":2,"category_id":1,"area":64,"iscrowd":0,` + square + `}],
		"categories":[{"id":1,"name":"blood_vessel"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	list, err := coco.DecodeResults(strings.NewReader(`[{"image_id":1,"category_id":1,"score":0.9,` + square + `}]`))
	if err != nil {
		t.Fatal(err)
	}
	truth := &preds.Truth{Dataset: d, Name: "truth", Names: imagenames.Of(d.Images)}
	return &Scorer{Scoring: o, Truth: truth}, &preds.Detections{Name: "dt.json", List: *list}
}

// TestScore scores without the program, its flags and files.
func TestScore(t *testing.T) {
	table, err := wsi.NewTable([]wsi.Tile{{ID: "t1", WSI: 3, Dataset: 1}, {ID: "t2", WSI: 4, Dataset: 1}})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := folds.NewPlan("kfold", []string{"t1", "t2"}, []int{0, 1}, 2)
	if err != nil {
		t.Fatal(err)
	}
	s, d := scorer(t, Scoring{Ious: []float64{0.6, 0.7}, Metric: "all", By: []string{"tile", "wsi", "fold", "category"},
		Sweep: true, Thrs: []float64{0.5, 0.95}, Errors: true})
	s.Table, s.Folds = table, plan.Index()
	r, err := s.Score(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %v, expected %v", what, got, want)
		}
	}
	half := 51.0 / 101 // pycocotools takes the curve at 101 recalls
	near("AP", r.Stats[0], half)
	near("AP at 0.7", r.At[1].AP, half)
	near("competition", *r.HuBMAP, 0.5)
	near("best F1", r.Sweep.Best.F1, 2.0/3)
	if r.Sweep.Above[0].Kept != 1 || r.Sweep.Above[1].Kept != 0 {
		t.Errorf("thresholds keep %+v", r.Sweep.Above)
	}
	if len(r.Errors.List) != 1 || r.Errors.List[0].Tile != "t2" || r.Errors.List[0].Kind != eval.MistakeMissed.String() {
		t.Errorf("mistakes: %+v", r.Errors.List)
	}
	for i, want := range [][]string{{"t2", "t1"}, {"3", "4"}, {"1", "2"}, {"blood_vessel"}} { // tiles: the worst first
		var got []string
		for _, p := range r.By[i].Parts {
			got = append(got, p.Part)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("parts by %s: %q, expected %q", r.By[i].By, got, want)
		}
	}
	near("AP of the worst tile", r.By[0].Parts[0].APAt, 0)
	near("AP of the best tile", r.By[0].Parts[1].APAt, 1)
	s.By = []string{"dataset"}
	s.Table = nil
	if _, err := s.Score(t.Context(), d); err == nil {
		t.Error("parts by a member that images lack")
	}
}

// TestCurves names the curves of one file and of two.
func TestCurves(t *testing.T) {
	s, d := scorer(t, Scoring{Ious: []float64{0.6}, Metric: "coco"})
	r, err := s.Score(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range Curves([]*Report{r}) {
		names = append(names, l.Name)
	}
	if got := strings.Join(names, ", "); got != "IoU 0.5, IoU 0.75, IoU 0.6" {
		t.Errorf("curves of one file: %s", got)
	}
	if two := Curves([]*Report{r, r}); len(two) != 2 || two[0].Name != "dt.json" {
		t.Errorf("curves of two files: %+v", two)
	}
}
