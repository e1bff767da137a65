package folds

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
)

// dataset has an image and an annotation of each file name.
func dataset(files ...string) *coco.Dataset {
	d := &coco.Dataset{Categories: []coco.Category{{ID: 1, Name: "c"}}}
	for i, file := range files {
		id := coco.IntID(int64(i) + 101)
		d.Images = append(d.Images, coco.Image{ID: id, FileName: file, Height: 9, Width: 9})
		d.Annotations = append(d.Annotations, coco.Annotation{ID: id, ImageID: id, CategoryID: 1})
	}
	return d
}

func TestResolve(t *testing.T) {
	tests := []struct{ about, entries, images, want string }{
		{"flat", "a b", "a.png b.png", "a b, 2"},
		{"full names", "run0/a run1/a", "run0/a.png run1/a.png", "run0/a run1/a, 2"},
		{"with extensions", "run0/a.png a.png", "run0/a.png run1/b.png a.png", "run0/a a, 2"},
		{"base names", "a b", "run0/a.png run1/b.png", "run0/a run1/b, 2"},
		{"longer names", "s/run0/a s/run1/a", "run0/a.png run1/a.png", "run0/a run1/a, 2"},
		{"longer names with extensions", "/s/run0/a.png s/run1/a.tif", "run0/a.png run1/a.tif", "run0/a run1/a, 2"},
		{"longer names of another list", "run0/a run1/b.png c", "a.png b.png c.png", "run0/a run1/b.png c, 1, unknown [0 1]"},
		{"absolute names", "/run0/a.png D:/b", "a.png b.png", "a b, 2"},
		{"another extension", "x/a.jpg b", "x/a.png b.png", "x/a.jpg b, 1, unknown [0]"},
		{"more entries", "y/b x/a", "x/a.png", "y/b x/a, 1, unknown [0]"},
		{"more images", "a", "a.png b.png", "a, 1"},
		{"nothing", "a b", "c.png d.png", "a b, 0, unknown [0 1]"},
		{"no images", "a", "", "a, 0, unknown [0]"},

		{"ambiguous, but for one that is named", "run0/a a", "run0/a.png run1/a.png",
			`folds: entry 2: "a" fits "run0/a" and "run1/a": use one of these names`},
		{"ambiguous", "b a", "run0/a.png run1/a.png b.png",
			`folds: entry 2: "a" fits "run0/a" and "run1/a": use one of these names`},
		{"ambiguous, and all are named", "x/a y/a a", "x/a.png y/a.png",
			`folds: entry 3: "a" fits "x/a" and "y/a": use one of these names`},

		{"two of one, short", "a a.png", "x/a.png",
			`folds: "a" and "a.png", entries 1 and 2, are the same image: remove one`},
		{"two of one, full", "a a.png", "a.png b.png",
			`folds: "a" and "a.png", entries 1 and 2, are the same image: remove one`},
		{"two of one, full last", "b x/b.png c x/b", "x/b.png c.png",
			`folds: "b" and "x/b.png", entries 1 and 2, are the same image: remove one`},
		{"two of one, full and short", "x/b c b", "x/b.png c.png",
			`folds: "x/b" and "b", entries 1 and 3, are the same image: remove one`},
		{"two of one, longer", "x/b.png /y/x/b", "x/b.png",
			`folds: "x/b.png" and "/y/x/b", entries 1 and 2, are the same image: remove one`},
		{"two of one, both longer", "/s/a /t/a", "a.png",
			`folds: "/s/a" and "/t/a", entries 1 and 2, are the same image: remove one`},
		{"two of one, with a backslash", `x/b.png x\b`, "x/b.png",
			`folds: "x/b.png" and "x\\b", entries 1 and 2, are the same image: remove one`},
		{"two of one, equal", "a a", "a.png", `folds: "a" and "a", entries 1 and 2, are the same image: remove one`},

		{"ids", "101 102", "x/a.png y/a.png", "x/a y/a, 2, by id"},
		{"ids of some", "102 7", "x/a.png y/a.png", "y/a 7, 1, unknown [1], by id"},
		{"ids, one of which is a name", "101 103 102", "a.png 101.png c.png", "a c 101, 3, by id"},
		{"numbers that are names", "5 102", "5.png 102.png", "5 102, 2"},
		{"numbers that are names of some", "5 101", "5.png 7.png", "5 101, 1, unknown [1]"},
		{"names and more ids", "5 101 102 9", "5.png 7.png",
			`folds: 1 of the 4 entries are names of images, but 2 are ids: use names only, with extensions where they are numbers`},
	}
	for _, tt := range tests {
		p := &Plan{First: 1, K: 2}
		for _, id := range strings.Fields(tt.entries) {
			p.Entries = append(p.Entries, Entry{ID: id, Fold: 1})
		}
		p.Apart = [][]string{{}, strings.Fields(tt.entries)}
		before := slices.Clone(p.Entries)
		got := ""
		r, err := p.Resolve(coco.NewNames(dataset(strings.Fields(tt.images)...).Images))
		if err != nil {
			got = err.Error()
			var ambiguous *coco.AmbiguousNameError
			if strings.Contains(got, " fits ") != errors.As(err, &ambiguous) {
				t.Errorf("%s: %v wraps the wrong error", tt.about, err)
			}
		} else {
			var ids []string
			for _, e := range r.Plan.Entries {
				ids = append(ids, e.ID)
			}
			got = fmt.Sprintf("%s, %d", strings.Join(ids, " "), r.Matched)
			if r.Unknown != nil {
				got += fmt.Sprintf(", unknown %v", r.Unknown)
			}
			if r.ByID {
				got += ", by id"
			}
			if !slices.Equal(r.Plan.Apart[1], ids) || len(r.Plan.Apart[0]) != 0 {
				t.Errorf("%s: %q are kept apart, want %q", tt.about, r.Plan.Apart, ids)
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.about, got, tt.want)
		}
		if !slices.Equal(before, p.Entries) || !slices.Equal(p.Apart[1], strings.Fields(tt.entries)) {
			t.Errorf("%s: the plan was changed: %v", tt.about, p)
		}
	}
}

func TestSplit(t *testing.T) {
	d := dataset("run0/a.png", "run1/a.png", "run1/b.png", "c.png")
	p, err := NewPlan("kfold", []string{"run0/a", "run1/a", "b"}, []int{0, 1, 1}, 2)
	if err != nil {
		t.Fatal(err)
	}
	train, valid, unknown, err := p.Split(d, 1)
	if err != nil || unknown != 1 {
		t.Fatalf("%d unknown, %v", unknown, err)
	}
	files := func(d *coco.Dataset) string {
		text := ""
		for i := range d.Images {
			text += d.Images[i].FileName + " "
		}
		return text + fmt.Sprint(len(d.Annotations))
	}
	if got := files(train) + ", " + files(valid); got != "run1/a.png run1/b.png 2, run0/a.png 1" {
		t.Errorf("got %s", got)
	}
	for _, d := range []*coco.Dataset{dataset("x.png", "y.png"), {}} {
		if _, _, _, err = p.Split(d, 1); !errors.Is(err, ErrNoImage) {
			t.Errorf("no image of the plan, but %v", err)
		}
	}
	var ambiguous *coco.AmbiguousNameError
	if _, _, _, err = p.Split(dataset("x/b.png", "y/b.png"), 1); !errors.As(err, &ambiguous) {
		t.Errorf("an ambiguous entry, but %v", err)
	}
}
