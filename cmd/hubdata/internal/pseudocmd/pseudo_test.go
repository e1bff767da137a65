package pseudocmd_test

import (
	"encoding/json"
	"github.com/hubdata/hubdata/internal/golden"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/pseudocmd"
	"github.com/hubdata/hubdata/internal/longtest"
)

func TestPseudoBadInput(t *testing.T) {
	good := "[" + clitest.Prediction("") + "]"
	second := func(more string) string { return "[" + clitest.Prediction("") + "," + clitest.Prediction(more) + "]" }
	tests := []struct {
		name string
		file string // predictions/a.segm.json
		args []string
		code int
		want string
	}{
		{"without score", second(`"score":"-"`), nil, 3, "a.segm.json: [1].score: found none, expected a score"},
		{"null score", second(`"score":null`), nil, 3, "a.segm.json: [1].score: byte"},
		{"score above 1", second(`"score":1.5`), nil, 3, "a.segm.json: [1].score: found 1.5, expected 0 to 1"},
		{"negative score", second(`"score":-0.5`), nil, 3, "[1].score: found -0.5, expected 0 to 1"},
		{"score NaN", strings.Replace(second(`"score":0.25`), "0.25", "NaN", 1), nil, 3, "a.segm.json: [1].score"},
		{"score text", second(`"score":"high"`), nil, 3, "a.segm.json: [1].score"},
		{"negative width", second(`"bbox":[1,1,-3,4]`), nil, 3, "[1].bbox: found width -3 and height 4, expected 0 or more"},
		{"box of three", second(`"bbox":[1,1,3]`), nil, 3, "found a list of 3 numbers, expected four"},
		{"no mask", second(`"segmentation":"-"`), nil, 3, "[1].segmentation: found none, expected a mask: this may be a file of boxes without masks"},
		{"mask size", second(`"segmentation":{"size":[256,256],"counts":[65536]}`), nil, 3, "[1].segmentation: rle: bad mask size: found a segmentation of size [256, 256], but the image's height and width are 512 and 512"},
		{"hostile size", second(`"segmentation":{"size":[2000000000,2000000000],"counts":"0"}`), nil, 3, "[1].segmentation: rle: bad mask size"},
		{"short RLE", second(`"segmentation":{"size":[512,512],"counts":"Q"}`), nil, 3, "[1].segmentation: rle: corrupt mask"},
		{"long RLE", second(`"segmentation":{"size":[512,512],"counts":[262144,1]}`), nil, 3, "runs sum to 262145"},
		{"category", second(`"category_id":9`), nil, 3, "[1]: category_id: found 9, expected one of 1 blood_vessel, 2 glomerulus, 3 unsure"},
		{"no category", second(`"category_id":"-"`), nil, 3, "[1].category_id: found none"},
		{"image 0", second(`"image_id":0`), nil, 3, "[1]: image_id: found 0, expected a row of"},
		{"image 99", second(`"image_id":99`), nil, 3, "from 1 to 3: use --images to name the COCO file or the table that the model was run on"},
		{"image name", second(`"image_id":"zz"`), nil, 3, `[1]: image_id: found "zz": tile zz is not in tile_meta.csv`},
		{"image of another type", good, []string{"--images", "names.json"}, 3, "[0]: image_id: found the integer 1, but the images of names.json have strings as ids"},
		{"labelled tile", second(`"image_id":3`), nil, 3, "[1]: image_id: found tile t3 of dataset 1, which is labelled"},
		{"nothing on the tiles", good, []string{"--wsi", "9"}, 3, "no prediction is on a tile of dataset 3 and WSI 9"},
		{"ids begin elsewhere", good, []string{"--category-start", "0"}, 3, "found only 1 prediction of classes other than blood_vessel: category ids are 0 blood_vessel, 1 glomerulus, 2 unsure\nhint: --category-start"},
		{"empty file", "", nil, 3, "a.segm.json: bad input: the file is empty, expected COCO results"},
		{"empty list", "[]", nil, 3, "no prediction is on a tile of dataset 3"},
		{"truncated", second("")[:200], nil, 3, "a.segm.json: "},
		{"not JSON", "image,score\n", nil, 3, "a.segm.json: "},
		{"pickle", "\x80\x04\x95", nil, 3, "a.segm.json: "},
		{"a dataset without scores", `{"images":[{"id":1,"file_name":"t1.tif","height":512,"width":512}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[2,2,1,4],"segmentation":` + clitest.GoodMask + `}],"categories":[{"id":1,"name":"blood_vessel"}]}`, nil, 3,
			"a.segm.json: annotations[0].score: found none, expected a score: this may be a file of labels, not predictions"},
		{"a dataset with a null score", `{"images":[{"id":1,"file_name":"t1.tif","height":512,"width":512}],"annotations":[{"id":1,"image_id":1,"category_id":1,"score":null,"bbox":[2,2,1,4],"segmentation":` + clitest.GoodMask + `}],"categories":[{"id":1,"name":"blood_vessel"}]}`, nil, 3,
			"a.segm.json: annotations[0].score: found none, expected a score: this may be a file of labels, not predictions"},
		{"a dataset with a word for a score", `{"images":[{"id":1,"file_name":"t1.tif","height":512,"width":512}],"annotations":[{"id":1,"image_id":1,"category_id":1,"score":"high","bbox":[2,2,1,4],"segmentation":` + clitest.GoodMask + `}],"categories":[{"id":1,"name":"blood_vessel"}]}`, nil, 3,
			`a.segm.json: annotations[0].score: found "high", expected a number`},
		{"a dataset of other tiles", `{"images":[{"id":1,"file_name":"cat.jpg","height":512,"width":512}],"annotations":[{"id":1,"image_id":1,"category_id":1,"score":0.9,"bbox":[2,2,1,4],"segmentation":` + clitest.GoodMask + `}],"categories":[]}`, nil, 3, `annotations[0]: image_id: found 1: tile cat is not in tile_meta.csv`},
		{"the same file twice", good, []string{"--model", "a=a.segm.json", "--model", "b=./a.segm.json"}, 3, "are the same file: its predictions would count twice"},
		{"equal files", good, []string{"--model", "a=a.segm.json", "--model", "b=copy.json"}, 3, "are equal: their predictions would count twice"},
		{"no such file", good, []string{"--model", "a=none.json"}, 1, "none.json"},
		{"model without file", good, []string{"--model", "a"}, 2, `--model: "a" is not NAME=FILE`},
		{"model twice", good, []string{"--model", "a=a.segm.json", "--model", "a=copy.json"}, 2, "--model: duplicate a"},
		{"weight of nobody", good, []string{"--weight", "b=1"}, 2, "--weight: no model b\nhint: the models are a"},
		{"weight text", good, []string{"--weight", "a=x"}, 2, `--weight: "a=x" is not NAME=NUMBER`},
		{"no weight", good, []string{"--weight", "a=0"}, 2, "all weights are 0"},
		{"threshold", good, []string{"--thr", "60"}, 2, `--thr: "60" is not a score from 0 to below 1`},
		{"threshold twice", good, []string{"--thr", "0.6,0.60"}, 2, "--thr: duplicate 0.60"},
		{"band above threshold", good, []string{"--ignore-band", "0.7"}, 2, "--ignore-band: 0.7 is not from 0 to below the threshold 0.6"},
		{"two sets in one file", good, []string{"--thr", "0.5,0.6", "-o", "x.json"}, 2, "-o x.json names one file"},
		{"method", good, []string{"--fuse", "mean"}, 2, `--fuse: pseudo: bad option: "mean" is not one of`},
		{"conf", good, []string{"--conf", "mean"}, 2, "--conf"},
		{"cluster", good, []string{"--cluster", "pixel"}, 2, "--cluster"},
		{"vote rule", good, []string{"--vote-rule", "all"}, 2, "--vote-rule"},
		{"vote", good, []string{"--vote", "2"}, 2, "part 2 of the vote, expected 0 to 1"},
		{"negative vote", good, []string{"--vote", "-0.5"}, 2, "pseudo: bad option: part -0.5 of the vote, expected 0 to 1"},
		{"iou", good, []string{"--iou", "1"}, 2, "IoU 1, expected 0 or more and below 1"},
		{"negative iou", good, []string{"--iou", "-0.5"}, 2, "pseudo: bad option: IoU -0.5, expected 0 or more and below 1"},
		{"skip", good, []string{"--skip", "-1"}, 2, "expected 0 to 1"},
		{"post", good, []string{"--post", "close:star:1"}, 2, `--post: rle: bad step "close:star:1"`},
		{"tta", good, []string{"--tta-nms", "iou:0.5"}, 2, `--tta-nms: pseudo: bad option: "iou" in "iou:0.5" is not one of`},
		{"tta number", good, []string{"--tta-nms", "mask"}, 2, "does not end in an IoU"},
		{"preset", good, []string{"--preset", "best"}, 2, `--preset: "best" is not one of`},
		{"sigma", good, []string{"--sigma", "0"}, 2, "--sigma"},
		{"tier", good, []string{"--dataset", "7"}, 2, "no tile of"},
		{"merge with other ids", good, []string{"--merge", "names.json"}, 3, "cannot merge"},
		{"merge of nothing", good, []string{"--merge", "none.json"}, 1, "none.json"},
		{"exclude class", good, []string{"--exclude", "names.json:glomerulus"}, 2, "--exclude: names.json has no class glomerulus"},
		{"results over predictions", good, []string{"--results", "predictions/a.segm.json", "--force"}, 2, "is also an input"},
		{"output over another's file", good, []string{"-o", "names.json"}, 1, "names.json exists and hubdata did not write it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := clitest.Folder(t, map[string]string{
				"tile_meta.csv": clitest.PseudoTiles, "a.segm.json": good, "copy.json": good,
				"names.json": `{"images":[{"id":"t1","file_name":"t1.tif","height":512,"width":512}],"annotations":[],"categories":[{"id":1,"name":"blood_vessel"}]}`,
			})
			if err := os.Mkdir(filepath.Join(dir, "predictions"), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "predictions", "a.segm.json"), []byte(test.file), 0o666); err != nil {
				t.Fatal(err)
			}
			t.Chdir(dir)
			before := clitest.Tree(t, dir)
			code, stdout, stderr := clitest.Hubdata(t, t.Context(), append([]string{"pseudo"}, test.args...)...)
			if code != test.code || stdout != "" || !strings.Contains(stderr, test.want) {
				t.Errorf("exit code %d, want %d; stdout %q; stderr %q, want %q", code, test.code, stdout, stderr, test.want)
			}
			if after := clitest.Tree(t, dir); strings.Join(before, "\n") != strings.Join(after, "\n") {
				t.Errorf("files were left: %q", after)
			}
		})
	}
}

