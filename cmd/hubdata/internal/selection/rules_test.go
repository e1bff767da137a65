package selection

import (
	"io"
	"math"
	"os"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestOutside: bounds are inclusive, and none is set where no flag is.
func TestOutside(t *testing.T) {
	b := Bounds{least: 1, most: 2, Set: true}
	for v, inside := range map[float64]bool{0.9: false, 1: true, 1.5: true, 2: true, 2.1: false} {
		if got := b.Outside(v, "score"); (got == "") != inside {
			t.Errorf("%v: %q", v, got)
		}
	}
	if got := (Bounds{least: math.Inf(-1), most: math.Inf(1)}).Outside(-1e300, "score"); got != "" {
		t.Errorf("without bounds: %q", got)
	}
}

// TestRules keeps images and annotations by one rule at a time, without the program and its flags.
func TestRules(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"a.json": `{"images":[{"id":1,"file_name":"a.png","dataset":1,"source_wsi":2},{"id":2,"file_name":"b.png","dataset":2,"source_wsi":3},{"id":3,"file_name":"c.png","dataset":2,"source_wsi":4}],
			"annotations":[{"id":1,"image_id":1,"category_id":1,"area":4,"iscrowd":0,"score":0.5},{"id":2,"image_id":1,"category_id":2,"area":9,"iscrowd":1,"score":0.8},{"id":3,"image_id":2,"category_id":1,"area":16,"iscrowd":0}],
			"categories":[{"id":1,"name":"x"},{"id":2,"name":"y"}]}`,
		"plan.csv": "id,fold\na,0\nb,1\n", "list.txt": "\ufeffb.png\n\na\n", "bad.txt": "a\nz\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	two := flags.Numbers{Text: "2", Ranges: [][2]int{{2, 2}}}
	all := [3]bool{true, true, true}
	for name, test := range map[string]struct {
		rules               Rules
		images, annotations [3]bool
	}{
		"none":          {Rules{}, all, all},
		"dataset":       {Rules{Datasets: two}, [3]bool{false, true, true}, all},
		"slide":         {Rules{Wsis: two}, [3]bool{true, false, false}, all},
		"image":         {Rules{Images: []string{"c"}}, [3]bool{false, false, true}, all},
		"list":          {Rules{ImagesFrom: "list.txt"}, [3]bool{true, true, false}, all},
		"list, image":   {Rules{ImagesFrom: "list.txt", Images: []string{"c"}}, all, all},
		"exclude":       {Rules{exclude: []string{"a", "b.png"}}, [3]bool{false, false, true}, all},
		"validation":    {Rules{Plan: "plan.csv", part: "val", fold: 1}, [3]bool{false, true, false}, all},
		"training":      {Rules{Plan: "plan.csv", part: "train", fold: 1}, [3]bool{true, false, false}, all},
		"class":         {Rules{Classes: []string{"y"}}, all, [3]bool{false, true, false}},
		"crowds":        {Rules{Crowd: "only"}, all, [3]bool{false, true, false}},
		"no crowds":     {Rules{Crowd: "drop"}, all, [3]bool{true, false, true}},
		"score, if any": {Rules{score: Bounds{0.6, 1, true}}, all, [3]bool{false, true, true}},
		"area":          {Rules{area: Bounds{4, 9, true}}, all, [3]bool{true, true, false}},
	} {
		c := ui.NewConsole(nil, io.Discard, io.Discard)
		f, err := files.OpenCOCO(t.Context(), c, "a.json")
		if err != nil {
			t.Fatal(err)
		}
		open, err := test.rules.Open(c, &files.Outputs{C: c}, f)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i := range 3 {
			if why, err := open.Image(i); err != nil || (why == "") != test.images[i] {
				t.Errorf("%s: image %d: %q, %v", name, i, why, err)
			}
			if why, err := open.Annotation(i); err != nil || (why == "") != test.annotations[i] {
				t.Errorf("%s: annotation %d: %q, %v", name, i, why, err)
			}
		}
	}
	for name, rules := range map[string]Rules{
		"no such image": {Images: []string{"z"}}, "a line of no image": {ImagesFrom: "bad.txt"}, "no such fold": {Plan: "plan.csv", part: "val", fold: 2}, "no such class": {Classes: []string{"z"}},
	} {
		c := ui.NewConsole(nil, io.Discard, io.Discard)
		f, err := files.OpenCOCO(t.Context(), c, "a.json")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rules.Open(c, &files.Outputs{C: c}, f); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
