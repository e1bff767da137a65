package traincmd_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
)

// TestTrainWhole runs the recipe quickstart-mmdet3, as it comes with hubdata, on the data
// of hubdata demo: only MMDetection is a fake. All else is this program.
func TestTrainWhole(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the fake trainings are made for Unix")
	}
	l := newLab(t, "mmdet3", "  - {id: x, kind: train, config: c.py, train: t, val: v}\n", nil)
	l.dir = filepath.Join(l.dir, "demo")
	if code, _, stderr := clitest.Hubdata(t, t.Context(), "demo", "--no-convert", "--quiet", l.dir); code != 0 {
		t.Fatal(stderr)
	}
	l.recipe = filepath.Join(l.dir, "recipe.yaml")
	if code, _, stderr := clitest.Hubdata(t, t.Context(), "train", "init", "--quiet", "-o", l.recipe, "quickstart-mmdet3"); code != 0 {
		t.Fatal(stderr)
	}
	text, err := os.ReadFile(l.recipe)
	if err != nil {
		t.Fatal(err)
	}
	l.write("recipe.yaml", strings.Replace(string(text), "python: python", "python: fakepython", 1))
	l.write("mmdetection/tools/train.py", "")
	l.write("mmdetection/tools/test.py", "")
	l.write("mmdetection/configs/mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py", "# fake: dialect=3 epochs=8 iters=2 scores=0.1,0.2,0.3,0.4,0.35\n")
	l.env = append(l.env, "FAKE_RESULTS="+filepath.Join(l.dir, "predictions"))

	// The config says 8 epochs, stage 1 of the recipe 4: the fake takes the config's.
	out, stderr := l.run(0, "run")
	wants(t, out, "Average Precision", "= 1.000") // of score
	wants(t, stderr, "stage build-ds1 is done", "is done: best_coco_segm_mAP_epoch_4.pth, segm_mAP 0.4", ", expected 18")
	out, _ = l.run(0, "status")
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "epoch: ") {
			break // what explains the columns
		}
		if f := strings.Fields(line); f[0] != "stage" && f[2] != string(mmrun.IsDone) {
			t.Errorf("not done: %s", line)
		}
	}
	starts := len(l.starts(""))
	_, stderr = l.run(0, "run")
	if len(l.starts("")) != starts || strings.Contains(stderr, "begins") {
		t.Errorf("a second run did something:\n%s", stderr)
	}

	// Other labels: what is made of them is stale, and nothing else.
	path := filepath.Join(l.dir, "coco_data", "coco", "ds2_all.json")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, stderr = l.run(ui.ExitBadData, "run")
	wants(t, stderr, "stage build-ds2 is stale: "+path+" no longer exists")
	_, stderr = l.run(0, "run", "--rerun")
	if n := strings.Count(stderr, "begins"); n != 1 {
		t.Errorf("%d stages begin, want 1: the same bytes make nothing else stale\n%s", n, stderr)
	}
}
