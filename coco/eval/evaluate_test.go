package eval

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

const smallTruth = `{"images":[{"id":1,"height":4,"width":5},{"id":2,"height":4,"width":5}],"categories":[{"id":3,"name":"vessel"},{"id":5,"name":"other"}],
"annotations":[{"id":0,"image_id":1,"category_id":3,"segmentation":{"size":[4,5],"counts":[0,8,12]},"area":8,"bbox":[0,0,2,4],"iscrowd":0},
{"id":1,"image_id":2,"category_id":3,"segmentation":{"size":[4,5],"counts":[4,4,12]},"area":4,"bbox":[1,0,1,4],"iscrowd":0}]}`

const smallResults = `[{"image_id":1,"category_id":3,"score":0.9,"segmentation":{"size":[4,5],"counts":[0,8,12]}},
{"image_id":2,"category_id":3,"score":0.8,"segmentation":{"size":[4,5],"counts":[4,8,8]}},
{"image_id":2,"category_id":5,"score":0.7,"segmentation":{"size":[4,5],"counts":[4,8,8]}}]`

func decode(t testing.TB, truth, results string) (*coco.Dataset, []coco.Result) {
	t.Helper()
	d, err := coco.Decode(strings.NewReader(truth))
	if err != nil {
		t.Fatal(err)
	}
	r, err := coco.DecodeResults(strings.NewReader(results))
	if err != nil {
		t.Fatal(err)
	}
	return d, r.List()
}

// TestID0 checks the correct score of a match with id 0, and the wrong one of
// pycocotools.
func TestID0(t *testing.T) {
	truth, results := decode(t, smallTruth, smallResults)
	right, err := Evaluate(context.Background(), truth, coco.NewResults(results...), nil)
	if err != nil {
		t.Fatal(err)
	}
	strict, err := Evaluate(context.Background(), truth, coco.NewResults(results...), &Params{StrictPycocotools: true})
	if err != nil {
		t.Fatal(err)
	}
	// At 0.5 both detections are correct. With the match to id 0 lost, half of the
	// instances are found, by the second detection.
	if got := right.Stats()[1]; math.Abs(got-1) > 1e-12 {
		t.Errorf("AP at 0.5 is %v, want 1", got)
	}
	if got := strict.Stats()[1]; math.Abs(got-51./101/2) > 1e-12 {
		t.Errorf("AP at 0.5 with id 0 lost is %v, want %v", got, 51./101/2)
	}
}

// TestTinyBoxes: boxes are scored as pycocotools 2.0.11 does, which gives these, as long as their areas are not 0.
func TestTinyBoxes(t *testing.T) {
	for _, c := range []struct {
		truth, result string
		ap            float64
	}{
		{"0,0,1e-160,1e-160", "0,0,1e-160,1e-160", 1},
		{"0,0,1e-200,1", "0,0,1e-200,1", 1},
		{"0,0,1e-200,0", "0,0,1e-200,0", 0},
		{"0,0,1e-160,1e-160", "0,0,1e-160,3e-160", 0},
		{"0,0,1,1", "0,0,1e-160,1e-160", 0},
		{"1,1,1e-160,1e-160", "1,1,1e-160,1e-160", 0}, // 1 + 1e-160 is 1
	} {
		d, r := decode(t, `{"images":[{"id":1,"height":4,"width":5}],"categories":[{"id":3,"name":"vessel"}],
			"annotations":[{"id":1,"image_id":1,"category_id":3,"bbox":[`+c.truth+`],"area":1,"iscrowd":0}]}`,
			`[{"image_id":1,"category_id":3,"score":1,"bbox":[`+c.result+`]}]`)
		scores, err := Evaluate(context.Background(), d, coco.NewResults(r...), &Params{Type: BBox})
		if err != nil || math.Abs(scores.Stats()[1]-c.ap) > 1e-12 {
			t.Errorf("%s and %s: %v, error %v, expected AP50 %v", c.truth, c.result, scores, err, c.ap)
		}
	}
}