// TestPseudoNoPredictions: a folder without predictions says what to do.
func TestPseudoNoPredictions(t *testing.T) {
	dir := clitest.Folder(t, map[string]string{"tile_meta.csv": clitest.PseudoTiles})
	if code, _, stderr := clitest.Hubdata(t, t.Context(), "pseudo", dir); code != 1 || !strings.Contains(stderr, "no predictions in") || !strings.Contains(stderr, "--model NAME=FILE") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if err := os.Mkdir(filepath.Join(dir, "predictions"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"m.bbox.json"} {
		if err := os.WriteFile(filepath.Join(dir, "predictions", name), []byte("[]"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, stderr := clitest.Hubdata(t, t.Context(), "pseudo", dir); code != 1 || !strings.Contains(stderr, "m.bbox.json holds boxes without masks") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	for _, name := range []string{"m.segm.json", "m.json.gz"} {
		if err := os.WriteFile(filepath.Join(dir, "predictions", name), []byte("[]"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, stderr := clitest.Hubdata(t, t.Context(), "pseudo", dir); code != 2 || !strings.Contains(stderr, "two files of model m: m.json.gz and m.segm.json") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// TestPseudoOrder: neither the number of workers nor the order of the tiles in
// the files changes what is written.
func TestPseudoOrder(t *testing.T) {
	dir, models := clitest.PseudoDemo(t)
	out := filepath.Join(dir, "want.json")
	if code, _, stderr := clitest.Hubdata(t, t.Context(), "pseudo", "--quiet", "-o", out, dir); code != 0 {
		t.Fatal(stderr)
	}
	want := clitest.Body(t, out)
	if strings.Count(want, "\n") < 60 {
		t.Fatalf("little is kept: %s", want)
	}
	for _, workers := range []string{"1", "2", "9"} {
		path := filepath.Join(dir, "j"+workers+".json")
		if code, _, stderr := clitest.Hubdata(t, t.Context(), "pseudo", "--quiet", "-o", path, "-j", workers, dir); code != 0 || clitest.Body(t, path) != want {
			t.Errorf("%s workers: exit code %d, or another set: %s", workers, code, stderr)
		}
	}
	image := func(r json.RawMessage) int {
		var v struct {
			ImageID int `json:"image_id"`
		}
		if err := json.Unmarshal(r, &v); err != nil {
			t.Fatal(err)
		}
		return v.ImageID
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for _, how := range []string{"alike", "each", "scattered"} {
		tiles := map[int]int{}
		for _, r := range models["vit"] {
			if _, ok := tiles[image(r)]; !ok {
				tiles[image(r)] = rng.Int()
			}
		}
		args := []string{"pseudo", "--quiet", "-o", filepath.Join(dir, how+".json")}
		for _, name := range []string{"cascade", "detectors", "vit"} {
			if how == "each" {
				for k := range tiles {
					tiles[k] = rng.Int()
				}
			}
			groups := map[int][]json.RawMessage{}
			var order []int
			for _, r := range models[name] {
				k := tiles[image(r)]
				if groups[k] == nil {
					order = append(order, k)
				}
				groups[k] = append(groups[k], r)
			}
			var list []json.RawMessage
			sorted := append([]int(nil), order...)
			for i := range sorted { // selection sort: few
				for j := i + 1; j < len(sorted); j++ {
					if sorted[j] < sorted[i] {
						sorted[i], sorted[j] = sorted[j], sorted[i]
					}
				}
			}
			if how == "scattered" { // first of each tile, second of each, ...
				for n := 0; len(list) < len(models[name]); n++ {
					for _, k := range sorted {
						if n < len(groups[k]) {
							list = append(list, groups[k][n])
						}
					}
				}
			} else {
				for _, k := range sorted {
					list = append(list, groups[k]...)
				}
			}
			text, _ := json.Marshal(list)
			path := filepath.Join(dir, how+"_"+name+".json")
			if err := os.WriteFile(path, text, 0o666); err != nil {
				t.Fatal(err)
			}
			args = append(args, "--model", name+"="+path)
		}
		code, _, stderr := clitest.Hubdata(t, t.Context(), append(args, dir)...)
		got := ""
		if code == 0 {
			got = clitest.Body(t, filepath.Join(dir, how+".json"))
		}
		if got != want {
			t.Errorf("order %s: exit code %d, or another set: %s", how, code, stderr)
		}
	}
}

// TestPseudoMissing: a model that lacks tiles counts as one that found nothing.
func TestPseudoMissing(t *testing.T) {
	dir, models := clitest.PseudoDemo(t)
	text, _ := json.Marshal(models["vit"][:len(models["vit"])/2])
	half := filepath.Join(dir, "half.json")
	if err := os.WriteFile(half, text, 0o666); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := clitest.Hubdata(t, t.Context(), "pseudo", "-o", filepath.Join(dir, "x.json"), "--json",
		"--model", "cascade="+filepath.Join(dir, "predictions", "cascade.segm.json"), "--model", "vit="+half, dir)
	var sum pseudocmd.Summary
	if err := json.Unmarshal([]byte(stdout), &sum); code != 0 || err != nil {
		t.Fatalf("exit code %d: %s %v", code, stderr, err)
	}
	if sum.Models[0].MissingTiles != 0 || sum.Models[1].MissingTiles != 12 || sum.Models[1].Tiles != 12 {
		t.Errorf("%+v", sum.Models)
	}
	if !strings.Contains(strings.Join(sum.Warnings, "\n"), "model vit has no predictions on 12 tiles that other models have") {
		t.Errorf("warnings %q", sum.Warnings)
	}
	in := 0
	for _, m := range sum.Models {
		in += m.Predictions
		if m.Predictions != m.OtherTiles+m.OtherClass+m.Skipped+m.NoPixels+m.ZeroBox+m.Suppressed+m.Used {
			t.Errorf("model %s does not add up: %+v", m.Name, m)
		}
	}
	if want := len(models["cascade"]) + len(models["vit"])/2; in != want || sum.Total.In != want {
		t.Errorf("%d and %d predictions, want %d", in, sum.Total.In, want)
	}
	n := 0
	for _, v := range sum.Histogram {
		n += v
	}
	if s := sum.Sets[0]; n != sum.Fused-sum.NoPixels || s.Kept != s.Agreement[0]+s.Agreement[1] || s.Kept == 0 || s.Areas.Found.N != s.Kept || s.Areas.Labelled.N == 0 {
		t.Errorf("%+v", sum)
	}
}

// TestPseudoReal fuses two real models' predictions.
func TestPseudoReal(t *testing.T) {
	truth := golden.Real(t, "hubmap/fold0_val_gt.json")
	dir := filepath.Dir(truth)
	for _, preset := range []string{"default", "winner"} {
		code, stdout, stderr := clitest.Hubdata(t, t.Context(), "pseudo", "--dataset", "1", "--images", truth, "--json", "--preset", preset,
			"-o", filepath.Join(t.TempDir(), "x.json"), "--results", filepath.Join(t.TempDir(), "r.json"), dir)
		var sum pseudocmd.Summary
		if err := json.Unmarshal([]byte(stdout), &sum); code != 0 || err != nil {
			t.Fatalf("exit code %d: %s %v", code, stderr, err)
		}
		cut, none := 0, 0
		for _, m := range sum.Models {
			cut, none = cut+m.Cut, none+m.NoPixels
		}
		if sum.Models[0].Predictions != 4527 || sum.Models[1].Predictions != 4604 || cut != 2 || none != 27 || sum.Sets[0].Kept < 50 {
			t.Errorf("%s: %+v", preset, sum)
		}
	}
}

// TestPseudoDisturbed interrupts and kills runs: nothing is ever seen half
// written, and an interrupt leaves nothing.
func TestPseudoDisturbed(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("runs many processes, and sends them interrupts")
	}
	dir, _ := clitest.PseudoDemo(t)
	args := []string{"pseudo", "--quiet", "--thr", "0.3,0.6", "--results", filepath.Join(dir, "r.json"), dir}
	start := time.Now()
	if out, err := exec.Command("hubdata", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	took := time.Since(start)
	paths := []string{filepath.Join(dir, "r.json"), filepath.Join(dir, "coco_data", "pseudo_coco", "pseudo_ds3_thr30.json"), filepath.Join(dir, "coco_data", "pseudo_coco", "pseudo_ds3_thr60.json")}
	want := map[string]string{}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		want[p] = string(text)
	}
	unfinished := func() int { return strings.Count(strings.Join(clitest.Tree(t, dir), "\n"), "hubdata-tmp") }
	rng := rand.New(rand.NewPCG(uint64(os.Getpid()), 1))
	for i := range longtest.Share(40, 16) {
		for _, p := range paths {
			_ = os.Remove(p)
		}
		left := unfinished()
		cmd := exec.Command("hubdata", args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(took) * 5 / 4)))
		signal := []os.Signal{os.Interrupt, syscall.SIGKILL}[i%2]
		_ = cmd.Process.Signal(signal)
		_ = cmd.Wait()
		for _, p := range paths {
			if text, err := os.ReadFile(p); err == nil && string(text) != want[p] {
				t.Fatalf("after %v: %s has %d bytes, want none or %d", signal, p, len(text), len(want[p]))
			}
		}
		if n := unfinished(); signal == os.Interrupt && n > left {
			t.Fatalf("an interrupt left %d unfinished files, there were %d", n, left)
		}
	}
	if out, err := exec.Command("hubdata", args...).CombinedOutput(); err != nil {
		t.Fatalf("after all: %v: %s", err, out)
	}
	for _, p := range paths {
		if text, err := os.ReadFile(p); err != nil || string(text) != want[p] {
			t.Errorf("after all: %s differs (%v)", p, err)
		}
	}
}
