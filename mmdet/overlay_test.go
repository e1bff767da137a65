package mmdet_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/mmdet"
)

// TestOverlayGolden compares configs and command lines of both dialects with golden
// files. reference/overlay.py checks how mmengine and mmcv read these.
func TestOverlayGolden(t *testing.T) {
	for _, dialect := range []string{"mmdet2", "mmdet3"} {
		text, err := os.ReadFile("testdata/overlay/" + dialect + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		r := read(t, string(text))
		var commands strings.Builder
		for i := range r.Stages {
			s := &r.Stages[i]
			in := &mmdet.Resolved{LoadFrom: "/ckpt é/best.pth", PythonPath: "/caller"}
			if r.Stages[i].Init == nil && s.Kind == mmdet.Train || s.Init != nil && s.Init.Stage == "" {
				in.LoadFrom = ""
			}
			if len(s.Scales) > 0 {
				in.Scale = s.Scales[1]
			}
			overlay, err := r.Overlay(s, in)
			if err != nil {
				t.Fatal(err)
			}
			golden.Equal(t, filepath.Join("testdata/overlay", dialect+"-"+s.ID+".py"), overlay)

			in.Resume = "/recipes/work_dirs/x/epoch_2.pth"
			if again, err := r.Overlay(s, in); err != nil || string(again) != string(overlay) {
				t.Errorf("%s: the config changes when the stage is resumed: %v", s.ID, err)
			}
			if s.ID != "full" {
				in.Resume = ""
			}
			c, err := r.Command(s, in, r.OverlayPath(s, in.Scale))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&commands, "%s\n  argv  %q\n  env   %q\n  unset %q\n  dir   %q\n", s.ID, c.Argv, c.Env, c.Unset, c.Dir)
		}
		golden.Equal(t, "testdata/overlay/"+dialect+"-commands.txt", []byte(commands.String()))
	}
}

func TestOverlayErrors(t *testing.T) {
	r := read(t, small)
	s2, infer := r.Stage("s2"), r.Stage("i")
	paths := func(name string) func(string) (string, string) {
		return func(string) (string, string) { return name, "/images" }
	}
	for _, c := range []struct {
		name, want string
		s          *mmdet.Stage
		in         mmdet.Resolved
	}{
		{"checkpoint not known", "the checkpoint of stage s1 is not known yet", s2, mmdet.Resolved{}},
		{"braces", "has a line break, a NUL, {{", s2, mmdet.Resolved{LoadFrom: "/a/{{ fileDirname }}.pth"}},
		{"variable", "has a line break", s2, mmdet.Resolved{LoadFrom: "/a/${x}.pth"}},
		{"line break", "has a line break", s2, mmdet.Resolved{LoadFrom: "/a/b\nc.pth"}},
		{"NUL", "has a line break", s2, mmdet.Resolved{LoadFrom: "x", DatasetPath: paths("/a/\x00.json")}},
		{"package", "has a line break", infer, mmdet.Resolved{LoadFrom: "x", DatasetPath: paths("/a::b.json")}},
		{"no UTF-8", "or invalid UTF-8", infer, mmdet.Resolved{LoadFrom: "x", WorkDir: "/a/\xff"}},
		{"lazy base", "from which a text config cannot inherit", s2,
			mmdet.Resolved{LoadFrom: "x",
				Config: []byte("from mmengine.config import read_base\nwith read_base():\n    from .a import *\n")}},
		{"relative import", "from which a text config cannot inherit", s2,
			mmdet.Resolved{LoadFrom: "x", Config: []byte("x = 1\nfrom .a import *\n")}},
		{"wrapped", "has a RepeatDataset: set dataset_path to the innermost dataset, such as train_dataloader.dataset.dataset", s2,
			mmdet.Resolved{LoadFrom: "x",
				Config: []byte("train_dataloader = dict(dataset=dict(type='RepeatDataset', times=3))\n")}},
		{"no such scale", "found scale 7, expected one of []", infer, mmdet.Resolved{LoadFrom: "x", Scale: 7}},
		{"no config", "kind fuse has no config", r.Stage("f"), mmdet.Resolved{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := r.Overlay(c.s, &c.in)
			var bad *mmdet.StageError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	in := &mmdet.Resolved{LoadFrom: "x",
		Config: []byte("# from mmengine.config import read_base\n# type='RepeatDataset'\n")}
	if _, err := r.Overlay(s2, in); err != nil {
		t.Errorf("comments are no code: %v", err)
	}
}

func TestSlurmCommand(t *testing.T) {
	text := strings.Replace(small, "roots:", "launch: {engine: slurm, gpus: 4, nodes: 2}\nroots:", 1)
	r := read(t, text)
	c, err := r.Command(r.Stage("s1"), &mmdet.Resolved{}, "o.py")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(c.Argv,
		" "), "python -u /opt/mmdetection/tools/train.py o.py --launcher slurm"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	r = read(t, strings.Replace(text, "nodes: 2}", "nodes: 2, slurm: {launcher: torchrun}}", 1))
	c, err = r.Command(r.Stage("s1"), &mmdet.Resolved{Head: "n1:20001"}, "o.py")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(c.Argv,
		" "), "python -u -m torch.distributed.run --nnodes 2 --nproc_per_node 4 --rdzv_backend c10d --rdzv_endpoint n1:20001 /opt/mmdetection/tools/train.py o.py --launcher pytorch"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOwnCommands(t *testing.T) {
	r := read(t, small)
	for id, want := range map[string]string{
		"build-ds3": "hubdata convert --dataset 3 --per none -o /recipes/coco_data/ds3.json /recipes",
		"f":         "hubdata pseudo --model i=/recipes/work_dirs/i/results.segm.json --images /recipes/coco_data/ds3.json --results /recipes/work_dirs/f/fused.segm.json -o /recipes/work_dirs/f/fused.json /recipes",
		"ps":        "hubdata pseudo --model i=/recipes/work_dirs/i/results.segm.json --images /recipes/coco_data/ds3.json --thr 0.5 -o /recipes/work_dirs/ps/pseudo.json /recipes",
		"merge-ps":  "hubdata merge -o /recipes/coco_data/p.json --name t=/recipes/coco_data/t.json --name ps=/recipes/work_dirs/ps/pseudo.json /recipes/coco_data/t.json /recipes/work_dirs/ps/pseudo.json",
	} {
		c, err := r.Command(r.Stage(id), &mmdet.Resolved{}, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(c.Argv, " "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	in := &mmdet.Resolved{Results: func(id string) []string { return []string{"/a,b/" + id + ".segm.json"} },
		WorkDir: "/a,b/f"}
	c, err := r.Command(r.Stage("f"), in, "")
	if err != nil || c.Dir != "/a,b" || c.Argv[3] != "i=i.segm.json" {
		t.Errorf("got %v in %s, %v", c.Argv, c.Dir, err)
	}
	in.WorkDir = ""
	if _, err := r.Command(r.Stage("f"), in, ""); err == nil || !strings.Contains(err.Error(), "has a comma in its path") {
		t.Errorf("got %v", err)
	}
}
