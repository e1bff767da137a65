package foldscmd_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
)

func TestFoldsBadInput(t *testing.T) {
	dir := clitest.FoldsFolder(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	tests := []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-k", "1"}, 2, "-k: found 1, expected 2 folds or more"},
		{[]string{"-k", "9", "--method", "kfold"}, 2,
			"9 folds of 8 samples: use at most 8\nhint: 8 tiles are to be divided; use a smaller -k"},
		{[]string{"-k", "3", "--group", "wsi"}, 2,
			"3 folds of 2 groups: use at most 2\nhint: use a smaller -k, or another --group"},
		{[]string{"-k", "5"}, 2, "the largest has 4 members, for 5 folds"},
		{[]string{"-k", "3", "--stratify", "stain"}, 0, "a class is smaller than the number of folds: the smallest has 2"},
		{[]string{"--stratify", "colour"}, 2,
			"has a value of colour\nhint: their members are id, source_wsi, dataset, i, j, stain, glomerulus"},
		{[]string{"--dataset", "7"}, 2, "no tile of"},
		{[]string{"--dataset", "3"}, 2, "no tile of"},
		{[]string{"--method", "best"}, 2, `--method: "best" is not one of stratified`},
		{[]string{"--method", "group"}, 2, "needs groups"},
		{[]string{"--method", "kfold", "--stratify", "wsi"}, 2, "uses no labels"},
		{[]string{"--method", "wsi", "-k", "3"}, 2, "-k 3, but the tiles are on 2 slides"},
		{[]string{"--seed", "4294967296"}, 2, "is more than 4294967295"},
		{[]string{"--seed", "1", "--no-shuffle"}, 2, "no effect"},
		{[]string{"--always-train", "2:slide=3"}, 2, "is not like 2 or 2:wsi=3,4"},
		{[]string{"--always-train", "3"}, 2, "dataset 3 has no outlines"},
		{[]string{"--fold", "9", "-k", "2"}, 2, "no fold 9: the plan has folds 1 to 2"},
		{[]string{"--buffer", "-1"}, 2, "is negative"},
		{[]string{"--method", "kfold", "-k", "2", "--buffer", "100000"}, 2, "leaves no training image for fold 1"},
		{[]string{"--from", in("doubled.csv")}, 3, `column "id": "t0" is already in row 1`},
		{[]string{"--from", in("unknown.csv")}, 3, `entry 2: tile "zz" is not in`},
		{[]string{"--from", in("gap.csv")}, 3, "no image is in fold 2"},
		{[]string{"--from", in("some.csv")}, 0, "has no fold for 6 tiles of dataset 1, as t2"},
		{[]string{"--audit", in("some.csv"), "-k", "3"}, 2, "leave out -k"},
		{[]string{"--audit", in("nothing.csv")}, 1, "nothing.csv"},
		{[]string{"--polygons", "-", "--method", "spatial"}, 2, "read twice"},
	}
	for _, tt := range tests {
		args := append(append([]string{"folds"}, tt.args...), dir)
		if tt.code == 0 {
			args = append(args, "-o", filepath.Join(t.TempDir(), "out"))
		}
		code, _, stderr := clitest.Hubdata(t, context.Background(), args...)
		if code != tt.code || !strings.Contains(stderr, tt.want) {
			t.Errorf("%q: exit %d, want %d:\n%s\nwant %s", tt.args, code, tt.code, stderr, tt.want)
		}
		if _, err := os.Stat(filepath.Join(dir, "coco_data")); err == nil {
			t.Fatalf("%q left coco_data", tt.args)
		}
	}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--coco", in("plain.json"), "--group-by", "patient"}, 2, `has a value of patient`},
		{[]string{"--coco", in("plain.json"), "--tile-meta", in("tile_meta.csv")}, 2,
			"--tile-meta is for the tiles of a folder: it has no effect with --coco"},
		{[]string{"--coco", in("plain.json"), "--dataset", "1"}, 2, "--dataset is for the tiles of a folder"},
		{[]string{"--coco", in("plain.json"), "-k", "99"}, 2, "images are to be divided; use a smaller -k\n"},
		{[]string{"--coco", in("plain.json"), "--method", "spatial"}, 2, "image 1 (id 1) has no position"},
		{[]string{"--coco", in("plain.json"), "--method", "wsi"}, 2, `has no field "source_wsi"`},
		{[]string{"--coco", in("plain.json")}, 2, "5 folds of 2 samples"},
		{[]string{"--coco", in("twice.json")}, 3, "images 1 and 2 have the same id 1"},
		{[]string{"--coco", in("none.json")}, 3, "no images: nothing to divide"},
		{[]string{"--coco", in("gone.json")}, 1, "gone.json"},
		{[]string{"--coco", in("plain.json"), dir}, 2, "found both"},
	} {
		code, _, stderr := clitest.Hubdata(t, context.Background(), append([]string{"folds"}, tt.args...)...)
		if code != tt.code || !strings.Contains(stderr, tt.want) {
			t.Errorf("%q: exit %d, want %d:\n%s\nwant %s", tt.args, code, tt.code, stderr, tt.want)
		}
	}
}

// TestFoldsWorkers: any number of workers writes the same bytes, and each set
// holds to the rules of its readers.
func TestFoldsWorkers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	if code, _, stderr := clitest.Hubdata(t, context.Background(), "demo", "--no-convert", "--quiet", dir); code != 0 {
		t.Fatal(stderr)
	}
	var first map[string]string
	for _, j := range []string{"1", "2", "7"} {
		out := filepath.Join(t.TempDir(), "out")
		if code, _, stderr := clitest.Hubdata(t, context.Background(), "folds", "--quiet", "-j", j, "-o", out,
			"--always-train", "2", dir); code != 0 {
			t.Fatal(stderr)
		}
		files := map[string]string{}
		for _, name := range clitest.Tree(t, out) {
			if data, err := os.ReadFile(filepath.Join(out, name)); err == nil {
				files[name] = string(data)
			}
		}
		if len(files) != 12 {
			t.Errorf("%d files", len(files))
		}
		if first == nil {
			first = files
		}
		for name, text := range files {
			if first[name] != text {
				t.Errorf("%s differs with %s workers", name, j)
			}
		}
	}
}
