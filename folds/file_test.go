package folds

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// reopen opens a text any number of times, and counts.
type reopen struct {
	text         string
	opened, open int
	closing      error
}

func (r *reopen) Open() (io.ReadCloser, error) {
	r.opened++
	r.open++
	return &reading{strings.NewReader(r.text), r}, nil
}

type reading struct {
	io.Reader
	of *reopen
}

func (r *reading) Close() error { r.of.open--; return r.of.closing }

// splitAll splits a file into all sets of a plan, and the set of all images.
func splitAll(t *testing.T, f *File, p *Plan, names []string) map[Set]*coco.Dataset {
	t.Helper()
	texts := map[Set]*bytes.Buffer{}
	wrote, err := f.Split(t.Context(), p, names, append(p.Sets(), Set{NoFold, Train}),
		func(s Set) (io.Writer, json.RawMessage, error) {
			texts[s] = &bytes.Buffer{}
			return texts[s], json.RawMessage(`{"of":"a test"}`), nil
		})
	if err != nil {
		t.Fatal(err)
	}
	sets := map[Set]*coco.Dataset{}
	for _, s := range wrote {
		d, err := coco.Decode(bytes.NewReader(texts[s.Set].Bytes()))
		if err != nil {
			t.Fatalf("%v: %v", s.Set, err)
		}
		if s.Images != len(d.Images) || s.Annotations != len(d.Annotations) {
			t.Errorf("%v has %d images and %d annotations, told are %d and %d", s.Set, len(d.Images), len(d.Annotations),
				s.Images, s.Annotations)
		}
		sets[s.Set] = d
	}
	return sets
}

