package coco

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// TestResults compares a list in columns with a slice of records.
func TestResults(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		draw := func() Result {
			r := Result{ImageID: IntID(int64(rng.IntN(4))), CategoryID: int64(rng.IntN(3)), BBox: rle.Box{X: rng.Float64()}, Score: rng.Float64()}
			switch rng.IntN(4) {
			case 0:
				r.ImageID = StringID("a")
			case 1:
				r.Segmentation = Segmentation{raw: []byte(`{"size":[1,1],"counts":"1"}`), kind: KindRLE, read: true}
			case 2:
				r.Extra = Fields{{Key: "file_name", Value: []byte(`"a.png"`)}}
			}
			if rng.IntN(3) == 0 {
				r.Missing = FieldBBox
			}
			return r
		}
		list, want := new(Results), []Result{}
		for range rng.IntN(5) {
			part := new(Results)
			for range rng.IntN(6) {
				d := draw()
				part.Append(d)
				want = append(want, d)
			}
			if rng.IntN(2) == 0 {
				list.grow(rng.IntN(20))
			}
			if list.move(part); part.Len() != 0 {
				t.Fatal("a list that was moved is not empty")
			}
		}
		if n := rng.IntN(len(want) + 1); rng.IntN(2) == 0 {
			list.truncate(n)
			d := draw()
			list.Append(d)
			want = append(want[:n], d)
		}
		if got := list.List(); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: got %+v, want %+v", seed, got, want)
		}
		kept := []Result{}
		choice := rng.Uint64()
		keep := func(i int, d *Result) (bool, error) {
			d.CategoryID += int64(i % 2)
			d.ImageID = IntID(int64(i % 3))
			return choice>>(i%64)&1 == 1, nil
		}
		for i, d := range want {
			if yes, _ := keep(i, &d); yes {
				kept = append(kept, d)
			}
		}
		if err := list.Filter(keep); err != nil || !reflect.DeepEqual(list.List(), kept) {
			t.Fatalf("seed %d: filtered to %+v (%v), want %+v", seed, list.List(), err, kept)
		}
		for _, id := range list.ImageIDs() {
			found := false
			for i := range list.Len() {
				found = found || list.ImageIDs()[list.Image(i)] == id && list.ImageID(i) == id
			}
			if !found {
				t.Fatalf("seed %d: image %v is listed without a detection", seed, id)
			}
		}
	}
	bad := errors.New("bad")
	if err := NewResults(Result{}).Filter(func(int, *Result) (bool, error) { return false, bad }); !errors.Is(err, bad) {
		t.Errorf("error %v, want that of the function", err)
	}
}
