package mmdet_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/mmdet"
)

func TestShippedRecipes(t *testing.T) {
	if got := mmdet.Shipped(); !slices.Equal(got, []string{"hubmap-3rd", "hubmap-3rd-2026", "quickstart-mmdet3",
		"quickstart-rfdetr", "quickstart-torchvision", "quickstart-ultralytics"}) {
		t.Errorf("got %v", got)
	}
	for _, name := range mmdet.Shipped() {
		r := shipped(t, name)
		order, err := r.Order()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range order {
			in := &mmdet.Resolved{LoadFrom: "/w/x.pth"}
			if len(s.Scales) > 0 {
				in.Scale = s.Scales[0]
			}
			if s.Kind == mmdet.Train || s.Kind == mmdet.Infer {
				if _, err := r.Overlay(s, in); err != nil {
					t.Error(err)
				}
			}
			if _, err := r.Command(s, in, "overlay.py"); err != nil {
				t.Error(err)
			}
			for _, file := range s.Files {
				if _, err := mmdet.ShippedScript(file); err != nil {
					t.Error(err)
				}
			}
		}
	}
	text, err := os.ReadFile("../docs/trained.yaml")
	if err != nil {
		t.Fatal(err)
	}
	read(t, string(text))
	if _, err := mmdet.ShippedScript("hubmap-3rd.yaml"); err == nil {
		t.Error("a recipe is not a script")
	}
	if _, err := mmdet.ShippedRecipe("hubmap-3d"); err == nil ||
		!strings.Contains(err.Error(), "did you mean hubmap-3rd?") {
		t.Errorf("got %v", err)
	}
}

func shipped(t *testing.T, name string) *mmdet.Recipe {
	t.Helper()
	text, err := mmdet.ShippedRecipe(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := mmdet.ReadRecipe(bytes.NewReader(text), "/hubmap/"+name+".yaml")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestWinnersTrainings compares the recipe with the published configs and logs: data,
// weights, pick, epochs, batch size and learning rates.
func TestWinnersTrainings(t *testing.T) {
	const (
		v1  = "ds1_coco_1024_valid_all_fold1"
		t1  = "ds1_coco_1024_train_all_fold1"
		wsi = "ds2wsiall_coco_1024_train_fold1"
		vit = "htc++_beitv2_adapter_large_fpn_o365_coco.pth"
	)
	want := strings.Join([]string{
		"r101-1 " + wsi + " " + v1 + " detec_htcres101x32_pretcoco.pth 8 2 0.03 0.02",
		"r101-2 " + t1 + " " + v1 + " r101-1/best 21 2 0.01 1e-08",
		"cbnet-1 ds2_coco_1024_train_fold1 " + v1 +
			" htc_cbv2_swin_base22k_patch4_window7_mstrain_400-1400_giou_4conv1f_adamw_20e_coco.pth 10 2 0.025 0.015",
		"cbnet-2 ds1_coco_1024_train_all_fold5 ds1_coco_1024_valid_all_fold5 cbnet-1/last 22 2 0.01 1e-08",
		"vit-1 " + wsi + " " + v1 + " " + vit + " 8 2 0.03 0.02",
		"vit-2 " + t1 + " " + v1 + " vit-1/best 23 2 0.0125 1e-08",
		"vit-adamw-1 60_combined_ds2wsiall_exp2pseudo " + v1 + " " + vit + " 10 2 0.000225 0.00015",
		"vit-adamw-2 ds1_coco_1024_train_full_fold1 " + v1 + " vit-adamw-1/last 18 2 0.0001 1e-06",
		"vit-sgd-1 50_combined_ds2wsiall_exp2pseudo " + v1 + " " + vit + " 8 2 0.03 0.02",
		"vit-sgd-2 " + t1 + " " + v1 + " vit-sgd-1/best 23 2 0.01 1e-08",
		"r50-1 60_combined_ds2wsiall_exp1pseudo ds12_coco_1024_valid_fold1 detectors_htc_r50_1x_coco-329b1453.pth 8 3 0.03 0.025",
		"r50-2 " + t1 + " " + v1 + " r50-1/best 23 2 0.0125 1e-08",
	}, "\n")
	r := shipped(t, "hubmap-3rd")
	var got []string
	dirs := map[string]bool{}
	for i := range r.Stages {
		s := &r.Stages[i]
		if s.Kind != mmdet.Train {
			continue
		}
		from := s.Init.File + s.Init.URL
		from = from[strings.LastIndexByte(from, '/')+1:]
		if s.Init.Stage != "" {
			from = s.Init.Stage + "/" + s.Init.Pick
		}
		got = append(got, fmt.Sprintf("%s %s %s %s %d %d %v %v", s.ID, s.Train, s.Val, from, s.Epochs, s.BatchPerGPU,
			s.Set["optimizer.lr"], s.Set["lr_config.min_lr"]))
		if *s.Seed != 69 || r.TotalGPUs(s) != 3 || s.AllowOverlap != (s.ID == "vit-adamw-2") {
			t.Errorf("%s: seed %d, %d GPUs, overlap %v", s.ID, *s.Seed, r.TotalGPUs(s), s.AllowOverlap)
		}
		if dirs[r.WorkDir(s)] {
			t.Errorf("%s is the folder of two trainings", r.WorkDir(s))
		}
		dirs[r.WorkDir(s)] = true
	}
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}