// TestFileSplit compares the streamed split with [Plan.Split], which holds the dataset
// in memory, for files with their lists in either order.
func TestFileSplit(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 30 {
		d := &coco.Dataset{Categories: []coco.Category{{ID: 1, Name: "cell"}}, Licenses: json.RawMessage(`[{"id":3}]`)}
		var names []string
		n := 6 + rng.IntN(20)
		for i := range n {
			names = append(names, fmt.Sprintf("t%d", i))
			d.Images = append(d.Images, coco.Image{ID: coco.IntID(int64(100 - i)), FileName: names[i] + ".png", Height: 8,
				Width: 8})
		}
		count, area := make([]int, n), make([]int64, n)
		for k := range 60 {
			i := rng.IntN(n + 1)
			id := coco.IntID(7) // of no image
			a := float64(rng.IntN(9)) + 0.75
			if i < n {
				id = d.Images[i].ID
				count[i]++
				area[i] += int64(a)
			}
			d.Annotations = append(d.Annotations, coco.Annotation{ID: coco.IntID(int64(k)), ImageID: id, CategoryID: 1, Area: a,
				BBox: rle.Box{W: 1, H: 1}})
		}
		var text bytes.Buffer
		if err := d.Encode(&text); err != nil {
			t.Fatal(err)
		}
		d, err := coco.Decode(bytes.NewReader(text.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(text.Bytes(), &members); err != nil {
			t.Fatal(err)
		}
		late := fmt.Sprintf(`{"annotations":%s,"licenses":%s,"images":%s,"categories":%s,"more":[1, 2]}`,
			members["annotations"], members["licenses"], members["images"], members["categories"])
		fold := make([]int, n)
		for i := range fold {
			fold[i] = i % 3
		}
		fold[n-1] = NoFold
		p, err := NewPlan("kfold", names, fold, 3)
		if err != nil {
			t.Fatal(err)
		}
		p.Entries[n-1].Always = rng.IntN(2) == 0
		p.Entries = p.Entries[:n-rng.IntN(2)] // or not in the plan
		p.Apart = [][]string{{names[1]}, {}, {}}
		for _, text := range []string{text.String(), late} {
			file := &reopen{text: text}
			seen := 0
			f, err := ReadFile(t.Context(), file.Open, func(i int, img *coco.Image) error {
				if seen++; i != seen-1 || coco.ImageName(img) != names[i] {
					t.Errorf("image %d is shown as %d", seen-1, i)
				}
				return nil
			})
			if err != nil || seen != n {
				t.Fatalf("%d images, %v", seen, err)
			}
			for i, img := range f.Images {
				if want := (FileImage{d.Images[i].ID, 8, 8, count[i], area[i]}); img != want {
					t.Errorf("%+v, want %+v", img, want)
				}
			}
			sets := splitAll(t, f, p, names)
			for _, number := range p.Folds() {
				train, valid, _, err := p.Split(d, number)
				if err != nil {
					t.Fatal(err)
				}
				for use, want := range map[Use]*coco.Dataset{Train: train, Validate: valid} {
					got := sets[Set{number, use}]
					if !sameRecords(got.Images, want.Images) || !sameRecords(got.Annotations, want.Annotations) ||
						!sameRecords(got.Categories, d.Categories) {
						t.Errorf("fold %d, use %d: another set", number, use)
					}
					if string(got.Info) != `{"of":"a test"}` || string(got.Licenses) != `[{"id":3}]` {
						t.Errorf("info %s, licenses %s", got.Info, got.Licenses)
					}
				}
			}
			used := 0
			for _, e := range p.Entries {
				if e.Fold != NoFold || e.Always {
					used++
				}
			}
			if got := len(sets[Set{NoFold, Train}].Images); got != used {
				t.Errorf("the set of all has %d images, want %d", got, used)
			}
			readings := 2
			if text == late {
				readings = 3
				if got := sets[Set{1, Train}].Extra.Get("more"); string(got) != `[1,2]` {
					t.Errorf("the member more is %s", got)
				}
			}
			if file.opened != readings || file.open != 0 {
				t.Errorf("read %d times, want %d; %d left open", file.opened, readings, file.open)
			}
		}
	}
}

func sameRecords[T any](a, b []T) bool {
	return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b)
}

const twoImages = `{"images":[{"id":1,"file_name":"a.png","height":4,"width":4},{"id":2,"file_name":"b.png","height":4,"width":4},{"id":3,"file_name":"c.png"}],
"annotations":[{"id":7,"image_id":2,"category_id":1,"area":4,"segmentation":{"size":[4,4],"counts":[0,4,12]}},{"id":8,"image_id":9,"category_id":1},
{"id":9,"image_id":3,"category_id":5,"area":2.5,"segmentation":{"size":[4,4],"counts":[0,4,12]}}],"categories":[{"id":1,"name":"cell"}]}`

func TestFileInstances(t *testing.T) {
	f, err := ReadFile(t.Context(), (&reopen{text: twoImages}).Open, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Orphans != 1 {
		t.Errorf("%d orphans", f.Orphans)
	}
	got, err := f.Instances(t.Context())
	left := []slide.Contact{{Side: slide.Left, From: 0, To: 3}, {Side: slide.Top, From: 0, To: 0},
		{Side: slide.Bottom, From: 0, To: 0}}
	// The last image has no size, so the contacts of its mask are unknown.
	if want := [][]Instance{nil, {{Class: "cell", Area: 4, Contacts: left}}, {{Area: 2}}}; err != nil ||
		!reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

// failing returns an error after some bytes.
type failing struct{ left int }

func (w *failing) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errors.New("full")
	}
	return len(p), nil
}

func TestFileErrors(t *testing.T) {
	ctx := t.Context()
	var content *FileError
	var record *coco.Error
	gone := errors.New("gone")
	if _, err := ReadFile(ctx, func() (io.ReadCloser, error) { return nil, gone }, nil); !errors.Is(err, gone) {
		t.Errorf("opening: %v", err)
	}
	file := &reopen{text: twoImages, closing: gone}
	if _, err := ReadFile(ctx, file.Open, nil); !errors.Is(err, gone) {
		t.Errorf("closing: %v", err)
	}
	file = &reopen{text: twoImages[:90]}
	if _, err := ReadFile(ctx, file.Open, nil); !errors.As(err, &record) || file.open != 0 {
		t.Errorf("cut: %v", err)
	}
	if _, err := ReadFile(ctx, (&reopen{text: twoImages}).Open, func(int, *coco.Image) error {
		return gone
	}); !errors.Is(err, gone) {
		t.Errorf("image: %v", err)
	}
	if _, err := ReadFile(ctx, (&reopen{text: strings.ReplaceAll(twoImages, `"id":2,`, `"id":1,`)}).Open, nil); !errors.As(
		err, &content) || !strings.Contains(err.Error(), "images 1 and 2 have the same id 1") {
		t.Errorf("one id twice: %v", err)
	}
	f, err := ReadFile(ctx, (&reopen{text: strings.ReplaceAll(twoImages, "[0,4,12]", "[0,4]")}).Open, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Instances(ctx); !errors.As(err, &content) || !strings.Contains(err.Error(), "annotation 7: ") {
		t.Errorf("a broken mask: %v", err)
	}
	p, err := NewPlan("kfold", []string{"a", "b", "c"}, []int{0, 1, 0}, 2)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"a", "b", "c"}
	to := func(w io.Writer, err error) func(Set) (io.Writer, json.RawMessage, error) {
		return func(Set) (io.Writer, json.RawMessage, error) { return w, json.RawMessage(`{}`), err }
	}
	if _, err := f.Split(ctx, p, names[1:], p.Sets(), to(io.Discard, nil)); !errors.Is(err, ErrLengths) {
		t.Errorf("a name too few: %v", err)
	}
	if _, err := f.Split(ctx, p, []string{"x/a", "x/b", "c.png"}, p.Sets(), to(nil, gone)); !errors.Is(err, ErrNoImage) {
		t.Errorf("no image of the plan: %v", err)
	}
	if _, err := f.Split(ctx, p, []string{"x/a", "x/b", "c"}, p.Sets(), to(io.Discard, nil)); errors.Is(err, ErrNoImage) {
		t.Errorf("an image of the plan: %v", err)
	}
	if _, err := f.Split(ctx, p, names, []Set{{3, Train}}, to(io.Discard, nil)); err == nil ||
		!strings.Contains(err.Error(), "no fold 3: the plan has folds 1 to 2") {
		t.Errorf("no such fold: %v", err)
	}
	if _, err := f.Split(ctx, p, names, p.Sets(), to(nil, gone)); !errors.Is(err, gone) {
		t.Errorf("no writer: %v", err)
	}
	var set *SetError
	if _, err := f.Split(ctx, p, names, p.Sets()[1:2], to(&failing{20}, nil)); !errors.As(err, &set) ||
		set.Set != (Set{1, Validate}) || err.Error() != "folds: validation set of fold 1: full" {
		t.Errorf("a full disk: %v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	var many strings.Builder
	many.WriteString(`{"images":[{"id":0}`)
	for i := range 3000 {
		fmt.Fprintf(&many, `,{"id":%d}`, i+1)
	}
	many.WriteString(`]}`)
	if _, err := ReadFile(ended, (&reopen{text: many.String()}).Open, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
