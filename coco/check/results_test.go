package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
)

// resultTruth is the ground truth of the results below.
const resultTruth = `{"images": [{"id": 1, "file_name": "a.png", "height": 40, "width": 60}, {"id": 2, "file_name": "b.png", "height": 40, "width": 60}],
"annotations": [], "categories": [{"id": 1, "name": "vessel"}, {"id": 2, "name": "glomerulus"}]}`

// many returns n detections with boxes that differ.
func many(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, %g], "score": 0.5}`,
			2+float64(i)/10))
	}
	return strings.Join(list, ",")
}

const soundResult = `{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4], "score": 0.5}`

var resultCases = []struct {
	name, list string
	expected   []string // "place: reason (code)"
}{
	{"sound", soundResult + `,{"image_id": 2, "category_id": 2, "bbox": [1, 1, 4, 4], "score": 1, "segmentation": {"size": [40, 60], "counts": [41, 4, 2355]}}`, nil},
	{"none", ``, []string{"found an empty list: COCO.loadRes fails on it (no-results)"}},
	{"unknown ids", `{"image_id": 7, "category_id": 9, "bbox": [1, 1, 4, 4], "score": 0.5}, {"image_id": "2", "category_id": 1, "bbox": [1, 1, 4, 4], "score": 0.5}`, []string{
		"[0].image_id: found 7, but no image of the ground truth has this id (result-image-unknown)",
		"[0].category_id: found 9, but no category of the ground truth has this id (result-category-unknown)",
		`[1].image_id: found "2", but no image of the ground truth has this id; images[1].id is 2: write both with the same type (result-image-unknown)`}},
	{"no category", `{"image_id": 1, "bbox": [1, 1, 4, 4], "score": 0.5}`,
		[]string{"[0].category_id: found none (result-category-missing)"}},
	{"names of categories", `{"image_id": 1, "category_id": "vessel", "bbox": [1, 1, 4, 4], "score": 0.5}, {"image_id": 1, "category_id": "tube", "bbox": [1, 1, 4, 4], "score": "0.25"},
		{"image_id": 1, "category_id": "vessel", "bbox": [1, 1, 4, 4], "score": NaN}, {"image_id": 1, "category_id": "1", "bbox": [1, 1, 4, 5], "score": 0.5}`, []string{
		`[0].category_id: found the name "vessel", expected its id 1 (result-category-name)`,
		`[1].score: found the string "0.25", expected the number (score-string)`,
		`[1].category_id: found the name "tube", but no category of the ground truth has it (result-category-name)`,
		"[2].score: found NaN, expected a number (score-invalid)",
		`[2].category_id: found the name "vessel", expected its id 1 (result-category-name)`,
		"[2]: it has the image, category and shape of [0], with score 0 and not 0.5 (result-duplicate)",
		"[3].category_id: found a string, expected an integer (value-quoted)"}},
	{"scores", `{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4]}, {"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 5], "score": null},
		{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 6], "score": NaN}, {"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 7], "score": "0.25"},
		{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 8], "score": "high"}, {"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 9], "score": 87.5},
		{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 10], "score": -Infinity}, {"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 11], "score": -0.1},
		{"score": [1], "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 12]}`, []string{
		"[0].score: found none: COCOeval reads it for every detection (score-missing)",
		"[1].score: found null, expected a number (score-invalid)",
		"[2].score: found NaN, expected a number (score-invalid)",
		`[3].score: found the string "0.25", expected the number (score-string)`,
		`[4].score: found "high", expected a number (score-invalid)`,
		"[5].score: found 87.5, expected 0 to 1 (score-range)",
		"[6].score: found -Infinity, expected a number (score-invalid)",
		"[7].score: found -0.1, expected 0 to 1 (score-range)",
		"[8].score: found [1], expected a number (score-invalid)"}},
	{"unreadable", `7, {"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, NaN], "score": 0.5}, ` + soundResult +
		`, {"category_id": 1}, {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3], "score": "x"}`, []string{
		"[0]: byte 1: found the number 7, expected an object (result-unreadable)",
		"[1].bbox[3]: byte 56: found NaN, which is not valid JSON (Python's json module writes it for numbers that are not finite), expected a number (result-unreadable)",
		"[3]: byte 148: found a record without image_id (result-unreadable)",
		"[4].bbox: byte 219: found a list of 3 numbers, expected four: x, y, width, height (result-unreadable)"}},
	{"masks", `{"image_id": 1, "category_id": 1, "score": 0.5, "segmentation": {"size": [60, 40], "counts": [41, 4, 2355]}},
		{"image_id": 1, "category_id": 1, "score": 0.5, "segmentation": {"size": [40, 60], "counts": [41, 4]}},
		{"image_id": 1, "category_id": 1, "score": 0.5, "segmentation": {"size": [40, 60], "counts": [2400]}},
		{"image_id": 1, "category_id": 1, "score": 0.5, "segmentation": {"size": [40, 60], "counts": [41, 4, 0, 4, 2351]}},
		{"image_id": 1, "category_id": 1, "score": 0.5, "segmentation": [[1, 1, 5, 5]]},
		{"image_id": 1, "category_id": 1, "score": 0.5, "segmentation": []}`, []string{
		"[0].segmentation.size: found [60, 40], expected the image's height and width: [40, 60] (rle-size)",
		"[1].segmentation: ", // the text is that of package rle
		"[2].segmentation: it covers no pixels of the image (result-empty)",
		"[3].segmentation.counts: found runs of length 0, 2 more runs than needed: pycocotools computes wrong overlaps (rle-zero)",
		"[4].segmentation[0]: found 4 numbers, expected 6 or more: pycocotools takes a first ring of 4 for a box and fails, and MMDetection drops the ring (ring-box)",
		"[5]: found neither a bbox nor a segmentation (result-shape-missing)"}},
	{"boxes", `{"image_id": 1, "category_id": 1, "bbox": [50, 1, 14, 4], "score": 0.5}, {"image_id": 1, "category_id": 1, "bbox": [1, 1, -4, 4], "score": 0.5},
		{"image_id": 1, "category_id": 1, "bbox": [1, 1, 0, 4], "score": 0.5}`, []string{
		"[0].bbox: found x 50 to 64 and y 1 to 5, but the image is 60 wide and 40 high (bbox-outside)",
		"[1].bbox: found width -4 and height 4, expected x, y, width, height, not two corners (bbox-negative)",
		"[2].bbox: found width 0 and height 4: MMDetection drops the annotation silently (bbox-zero)"}},
	{"mixed", soundResult + `, {"image_id": 1, "category_id": 1, "score": 0.5, "segmentation": {"size": [40, 60], "counts": [41, 4, 2355]}}`, []string{
		"[1]: found no bbox, but [0] has one: COCO.loadRes treats all as the first (results-mixed)"}},
	{"mixed, masks first", `{"image_id": 1, "category_id": 1, "score": 0.5, "segmentation": {"size": [40, 60], "counts": [41, 4, 2355]}},` + soundResult, []string{
		"[1]: found no segmentation, but [0] has only that: COCO.loadRes treats all as the first (results-mixed)"}},
	{"duplicates", soundResult + `,` + soundResult +
		`, {"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4.0], "score": 0.25}, {"image_id": 1, "category_id": 2, "bbox": [1, 1, 4, 4], "score": 0.5},
		{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4], "score": 0.5, "segmentation": {"size": [40, 60], "counts": [41, 4, 2355]}},
		{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 5], "score": 0.5, "segmentation": {"size": [40, 60], "counts": "Y14cY2"}}`, []string{
		"[1]: it has the image, category and shape of [0], with the same score (result-duplicate)",
		"[2]: it has the image, category and shape of [0], with score 0.25 and not 0.5 (result-duplicate)",
		"[5]: it has the image, category and shape of [4], with the same score (result-duplicate)"}},
	{"many", many(102), []string{
		"[100]: it is number 101 of category 1 on image 1: COCOeval counts the 100 of highest score (results-many)"}},
}

