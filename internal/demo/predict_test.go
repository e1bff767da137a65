package demo

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// record holds the fields that annotations and results share.
type record struct {
	ID           int        `json:"id"`
	ImageID      int        `json:"image_id"`
	CategoryID   int        `json:"category_id"`
	BBox         [4]float64 `json:"bbox"`
	Area         int        `json:"area"`
	Score        float64    `json:"score"`
	Segmentation struct {
		Size   [2]int `json:"size"`
		Counts string `json:"counts"`
	} `json:"segmentation"`

	mask rle.Mask
}

func decodeMasks(t *testing.T, list []record) map[int][]record {
	t.Helper()
	byImage := make(map[int][]record)
	for i, rec := range list {
		m, err := rle.ParseText(rec.Segmentation.Size[0], rec.Segmentation.Size[1], []byte(rec.Segmentation.Counts))
		if err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		rec.mask = m
		byImage[rec.ImageID] = append(byImage[rec.ImageID], rec)
	}
	return byImage
}

// iou computes the intersection over union of two masks pixel by pixel.
func iou(t *testing.T, a, b rle.Mask) float64 {
	t.Helper()
	both, err := rle.Intersect(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return float64(both.Area()) / float64(a.Area()+b.Area()-both.Area())
}

// match matches each detection with at least the given score to at most one
// vessel of IoU 0.5 or more.
func match(t *testing.T, truth, found map[int][]record, score float64) (recall, precision float64) {
	t.Helper()
	vessels, kept, hits := 0, 0, 0
	for _, list := range truth {
		vessels += len(list)
	}
	for id, list := range found {
		used := make([]bool, len(truth[id]))
		for _, d := range list {
			if d.Score < score {
				continue
			}
			kept++
			best, at := 0.5, -1
			for k, v := range truth[id] {
				if o := iou(t, d.mask, v.mask); !used[k] && o >= best {
					best, at = o, k
				}
			}
			if at >= 0 {
				used[at] = true
				hits++
			}
		}
	}
	return float64(hits) / float64(vessels), float64(hits) / float64(kept)
}

func TestPredictionsAndTruth(t *testing.T) {
	const most = 30
	s := New(&Options{Seed: 3, Predictions: most})
	tiles := s.Tiles()
	var b bytes.Buffer
	if err := s.WriteTruth(&b); err != nil {
		t.Fatal(err)
	}
	var set struct {
		Images []struct {
			ID       int    `json:"id"`
			FileName string `json:"file_name"`
		} `json:"images"`
		Annotations []record `json:"annotations"`
	}
	if err := json.Unmarshal(b.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Images) != 24 {
		t.Errorf("%d images, want 24", len(set.Images))
	}
	for _, img := range set.Images {
		if tile := tiles[img.ID-1]; img.FileName != tile.ID+".tif" || tile.Dataset != 3 {
			t.Errorf("image %d is %s, want %s of tier 3", img.ID, img.FileName, tile.ID)
		}
	}
	truth := decodeMasks(t, set.Annotations)
	ids := make(map[int]bool)
	for _, list := range truth {
		for _, a := range list {
			box := a.mask.Bounds()
			if ids[a.ID] || a.Area != a.mask.Area() || a.BBox != [4]float64{box.X, box.Y, box.W, box.H} || a.CategoryID != category {
				t.Errorf("annotation %+v", a)
			}
			ids[a.ID] = true
		}
	}

	for _, model := range append(Models(), "another") {
		b.Reset()
		if err := s.WritePredictions(&b, model); err != nil {
			t.Fatal(err)
		}
		var list []record
		if err := json.Unmarshal(b.Bytes(), &list); err != nil {
			t.Fatal(err)
		}
		if len(list) != 24*most {
			t.Errorf("%s: %d detections, want %d", model, len(list), 24*most)
		}
		last := 1.0
		for i, d := range list {
			if i > 0 && list[i-1].ImageID != d.ImageID {
				last = 1
			}
			if d.Score <= 0 || d.Score > last || d.Score != float64(float32(d.Score)) || d.CategoryID != category {
				t.Fatalf("%s: detection %d: score %v after %v, category %d", model, i, d.Score, last, d.CategoryID)
			}
			if d.BBox[0] < 0 || d.BBox[1] < 0 || d.BBox[0]+d.BBox[2] > 512.001 || d.BBox[1]+d.BBox[3] > 512.001 {
				t.Errorf("%s: detection %d: box %v", model, i, d.BBox)
			}
			last = d.Score
		}
		found := decodeMasks(t, list)
		recall, precision := match(t, truth, found, 0.5)
		within(t, model+": recall at 0.5", recall, 0.6, 0.92)
		within(t, model+": precision at 0.5", precision, 0.8, 0.98)
		_, better := match(t, truth, found, 0.7)
		_, worse := match(t, truth, found, 0.1)
		if better < precision || worse > precision-0.1 {
			t.Errorf("%s: precision %.3f, %.3f, %.3f at scores 0.1, 0.5, 0.7", model, worse, precision, better)
		}
	}
}

// TestFusingHelps checks that two agreeing models are right more often than a
// single model, and that all three find more than one does. Otherwise fusing
// would gain nothing.
func TestFusingHelps(t *testing.T) {
	s := New(&Options{Seed: 4, Predictions: 30})
	var b bytes.Buffer
	if err := s.WriteTruth(&b); err != nil {
		t.Fatal(err)
	}
	var set struct {
		Annotations []record `json:"annotations"`
	}
	if err := json.Unmarshal(b.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	truth := decodeMasks(t, set.Annotations)
	var models []map[int][]record
	for _, model := range Models() {
		b.Reset()
		if err := s.WritePredictions(&b, model); err != nil {
			t.Fatal(err)
		}
		var list []record
		if err := json.Unmarshal(b.Bytes(), &list); err != nil {
			t.Fatal(err)
		}
		models = append(models, decodeMasks(t, list))
	}
	sees := func(model int, image int, m rle.Mask) bool {
		for _, d := range models[model][image] {
			if d.Score >= 0.5 && iou(t, d.mask, m) >= 0.5 {
				return true
			}
		}
		return false
	}
	total, by := 0, make([]int, len(models))
	anyModel := 0
	for image, list := range truth {
		for _, v := range list {
			total++
			hit := false
			for k := range models {
				if sees(k, image, v.mask) {
					by[k]++
					hit = true
				}
			}
			if hit {
				anyModel++
			}
		}
	}
	for k, n := range by {
		if anyModel < n+total/20 {
			t.Errorf("%s finds %d of %d, all models together %d", Models()[k], n, total, anyModel)
		}
	}
	// Confirmed false detections are rarer than unconfirmed ones.
	falses, confirmed := 0, 0
	for image, list := range models[0] {
		for _, d := range list {
			if d.Score < 0.5 {
				continue
			}
			right := false
			for _, v := range truth[image] {
				right = right || iou(t, d.mask, v.mask) >= 0.5
			}
			if !right {
				falses++
				if sees(1, image, d.mask) || sees(2, image, d.mask) {
					confirmed++
				}
			}
		}
	}
	if falses == 0 || 2*confirmed > falses {
		t.Errorf("%d of %d false detections are confirmed by another model", confirmed, falses)
	}
}
