package evalcmd_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/internal/golden"
)

func TestEvalBadInput(t *testing.T) {
	const ring = `[[2,2,10,2,10,10,2,10]]`
	truth := func(more string) string {
		return `{"images":[{"id":1,"file_name":"t1.png","height":32,"width":32}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[2,2,8,8],"area":64,"iscrowd":0,"segmentation":` + ring + `}` + more + `],"categories":[{"id":1,"name":"blood_vessel"}]}`
	}
	good := `{"image_id":1,"category_id":1,"bbox":[2,2,8,8],"score":0.9,"segmentation":` + ring + `}`
	second := func(text string) string { return "[" + good + "," + text + "]" }
	tests := []struct {
		name  string
		truth string
		dt    string
		args  []string
		code  int
		want  string
	}{
		{"string id", truth(""), second(`{"image_id":"1","category_id":1,"bbox":[2,2,8,8],"score":0.9,"segmentation":` +
			ring + `}`), nil, 3,
			"dt.json: [1].image_id: id of the wrong type: found the string \"1\", but the image ids of the ground truth are integers\nhint: \"hubdata check --truth truth.json --fix -o FILE dt.json\" repairs members of another type that have one meaning\nhint: --images FILE"},
		{"unknown tile", truth(""), second(`{"image_id":7,"category_id":1,"bbox":[2,2,8,8],"score":0.9,"segmentation":` +
			ring + `}`), nil, 3, "dt.json: [1].image_id: unknown image"},
		{"unknown category", truth(""), second(`{"image_id":1,"category_id":0,"bbox":[2,2,8,8],"score":0.9,"segmentation":` +
			ring + `}`), nil, 3, "dt.json: [1].category_id: unknown category"},
		{"NaN", truth(""), second(`{"image_id":1,"category_id":1,"bbox":[2,2,8,8],"score":NaN,"segmentation":` + ring + `}`),
			nil, 3, "dt.json: [1].score"},
		{"no score", truth(""), second(`{"image_id":1,"category_id":1,"bbox":[2,2,8,8],"segmentation":` + ring + `}`), nil, 3,
			"dt.json: [1].score: missing member"},
		{"other size", truth(""),
			second(`{"image_id":1,"category_id":1,"bbox":[2,2,8,8],"score":0.9,"segmentation":{"size":[16,16],"counts":[256]}}`),
			nil, 3, "dt.json: [1].segmentation"},
		{"corrupt mask", truth(""),
			second(`{"image_id":1,"category_id":1,"bbox":[2,2,8,8],"score":0.9,"segmentation":{"size":[32,32],"counts":"Q"}}`),
			nil, 3, "dt.json: [1].segmentation"},
		{"truncated", truth(""), second(good)[:150], nil, 3, "dt.json: "},
		{"truth twice", truth(`,{"id":1,"image_id":1,"category_id":1,"bbox":[2,2,8,8],"area":64,"iscrowd":0,"segmentation":` +
			ring + `}`), "[" + good + "]", nil, 3, "truth.json: annotations[1].id: duplicate id"},
		{"truncated truth", truth("")[:100], "[" + good + "]", nil, 3, "truth.json: "},
		{"results for truth", "[" + good + "]", "[" + good + "]", nil, 3, "truth.json: "},
		{"swapped", "[" + good + "]", truth(""), nil, 3,
			"hint: are the ground truth and the results swapped? hubdata eval dt.json truth.json\n"},
		{"a table for results", truth(""), "id,source_wsi\na,1\n", nil, 3,
			"expected COCO results: a list of objects\nhint: results are a JSON list; \"hubdata submission score\" reads a submission, and --images a table of tiles\n"},
		{"swapped with a folder", "[" + good + "]", "", []string{"truth.json", "."}, 3,
			"hint: are the ground truth and the results swapped? hubdata eval . truth.json\n"},
		{"truth for results", truth(""), truth(""), nil, 3, "dt.json: annotations[0].score"},
		{"empty file", truth(""), "", nil, 3, "the file is empty"},
		{"one file", truth(""), "[" + good + "]", []string{"truth.json"}, 2,
			"eval needs the ground truth and one or more files of results"},
		{"the same file", truth(""), "[" + good + "]", []string{"truth.json", "dt.json", "dt.json"}, 2, "are the same file"},
		{"no file", truth(""), "[" + good + "]", []string{"truth.json", "none.json"}, 1, "none.json"},
		{"class", truth(""), "[" + good + "]", []string{"--class", "cat", "truth.json", "dt.json"}, 2,
			`--class: truth.json has no class "cat"` + "\nhint: its classes are blood_vessel"},
		{"type", truth(""), "[" + good + "]", []string{"--type", "keypoints", "truth.json", "dt.json"}, 2, "--type"},
		{"iou", truth(""), "[" + good + "]", []string{"--iou", "60", "truth.json", "dt.json"}, 2,
			`--iou: "60" is not like 0.6`},
		{"iou range", truth(""), "[" + good + "]", []string{"--iou", "0.5:0.9", "truth.json", "dt.json"}, 2, "--iou"},
		{"max dets", truth(""), "[" + good + "]", []string{"--max-dets", "0", "truth.json", "dt.json"}, 2, "--max-dets"},
		{"areas", truth(""), "[" + good + "]", []string{"--areas", "a:1", "truth.json", "dt.json"}, 2, "--areas"},
		{"by", truth(""), "[" + good + "]", []string{"--by", "slide", "truth.json", "dt.json"}, 2,
			"no image of truth.json has a value of slide"},
		{"by what is not there", truth(""), "[" + good + "]", []string{"--by", "wsi", "truth.json", "dt.json"}, 2,
			"no image of truth.json has a value of source_wsi"},
		{"by fold", truth(""), "[" + good + "]", []string{"--by", "fold", "truth.json", "dt.json"}, 2, "need a fold plan"},
		{"compare one", truth(""), "[" + good + "]", []string{"--compare", "truth.json", "dt.json"}, 2,
			"--compare needs two"},
		{"curve", truth(""), "[" + good + "]", []string{"--pr-curve", "x.pdf", "truth.json", "dt.json"}, 2,
			"does not end in .svg, .png or .csv"},
		{"metric", truth(""), "[" + good + "]", []string{"--metric", "voc", "truth.json", "dt.json"}, 2, "--metric"},
		{"metric of boxes", truth(""), "[" + good + "]", []string{"--metric", "hubmap", "--type", "bbox", "truth.json",
			"dt.json"}, 2, "compares masks"},
		{"images of another file", truth(""), "[" + good + "]",
			[]string{"--images", "truth.json", "truth.json", "other.json"}, 3,
			"other.json: [0].image_id: found the string \"z\", but the images of truth.json have integers as ids"},
		{"no truth", truth(""), "[" + good + "]", []string{"none.json", "truth.json"}, 1, "none.json"},
		{"no class of the competition", strings.Replace(truth(""), "blood_vessel", "cell", 1), "[" + good + "]",
			[]string{"--metric", "hubmap", "truth.json", "dt.json"}, 3, "has no class blood_vessel"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := clitest.Folder(t, map[string]string{"truth.json": test.truth, "dt.json": test.dt,
				"other.json": strings.Replace("["+good+"]", `"image_id":1`, `"image_id":"z"`, 1)})
			t.Chdir(dir)
			args := test.args
			if args == nil {
				args = []string{"truth.json", "dt.json"}
			}
			code, stdout, stderr := clitest.Hubdata(t, t.Context(), append([]string{"eval"}, args...)...)
			if code != test.code || stdout != "" || !strings.Contains(stderr, test.want) {
				t.Errorf("exit code %d, want %d; stdout %q; stderr %q, want %q", code, test.code, stdout, stderr, test.want)
			}
		})
	}
}

