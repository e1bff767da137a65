package checkcmd_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/checkcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// TestCheckList holds --list against the rules.
func TestCheckList(t *testing.T) {
	code, text, _ := clitest.Hubdata(t, t.Context(), "check", "--list")
	code2, list, _ := clitest.Hubdata(t, t.Context(), "check", "--list", "--json")
	var rows []struct {
		Code     coco.Code
		Severity string
		Effects  []struct{ Outcome string }
	}
	if err := json.Unmarshal([]byte(list), &rows); err != nil || code != 0 || code2 != 0 {
		t.Fatalf("exit codes %d, %d, %v", code, code2, err)
	}
	for i, r := range checkcmd.Rules() {
		if !strings.Contains(text, fmt.Sprintf("%s (%s): ", r.Code, r.Severity)) || rows[i].Code != r.Code ||
			len(rows[i].Effects) != len(r.Effects) {
			t.Errorf("%s is not told as it is: %+v", r.Code, rows[i])
		}
	}
}

// TestCheckImageOutside: a name that leads out of the folder of images is not
// followed, though a file is there.
func TestCheckImageOutside(t *testing.T) {
	dir := t.TempDir()
	images, set := filepath.Join(dir, "images"), filepath.Join(dir, "set.json")
	text := `{"images": [{"id": 1, "file_name": "../set.json", "height": 40, "width": 40}], "annotations": [], "categories": [{"id": 1, "name": "a"}]}`
	if err := errors.Join(os.Mkdir(images, 0o777), os.WriteFile(set, []byte(text), 0o666)); err != nil {
		t.Fatal(err)
	}
	if _, out, stderr := clitest.Hubdata(t, t.Context(), "check", "--image-dir", images, set); !strings.Contains(out,
		"leads out of the folder") {
		t.Errorf("%s%s", out, stderr)
	}
}

// TestCheckHostile gives check what it must neither fail on nor take long for.
func TestCheckHostile(t *testing.T) {
	dir := t.TempDir()
	var rings, same strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&rings, ",%d,%d", i%2*4000, i)
	}
	for i := range 3000 {
		fmt.Fprintf(&same, `,{"id":%d,"image_id":1,"category_id":1,"segmentation":{"size":[40,40],"counts":[%d,7,%d]},"area":7,"bbox":[0,0,1,1],"iscrowd":0}`, i+2, i%1593, 1593-i%1593)
	}
	category := `"categories":[{"id":1,"name":"<img src=x onerror=alert(1)>"}]`
	for name, text := range map[string]string{
		"size":    `{"images":[{"id":1,"file_name":"a","height":9223372036854775807,"width":9223372036854775807}],"annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":{"size":[9223372036854775807,9223372036854775807],"counts":[1,2]}}],` + category + `}`,
		"product": `{"images":[{"id":1,"file_name":"a","height":4294967296,"width":4294967296}],"annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":[[0,0,1e8,0,1e8,1e8]]}],` + category + `}`,
		"large":   `{"images":[{"id":1,"file_name":"a","height":4096,"width":4096}],"annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":[[0,0` + rings.String() + `]]}],` + category + `}`,
		"same": `{"images":[{"id":1,"file_name":"a","height":40,"width":40}],"annotations":[{"id":1,"image_id":1}` +
			same.String() + `],` + category + `}`,
		"markup":   `{"images":[{"id":1,"file_name":"<script>alert(1)</script>\u001b[31m\u0007","height":40,"width":40,"tile":"\u001b]0;x\u0007"}],"annotations":[],` + category + `}`,
		"empty":    `{}`,
		"nothing":  ``,
		"null":     `null`,
		"list":     `[]`,
		"nan":      `{"annotations":[{"id":1,"image_id":1,"area":NaN}]}`,
		"cut":      `{"images":[{"id":1,`,
		"not JSON": "\x00\x1f\x8b",
	} {
		path := filepath.Join(dir, name+".json")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		consumer := "yolo"
		if name == "list" {
			consumer = "pycocotools" // which reads results
		}
		code, out, stderr := clitest.Hubdata(t, t.Context(), "check", "--all", "--for", consumer, path)
		if code != ui.ExitBadData && code != ui.ExitOK {
			t.Errorf("%s: exit code %d: %s", name, code, stderr)
		}
		if strings.ContainsAny(out+stderr, "\x1b\x07") {
			t.Errorf("%s: a control character comes through: %q", name, out+stderr)
		}
		for _, flags := range [][]string{{"--json"}, {"--sarif", "-"}} {
			_, out, stderr := clitest.Hubdata(t, t.Context(), append([]string{"check", path}, flags...)...)
			if !json.Valid([]byte(out)) || strings.Contains(out, "<script>") {
				t.Errorf("%s: %s gives %.200q, %s", name, flags[0], out, stderr)
			}
		}
		code, _, stderr = clitest.Hubdata(t, t.Context(), "check", "--quiet", "--fix", "--force", "-o",
			filepath.Join(dir, "out.json"), path)
		if code != ui.ExitBadData && code != ui.ExitOK && code != ui.ExitSkipped {
			t.Errorf("%s: --fix: exit code %d: %s", name, code, stderr)
		}
	}
}

// TestCheckWorkers holds what any number of workers says against one, on a file
// and on a folder.
func TestCheckWorkers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	if code, _, stderr := clitest.Hubdata(t, t.Context(), "demo", "--predictions", "0", "--quiet", dir); code != 0 {
		t.Fatal(stderr)
	}
	for _, args := range [][]string{{dir}, {dir, "--image-dir", filepath.Join(dir, "train")},
		{filepath.Join(dir, "coco_data", "coco", "ds1.json"), "--image-dir", filepath.Join(dir, "train"), "--for", "mmdet3",
			"--tile-meta", filepath.Join(dir, "tile_meta.csv")}} {
		args = append([]string{"check", "--all"}, args...)
		code, want, stderr := clitest.Hubdata(t, t.Context(), append(args, "-j", "1")...)
		if code != 0 || !strings.Contains(want, "0 errors") {
			t.Fatalf("%q: exit code %d: %s%s", args, code, want, stderr)
		}
		for _, n := range []string{"2", "7"} {
			if _, got, _ := clitest.Hubdata(t, t.Context(), append(args, "-j", n)...); got != want {
				t.Errorf("%q: %s workers say something else", args, n)
			}
		}
	}
}
