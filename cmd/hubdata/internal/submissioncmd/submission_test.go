package submissioncmd_test

import (
	"context"
	"github.com/hubdata/hubdata/internal/golden"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
)

func TestSubmissionBadInput(t *testing.T) {
	named := `"image_id":"t1"`
	list := func(more string) string {
		return "[" + clitest.Prediction(named) + "," + clitest.Prediction(strings.TrimSuffix(named+","+more, ",")) + "]"
	}
	image := func(id, file string) string {
		return `{"id":` + id + `,"file_name":"` + file + `","height":512,"width":512}`
	}
	set := func(images string) string {
		return `{"images":[` + images + `],"annotations":[],"categories":[{"id":1,"name":"blood_vessel"}]}`
	}
	tests := []struct {
		name    string
		results string // r.json
		tiles   string // tiles
		args    []string
		code    int
		want    string
	}{
		{"no score", list(`"score":"-"`), "", nil, 3, "r.json: [1].score: found none, expected a score"},
		{"score above 1", list(`"score":1.5`), "", nil, 3, "r.json: [1].score: found 1.5, expected 0 to 1"},
		{"no category", list(`"category_id":"-"`), "", nil, 3, "r.json: [1].category_id: found none"},
		{"unknown category", list(`"category_id":9`), "", nil, 3,
			"r.json: [1].category_id: found 9, expected one of 1 blood_vessel, 2 glomerulus, 3 unsure"},
		{"unknown tile", list(`"image_id":"zz"`), "", nil, 3, `r.json: [1].image_id: found "zz": tile zz is not among the 2`},
		{"row without a table", list(`"image_id":1`), "", nil, 3,
			"r.json: [1].image_id: found 1, expected the name of a tile: use --images to name the COCO file"},
		{"no mask", list(`"segmentation":"-"`), "", nil, 3,
			"r.json: [1].segmentation: found none, expected a mask: this may be a file of boxes without masks"},
		{"mask of another size", list(`"segmentation":{"size":[256,256],"counts":[65536]}`), "", nil, 3,
			"[1].segmentation: rle: bad mask size: found a segmentation of size [256, 256], but the image's height and width are 512 and 512\nhint: --tiles"},
		{"hostile size", list(`"segmentation":{"size":[2000000000,2000000000],"counts":"0"}`), "", nil, 3,
			"[1].segmentation: rle: bad mask size"},
		{"broken runs", list(`"segmentation":{"size":[512,512],"counts":"Q"}`), "", nil, 3,
			"[1].segmentation: rle: corrupt mask"},
		{"truncated", list("")[:200], "", nil, 3, "r.json: "},
		{"empty file", "", "", nil, 3, "r.json: bad input: the file is empty, expected COCO results"},
		{"not JSON", "image,score\n", "", nil, 3, "r.json: "},
		{"a dataset without scores", `{"images":[` + image("1", "t1.tif") +
			`],"annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":` + clitest.GoodMask +
			`}],"categories":[{"id":1,"name":"blood_vessel"}]}`, "", nil, 3,
			"r.json: annotations[0].score: found none"},
		{"a dataset with a file twice", set(image("1", "t1.tif") + "," + image("2", "t1.tif")), "", nil, 3,
			`r.json: bad input: images 1 and 2 are both tile "t1"`},
		{"a dataset with a tile twice", `{"images":[` + image("1", "a/t1.tif") + "," + image("2", "b/t1.tif") +
			`],"annotations":[{"id":1,"image_id":2,"category_id":1,"score":0.5,"segmentation":` + clitest.GoodMask +
			`}],"categories":[{"id":1,"name":"blood_vessel"}]}`, "", nil, 3,
			`r.json: annotations[0].image_id: found 2: "t1" fits "a/t1" and "b/t1": use one of these names`},
		{"a dataset with an id twice", set(image("1", "t1.tif") + "," + image("1", "t2.tif")), "", nil, 3,
			"r.json: bad input: image id 1 is used for two tiles, t1 and t2"},
		{"a dataset of other classes", strings.Replace(set(image("1", "t1.tif")), "blood_vessel", "cat", 1), "", nil, 3,
			"r.json: bad input: no category blood_vessel: found 1 cat"},
		{"no tiles", list(""), "id\n", nil, 3, "tiles: bad input: no tiles"},
		{"tile twice", list(""), "id\nt1\nt1\n", nil, 3, `tiles: row 2 (line 3), column "id": tile "t1" is already in row 1`},
		{"a table without ids", list(""), "name\nt1\n", nil, 3, `tiles: header (line 1): no column "id"`},
		{"a set of tiles with one twice", list(""), set(image("1", "a/t1.tif") + "," + image("2", "a/t1.tif")), nil, 3,
			`tiles: bad input: images 1 and 2 both belong to tile "t1"`},
		{"a set of tiles, broken", list(""), `{"images":[{]}`, nil, 3, "tiles: images[0]: byte 12"},
		{"an image that is none", "[]", "", []string{"--tiles", "images"}, 3, "bad input: " +
			filepath.Join("images", "t1.tif") + ": wsi: unknown image format"},
		{"two images of a tile", "[]", "", []string{"--tiles", "twice"}, 3,
			"twice has two images of tile t1: t1.png and t1.tif"},
		{"no such folder", "[]", "", []string{"--tiles", "none"}, 1, "none"},
		{"no such file of images", "[]", "", []string{"--images", "none"}, 1, "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.tiles == "" {
				tt.tiles = "id\nt1\nt2\n"
			}
			dir := clitest.Folder(t, map[string]string{"r.json": tt.results, "tiles": tt.tiles})
			for path, text := range map[string]string{"images/t1.tif": "no image", "twice/t1.tif": "",
				"twice/t1.png": "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00\x3a\x7e\x9b\x55"} {
				path = filepath.Join(dir, filepath.FromSlash(path))
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			t.Chdir(dir)
			before := clitest.Tree(t, dir)
			args := []string{"submission", "encode", "r.json", "-o", "out.csv"}
			if tt.args == nil || tt.args[0] != "--tiles" {
				args = append(args, "--tiles", "tiles")
			}
			code, stdout, stderr := clitest.Hubdata(t, t.Context(), append(args, tt.args...)...)
			if code != tt.code || stdout != "" || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, want %d; stdout %q; stderr %q, want %q", code, tt.code, stdout, stderr, tt.want)
			}
			if after := clitest.Tree(t, dir); strings.Join(before, "\n") != strings.Join(after, "\n") {
				t.Errorf("files were left: %q", after)
			}
		})
	}
}