// TestEvalReal scores two real models' predictions: the numbers are those that
// pycocotools 2.0.11 gives.
func TestEvalReal(t *testing.T) {
	truth := golden.Real(t, "hubmap/fold0_val_gt.json")
	dir := filepath.Dir(truth)
	for name, want := range map[string][3]float64{"maskrcnn_d998067d": {0.3117, 0.6234, 0.5398},
		"maskrcnn_2e03d558": {0.2616, 0.5806, 0.4790}} {
		code, stdout, stderr := clitest.Hubdata(t, t.Context(), "eval", "--json", truth,
			filepath.Join(dir, "predictions", name+".segm.json"))
		var r scoring.Report
		if err := json.Unmarshal([]byte(stdout), &r); code != 0 || err != nil {
			t.Fatalf("exit code %d: %s %v", code, stderr, err)
		}
		for i, got := range []float64{r.Stats[0], r.Stats[1], r.At[0].AP} {
			if got-want[i] > 5e-5 || want[i]-got > 5e-5 {
				t.Errorf("%s: number %d is %v, want %v", name, i, got, want[i])
			}
		}
		if r.HuBMAP == nil || *r.HuBMAP < 0.4 || *r.HuBMAP > 0.6 {
			t.Errorf("%s: competition metric %v", name, r.HuBMAP)
		}
	}
}

