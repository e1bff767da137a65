package mmdet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// weights returns a file that has the outer form of a checkpoint.
func weights(text string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, _ := z.Create("archive/data.pkl")
	fmt.Fprint(f, text)
	_ = z.Close()
	return b.String()
}

// log2 returns a log of 2.x with a score for each epoch, beginning with first.
func log2(first int, scores ...any) string {
	text := head2
	for i, s := range scores {
		text += fmt.Sprintf(`{"mode": "train", "epoch": %d, "iter": 20, "loss": 1.0}`+"\n", first+i)
		if s != nil {
			text += fmt.Sprintf(`{"mode": "val", "epoch": %d, "iter": 29, "segm_mAP": %v, "segm_mAP_50": 0.5}`+"\n", first+i, s)
		}
	}
	return text
}

// log3 is like log2 for 3.x.
func log3(first int, scores ...any) string {
	text := ""
	for i, s := range scores {
		text += fmt.Sprintf(`{"loss": 1.0, "epoch": %d, "iter": 20, "step": 20}`+"\n", first+i)
		if s != nil {
			text += fmt.Sprintf(`{"coco/segm_mAP": %v, "coco/segm_mAP_50": 0.5, "time": 1, "step": %d}`+"\n", s, first+i)
		}
	}
	return text
}