func TestErrors(t *testing.T) {
	replaced := func(s string) func(old, new string) string {
		return func(old, new string) string {
			if !strings.Contains(s, old) {
				t.Fatalf("no %s in %s", old, s)
			}
			return strings.Replace(s, old, new, 1)
		}
	}
	truth, results := replaced(smallTruth), replaced(smallResults)
	for _, c := range []struct {
		name, truth, results string
		params               Params
		kind                 error
		text                 string
	}{
		{"string id in results", smallTruth, results(`"image_id":2`, `"image_id":"2"`), Params{}, ErrIDType,
			`results[1].image_id: id of the wrong type: found the string "2", but the image ids of the ground truth are integers`},
		{"integer id in results", strings.NewReplacer(`{"id":1,"h`, `{"id":"1","h`, `{"id":2,"h`, `{"id":"2","h`,
			`"image_id":1`, `"image_id":"1"`, `"image_id":2`, `"image_id":"2"`).Replace(smallTruth), smallResults, Params{},
			ErrIDType,
			`results[0].image_id: id of the wrong type: found the integer 1, but the image ids of the ground truth are strings`},
		{"unknown image", smallTruth, results(`"image_id":2`, `"image_id":7`), Params{}, ErrImage,
			`results[1].image_id: unknown image: the ground truth has no image 7`},
		{"unknown category", smallTruth, results(`"category_id":5`, `"category_id":6`), Params{}, ErrCategory,
			`results[2].category_id: unknown category: the ground truth has no category 6`},
		{"only unknown categories", smallTruth, `[{"image_id":1,"category_id":6,"score":1,"bbox":[1,1,1,1]}]`,
			Params{Type: BBox, SkipUnknownCategories: true}, ErrCategory,
			`results[0].category_id: unknown category: the ground truth has no category 6`},
		{"categories from 0", strings.ReplaceAll(strings.Replace(smallTruth, `"id":3`, `"id":1`, 1), `"category_id":3`,
			`"category_id":1`), strings.ReplaceAll(results(`"category_id":3`, `"category_id":1`), `"category_id":5`,
			`"category_id":0`),
			Params{SkipUnknownCategories: true}, ErrCategory,
			`results[2].category_id: unknown category: the ground truth has no category 0`},
		{"no category", smallTruth, results(`"category_id":5,`, ``), Params{}, ErrMissing,
			`results[2].category_id: missing member`},
		{"no score", smallTruth, results(`"score":0.8,`, ``), Params{}, ErrMissing, `results[1].score: missing member`},
		{"no mask", smallTruth, `[{"image_id":1,"category_id":3,"score":1}]`, Params{}, ErrMissing,
			`results[0].segmentation: missing member`},
		{"empty mask", smallTruth, `[{"image_id":1,"category_id":3,"score":1,"segmentation":[]}]`, Params{}, coco.ErrNoMask,
			`results[0].segmentation: coco: no mask: the segmentation is empty`},
		{"neither box nor mask", smallTruth,
			`[{"image_id":1,"category_id":3,"score":1,"bbox":[1,1,1,1]},{"image_id":1,"category_id":3,"score":1}]`, Params{},
			ErrMissing, `results[1].bbox: missing member: it has no segmentation to take it from`},
		{"box without mask", smallTruth, `[{"image_id":1,"category_id":3,"score":1,"bbox":[1,2,3,4]}]`,
			Params{MaskAreas: true}, ErrMissing, `results[0].segmentation: missing member`},
		{"endless box", smallTruth, `[{"image_id":1,"category_id":3,"score":1,"bbox":[1,2,1e200,1e200]}]`, Params{Type: BBox},
			ErrNumber, `results[0].bbox: not a usable number: found 1e+200 in box {1 2 1e+200 1e+200}, expected numbers up to 1e150`},
		{"box of no area", smallTruth, `[{"image_id":1,"category_id":3,"score":1,"bbox":[1,2,1e-162,1e-162]}]`,
			Params{Type: BBox}, ErrNumber,
			`results[0].bbox: not a usable number: found sides 1e-162 and 1e-162 of box {1 2 1e-162 1e-162}, whose product a float64 takes for 0, expected larger ones`},
		{"mask of another size", smallTruth, results(`"size":[4,5],"counts":[4,8,8]`, `"size":[5,4],"counts":[4,8,8]`),
			Params{}, rle.ErrSize,
			`results[1].segmentation: rle: bad mask size: found a segmentation of size [5, 4], but the image's height and width are 4 and 5`},
		{"mask of another sum", smallTruth, results(`"counts":[4,8,8]`, `"counts":[4,8,9]`), Params{}, rle.ErrCorrupt,
			`results[1].segmentation: rle: corrupt mask: runs sum to 21, expected 4 x 5 = 20`},
		{"true mask of another sum", truth(`"counts":[4,4,12]`, `"counts":[4,4]`), smallResults, Params{}, rle.ErrCorrupt,
			`annotations[1].segmentation: rle: corrupt mask: runs sum to 8, expected 4 x 5 = 20`},
		{"annotation id twice", truth(`"id":1,"image_id":2`, `"id":0,"image_id":2`), smallResults, Params{}, ErrDuplicate,
			`annotations[1].id: duplicate id: found 0 again`},
		{"image id twice", truth(`{"id":2,"h`, `{"id":1,"h`), smallResults, Params{}, ErrDuplicate,
			`images[1].id: duplicate id: images[0] also has 1`},
		{"category id twice", truth(`"id":5`, `"id":3`), smallResults, Params{}, ErrDuplicate,
			`categories[1].id: duplicate id: found 3 again`},
		{"annotation without image", truth(`"image_id":2`, `"image_id":9`), smallResults, Params{}, ErrImage,
			`annotations[1].image_id: unknown image: the ground truth has no image 9`},
		{"annotation without category", truth(`"category_id":3`, `"category_id":9`), smallResults, Params{}, ErrCategory,
			`annotations[0].category_id: unknown category: the ground truth has no category 9`},
		{"no area", truth(`"area":4,`, ``), smallResults, Params{}, ErrMissing,
			`annotations[1].area: missing member or null`},
		{"no height", truth(`"height":4,`, ``), smallResults, Params{}, ErrMissing, `images[0].height: missing member`},
		{"no box", truth(`"bbox":[0,0,2,4],`, ``), smallResults, Params{Type: BBox}, ErrMissing,
			`annotations[0].bbox: missing member`},
		{"unknown type", smallTruth, smallResults, Params{Type: 9}, ErrParams,
			`eval: invalid parameters: found type Type(9), expected Segm, BBox or Boundary`},
		{"no threshold", smallTruth, smallResults, Params{IoU: []float64{}}, ErrParams,
			`eval: invalid parameters: found an empty list of thresholds, recalls, limits or areas, expected at least one of each`},
		{"no number", smallTruth, smallResults, Params{IoU: []float64{math.NaN()}}, ErrParams,
			`eval: invalid parameters: found IoU NaN, expected a finite number`},
		{"limit 0", smallTruth, smallResults, Params{MaxDets: []int{0}}, ErrParams,
			`eval: invalid parameters: found a limit of 0 detections, expected at least 1`},
		{"areas of one name", smallTruth, smallResults, Params{Areas: make([]AreaRange, 2)}, ErrParams,
			`eval: invalid parameters: found two area ranges with the name "", expected different names`},
		{"unknown category asked for", smallTruth, smallResults, Params{Categories: []int64{4}}, ErrParams,
			`eval: invalid parameters: found category 4, which the ground truth does not have`},
		{"category asked for twice", smallTruth, smallResults, Params{Categories: []int64{3, 3}}, ErrParams,
			`eval: invalid parameters: found category 3 twice`},
		{"unknown image asked for", smallTruth, smallResults, Params{Images: []coco.ID{coco.StringID("1")}}, ErrParams,
			`eval: invalid parameters: found image "1", which the ground truth does not have`},
	} {
		d, r := decode(t, c.truth, c.results)
		_, err := Evaluate(context.Background(), d, coco.NewResults(r...), &c.params)
		if !errors.Is(err, c.kind) || err.Error() != c.text {
			t.Errorf("%s: error\n%v\nwant\n%s", c.name, err, c.text)
		}
	}
	d, r := decode(t, smallTruth, smallResults)
	r[2].Score = math.NaN()
	var e *Error
	if _, err := Evaluate(context.Background(), d, coco.NewResults(r...), nil); !errors.As(err, &e) || e.Index != 2 ||
		!errors.Is(err, ErrNumber) {
		t.Errorf("NaN as score: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Evaluate(ctx, d, coco.NewResults(r[:2]...), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestSkipUnknownCategories checks that detections of unknown categories count nowhere, and that the first of them
// still
// says what areas of detections are.
func TestSkipUnknownCategories(t *testing.T) {
	d, r := decode(t, smallTruth, smallResults)
	want, err := Evaluate(context.Background(), d, coco.NewResults(r[:2]...), nil)
	if err != nil {
		t.Fatal(err)
	}
	d, r = decode(t, smallTruth,
		strings.Replace(smallResults, `[`,
			`[{"image_id":1,"category_id":9,"score":1,"segmentation":{"size":[4,5],"counts":[0,8,12]}},`, 1))
	got, err := Evaluate(context.Background(), d, coco.NewResults(r[:3]...), &Params{SkipUnknownCategories: true})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Stats(), want.Stats()) {
		t.Errorf("found %v, expected %v", got.Stats(), want.Stats())
	}
}

// TestAreaOfNaN checks that an instance whose area is NaN counts in every area range, and that a crowd needs no area,
// as in
// pycocotools.
func TestAreaOfNaN(t *testing.T) {
	count := func(truth string) (small, medium, large int) {
		t.Helper()
		d, r := decode(t, truth, smallResults)
		res, err := Evaluate(context.Background(), d, coco.NewResults(r...), nil)
		if err != nil {
			t.Fatal(err)
		}
		return res.Instances(Select{Area: "small"}), res.Instances(Select{Area: "medium"}), res.Instances(
			Select{Area: "large"})
	}
	small, medium, large := count(smallTruth)
	if medium != 0 || large != 0 {
		t.Fatalf("%d medium and %d large instances, expected none", medium, large)
	}
	if s, m, l := count(strings.Replace(smallTruth, `"area":4`, `"area":NaN`, 1)); s != small || m != 1 || l != 1 {
		t.Errorf("an area of NaN: found %d, %d, %d instances, expected %d, 1, 1", s, m, l, small)
	}
	crowd := strings.Replace(smallTruth, `"area":4,"bbox":[1,0,1,4],"iscrowd":0`,
		`"area":null,"bbox":[1,0,1,4],"iscrowd":1`, 1)
	if s, m, l := count(crowd); s != small-1 || m != 0 || l != 0 {
		t.Errorf("a crowd without an area: found %d, %d, %d instances, expected %d, 0, 0", s, m, l, small-1)
	}
}

// TestStrictPassesOver checks what pycocotools does with unknown records.
func TestStrictPassesOver(t *testing.T) {
	d, r := decode(t, smallTruth, smallResults)
	want, err := Evaluate(context.Background(), d, coco.NewResults(r...), &Params{StrictPycocotools: true})
	if err != nil {
		t.Fatal(err)
	}
	d, r = decode(t, strings.Replace(smallTruth, `"annotations":[`,
		`"annotations":[{"id":7,"image_id":1,"category_id":8},{"id":8,"image_id":5,"category_id":3},`, 1),
		strings.Replace(smallResults, `[`, `[{"image_id":1,"category_id":9,"score":1},`, 1))
	got, err := Evaluate(context.Background(), d, coco.NewResults(r...), &Params{StrictPycocotools: true})
	if err != nil {
		t.Fatal(err)
	}
	if !sameArrays(got, want) || !slices.Equal(got.Stats(), want.Stats()) {
		t.Error("records of unknown images or categories change the numbers")
	}
}

// TestNothing evaluates without detections and without ground truth.
func TestNothing(t *testing.T) {
	d, _ := decode(t, smallTruth, `[]`)
	r, err := Evaluate(context.Background(), d, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if stats := r.Stats(); stats[0] != 0 || stats[8] != 0 || stats[5] != -1 {
		t.Errorf("no detections: %v, want 0 where there is truth, else -1", stats)
	}
	r, err = Evaluate(context.Background(), new(coco.Dataset), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range r.Stats() {
		if v != -1 {
			t.Errorf("no truth: number %d is %v, want -1", i, v)
		}
	}
}

func TestCells(t *testing.T) {
	d, results := decode(t, smallTruth, smallResults)
	r, err := Evaluate(context.Background(), d, coco.NewResults(results...), nil)
	if err != nil {
		t.Fatal(err)
	}
	cells := slices.Collect(r.Cells())
	if len(cells) != 3 {
		t.Fatalf("%d cells, want 3", len(cells))
	}
	c := cells[1] // image 2, category 3
	if c.Image != 1 || r.Categories[c.K] != 3 || !slices.Equal(c.Detections, []int32{1}) ||
		!slices.Equal(c.Truth, []int32{1}) || c.Scores[0] != .8 {
		t.Errorf("cell %+v", c)
	}
	if !slices.Equal(c.Pairs, []Pair{{0, 0, .5}}) {
		t.Errorf("pairs %v", c.Pairs)
	}
	if !c.Matched(0, 0, 0) || c.Matched(0, 1, 0) || c.Ignored(0, 0, 0) || !c.Ignored(0, 1, 2) || !c.TruthIgnored(0, 2) {
		t.Error("wrong flags")
	}
	if got := c.AppendMatches(nil, 0, 0); !slices.Equal(got, []int32{0}) {
		t.Errorf("matches %v", got)
	}
	if got := c.AppendMatches(nil, 1, 0); !slices.Equal(got, []int32{-1}) {
		t.Errorf("matches above the IoU %v", got)
	}
	if a, b := r.Instances(Select{Categories: r.Categories[:1]}), r.Instances(
		Select{Categories: r.Categories[1:2]}); a != 2 || b != 0 {
		t.Errorf("%d and %d instances, want 2 and 0", a, b)
	}
	loose, err := Evaluate(context.Background(), d, coco.NewResults(results...), &Params{IoU: []float64{.9}, PairIoU: .1})
	if err != nil {
		t.Fatal(err)
	}
	if c := slices.Collect(loose.Cells())[1]; len(c.Pairs) != 1 || c.Matched(0, 0, 0) {
		t.Errorf("pairs from 0.1 on: %v", c.Pairs)
	}
}

func TestLinspace(t *testing.T) {
	// As numpy 2 prints them.
	want := []float64{.5, .55, .6, .65, .7, .75, .8, .85, .8999999999999999, .95}
	if got := Linspace(.5, .95, 10); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := Linspace(3, 4, 1); !slices.Equal(got, []float64{3}) {
		t.Errorf("one number: %v", got)
	}
}
