package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/mmdet"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// read reads a bad file as the command for it does, and returns the first error
// or all faults.
func read(name string, f io.Reader) error {
	kind, _, _ := strings.Cut(name, "-")
	switch kind {
	case "outlines":
		return convert(f)
	case "packed":
		var r io.Reader
		var err error
		if filepath.Ext(name) == ".gz" {
			r, err = gzip.NewReader(f)
		} else {
			r, err = zstd.NewReader(f)
		}
		if err != nil {
			return err
		}
		return convert(r)
	case "tiles":
		_, err := wsi.ReadTable(f)
		return err
	case "slides":
		for _, err := range wsi.ReadSlides(f) {
			if err != nil {
				return err
			}
		}
	case "coco":
		d, err := coco.Decode(f)
		if err != nil {
			return err
		}
		for _, p := range check.Dataset(d, nil) {
			err = errors.Join(err, errors.New(p.String()))
		}
		return err
	case "results":
		list, err := coco.DecodeResults(f)
		if err != nil {
			return err
		}
		m, err := rle.FromBox(64, 64, rle.Box{X: 4, Y: 4, W: 8, H: 8})
		if err != nil {
			return err
		}
		truth := &coco.Dataset{Images: []coco.Image{{ID: coco.IntID(1), Height: 64, Width: 64}}, Categories: []coco.Category{{ID: 1, Name: "blood_vessel"}},
			Annotations: []coco.Annotation{{ID: coco.IntID(1), ImageID: coco.IntID(1), CategoryID: 1, Segmentation: coco.RLE(m), Area: 64, BBox: m.Bounds()}}}
		_, err = eval.Evaluate(context.Background(), truth, list, nil)
		return err
	case "submission":
		var faults error
		_, err := wsi.CheckSubmission(f, &wsi.SubmissionRules{TileSize: wsi.TilePixels}, func(f wsi.SubmissionFault) {
			faults = errors.Join(faults, errors.New(f.String()))
		})
		return errors.Join(faults, err)
	case "plan":
		if filepath.Ext(name) == ".json" {
			_, err := folds.ReadPlanJSON(f)
			return err
		}
		plan, err := folds.ReadPlanCSV(f)
		if err == nil {
			err = plan.Validate()
		}
		return err
	case "recipe":
		_, err := mmdet.ReadRecipe(f, name)
		return err
	case "image":
		_, err := wsi.DecodeImage(f)
		return err
	}
	return nil
}

// convert reads outlines of the tiles of hubmap.
func convert(outlines io.Reader) error {
	table, err := os.Open(filepath.Join(root, "hubmap", "tile_meta.csv"))
	if err != nil {
		return err
	}
	defer table.Close()
	tiles, err := wsi.ReadTable(table)
	if err != nil {
		return err
	}
	for _, err := range wsi.Convert(context.Background(), tiles, outlines, nil) {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestBad checks that each file has the fault in its name.
func TestBad(t *testing.T) {
	want := map[string]string{
		"coco-category.json":       "annotations[0].category_id: found 9",
		"coco-cut.json":            "byte 120: found the end of the text",
		"coco-duplicate.json":      "(mask-equal)",
		"coco-ids.json":            "(annotation-id-duplicate)",
		"coco-image.json":          "(image-unknown)",
		"coco-images.json":         "(image-id-duplicate)",
		"coco-iscrowd.json":        "(iscrowd-missing)",
		"coco-letters.json":        "corrupt mask: character '~'",
		"coco-list.json":           "found a list, expected an object",
		"coco-members.json":        "duplicate member",
		"coco-nan.json":            "annotations[0].area: found none",
		"coco-ring.json":           "(ring-box)",
		"coco-runs.json":           "runs sum to 288",
		"coco-size.json":           "(rle-size)",
		"coco-types.json":          "images[0].height: byte 48: found a string",
		"image-cut.png":            "corrupt image: PNG",
		"image-cut.tif":            "corrupt image: TIFF",
		"image-huge.png":           "dimension overflow",
		"image-text.tif":           "unknown image format",
		"outlines-class.jsonl":     "line 2, column 49",
		"outlines-cut.jsonl":       "line 2, column 58",
		"outlines-huge.jsonl":      "bad coordinate",
		"outlines-json.jsonl":      "line 2, column 40",
		"outlines-list.jsonl":      "line 2, column 1",
		"outlines-nan.jsonl":       "found NaN",
		"outlines-nesting.jsonl":   "512 levels",
		"outlines-points.jsonl":    "2 points",
		"outlines-text.jsonl":      "line 2, column 83",
		"outlines-tile.jsonl":      "line 2, column 8 (tile ffffffffffff)",
		"outlines-twice.jsonl":     "line 2, column 8",
		"outlines-utf8.jsonl":      "line 2, column 25",
		"packed-checksum.jsonl.gz": "checksum",
		"packed-cut.jsonl.gz":      "unexpected EOF",
		"packed-cut.jsonl.zst":     "unexpected EOF",
		"packed-plain.jsonl.gz":    "invalid header",
		"packed-plain.jsonl.zst":   "magic number mismatch",
		"plan-column.csv":          `no column "fold"`,
		"plan-cut.json":            "invalid plan",
		"plan-fold.csv":            `row 2 (line 3), column "fold"`,
		"plan-twice.csv":           `row 2 (line 3), column "id"`,
		"recipe-key.yaml":          "learning_rate: unknown key",
		"results-box.json":         "[1].bbox",
		"results-cut.json":         "[1]: byte 150",
		"results-image.json":       "results[1].image_id",
		"results-number.json":      "[1].score",
		"results-runs.json":        "results[1].segmentation",
		"results-score.json":       "results[1].score",
		"slides-number.csv":        `row 1 (line 2), column "age"`,
		"submission-bytes.csv":     "(bytes-literal)",
		"submission-class.csv":     "(class)",
		"submission-column.csv":    "(column-missing)",
		"submission-mask.csv":      "(mask)",
		"submission-score.csv":     "(score)",
		"submission-size.csv":      "(size)",
		"submission-tokens.csv":    "(tokens)",
		"submission-twice.csv":     "(id-twice)",
		"tiles-column.csv":         `no column "dataset"`,
		"tiles-empty.csv":          "the file is empty",
		"tiles-number.csv":         `row 2 (line 3), column "source_wsi"`,
		"tiles-quote.csv":          "row 2 (line 3)",
		"tiles-short.csv":          "row 2 (line 3): 3 fields",
		"tiles-twice.csv":          `row 2 (line 3), column "id"`,
	}
	entries, err := os.ReadDir(filepath.Join(root, "bad"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		f, err := os.Open(filepath.Join(root, "bad", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		err = read(e.Name(), f)
		_ = f.Close()
		text, ok := want[e.Name()]
		delete(want, e.Name())
		if !ok || err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, want %q", e.Name(), err, text)
		}
	}
	for name := range want {
		t.Errorf("%s is missing", name)
	}
}
