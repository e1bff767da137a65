package coco

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
)

// realFile reads a file of the real data, or skips the test if it is absent.
func realFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(golden.Real(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// sameJSON reports whether two texts contain the same values.
func sameJSON(t testing.TB, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatalf("first text: %v", err)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatalf("second text: %v", err)
	}
	return reflect.DeepEqual(x, y)
}

func TestRealDatasetRoundTrip(t *testing.T) {
	text := realFile(t, "hubmap/fold0_val_gt.json")
	d, err := Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Images) != 85 || len(d.Annotations) != 703 || len(d.Categories) != 1 {
		t.Fatalf("%d images, %d annotations, %d categories, want 85, 703, 1", len(d.Images), len(d.Annotations), len(d.Categories))
	}
	var out bytes.Buffer
	if err := d.Encode(&out); err != nil {
		t.Fatal(err)
	}
	if !sameJSON(t, text, out.Bytes()) {
		t.Error("the dataset changed by being read and written")
	}
	again, err := Decode(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	var second bytes.Buffer
	if err := again.Encode(&second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), second.Bytes()) {
		t.Error("writing twice gives other bytes")
	}
	for i := range d.Annotations {
		a := &d.Annotations[i]
		m, err := a.Segmentation.Mask(512, 512)
		if err != nil {
			t.Fatalf("annotation %d: %v", i, err)
		}
		if m.Area() == 0 {
			t.Errorf("annotation %d: empty mask", i)
		}
	}
}

func TestRealResultsRoundTrip(t *testing.T) {
	for _, name := range []string{"maskrcnn_2e03d558", "maskrcnn_d998067d"} {
		text := realFile(t, "hubmap/predictions/"+name+".segm.json")
		results, err := DecodeResults(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if results.Len() < 4000 {
			t.Fatalf("%s: %d results", name, results.Len())
		}
		var out bytes.Buffer
		if err := EncodeResults(&out, results.List()); err != nil {
			t.Fatal(err)
		}
		if !sameJSON(t, text, out.Bytes()) {
			t.Errorf("%s: the results changed by being read and written", name)
		}
		for i := range results.Len() {
			if _, err := results.Segmentation(i).Mask(512, 512); err != nil {
				t.Fatalf("%s: result %d: %v", name, i, err)
			}
		}
	}
}
