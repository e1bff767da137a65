package coco

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
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

// TestReplaceMasks: masks are replaced, those of detections without one are not, and all else stays.
func TestReplaceMasks(t *testing.T) {
	const n = 10_000 // several blocks, and several stores of text
	r := new(Results)
	outline := func(i int) Segmentation {
		x := float64(i % 50)
		return Polygons([]rle.Ring{{{x, 2}, {x + 9.25, 3.5}, {x + 7, 20}, {x + 1.125, 17}}})
	}
	for i := range n {
		d := Result{ImageID: IntID(int64(i / 7)), CategoryID: int64(i % 3), Score: float64(i), BBox: rle.Box{X: float64(i)}}
		if i%5 != 0 && i != n-1 {
			d.Segmentation = outline(i)
		}
		r.Append(d)
	}
	before := r.List()
	calls, next := 0, 0
	err := r.ReplaceMasks(func(first int, masks []Segmentation) error {
		if first != next {
			t.Fatalf("a block begins with %d, expected %d", first, next)
		}
		next, calls = first+len(masks), calls+1
		for k, s := range masks {
			if s.Kind() == KindNone {
				masks[k] = outline(k) // has no effect
				continue
			}
			if got, expected := string(s.AppendJSON(nil)), string(outline(first+k).AppendJSON(nil)); got != expected {
				t.Fatalf("detection %d has the mask %s, expected %s", first+k, got, expected)
			}
			var err error
			if masks[k], err = s.Compressed(40, 70); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || calls < 2 || next != n-1 {
		t.Fatalf("%v after %d blocks, up to %d", err, calls, next)
	}
	for i, d := range before {
		got := r.At(i)
		a, errA := d.Segmentation.Mask(40, 70)
		b, errB := got.Segmentation.Mask(40, 70)
		if (errA == nil) != (errB == nil) || !a.Equal(b) {
			t.Fatalf("detection %d has another mask: %v, %v", i, errA, errB)
		}
		if d.Segmentation, got.Segmentation = (Segmentation{}), (Segmentation{}); !reflect.DeepEqual(d, got) {
			t.Fatalf("detection %d is %v, expected %v", i, got, d)
		}
	}
	bad := errors.New("bad")
	if err := r.ReplaceMasks(func(int, []Segmentation) error { return bad }); err != bad {
		t.Errorf("%v, expected the error of f", err)
	}
}

// TestCompressed: the mask stays, its text is that of RLE, and what Mask does not read is an error.
func TestCompressed(t *testing.T) {
	for _, size := range [][2]int{{40, 70}, {1, 1}, {70_000, 3}, {3, 70_000}} {
		for _, ring := range []rle.Ring{{{0, 0}, {9, 0}, {9, 9}}, {{-5, -5}, {90_000, -5}, {90_000, 90_000}, {-5, 90_000}}, {{1, 1}, {1, 1}, {1, 1}}} {
			s := Polygons([]rle.Ring{ring})
			m, err := s.Mask(size[0], size[1])
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Compressed(size[0], size[1])
			if err != nil {
				t.Fatal(err)
			}
			if a, b := string(got.AppendJSON(nil)), string(RLE(m).AppendJSON(nil)); a != b {
				t.Errorf("%v: %s, expected %s", size, a, b)
			}
			if back, err := got.Mask(size[0], size[1]); err != nil || !back.Equal(m) {
				t.Errorf("%v: another mask: %v", size, err)
			}
		}
	}
	if _, err := (Segmentation{}).Compressed(3, 3); !errors.Is(err, ErrNoMask) {
		t.Errorf("%v, expected ErrNoMask", err)
	}
}

// TestMoveTexts moves lists, and adds to both in turns: neither may write over texts of the
// other, although they share memory.
func TestMoveTexts(t *testing.T) {
	var to, from Results
	var expected []string
	add := func(r *Results, n int) string {
		text := `"` + strings.Repeat(string(rune('0'+n%10)), n) + `"`
		r.add(r.images.of(IntID(1)), r.categories.of(1), rle.Box{}, 0, 0)
		r.addMask([]byte(text), maskText{kind: KindRLE, read: true})
		return text
	}
	for n := 1; n < 400; n += 7 {
		var moved []string
		for k := range 3 {
			moved = append(moved, add(&from, n+k))
		}
		to.move(&from)
		if len(from.texts) != 1 || len(from.texts[0]) != 0 {
			t.Fatal("the list does not keep the memory that it has not used")
		}
		expected = append(expected, moved...)
		if n%3 == 0 {
			expected = append(expected, add(&to, n))
		}
	}
	for i, text := range expected {
		if got := string(to.Segmentation(i).raw); got != text {
			t.Fatalf("mask %d: found %s, expected %s", i, got, text)
		}
	}
}
