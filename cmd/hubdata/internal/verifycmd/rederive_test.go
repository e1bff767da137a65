package verifycmd_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/rogpeppe/go-internal/txtar"
)

func TestMain(m *testing.M) { clitest.Main(m, nil) }

// run runs a command line whose words are apart by blanks, and returns its standard output.
func run(t *testing.T, expected int, line string) string {
	t.Helper()
	code, stdout, stderr := clitest.Hubdata(t, t.Context(), strings.Fields(line)...)
	if code != expected {
		t.Fatalf("%s: exit code %d, expected %d: %s", line, code, expected, stderr)
	}
	return stdout
}

// TestEveryCommandAgain: what any command wrote, with flags that decide the content, is made again from its record alone.
func TestEveryCommandAgain(t *testing.T) {
	reviewed, err := txtar.ParseFile("../../testdata/script/review.txtar")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	run(t, 0, "demo --quiet d")
	clitest.Write(t, "table.csv", []byte("file_name,site\n166cb9946815.tif,a\n2ef033eb57cd.tif,b\n"))
	clitest.Write(t, "space.yaml", []byte("iou: [0.5, 0.6]\nrescore: [none, agreement]\n"))
	clip := pseudo.Default()
	clip.Models, clip.Vote.ClipBox, clip.Rescore = []pseudo.Model{{Name: "cascade", Weight: 1}, {Name: "vit", Weight: 2}}, true, pseudo.RescoreAgreement
	var preset strings.Builder
	if err := pseudo.WritePreset(&preset, nil, &clip); err != nil {
		t.Fatal(err)
	}
	clitest.Write(t, "clip.json", []byte(preset.String()))
	preset.Reset()
	clip.Models, clip.ClassAbove = []pseudo.Model{{Name: "x", Weight: 1}}, map[string]float64{"blood_vessel": 0.8}
	if err := pseudo.WritePreset(&preset, nil, &clip); err != nil {
		t.Fatal(err)
	}
	clitest.Write(t, "above.json", []byte(preset.String()))
	for _, f := range reviewed.Files {
		switch f.Name {
		case "set.json":
			clitest.Write(t, "reviewed.json", f.Data)
		case "log.jsonl":
			clitest.Write(t, "decisions.jsonl", f.Data)
		}
	}
	clitest.Write(t, "names.txt", []byte("166cb9946815.tif\n2ef033eb57cd.tif\n"))
	for _, line := range []string{
		"convert d --per none --dataset 1,2 --wsi <3 --class all --segmentation polygon --fill coco --min-area 5 -o one.json.gz",
		"convert d --per wsi --rings first --category-start 0 --image-id tile --drop-duplicates -o wsis",
		"folds d -k 3 --seed 7 --stratify vessels --always-train 2:wsi=3 --full -o f1",
		"folds d --method spatial --buffer 512 -k 2 -o f2",
		"folds d --from f1/folds3.csv -o f3",
		"folds d -k 2 --no-shuffle --method kfold -o plan.json",
		"folds --coco d/coco_data/coco/ds1.json --group source_wsi -k 2 -o f4",
		"pseudo d --thr 0.5,0.6 --merge d/coco_data/coco/ds2.json --exclude d/coco_data/coco/ds1.json:blood_vessel --results fused.segm.json -o p1",
		"pseudo d --preset winner --wsi <8 --weight vit=2 --post none --thr 0.4 -o p2/x.json",
		"pseudo --images d/ds3_truth.json --model a=d/predictions/vit.segm.json --fuse nms --ignore-band 0.2 -o p3.json",
		"tune --truth d/ds3_truth.json --model cascade=d/predictions/cascade.segm.json --model vit=d/predictions/vit.segm.json --space space.yaml --by source_wsi --table d/tile_meta.csv --samples 20 -o preset.json",
		"pseudo d --model cascade=d/predictions/cascade.segm.json --model vit=d/predictions/vit.segm.json --preset preset.json --box-clip=false --rescore none -o p4",
		"pseudo d --model cascade=d/predictions/cascade.segm.json --model vit=d/predictions/vit.segm.json --preset clip.json --box-clip=false --rescore none -o p5",
		"pseudo d --model cascade=d/predictions/cascade.segm.json --model vit=d/predictions/vit.segm.json --preset clip.json --non-overlap -o p6",
		"pseudo d --weight cascade=2,detectors=0.5 --calibrate cascade=0.5,vit=2.25 -o p7",
		"pseudo d --preset above.json --class-above blood_vessel=0.7 -o p8",
		"pseudo d --preset above.json --class-above none -o p9",
		"pseudo d --preset above.json -o p10",
		"pseudo d --thr 0.7 --results afused.jsonl.zst -o p11.json.gz",
		"pseudo d --shard 2/3 --rescore agreement --results shard.jsonl",
		"merge -o all.json --id-map ids.json --name first=d/coco_data/coco/ds1.json d/coco_data/coco/ds1.json d/coco_data/coco/ds2.json",
		"filter --folds f1/folds3.json --fold 1 --part val -o val.json d/coco_data/coco/ds1.json",
		"filter --images-from names.txt --table table.csv --where site=a --renumber -o few.json all.json",
		"filter --decisions decisions.jsonl --verdict accepted -o accepted.json reviewed.json",
		"check --fix -o fixed.json --changes changes.json all.json",
		"export --to coco --option layout=roboflow --folds f1/folds3.csv --fold 1 -o robo d/coco_data/coco/ds1.json",
		"export --to coco --option layout=roboflow --copy none --bad-images keep --folds f1/folds3.csv --fold 1 -o bare d/coco_data/coco/ds1.json",
		"export --to coco --option segmentation=polygon --class blood_vessel=vessel -o c.json.zst d",
		"tile --size 100 --overlap 10 -o tiles all.json",
		"tile --size 100 --min-labelled 0.01 --edge crop --min-part 0.2 -o labelled all.json",
		"stitch -o slides d",
		"stitch --keep-tiles --tile-meta d/tile_meta.csv --share 0.4 -o kept.json all.json",
		"stitch --images d/ds3_truth.json --tile-meta d/tile_meta.csv -o found d/predictions/vit.segm.json",
		"import -o back.json robo",
		"submission encode --tiles d/ds3_truth.json --top 5 --post fill,largest --dilate 1 --record s.record.json -o s.csv fused.segm.json d",
	} {
		run(t, 0, line+" --quiet")
	}
	var got struct {
		Files []struct {
			Path, Name, Verdict string
			Rederived           *struct {
				State, Why  string
				Differences []string
				Command     []string
			}
		}
		Rederived map[string]int
	}
	code, stdout, stderr := clitest.Hubdata(t, t.Context(), "verify", "--rederive", "--json", ".")
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err, stderr)
	}
	for _, f := range got.Files {
		if f.Path != "" && (f.Rederived == nil || f.Rederived.State != "same bytes") {
			t.Errorf("%s: %s, %+v", f.Path, f.Verdict, f.Rederived)
		}
	}
	if n := got.Rederived["same"]; n < 60 || code != ui.ExitOK {
		t.Errorf("exit code %d, %d files made again: %s", code, n, stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*hubdata-verify*")); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

// TestOtherOption: a record whose option was edited is told from the one that the command writes, also in a packed file that
// is one of several of its run.
func TestOtherOption(t *testing.T) {
	t.Chdir(t.TempDir())
	run(t, 0, "demo --no-convert --quiet d")
	run(t, 0, "pseudo d --thr 0.7 --iou 0.6 --results a.segm.json -o set.json.gz --quiet")
	in, err := os.Open("set.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	text, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(text)
	if err != nil {
		t.Fatal(err)
	}
	clitest.Write(t, "edited.json", bytes.Replace(all, []byte(`"thr":0.7`), []byte(`"thr":0.8`), 1))
	if got := run(t, ui.ExitBadData, "verify --rederive ."); !strings.Contains(got, "edited.json: made again with other bytes: another option: thr was 0.8, now 0.7\n") ||
		!strings.Contains(got, "made again: 1 with the same bytes, 0 the same but for the version, 1 with other bytes; 0 not run again") {
		t.Error(got)
	}
}

// TestRecordAsData: a record of another version, or a forged one, is verified as far as it says, and chooses no path.
func TestRecordAsData(t *testing.T) {
	t.Chdir(t.TempDir())
	text := []byte(`{"images":[],"annotations":[],"categories":[]}`)
	clitest.Write(t, "a.json", text)
	sum := "f6ad2a0d2c3b7ad1e1f1d5a5b4b1d9b7a2f6c7c2c2c5f5a0f8b8b8b8b8b8b8b8"
	for _, tt := range []struct{ record, why string }{
		{`"command":"filter","options":{},"inputs":[{"name":"a.json","bytes":1,"sha256":"` + sum + `"},{"name":"t.csv","bytes":1,"sha256":"` + sum + `"}]`, "its record does not say what each of its 2 inputs is for"},
		{`"command":"filter","options":{"class":{}},"inputs":[{"name":"a.json","bytes":1,"sha256":"` + sum + `"}]`, "option class: found a map[string]interface {}, expected a text or a number"},
		{`"command":"convert","options":{"tile_size":"image"},"inputs":[{"name":"a.json","bytes":1,"sha256":"` + sum + `"}]`, "it read the sizes of image files, which its record does not name"},
		{`"command":"export","options":{"bad_images":"drop","to":"coco"},"inputs":[{"name":"a.json","bytes":46,"sha256":"SUM"}]`, "it left out bad images, and its record does not name the images"},
		{`"command":"transmute","options":{},"inputs":[]`, `this version knows no command \"transmute\"`},
		{`"command":"folds","options":{"method":"from f.csv","folds":2},"inputs":[{"name":"a.json","bytes":1,"sha256":"` + sum + `"}]`, "its record does not name the plan that it used (from f.csv)"},
		{`"command":"tile","options":{"images":true},"inputs":[]`, "it read the images of slides, which its record does not name"},
		{`"command":"filter","options":{},"inputs":[{"name":"b.json","bytes":1,"sha256":"` + sum + `"}]`, "its input b.json is gone"},
		{`"command":"filter","options":{"class":["x"]},"inputs":[{"name":"standard input","bytes":1,"sha256":"` + sum + `"}]`, "its input standard input is gone"},
		{`"command":"check","options":{"fix":true,"sarif":"owned.json"},"inputs":[{"name":"a.json","bytes":46,"sha256":"SUM"}]`, `this version records no option \"sarif\" of the command`},
		{`"command":"merge","options":{"id_map":"owned.json"},"inputs":[{"name":"a.json","bytes":46,"sha256":"SUM"}]`, `this version records no option \"id_map\" of the command`},
		{`"command":"filter","options":{"out":"owned.json"},"inputs":[{"name":"a.json","bytes":46,"sha256":"SUM"}]`, `this version records no option \"out\" of the command`},
		{`"command":"filter","options":{},"inputs":[{"name":"a.json","bytes":46,"sha256":"SUM"},{"name":"a.json","bytes":46,"sha256":"SUM","flag":"out"}]`, `this version records no input of a flag \"out\"`},
		{`"command":"pseudo","options":{"preset":"../x.yaml"},"inputs":[]`, "its preset ../x.yaml is a file, which its record does not name as an input"},
		{`"command":"pseudo","options":{"model":["a=owned.json"]},"inputs":[]`, `this version records no option \"model\" of the command`},
		{`"command":"pseudo","options":{},"inputs":[{"name":"a.json","bytes":46,"sha256":"SUM","flag":"results"}]`, `this version records no input of a flag \"results\"`},
		{`"command":"tune","options":{"budget":"1m0s"},"inputs":[]`, "it searched for 1m0s, so what it found depends on the speed of the machine"},
		{`"command":"version","options":{},"inputs":[]`, `this version knows no command \"version\"`},
		{`"command":"submission encode","options":{},"inputs":[]`, "its record does not name the submission"},
	} {
		clitest.Write(t, "x.json", []byte(`{"info":{"description":"x","hubdata":{"version":"0.0.1",`+strings.ReplaceAll(tt.record, "SUM", fmt.Sprintf("%x", sha256.Sum256(text)))+`}}}`))
		code, stdout, _ := clitest.Hubdata(t, t.Context(), "verify", "--rederive", "--json", "x.json")
		if code == ui.ExitOK || !strings.Contains(stdout, `"why": "`+tt.why) {
			t.Errorf("%s: exit code %d: %s", tt.record, code, stdout)
		}
		if _, err := os.Stat("owned.json"); err == nil {
			t.Fatalf("%s: a record chose what is written", tt.record)
		}
	}
}