// TestSubmissionPacked: each command works on files that are packed.
func TestSubmissionPacked(t *testing.T) {
	dir := clitest.Folder(t,
		map[string]string{"tiles.csv.gz": clitest.Gzip("id\nt1\n"),
			"r.json.zst": clitest.Zstd("[" + clitest.Prediction(`"image_id":"t1"`) + "]")})
	t.Chdir(dir)
	for _, args := range [][]string{
		{"encode", "--tiles", "tiles.csv.gz", "-o", "s.csv.gz", "r.json.zst"},
		{"check", "--tiles", "tiles.csv.gz", "s.csv.gz"},
		{"decode", "-o", "d.json.zst", "s.csv.gz"},
		{"encode", "--tiles", "s.csv.gz", "-o", "again.csv.gz", "d.json.zst"},
	} {
		if code, _, stderr := clitest.Hubdata(t, t.Context(), append([]string{"submission"}, args...)...); code != 0 {
			t.Fatalf("%q: exit code %d: %s", args, code, stderr)
		}
	}
	a, _ := os.ReadFile("s.csv.gz")
	b, _ := os.ReadFile("again.csv.gz")
	if len(a) == 0 || string(a) != string(b) {
		t.Error("encoded, decoded and encoded again it differs")
	}
}

// TestSubmissionInterrupted: a run that ends early says so and leaves nothing.
func TestSubmissionInterrupted(t *testing.T) {
	dir := clitest.Folder(t, map[string]string{
		"tiles.csv": "id\nt1\n", "r.json": "[" + clitest.Prediction(`"image_id":"t1"`) + "]",
		"s.csv":   "id,height,width,prediction_string\nt1,512,512,\n",
		"gt.json": `{"images":[{"id":1,"file_name":"t1.tif","height":512,"width":512}],"annotations":[],"categories":[]}`,
	})
	t.Chdir(dir)
	before := clitest.Tree(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"encode", "--tiles", "tiles.csv", "-o", "x.csv", "r.json"},
		{"decode", "-o", "x.json", "s.csv"},
		{"check", "s.csv"},
		{"score", "s.csv", "gt.json"},
	} {
		code, stdout, stderr := clitest.Hubdata(t, ctx, append([]string{"submission"}, args...)...)
		if code != 130 || stdout != "" || !strings.Contains(stderr, "interrupted") {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
	if after := clitest.Tree(t, dir); len(after) != len(before) {
		t.Errorf("left behind: %q", after)
	}
}

// TestRealSubmissionScore scores real predictions by way of a submission.
func TestRealSubmissionScore(t *testing.T) {
	truth := golden.Real(t, "hubmap/fold0_val_gt.json")
	t.Chdir(t.TempDir())
	// Predictions without a pixel are left out, so the scores are a little better
	// than those of the results.
	for model, want := range map[string]string{"maskrcnn_2e03d558": "AP 0.478252 ", "maskrcnn_d998067d": "AP 0.539976 "} {
		results := filepath.Join(filepath.Dir(truth), "predictions", model+".segm.json")
		if code, _, stderr := clitest.Hubdata(t, t.Context(), "submission", "encode", "--tiles", truth, "--images", truth,
			"-o", model+".csv", results); code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		if code, _, stderr := clitest.Hubdata(t, t.Context(), "submission", "check", "--tiles", truth,
			model+".csv"); code != 0 {
			t.Errorf("exit code %d: %s", code, stderr)
		}
		if _, stdout, stderr := clitest.Hubdata(t, t.Context(), "submission", "score", model+".csv",
			truth); !strings.HasPrefix(stdout, want) {
			t.Errorf("%s: %s%s, want %s", model, stdout, stderr, want)
		}
	}
}

// TestScoreSwapped: arguments in the wrong order are noticed, and only those.
func TestScoreSwapped(t *testing.T) {
	const table = "id,height,width,prediction_string\nt1,512,512,\n"
	const truth = `{"images":[{"id":1,"file_name":"t1.tif","height":512,"width":512}],"annotations":[],"categories":[]}`
	t.Chdir(clitest.Folder(t, map[string]string{"s.csv": table, "gt.json": truth, "s.csv.gz": clitest.Gzip(table),
		"broken.json": truth[:40]}))
	for _, tt := range []struct {
		submission, truth string
		hint              bool
	}{
		{"gt.json", "s.csv", true},
		{"gt.json", "s.csv.gz", true},
		{"s.csv", "s.csv", false},
		{"gt.json", "gt.json", false},
		{"s.csv", "broken.json", false},
	} {
		code, stdout, stderr := clitest.Hubdata(t, t.Context(), "submission", "score", tt.submission, tt.truth)
		if code != 3 || stdout != "" ||
			strings.Contains(stderr, "hint: are the arguments swapped? the submission comes first") != tt.hint {
			t.Errorf("score %s %s: exit code %d, stdout %q, stderr %q", tt.submission, tt.truth, code, stdout, stderr)
		}
	}
}