func TestPick(t *testing.T) {
	const run1, run2 = "20230711_100000.log.json", "20230712_100000.log.json"
	const vis1, vis2 = "20230711_100000/vis_data/scalars.json", "20230712_100000/vis_data/scalars.json"
	w := weights("x")
	three := log2(1, .1, .3, .2)
	for _, c := range []struct {
		name    string
		dialect Dialect
		files   map[string]string
		latest  string // target of the link latest.pth
		pick    string
		metric  string
		want    string // file
		score   float64
		code    CheckpointCode
		text    string // in the error, or in How
	}{
		{name: "best", files: map[string]string{run1: three, "best_segm_mAP_epoch_2.pth": w, "detectors_epoch_3.pth": w},
			want: "best_segm_mAP_epoch_2.pth", score: .3, text: "the log's best epoch"},
		{name: "first of equals", files: map[string]string{run1: log2(1, .1, .3, .3), "best_segm_mAP_epoch_2.pth": w},
			want: "best_segm_mAP_epoch_2.pth", score: .3},
		{name: "second of equals", files: map[string]string{run1: log2(1, .1, .3, .3), "best_segm_mAP_epoch_3.pth": w},
			code: CheckpointDisagree,
			text: "found best_segm_mAP_epoch_3.pth, but the log's best segm_mAP is 0.3 in epoch 2 (20230711_100000.log.json:5), expected the same epoch"},
		{name: "other metric beside", files: map[string]string{run1: three, "best_segm_mAP_epoch_2.pth": w,
			"best_segm_mAP_50_epoch_1.pth": w}, want: "best_segm_mAP_epoch_2.pth", score: .3},
		{name: "other metric", metric: "segm_mAP_50", files: map[string]string{run1: three, "best_segm_mAP_epoch_2.pth": w,
			"best_segm_mAP_50_epoch_1.pth": w}, want: "best_segm_mAP_50_epoch_1.pth", score: .5},
		{name: "unknown metric", metric: "bbox_mAP", files: map[string]string{run1: three, "best_segm_mAP_epoch_2.pth": w},
			code: CheckpointMissing, text: "the log has no bbox_mAP"},
		{name: "two best files", files: map[string]string{run1: three, "best_segm_mAP_epoch_2.pth": w,
			"best_segm_mAP_epoch_3.pth": w}, code: CheckpointAmbiguous,
			text: "found best_segm_mAP_epoch_2.pth, best_segm_mAP_epoch_3.pth, and the log's best segm_mAP is 0.3 in epoch 2"},
		{name: "two best files of a resumed run", files: map[string]string{run1: log2(1, .1, .3), run2: log2(3, .2),
			"best_segm_mAP_epoch_2.pth": w, "best_segm_mAP_epoch_3.pth": w},
			want: "best_segm_mAP_epoch_2.pth", score: .3,
			text: "a resumed training left best_segm_mAP_epoch_2.pth, best_segm_mAP_epoch_3.pth"},
		{name: "two best files of two trainings", files: map[string]string{run1: three, run2: log2(1, .4, .1),
			"best_segm_mAP_epoch_1.pth": w, "best_segm_mAP_epoch_2.pth": w}, code: CheckpointAmbiguous,
			text: "expected one best file"},
		{name: "two best files, none of them the log's", files: map[string]string{run1: log2(1, .5, .3), run2: log2(3, .2),
			"best_segm_mAP_epoch_2.pth": w, "best_segm_mAP_epoch_3.pth": w}, code: CheckpointAmbiguous},
		{name: "repeated epoch", files: map[string]string{run1: three, run2: log2(2, .15, .4),
			"best_segm_mAP_epoch_3.pth": w}, want: "best_segm_mAP_epoch_3.pth", score: .4},
		{name: "best file lost", files: map[string]string{run1: three, "detectors_epoch_3.pth": w}, code: CheckpointMissing,
			text: "in epoch 2 (20230711_100000.log.json:5), but there is no best file"},
		{name: "all zero", files: map[string]string{run1: log2(1, "0.0", "0.0"), "epoch_2.pth": w}, code: CheckpointMissing,
			text: "every segm_mAP in the log is 0"},
		{name: "file of a zero", files: map[string]string{run1: log2(1, "0.0", "0.0"), "best_segm_mAP_epoch_1.pth": w},
			code: CheckpointDisagree, text: "every segm_mAP in the log is 0"},
		{name: "no validation", files: map[string]string{run1: log2(1, nil, nil), "epoch_2.pth": w}, code: CheckpointMissing,
			text: "no validation"},
		{name: "file without validation", files: map[string]string{run1: log2(1, nil), "best_segm_mAP_epoch_1.pth": w},
			code: CheckpointDisagree, text: "the log has no segm_mAP"},
		{name: "no log", files: map[string]string{"best_segm_mAP_epoch_1.pth": w}, want: "best_segm_mAP_epoch_1.pth",
			text: "no log"},
		{name: "empty", files: map[string]string{"x": ""}, code: CheckpointMissing,
			text: "found no best file and no validation"},
		{name: "cut off", files: map[string]string{run1: three, "best_segm_mAP_epoch_2.pth": w[:30]}, code: CheckpointBroken,
			text: "best_segm_mAP_epoch_2.pth is truncated"},
		{name: "empty file", files: map[string]string{run1: three, "best_segm_mAP_epoch_2.pth": ""}, code: CheckpointBroken},

		{name: "best 3", dialect: MMDet3,
			files: map[string]string{vis1: log3(1, .1, .3, .2), "best_coco_segm_mAP_epoch_2.pth": w, "epoch_3.pth": w},
			want:  "best_coco_segm_mAP_epoch_2.pth", score: .3},
		{name: "best 3, whole name", dialect: MMDet3, metric: "coco/segm_mAP",
			files: map[string]string{vis1: log3(1, .1, .3), "best_coco_segm_mAP_epoch_2.pth": w},
			want:  "best_coco_segm_mAP_epoch_2.pth", score: .3},
		{name: "best 3, template", dialect: MMDet3,
			files: map[string]string{vis1: log3(1, .1, .3), "best_coco_segm_mAP_ds_epoch_2.pth": w, "ds_epoch_2.pth": w},
			want:  "best_coco_segm_mAP_ds_epoch_2.pth", score: .3},
		{name: "best 3, other beside", dialect: MMDet3,
			files: map[string]string{vis1: log3(1, .1, .3), "best_coco_segm_mAP_epoch_2.pth": w,
				"best_coco_segm_mAP_50_epoch_1.pth": w}, want: "best_coco_segm_mAP_epoch_2.pth", score: .3},
		{name: "best 3, zero", dialect: MMDet3,
			files: map[string]string{vis1: log3(1, "0.0"), "best_coco_segm_mAP_epoch_1.pth": w},
			want:  "best_coco_segm_mAP_epoch_1.pth"},
		{name: "best 3, resumed", dialect: MMDet3, files: map[string]string{vis1: log3(1, .1, .2), vis2: log3(2, .4, .3),
			"best_coco_segm_mAP_epoch_2.pth": w}, want: "best_coco_segm_mAP_epoch_2.pth", score: .4},

		{name: "last 3, other mount", dialect: MMDet3, pick: "last",
			files: map[string]string{vis1: log3(1, .1, .2), "epoch_1.pth": w, "epoch_2.pth": w,
				"last_checkpoint": "/mnt/other/wd/epoch_2.pth\n"}, want: "epoch_2.pth", score: .2,
			text: "last_checkpoint names it"},
		{name: "last 3, from Windows", dialect: MMDet3, pick: "last",
			files: map[string]string{"epoch_2.pth": w, "last_checkpoint": `D:\wd\epoch_2.pth`}, want: "epoch_2.pth"},
		{name: "last 3, lost", dialect: MMDet3, pick: "last",
			files: map[string]string{"epoch_1.pth": w, "last_checkpoint": "wd/epoch_2.pth"}, code: CheckpointMissing,
			text: "last_checkpoint names epoch_2.pth, which does not exist: found epoch_1.pth"},
		{name: "last 3, older", dialect: MMDet3, pick: "last", files: map[string]string{"epoch_1.pth": w, "epoch_3.pth": w,
			"last_checkpoint": "wd/epoch_1.pth"}, code: CheckpointDisagree,
			text: "last_checkpoint names epoch_1.pth, but there is also epoch_3.pth"},
		{name: "last 3, own template", dialect: MMDet3, pick: "last",
			files: map[string]string{"ck9.pth": w, "ck10.pth": w, "last_checkpoint": "wd/ck10.pth"}, want: "ck10.pth"},
		{name: "last by number", pick: "last", files: map[string]string{run1: three, "detectors_epoch_2.pth": w,
			"detectors_epoch_3.pth": w, "best_segm_mAP_epoch_2.pth": w, "swa.pth": w}, want: "detectors_epoch_3.pth", score: .2,
			text: "the highest epoch"},
		{name: "last by link", pick: "last", latest: "epoch_10.pth",
			files: map[string]string{"epoch_9.pth": w, "epoch_10.pth": w}, want: "epoch_10.pth", text: "latest.pth names it"},
		{name: "last, unfinished", pick: "last", files: map[string]string{run1: three, "epoch_2.pth": w},
			code: CheckpointDisagree, text: "found epoch_2.pth, but the log continues to epoch 3"},
		{name: "last, two templates", pick: "last", files: map[string]string{"epoch_2.pth": w, "detectors_epoch_2.pth": w},
			code: CheckpointAmbiguous, text: "found detectors_epoch_2.pth and epoch_2.pth"},
		{name: "last, none", pick: "last", files: map[string]string{run1: three}, code: CheckpointMissing,
			text: "such as epoch_12.pth"},

		{name: "epoch", pick: "epoch:2",
			files: map[string]string{run1: three, "epoch_2.pth": w, "best_segm_mAP_epoch_2.pth": w}, want: "epoch_2.pth",
			score: .3},
		{name: "epoch of a best file", pick: "epoch:2", files: map[string]string{run1: three, "best_segm_mAP_epoch_2.pth": w},
			want: "best_segm_mAP_epoch_2.pth", score: .3},
		{name: "epoch, none", pick: "epoch:7", files: map[string]string{run1: three, "epoch_3.pth": w},
			code: CheckpointMissing, text: "found epoch_3.pth, expected one of epoch 7"},
		{name: "epoch, two", pick: "epoch:2", files: map[string]string{"epoch_2.pth": w, "a_epoch_2.pth": w},
			code: CheckpointAmbiguous},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := filesOf(c.files)
			if c.latest != "" {
				files["latest.pth"] = &fstest.MapFile{Data: []byte(c.latest), Mode: fs.ModeSymlink}
			}
			if c.dialect == "" {
				c.dialect = MMDet2
			}
			wd, err := ReadWorkDir(files, "work", c.dialect)
			if err != nil {
				t.Fatal(err)
			}
			choice, err := wd.Pick(c.pick, c.metric)
			if c.code != "" {
				var e *CheckpointError
				if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(e.Error(), c.text) || e.Advice == "" {
					t.Fatalf("error %v, want %s with %q and advice", err, c.code, c.text)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if choice.File != c.want || !strings.Contains(choice.How, c.text) {
				t.Errorf("%s (%s), want %s (%s)", choice.File, choice.How, c.want, c.text)
			}
			if (choice.Score == nil) != (c.score == 0 && !strings.Contains(c.name, "zero")) || choice.Score != nil &&
				*choice.Score != c.score {
				t.Errorf("score %v, want %v", choice.Score, c.score)
			}
			if choice.Sum.Size != int64(len(w)) || len(choice.Sum.SHA256) != 64 {
				t.Errorf("sum %+v", choice.Sum)
			}
		})
	}
	wd, err := ReadWorkDir(filesOf(map[string]string{"epoch_1.pth": w}), "work", MMDet2)
	if err != nil {
		t.Fatal(err)
	}
	for _, pick := range []string{"epoch:", "epoch:0", "epoch:x", "newest"} {
		var e *PickError
		if _, err := wd.Pick(pick, ""); !errors.As(err, &e) {
			t.Errorf("pick %q: error %v", pick, err)
		}
	}
}

