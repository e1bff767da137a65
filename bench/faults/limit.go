//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// openFiles runs commands that handle many files with a low limit of open
// files.
func openFiles(l *lab) {
	limited := func(limit int, words ...string) []string {
		return append([]string{"bash", "-c", fmt.Sprintf(`ulimit -n %d; exec "$0" "$@"`, limit), l.bin}, words...)
	}
	for _, c := range l.commands {
		out := l.fresh()
		code, _, stderr := l.run(limited(64, c.words(l.input(), out)...)...)
		if got := readTree(out); code != c.code || !maps.Equal(got, c.want) {
			l.fault("%s with 64 files: exit code %d: %s: %s", c.name, code, got.difference(c.want), stderr)
		}
	}
	l.row("at most 64 open files", fmt.Sprintf("each of the %d commands", len(l.commands)), len(l.commands),
		"the same bytes")

	// 20,000 tiles of 200 slides with an image each give 200 sets and more.
	many := l.manyTiles(20000, 200)
	for _, args := range [][]string{
		{"convert", "IN", "-o", "OUT/coco", "--quiet", "--tile-size", "image"},
		{"convert", "IN", "-o", "OUT/coco", "--quiet", "--segmentation", "polygon"},
		{"folds", "IN", "-k", "60", "-o", "OUT/folds", "--quiet"},
		{"check", "--image-dir", "IN/train", "--json", "IN/all.json"},
		{"folds", "IN", "--audit", "IN/plan.csv", "--json"},
		{"submission", "encode", "--tiles", "IN/train", "-o", "OUT/s.csv", "--force", "--quiet", "IN/none.json", "IN"},
		{"demo", "--quiet", "OUT/demo"},
	} {
		c := &command{args: args}
		out := l.fresh()
		wantCode, wantText, stderr := l.run(append([]string{l.bin}, c.words(many, out)...)...)
		want := readTree(out)
		if wantCode != 0 {
			l.fault("%s: exit code %d: %s", strings.Join(args, " "), wantCode, stderr)
		}
		out = l.fresh()
		code, text, stderr := l.run(limited(64, c.words(many, out)...)...)
		if got := readTree(out); code != wantCode || text != wantText || !maps.Equal(got, want) {
			l.fault("%s with 64 files: exit code %d: %s: %s", strings.Join(args, " "), code, got.difference(want), stderr)
		}
		what := fmt.Sprintf("the same %d files", len(want))
		if len(want) == 0 {
			what = "the same report"
		}
		l.row("at most 64 open files",
			fmt.Sprintf("`%s` of 20,000 tiles of 200 slides",
				strings.NewReplacer(" IN/", " ", " OUT/", " ", " IN", "", " --quiet", "").Replace(strings.Join(args, " "))), 1,
			"%s", what)
	}

	// The limit is too low for the command to work.
	runs, refused := 0, 0
	for _, c := range l.commands {
		for limit := 4; limit <= 24; limit += 4 {
			out := l.fresh()
			code, _, stderr := l.run(limited(limit, c.words(l.input(), out)...)...)
			runs++
			got := readTree(out)
			switch {
			case code == c.code && maps.Equal(got, c.want):
			case strings.HasPrefix(stderr, "hubdata: "):
				l.refused(fmt.Sprintf("%s with %d files", c.name, limit), code, stderr, "too many open files", got, tree{})
				refused++
			default:
				l.fault("%s with %d files: exit code %d: %s: %s", c.name, limit, code, got.difference(tree{}), stderr)
			}
		}
	}
	l.row("at most 4, 8, ... 24 open files", fmt.Sprintf("each of the %d commands", len(l.commands)), runs,
		"%d succeeded, %d failed with exit code 1 and \"too many open files\", nothing left behind", runs-refused, refused)
}

// manyTiles creates a dataset folder with many small tiles.
func (l *lab) manyTiles(tiles, slides int) string {
	dir := filepath.Join(l.dir, fmt.Sprintf("many%d", tiles))
	if _, err := os.Stat(filepath.Join(dir, "none.json")); err == nil {
		return dir
	}
	must(os.MkdirAll(filepath.Join(dir, "train"), 0o777))
	var table, outlines, plan strings.Builder
	table.WriteString("id,source_wsi,dataset,i,j\n")
	plan.WriteString("id,fold\n")
	type record = map[string]any
	images, annotations := []record{}, []record{}
	for i := range tiles {
		id := fmt.Sprintf("%012x", i)
		fmt.Fprintf(&table, "%s,%d,1,%d,%d\n", id, i%slides+1, i/slides*512, 0)
		fmt.Fprintf(&plan, "%s,%d\n", id, i%5+1)
		fmt.Fprintf(&outlines, `{"id":%q,"annotations":[{"type":"blood_vessel","coordinates":[[[%d,1],[5,1],[5,5]]]}]}`+"\n",
			id, i%4)
		images = append(images, record{"id": i + 1, "file_name": id + ".png", "height": 16, "width": 16})
		annotations = append(annotations, record{"id": i + 1, "image_id": i + 1, "category_id": 1, "bbox": []int{1, 1, 4, 4},
			"area": 16, "iscrowd": 0,
			"segmentation": [][]int{{1, 1, 5, 1, 5, 5, 1, 5}}})
		img := image.NewGray(image.Rect(0, 0, 16, 16))
		for k := range 256 {
			img.SetGray(k%16, k/16, color.Gray{Y: uint8(l.rng.Uint32())})
		}
		f, err := os.Create(filepath.Join(dir, "train", id+".png"))
		must(err)
		must(png.Encode(f, img))
		must(f.Close())
	}
	text, err := json.Marshal(record{"images": images, "annotations": annotations,
		"categories": []record{{"id": 1, "name": "blood_vessel"}}})
	must(err)
	for name, text := range map[string]string{"tile_meta.csv": table.String(), "polygons.jsonl": outlines.String(),
		"plan.csv": plan.String(), "all.json": string(text), "none.json": "[]"} {
		must(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	return dir
}