// elsewhere are a ground truth, results and the dataset that these are on. Of three detections two are on another
// image.
var elsewhere = map[string]string{
	"truth.json": `{"images":[{"id":1,"file_name":"p1/\u001b[31ma.png","height":512,"width":512}],"annotations":[],"categories":[{"id":1,"name":"blood_vessel"}]}`,
	"ids.json":   `{"images":[{"id":5,"file_name":"p1/\u001b[31ma.png","height":512,"width":512},{"id":6,"file_name":"q1/a.png","height":512,"width":512}],"annotations":[],"categories":[]}`,
	"some.json": "[" + clitest.Prediction(`"image_id":6`) + "," + clitest.Prediction(`"image_id":5`) + "," +
		clitest.Prediction(`"image_id":6`) + "]",
	"all.json": "[" + clitest.Prediction(`"image_id":6`) + "]",
}

// TestEvalElsewhere: detections on images that the ground truth does not have are counted, and an error if all are.
func TestEvalElsewhere(t *testing.T) {
	t.Chdir(clitest.Folder(t, elsewhere))
	const note = "some.json: 2 of 3 detections are on images that truth.json does not have, the first is q1/a\n"
	for _, args := range [][]string{{"eval", "--images", "ids.json", "truth.json", "some.json"},
		{"show", "--images", "ids.json", "-o", "x.png", "truth.json", "some.json"}} {
		if code, _, stderr := clitest.Hubdata(t, t.Context(), args...); !strings.Contains(stderr, note) {
			t.Errorf("%s: exit code %d, found %q, expected %q", args[0], code, stderr, note)
		}
	}
	const all = "all.json: 1 of 1 detection is on images that truth.json does not have, the first is q1/a\n"
	code, stdout, stderr := clitest.Hubdata(t, t.Context(), "eval", "--images", "ids.json", "truth.json", "all.json")
	if code != 3 || stdout != "" || !strings.Contains(stderr, all) {
		t.Errorf("exit code %d, stdout %q, found %q, expected %q", code, stdout, stderr, all)
	}
}

// TestEvalControlCharacters: names cannot command the terminal, nor break a table.
func TestEvalControlCharacters(t *testing.T) {
	t.Chdir(clitest.Folder(t, elsewhere))
	_, stdout, stderr := clitest.Hubdata(t, t.Context(), "eval", "--by", "tile", "--images", "ids.json", "truth.json",
		"some.json")
	if !strings.Contains(stdout, `p1/\x1b[31ma`) || strings.Contains(stdout, "\x1b") {
		t.Errorf("found %q %q", stdout, stderr)
	}
}
