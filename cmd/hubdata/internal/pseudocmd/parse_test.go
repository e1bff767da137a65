package pseudocmd

import (
	"fmt"
	"github.com/urfave/cli/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flagtest"
)

// TestParse: what a file says of its options after these flags, and the paths of what is written.
func TestParse(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HUBDATA_DATA", dir)
	out := filepath.Join(dir, "coco_data", "pseudo_coco")
	for _, tt := range []struct {
		args string
		want map[string]any // of the provenance
		sets []string
	}{
		{"", map[string]any{"preset": "default", "drop_empty": false, "vote_rule": "weight"},
			[]string{filepath.Join(out, "pseudo_ds3_thr60.json")}},
		{"--thr 0.5,0.55 --dataset <3", map[string]any{},
			[]string{filepath.Join(out, "pseudo_dslt3_thr50.json"), filepath.Join(out, "pseudo_dslt3_thr55.json")}},
		{"--preset winner -o x.json.gz", map[string]any{"preset": "winner"}, []string{"x.json.gz"}},
		{"--fuse soft-nms --decay linear --iou 0 --vote 0 --post none -o -",
			map[string]any{"fuse": "soft-nms", "decay": "linear", "sigma": 0.5, "iou": 0.0, "vote": 0.0, "post": []string{}},
			[]string{"-"}},
		{"--ignore-band 0.3 --non-overlap --box-clip --drop-empty -o x",
			map[string]any{"ignore_band": 0.3, "non_overlap": true, "box_clip": true, "drop_empty": true},
			[]string{filepath.Join("x", "pseudo_ds3_thr60.json")}},
	} {
		args := append([]string{"--model", "m=a.json"}, strings.Fields(tt.args)...)
		o, err := flagtest.Parse(t, Command(nil), parseFlags, args...)
		if err != nil {
			t.Errorf("%s: %v", tt.args, err)
			continue
		}
		got := o.provenance()
		for key, want := range tt.want {
			if !reflect.DeepEqual(got[key], want) {
				t.Errorf("%s: %s is %v, want %v", tt.args, key, got[key], want)
			}
		}
		var sets []string
		for set := range o.labels.Above {
			sets = append(sets, o.setPath(set))
		}
		if fmt.Sprint(sets) != fmt.Sprint(tt.sets) {
			t.Errorf("%s: sets %q, want %q", tt.args, sets, tt.sets)
		}
	}
}

// TestParseModels: weights, and that what the files of one model find twice is joined.
func TestParseModels(t *testing.T) {
	t.Chdir(t.TempDir())
	o, err := flagtest.Parse(t, Command(nil), parseFlags, "--preset", "winner", "--model", "a=1.json,2.json", "--model",
		"b=3.json", "--weight", "b=2.5", "--merge", "d/ds2.json.gz", "--exclude", "x.json:glomerulus", "--exclude", "y.json")
	if err != nil {
		t.Fatal(err)
	}
	models := fmt.Sprint(o.provenance()["models"])
	if want := "[map[files:[1.json 2.json] name:a tta_nms:nms:box:0.5 weight:1] map[files:[3.json] name:b tta_nms:none weight:2.5]]"; models != want {
		t.Errorf("models %s, want %s", models, want)
	}
	if got := o.mergePath(0); got != filepath.Join("coco_data", "pseudo_coco", "thr60_combined_ds2.json") {
		t.Errorf("merged into %s", got)
	}
	if want := []classFile{{"x.json", "glomerulus"}, {"y.json", ""}}; !reflect.DeepEqual(o.exclude, want) {
		t.Errorf("exclude %v", o.exclude)
	}
	if got := o.modelPaths(); fmt.Sprint(got) != "[1.json 2.json 3.json]" {
		t.Errorf("paths %q", got)
	}
}

// parseFlags parses without a console: no flag names a file.
func parseFlags(ctx *cli.Context) (*options, error) { return parse(nil, ctx) }