func TestResults(t *testing.T) {
	truth, err := coco.Decode(strings.NewReader(resultTruth))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[coco.Code]bool{}
	for _, tt := range resultCases {
		l, err := ReadResults(strings.NewReader("[" + tt.list + "]"))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		found := Results(l, &ResultOptions{Truth: truth, Workers: 3})
		var got []string
		for _, f := range found {
			seen[f.Code] = true
			got = append(got, f.String())
			if RuleOf(f.Code) == nil || f.Severity != RuleOf(f.Code).Severity {
				t.Errorf("%s: %v has severity %v", tt.name, f, f.Severity)
			}
		}
		if !slices.EqualFunc(got, tt.expected, func(a, b string) bool {
			return a == b || strings.HasSuffix(b, ": ") && strings.HasPrefix(a, b)
		}) {
			t.Errorf("%s: found\n%s\nexpected\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.expected, "\n"))
		}
	}
	for i := range resultRules {
		if !seen[resultRules[i].Code] {
			t.Errorf("%s has no case", resultRules[i].Code)
		}
	}
}

// TestResultsAlone checks that without a ground truth nothing is claimed that needs it.
func TestResultsAlone(t *testing.T) {
	l, err := ReadResults(strings.NewReader(
		`[{"image_id": 7, "category_id": 9, "bbox": [50, 1, 1000, 4], "score": 0.5, "segmentation": [[1, 1, 9, 1, 9, 9]]}, {"image_id": 7, "category_id": 9, "bbox": [50, 1, 1000, 4], "score": 0.5, "segmentation": [[1, 1, 9, 1, 9, 9]]}]`))
	if err != nil {
		t.Fatal(err)
	}
	var got []coco.Code
	for _, f := range Results(l, nil) {
		got = append(got, f.Code)
	}
	if expected := []coco.Code{NotChecked, NotChecked, ResultDuplicate}; !slices.Equal(got, expected) {
		t.Errorf("found %v, expected %v", got, expected)
	}
}

func TestReadResultsErrors(t *testing.T) {
	for _, text := range []string{"", "{}", `{"images": []}`, "[", `[{"image_id": 1}`, `[{"image_id": 1} {"image_id": 2}]`,
		"[1, 2] 3", `[{"image_id": 1, "score": "]`} {
		if l, err := ReadResults(strings.NewReader(text)); err == nil {
			t.Errorf("%q: read %+v, expected an error", text, l)
		}
	}
}

func TestFixResults(t *testing.T) {
	truth, err := coco.Decode(strings.NewReader(strings.Replace(resultTruth, `, {"id": 2, "name": "glomerulus"}`, "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	o := &ResultOptions{Truth: truth}
	l, err := ReadResults(strings.NewReader(`[{"image_id": "2", "bbox": [1, 1, 4, 4], "score": "0.25", "model": "x"},
		{"image_id": 2, "category_id": 1, "bbox": [1, 1, 4, 4], "score": 0.25, "model": "x"},
		{"image_id": 2, "category_id": 1, "bbox": [1, 1, 4, 4], "score": 0.5, "model": "x"},
		{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4], "score": 0.5, "segmentation": {"size": [40, 60], "counts": [41, 4, 0, 4, 2351]}}]`))
	if err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprint(l)
	fixed, changes, err := FixResults(l, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got, texts []string
	for _, c := range changes {
		got = append(got, fmt.Sprintf("%s %s %s %s %s", c.Place, c.Code, c.Action, c.Before, c.After))
	}
	expected := []string{`[0].image_id result-image-unknown set "2" 2`, "[0].category_id result-category-missing set  1",
		`[0].score score-string set "0.25" 0.25`,
		"[3].segmentation rle-zero set  ", "[1] result-duplicate merged  \"[0]\""}
	if !slices.Equal(got, expected) {
		t.Errorf("changes\n%s\nexpected\n%s", strings.Join(got, "\n"), strings.Join(expected, "\n"))
	}
	for i := range fixed.Results {
		text, _ := coco.AppendResult(nil, &fixed.Results[i])
		texts = append(texts, string(text))
	}
	if expected := []string{`{"image_id":2,"category_id":1,"bbox":[1,1,4,4],"score":0.25,"model":"x"}`,
		`{"image_id":2,"category_id":1,"bbox":[1,1,4,4],"score":0.5,"model":"x"}`,
		`{"image_id":1,"category_id":1,"bbox":[1,1,4,4],"score":0.5,"segmentation":{"size":[40,60],"counts":[41,8,2351]}}`}; !slices.Equal(texts, expected) {
		t.Errorf("fixed\n%s\nexpected\n%s", strings.Join(texts, "\n"), strings.Join(expected, "\n"))
	}
	if fmt.Sprint(l) != before {
		t.Error("the input was changed")
	}
	if _, again, err := FixResults(fixed, o, nil); err != nil || len(again) != 0 {
		t.Errorf("fixed again: %v, %v", again, err)
	}
	for _, text := range []string{`[7]`, `[{"image_id": 1, "score": null}]`} {
		l, err := ReadResults(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := FixResults(l, o, nil); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

func FuzzReadResults(f *testing.F) {
	for _, tt := range resultCases[:7] {
		f.Add([]byte("[" + tt.list + "]"))
	}
	f.Add([]byte("\xef\xbb\xbf[1]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := ReadResults(strings.NewReader(string(text)))
		strict, bad := coco.DecodeResults(strings.NewReader(string(text)))
		if bad == nil && (err != nil || len(l.Results) != strict.Len() || len(l.faults) != 0) {
			t.Fatalf("%q: %+v, %v", text, l, err)
		}
		if err == nil && bad != nil && len(l.faults) == 0 {
			t.Fatalf("%q: no fault, but %v", text, bad)
		}
		if err == nil {
			Results(l, nil)
		}
	})
}