func TestResumable(t *testing.T) {
	const run1 = "20230711_100000.log.json"
	w := weights("x")
	for _, c := range []struct {
		name    string
		dialect Dialect
		files   map[string]string
		want    string
	}{
		{"validated", MMDet2, map[string]string{run1: log2(1, .1, .3), "epoch_1.pth": w, "epoch_2.pth": w,
			"best_segm_mAP_epoch_2.pth": w}, "epoch_2.pth"},
		{"best not written", MMDet3, map[string]string{"20230711_100000/vis_data/scalars.json": log3(1, .1, .3),
			"epoch_1.pth": w, "epoch_2.pth": w, "best_coco_segm_mAP_epoch_2.pth": w[:9]}, "epoch_1.pth"},
		{"not validated", MMDet2, map[string]string{run1: log2(1, .1, .3, nil), "epoch_2.pth": w, "epoch_3.pth": w},
			"epoch_2.pth"},
		{"cut off", MMDet2, map[string]string{run1: log2(1, .1, .3), "epoch_1.pth": w, "epoch_2.pth": w[:40]}, "epoch_1.pth"},
		{"best alone", MMDet2, map[string]string{run1: log2(1, .1, .3), "best_segm_mAP_epoch_2.pth": w},
			"best_segm_mAP_epoch_2.pth"},
		{"best alone, 3", MMDet3, map[string]string{"20230711_100000/vis_data/scalars.json": log3(1, .1, .3),
			"best_coco_segm_mAP_epoch_2.pth": w}, ""},
		{"no validations", MMDet2, map[string]string{run1: log2(1, nil, nil, nil), "epoch_2.pth": w, "epoch_3.pth": w},
			"epoch_2.pth"},
		{"rare checkpoints", MMDet2, map[string]string{run1: log2(1, nil, nil, nil), "epoch_3.pth": w}, "epoch_3.pth"},
		{"first epoch not validated", MMDet2, map[string]string{run1: log2(1, nil), "epoch_1.pth": w}, ""},
		{"nothing", MMDet2, map[string]string{run1: log2(1, .1)}, ""},
	} {
		wd, err := ReadWorkDir(filesOf(c.files), "work", c.dialect)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if r := wd.Resumable(""); r != nil {
			got = r.Name
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSums(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 3<<16)
	var sums []FileSum
	for i, text := range []string{big, big[:len(big)-1] + "x", "small"} {
		s, err := SumEnds(strings.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		if s.Ends != (i < 2) || slices.Contains(sums, s) || s.Size != int64(len(text)) {
			t.Errorf("%d: %+v", i, s)
		}
		sums = append(sums, s)
	}
	whole, err := Sum(strings.NewReader(big))
	if err != nil || whole.SHA256 == sums[0].SHA256 || whole.Size != sums[0].Size {
		t.Errorf("%+v, %v", whole, err)
	}
	if s, err := Sum(strings.NewReader("small")); err != nil || s != sums[2] {
		t.Errorf("a small file's ends are not the whole: %+v, %v", s, err)
	}
}

// stream is a file that cannot be read at an offset.
type stream struct{ fs.File }

type streams struct{ fs.FS }

func (s streams) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	if _, dir := f.(fs.ReadDirFile); dir || err != nil {
		return f, err
	}
	return stream{f}, nil
}

func TestStreams(t *testing.T) {
	_, err := ReadWorkDir(streams{filesOf(map[string]string{"epoch_1.pth": "x"})}, "work", MMDet2)
	if err == nil || !strings.Contains(filepath.ToSlash(err.Error()),
		"work/epoch_1.pth: the file system cannot read at an offset") {
		t.Errorf("error %v", err)
	}
}
