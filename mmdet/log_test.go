package mmdet

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

// filesOf returns a file system in memory.
func filesOf(texts map[string]string) fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range texts {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

const (
	head2 = `{"env_info": "sys.platform: linux", "config": "x = dict(a=1)\n", "seed": 69, "exp_name": "a.py"}` + "\n"
	// As written by mmcv 1.7.
	train2 = `{"mode": "train", "epoch": 1, "iter": 20, "lr": 0.003, "memory": 24310, "data_time": 0.14, "loss_rpn_cls": 0.6, "loss": 5.1, "grad_norm": 21.5, "time": 4.2}` + "\n"
	val2   = `{"mode": "val", "epoch": 1, "iter": 29, "lr": 0.02, "segm_mAP": 0.1203, "segm_mAP_50": 0.31, "segm_mAP_copypaste": "0.1203 0.3100"}` + "\n"
	text2  = "2023-07-11 10:00:00,000 - mmdet - INFO - workflow: [('train', 1)], max: 8 epochs\n" +
		"2023-07-11 10:01:00,000 - mmdet - INFO - Epoch [1][20/201]\tlr: 3.000e-03, eta: 2:00:00\n"
)

func TestReadLog2(t *testing.T) {
	files := filesOf(map[string]string{
		"20230711_100000.log.json": head2 + train2 + val2 +
			strings.ReplaceAll(train2, `"epoch": 1`, `"epoch": 2`) +
			strings.NewReplacer(`"epoch": 1`, `"epoch": 2`, "0.1203,", "0.3,").Replace(val2) +
			`{"mode": "val", "epoch": 3, "iter": 29, "lr": 0.0`, // killed
		"20230711_100000.log": text2 + "The model and loaded state dict do not match exactly\n\n" +
			"size mismatch for a.weight: copying a param with shape torch.Size([81, 1024]) from checkpoint\n",
		"20230712_090000.log.json": head2 + strings.NewReplacer(`"epoch": 1`, `"epoch": 2`, "5.1", "NaN").Replace(train2) +
			strings.NewReplacer(`"epoch": 1`, `"epoch": 2`, "0.1203,", "0.25,").Replace(val2),
		"20230712_090000.log": text2 + "size mismatch for a.weight: copying\nsize mismatch for b: copying\n\n" +
			"unexpected key in source state_dict: fc.weight, fc.bias\n\nmissing keys in source state_dict: neck.a, neck.b, neck.c\n",
		"20230713_080000.log": "Epoch [9][1/", "20230713_080000.log.json": head2, // killed within the line
		"notes.log.json": "not a log",
	})
	log, err := ReadLog(files, "work", MMDet2)
	if err != nil {
		t.Fatal(err)
	}
	if len(log.Runs) != 3 || log.Runs[0].First != 1 || log.Runs[0].Last != 2 || log.Runs[1].First != 1 ||
		log.Runs[2].Last != 0 {
		t.Errorf("runs %+v", log.Runs)
	}
	if len(log.Epochs) != 2 || log.Epochs[1].Scores["segm_mAP"] != 0.25 || len(log.Epochs[1].Scores) != 2 {
		t.Errorf("epochs %+v: the last line of epoch 2 says 0.25", log.Epochs)
	}
	if log.IterPerEpoch != 201 || log.MaxEpochs != 8 || log.Last() != 2 {
		t.Errorf("%d iterations, %d epochs, last %d, want 201, 8, 2", log.IterPerEpoch, log.MaxEpochs, log.Last())
	}
	if log.NaN == nil || log.NaN.Epoch != 2 || log.NaN.Iter != 20 || log.NaN.Line != 2 || !math.IsNaN(log.NaN.Loss) {
		t.Errorf("NaN at %+v", log.NaN)
	}
	if want := (Mismatch{}); log.Mismatch != want {
		t.Errorf("mismatch %+v: the last run has none", log.Mismatch)
	}
	delete(files, "20230713_080000.log.json")
	if log, err = ReadLog(files, "work", MMDet2); err != nil {
		t.Fatal(err)
	}
	if want := (Mismatch{Shape: 2, Missing: 3, Unexpected: 2}); log.Mismatch != want || want.Total() != 7 {
		t.Errorf("mismatch %+v, want %+v", log.Mismatch, want)
	}
	if got := log.Metrics(); !reflect.DeepEqual(got, []string{"segm_mAP", "segm_mAP_50"}) {
		t.Errorf("metrics %q", got)
	}
}

func TestReadLog3(t *testing.T) {
	const (
		train = `{"lr": 0.02, "data_time": 0.1, "loss": 2.5, "loss_cls": 0.3, "time": 0.9, "epoch": 1, "iter": 50, "memory": 900, "step": 50}` + "\n"
		val   = `{"coco/segm_mAP": 0.412, "coco/segm_mAP_50": 0.7, "data_time": 0.01, "time": 0.2, "step": 1}` + "\n"
	)
	second := strings.NewReplacer(`"epoch": 1`, `"epoch": 2`, `"iter": 50`, `"iter": 106`)
	files := filesOf(map[string]string{
		"20240101_000000/20240101_000000.log": "2024/01/01 00:00:09 - mmengine - INFO - Epoch(train)  [1][ 50/56]  lr: 2e-2\n" +
			"2024/01/01 00:00:19 - mmengine - INFO - Epoch(val)  [1][85/85]    coco/segm_mAP: 0.4120\n",
		"20240101_000000/vis_data/scalars.json": train + val + second.Replace(train),
		"20240101_000000/vis_data/config.py":    "model = dict(train_cfg=dict(rcnn=dict(a=1)))\ntrain_cfg = dict(max_epochs=12, type='EpochBasedTrainLoop', val_interval=1)\n",
		// The scalars of this run are only in the hook's file.
		"20240102_000000/vis_data/20240102_000000.json": strings.ReplaceAll(val, `"step": 1`, `"step": 2`),
		"vis":             "a file",
		"last_checkpoint": "epoch_2.pth",
	})
	log, err := ReadLog(files, "work", MMDet3)
	if err != nil {
		t.Fatal(err)
	}
	if len(log.Runs) != 2 || len(log.Epochs) != 2 || log.IterPerEpoch != 56 || log.MaxEpochs != 12 {
		t.Errorf("log %+v", log)
	}
	if p := log.Position; p.Epoch != 2 || p.Iter != 50 || p.Loss != 2.5 {
		t.Errorf("position %+v, want epoch 2, iteration 50", p)
	}
	best, score := log.Best("segm_mAP", MMDet3)
	if best == nil || best.Number != 1 || score != 0.412 {
		t.Errorf("best %+v with %v: the first of equals is epoch 1", best, score)
	}
	if _, ok := log.Epochs[0].Score("coco/segm_mAP_50"); !ok {
		t.Error("no score under the full name")
	}
	if _, ok := log.Epochs[0].Score("mAP"); ok {
		t.Error("a part of a name fits")
	}
}

func TestLogErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"not JSON": {head2 + "oops\n" + val2,
			`work/20230711_100000.log.json:2: found "oops", expected a JSON object in each line`},
		"a list":         {"[1]\n", `:1: found "[1]"`},
		"null":           {"null\n", `:1: found "null"`},
		"long":           {strings.Repeat("x", 100) + "\n", `x"..., expected`},
		"negative epoch": {strings.ReplaceAll(val2, `"epoch": 1`, `"epoch": -1`), `"epoch" is -1, expected a whole number`},
		"half epoch":     {strings.ReplaceAll(train2, `"epoch": 1`, `"epoch": 1.5`), `"epoch" is 1.5`},
		"named iter":     {strings.ReplaceAll(train2, `"iter": 20`, `"iter": "x"`), `"iter" is x`},
	} {
		files := filesOf(map[string]string{"20230711_100000.log.json": c.text})
		_, err := ReadLog(files, "work", MMDet2)
		var e *LogError
		if !errors.As(err, &e) || !strings.Contains(filepath.ToSlash(err.Error()), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	none := filepath.Join(t.TempDir(), "none")
	if _, err := ReadLog(os.DirFS(none), none, MMDet2); !errors.Is(err, fs.ErrNotExist) ||
		!strings.Contains(err.Error(), none) {
		t.Errorf("a missing folder: error %v, want one with its path", err)
	}
}

func TestZeroScore(t *testing.T) {
	files := filesOf(map[string]string{"20230711_100000.log.json": strings.ReplaceAll(val2, "0.1203,", "0.0,")})
	log, err := ReadLog(files, "work", MMDet2)
	if err != nil {
		t.Fatal(err)
	}
	if best, _ := log.Best("segm_mAP", MMDet2); best != nil {
		t.Error("2.x takes a score of 0 for none")
	}
	if best, _ := log.Best("segm_mAP", MMDet3); best == nil {
		t.Error("3.x takes a score of 0 for one")
	}
}

func FuzzLog(f *testing.F) {
	f.Add([]byte(head2+train2+val2), true)
	f.Add([]byte(`{"coco/segm_mAP": NaN, "step": 1, "x": "-Infinity\""}`+"\n"), false)
	f.Add([]byte(text2), true)
	f.Fuzz(func(t *testing.T, text []byte, old bool) {
		r := &logReader{dialect: MMDet3, epochs: map[int]Epoch{}}
		if old {
			r.dialect = MMDet2
		}
		var run Run
		if err := r.text("x.log", text, &run); err != nil {
			t.Fatal(err)
		}
		if err := r.config("config.py", text, &run); err != nil {
			t.Fatal(err)
		}
		err := r.scores("x.log.json", text, &run)
		var e *LogError
		if err != nil && (!errors.As(err, &e) || e.Line < 1) {
			t.Fatalf("error %v", err)
		}
		if run.First > run.Last || run.First < 0 || r.log.IterPerEpoch < 0 {
			t.Fatalf("run %+v", run)
		}
	})
}
