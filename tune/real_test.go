package tune

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
)

// realSource reads the real predictions, if they are there.
func realSource(t testing.TB) *Source {
	t.Helper()
	dir := os.Getenv("HUBDATA_REAL")
	if dir == "" {
		dir = filepath.Join("..", "shared", "data")
	}
	dir = filepath.Join(dir, "hubmap")
	f, err := os.Open(filepath.Join(dir, "fold0_val_gt.json"))
	if err != nil {
		t.Skip("no real data: ", err)
	}
	defer f.Close()
	truth, err := coco.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	s := &Source{Truth: truth, Predictions: make([][]pseudo.Prediction, len(truth.Images))}
	paths, _ := filepath.Glob(filepath.Join(dir, "predictions", "*.segm.json"))
	for m, path := range paths {
		s.Models = append(s.Models, strings.TrimSuffix(filepath.Base(path), ".segm.json"))
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for r, err := range coco.ReadResults(f) {
			if err != nil {
				t.Fatal(err)
			}
			i, _ := r.ImageID.Int()
			s.Predictions[i] = append(s.Predictions[i], pseudo.Prediction{Model: m, Source: m, Record: n, Category: r.CategoryID, Score: r.Score, Box: r.BBox, Segmentation: r.Segmentation})
			n++
		}
		f.Close()
	}
	return s
}

// TestRealSearch searches on the real predictions. HUBDATA_TUNE is the number of settings.
func TestRealSearch(t *testing.T) {
	s := realSource(t)
	if os.Getenv("HUBDATA_TUNE") == "" {
		t.Skip("HUBDATA_TUNE is not set")
	}
	var n int
	if err := json.Unmarshal([]byte(os.Getenv("HUBDATA_TUNE")), &n); err != nil {
		t.Fatal(err)
	}
	s.Goal, _ = ParseGoal("hubmap")
	start := time.Now()
	b, err := NewBench(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Log("bench", time.Since(start))
	space, err := ReadSpace(strings.NewReader(DefaultSpace()), s.Models, []string{"blood_vessel", "other"})
	if err != nil {
		t.Fatal(err)
	}
	folds := make([]int, len(s.Truth.Images))
	for i := range folds {
		folds[i] = i % 2
	}
	start = time.Now()
	r, err := Search(context.Background(), b, &Options{Space: space, Folds: folds, Settings: n, Seed: 42})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("search", time.Since(start))
	r.Settings = nil
	text, _ := json.MarshalIndent(r, "", " ")
	t.Log(string(text))
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Log("memory", m.Sys>>20)
}
