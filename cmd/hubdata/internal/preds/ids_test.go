package preds_test

import (
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestImagesMeanTheSame gives one prediction on one tile to every command that has
// --images, with the ids of COCO files, of a table and names: the tile is the same.
func TestImagesMeanTheSame(t *testing.T) {
	image := func(id string) string {
		return `{"id":` + id + `,"file_name":"images/t2.tif","height":512,"width":512}`
	}
	dataset := func(id, category string) string {
		return `{"images":[` + image(id) + `],"annotations":[],"categories":[{"id":` + category + `,"name":"blood_vessel"}]}`
	}
	truth := strings.Replace(dataset("7", "1"), `"annotations":[]`, `"annotations":[{"id":1,"image_id":7,"category_id":1,"iscrowd":0,"area":4,"bbox":[2,2,1,4],"segmentation":`+clitest.GoodMask+`}]`, 1)
	tests := []struct {
		name, ids, prediction string // ids is the file of --images; empty: none is named
	}{
		{"integers of a COCO file", dataset("41", "9"), `"image_id":41,"category_id":9`},
		{"strings of a COCO file", dataset(`"x"`, "1"), `"image_id":"x"`},
		{"names of a COCO file's tiles", dataset("41", "1"), `"image_id":"t2"`},
		{"rows of a table", "id\nt9\nt2\n", `"image_id":2`},
		{"rows of tile_meta.csv", clitest.PseudoTiles, `"image_id":2`},
		{"names beside a table", "id\nt9\n", `"image_id":"t2"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(clitest.Folder(t, map[string]string{
				"tile_meta.csv": clitest.PseudoTiles, "tiles": "id\nt2\n", "truth.json": truth, "r.json": "[" + clitest.Prediction(test.prediction) + "]", "ids": test.ids,
			}))
			for _, c := range []struct{ args, stdout string }{
				{"pseudo --model m=r.json -o -", `{"id":1,"image_id":2,"category_id":1,`},
				{"submission encode --tiles tiles -o - r.json", "t2,512,512,0 0.9 "},
				{"eval --quiet truth.json r.json", "= 1.000  (the competition"},
			} {
				args := append(strings.Fields(c.args), "--images", "ids")
				code, stdout, stderr := clitest.Hubdata(t, t.Context(), args...)
				if code != 0 || !strings.Contains(stdout, c.stdout) {
					t.Errorf("%s: exit code %d, stdout %q, want %q; stderr %q", c.args, code, stdout, c.stdout, stderr)
				}
			}
		})
	}
}

// TestImagesAmbiguous wants no result to be put to one of two images by chance.
func TestImagesAmbiguous(t *testing.T) {
	t.Chdir(clitest.Folder(t, map[string]string{
		"truth.json": `{"images":[{"id":1,"file_name":"a/t.png","height":9,"width":9},{"id":2,"file_name":"b/t.png","height":9,"width":9}],"annotations":[],"categories":[{"id":1,"name":"blood_vessel"}]}`,
		"ids.json":   `{"images":[{"id":5,"file_name":"t.png","height":9,"width":9}],"annotations":[],"categories":[]}`,
		"r.json":     "[" + clitest.Prediction(`"image_id":5`) + "]",
	}))
	code, _, stderr := clitest.Hubdata(t, t.Context(), "eval", "--images", "ids.json", "truth.json", "r.json")
	if want := `r.json: [0].image_id: found 5: "t" fits "a/t" and "b/t": use one of these names`; code != ui.ExitBadData || !strings.Contains(stderr, want) {
		t.Errorf("exit code %d, stderr %q, want %q", code, stderr, want)
	}
}
