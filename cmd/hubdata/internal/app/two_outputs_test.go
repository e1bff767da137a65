package app_test

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestTwoOutputsInOneFile: no command replaces one of its outputs or inputs by another output, by whatever name.
func TestTwoOutputsInOneFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs links")
	}
	dir := clitest.FaultFolder(t)
	t.Chdir(dir)
	clitest.Write(t, "tile_meta.csv", []byte(clitest.PseudoTiles))
	clitest.Write(t, "polygons.jsonl", []byte(clitest.OutlineLine("t3", "blood_vessel", clitest.Square)))
	clitest.Write(t, "results.json", []byte("["+clitest.Prediction("")+"]"))
	clitest.Write(t, "boxes.json", []byte(`[{"image_id":1,"category_id":1,"bbox":[1,1,4,4],"score":0.9}]`))
	clitest.Write(t, "two.json", []byte(strings.Replace(clitest.TinyCOCO, `"images": [`, `"images": [{"id": 2, "file_name": "b.png", "height": 64, "width": 64}, `, 1)))
	for link, target := range map[string]string{"soft": "f.json", "in.json": "coco.json", "curve.csv": "plan.csv", "curve.svg": "boxes.json", "in.csv": "coco.json"} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	before := clitest.Files(t, dir)
	for _, line := range []string{
		"check --fix -o f.json --changes f.json coco.json",
		"check --fix -o f.json --changes soft coco.json",
		"check --fix -o f.json --sarif ./f.json coco.json",
		"check --fix -o - --sarif - coco.json",
		"check --fix -o a.json --changes - --sarif - coco.json",
		"check --fix -o new.json --changes x.json --sarif x.json coco.json",
		"check --sarif coco.json --force coco.json",
		"check --sarif in.json --force coco.json",
		"merge -o f.json --id-map ./f.json coco.json coco2.json",
		"merge -o f.json --id-map in.json --force coco.json coco2.json",
		"merge -o - --id-map - coco.json coco2.json",
		"pseudo --thr 0.1 --model m=results.json -o f.json --results f.json .",
		"pseudo --thr 0.1 --model m=results.json -o f.json --results soft .",
		"pseudo --thr 0.1 --model m=results.json -o f.json --results results.json --force .",
		"eval --type bbox --pr-curve curve.svg --force coco.json boxes.json",
		"eval --type bbox --partial-out boxes.json --force coco.json boxes.json",
		"eval --type bbox --partial-out coco.json --force coco.json boxes.json",
		"pseudo --shard 1/2 --model m=results.json --results results.json --force .",
		"eval --type bbox --by fold --folds plan.csv --pr-curve curve.csv --force coco.json boxes.json",
		"stats --by fold --folds plan.csv --instances plan.csv --force coco.json",
		"stats --instances in.csv --force coco.json",
		"filter -o in.json --force --class blood_vessel coco.json",
		"view --no-open --decisions coco.json coco.json",
		"view --no-open --decisions in.json coco.json",
		"export --to coco -o in.json --force coco.json",
		"import -o in.json --force coco.json",
		"tune --truth coco.json --model m=results.json -o results.json --force",
		"tune --truth coco.json --model m=results.json -o f.svg --plot f.svg",
		"tune --truth coco.json --model m=results.json --resume results.json",
		"tune --truth coco.json --model m=results.json --resume in.json",
		"tune --truth coco.json --model m=results.json -o f.json --resume soft",
		"stitch --keep-tiles -o in.json --force --tile-meta tile_meta.csv coco.json",
		"folds --coco two.json --from plan.csv -o plan.csv --force",
		"submission encode --tiles submission.csv -o submission.csv --force results.json",
		"submission encode --tiles submission.csv -o new.csv --record new.csv results.json",
		"submission encode --tiles submission.csv -o new.csv --record results.json --force results.json",
		"submission decode -o submission.csv --force submission.csv",
	} {
		code, _, stderr := clitest.Hubdata(t, t.Context(), strings.Fields(line)...)
		if code != ui.ExitUsage || !strings.Contains(stderr, "same file") && !strings.Contains(stderr, "also an input") && !strings.Contains(stderr, "only one output") {
			t.Errorf("%s: exit code %d: %s", line, code, stderr)
		}
		for name, text := range clitest.Files(t, dir) {
			if before[name] != text {
				t.Errorf("%s: wrote %s", line, name)
				_ = os.Remove(name)
			}
		}
	}
}
