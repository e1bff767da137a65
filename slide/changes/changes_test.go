package changes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
	"github.com/hubdata/hubdata/slide/changes"
)

// object is a rectangle: the pixels from x0, y0 to before x1, y1.
type object struct {
	id             int64 // of the annotation, or of the one that an object was; 0: none
	class          int64
	x0, y0, x1, y1 float64
	members        string // name=JSON, separated by spaces
}

// set is a set of one slide of 100,000 x 90,000 pixels. Objects that are edited have their ids as a member.
func set(edited bool, objects ...object) *coco.Dataset {
	d := &coco.Dataset{
		Images:     []coco.Image{{ID: coco.IntID(5), FileName: "s", Width: 100_000, Height: 90_000}},
		Categories: []coco.Category{{ID: 1, Name: "vessel"}, {ID: 2, Name: "vein"}},
	}
	for i, o := range objects {
		a := coco.Annotation{ID: coco.IntID(o.id), ImageID: coco.IntID(5), CategoryID: o.class,
			Segmentation: coco.Polygons([]rle.Ring{{{o.x0, o.y0}, {o.x1, o.y0}, {o.x1, o.y1}, {o.x0, o.y1}}}),
			BBox:         rle.Box{X: o.x0, Y: o.y0, W: o.x1 - o.x0, H: o.y1 - o.y0}, Area: (o.x1 - o.x0) * (o.y1 - o.y0)}
		for f := range strings.FieldsSeq(o.members) {
			name, value, _ := strings.Cut(f, "=")
			a.Extra = append(a.Extra, coco.Field{Key: name, Value: []byte(value)})
		}
		if edited {
			a.ID = coco.IntID(int64(i + 1))
			if o.id != 0 {
				a.Extra = append(a.Extra, coco.Field{Key: slide.OriginMember, Value: coco.IntID(o.id).AppendJSON(nil)})
			}
		}
		d.Annotations = append(d.Annotations, a)
	}
	if edited {
		d.Images[0].ID = coco.IntID(1)
		for i := range d.Annotations {
			d.Annotations[i].ImageID = coco.IntID(1)
		}
	}
	return d
}

func told(c *changes.Changes) string {
	list := []string{fmt.Sprintf("%d kept", c.Kept)}
	for _, ch := range c.List {
		line := fmt.Sprintf("%s %v-%v %.2f", ch.Kind, ch.From, ch.To, ch.IoU)
		if ch.DX != 0 || ch.DY != 0 {
			line += fmt.Sprintf(" by %d,%d", ch.DX, ch.DY)
		}
		if ch.ToClass != "" {
			line += " " + ch.FromClass + " to " + ch.ToClass
		}
		list = append(list, line)
	}
	return strings.Join(list, "; ")
}

// TestCompare finds each kind of change, with ids and without.
func TestCompare(t *testing.T) {
	far := object{9, 1, 50_000, 60_000, 50_010, 60_010, ""}
	a, b := object{1, 1, 10, 10, 20, 20, "score=0.5"}, object{2, 2, 20, 10, 30, 20, ""}
	with := func(o object, change func(*object)) object { change(&o); return o }
	noID := func(o object) object { return with(o, func(o *object) { o.id = 0 }) }
	for _, tt := range []struct {
		name        string
		was, is     []object
		expected    string
		without     string // what is found if no object has an id; empty: the same
		membersLost bool
	}{
		{name: "nothing", was: []object{a, b, far}, is: []object{b, a, far}, expected: "3 kept"},
		{name: "a whole number with a point", was: []object{with(a, func(o *object) { o.members = "votes=3.0" })},
			is: []object{with(a, func(o *object) { o.members = "votes=3" })}, expected: "1 kept"},
		{name: "deleted", was: []object{a, b}, is: []object{a}, expected: "1 kept; deleted [2]-[] 0.00"},
		{name: "added", was: []object{a}, is: []object{a, noID(far)}, expected: "1 kept; added []-[2] 0.00"},
		{name: "moved", was: []object{a}, is: []object{with(a, func(o *object) { o.x0++; o.x1++; o.y0 -= 2; o.y1 -= 2 })},
			expected: "0 kept; moved [1]-[1] 0.56 by 1,-2"},
		{name: "moved away", was: []object{a}, is: []object{with(a, func(o *object) { o.x0 += 90; o.x1 += 90 })},
			expected: "0 kept; moved [1]-[1] 0.00 by 90,0", without: "0 kept; deleted [1]-[] 0.00; added []-[2] 0.00"},
		{name: "reshaped", was: []object{a}, is: []object{with(a, func(o *object) { o.x1 = 25 })},
			expected: "0 kept; reshaped [1]-[1] 0.67"},
		{name: "reclassified", was: []object{a}, is: []object{with(a, func(o *object) { o.class = 2 })},
			expected: "0 kept; reclassified [1]-[1] 1.00 vessel to vein"},
		{name: "reshaped and reclassified", was: []object{a},
			is:       []object{with(a, func(o *object) { o.class = 2; o.x1 = 25 })},
			expected: "0 kept; reshaped [1]-[1] 0.67 vessel to vein"},
		{name: "annotated", was: []object{a}, is: []object{with(a, func(o *object) { o.members = `name="x"` })},
			expected: "0 kept; annotated [1]-[1] 1.00"},
		{name: "split", was: []object{a},
			is:       []object{noID(with(a, func(o *object) { o.x1 = 15 })), noID(with(a, func(o *object) { o.x0 = 15 }))},
			expected: "0 kept; split [1]-[1 2] 1.00"},
		{name: "split with the id on one part", was: []object{a},
			is:       []object{with(a, func(o *object) { o.x1 = 14 }), noID(with(a, func(o *object) { o.x0 = 14 }))},
			expected: "0 kept; split [1]-[1 2] 1.00"},
		{name: "split with the id on both", was: []object{a},
			is:       []object{with(a, func(o *object) { o.x1 = 14 }), with(a, func(o *object) { o.x0 = 14 })},
			expected: "0 kept; split [1]-[2 1] 1.00", without: "0 kept; split [1]-[1 2] 1.00"},
		{name: "copied with its id", was: []object{a}, is: []object{a, with(a, func(o *object) { o.x0 += 500; o.x1 += 500 })},
			expected: "1 kept; added []-[2] 0.00"},
		{name: "merged", was: []object{a, b}, is: []object{noID(with(a, func(o *object) { o.x1 = 30 }))},
			expected: "0 kept; merged [1 2]-[1] 1.00"},
		{name: "merged into one of them", was: []object{a, b}, is: []object{with(b, func(o *object) { o.x0 = 10 })},
			expected: "0 kept; merged [1 2]-[2] 1.00", without: "0 kept; merged [1 2]-[1] 1.00"},
		{name: "deleted beside one that grew a little", was: []object{a, b},
			is:       []object{with(a, func(o *object) { o.x1 = 22 })},
			expected: "0 kept; reshaped [1]-[1] 0.83; deleted [2]-[] 0.00"},
		{name: "deleted on top of another", was: []object{a, {3, 1, 12, 12, 14, 14, ""}}, is: []object{a},
			expected: "1 kept; deleted [3]-[] 0.00"},
		{name: "drawn on top of another", was: []object{a}, is: []object{a, {0, 1, 12, 12, 14, 14, ""}},
			expected: "1 kept; added []-[2] 0.00"},
		{name: "redrawn", was: []object{a, b}, is: []object{noID(with(a, func(o *object) { o.x1 = 30; o.y1 = 15 })),
			noID(with(a, func(o *object) { o.x1 = 30; o.y0 = 15 }))},
			expected: "0 kept; redrawn [1 2]-[1 2] 1.00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, ids := range []bool{true, false} {
				expected := tt.expected
				is := slices.Clone(tt.is)
				if !ids {
					for i := range is {
						is[i].id = 0
					}
					if tt.without != "" {
						expected = tt.without
					}
				}
				was, edited := set(false, tt.was...), set(true, is...)
				c, err := changes.Compare(context.Background(), was, edited)
				if err != nil {
					t.Fatal(err)
				}
				if told(c) != expected {
					t.Errorf("with ids %v: %s, expected %s", ids, told(c), expected)
				}
				applied(t, was, edited, c)
			}
		})
	}
}

// applied applies changes after they were written and read, and checks that the set has the objects of the edit.
func applied(t *testing.T, was, edited *coco.Dataset, c *changes.Changes) {
	t.Helper()
	d, err := c.Dataset()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := d.Encode(&b); err != nil {
		t.Fatal(err)
	}
	read, err := coco.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := changes.FromDataset(read)
	if err != nil {
		t.Fatal(err)
	}
	if told(again) != told(c) {
		t.Fatalf("read %s, expected %s", told(again), told(c))
	}
	if err := again.Apply(was); err != nil {
		t.Fatal(err)
	}
	list := func(d *coco.Dataset) []string {
		names := map[int64]string{}
		for _, c := range d.Categories {
			names[c.ID] = c.Name
		}
		var all []string
		for _, a := range d.Annotations {
			all = append(all, names[a.CategoryID]+" "+string(a.Segmentation.AppendJSON(nil)))
		}
		slices.Sort(all)
		return all
	}
	if got, expected := list(was), list(edited); !slices.Equal(got, expected) {
		t.Errorf("applied: %v, expected %v", got, expected)
	}
	ids := map[coco.ID]bool{}
	for _, a := range was.Annotations {
		if ids[a.ID] || a.ImageID != was.Images[0].ID {
			t.Errorf("annotation %s is there twice, or of another image", a.ID)
		}
		ids[a.ID] = true
	}
}

// TestRandomEdits: whatever is done to a set, the changes make the edited set of it.
func TestRandomEdits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var was, is []object
		for i := range 1 + r.IntN(12) {
			x, y := float64(r.IntN(60)), float64(r.IntN(60))
			o := object{int64(i + 1), 1 + r.Int64N(2), x, y, x + 1 + float64(r.IntN(12)), y + 1 + float64(r.IntN(12)), ""}
			was = append(was, o)
			for range r.IntN(3) {
				e := o
				if r.IntN(2) == 0 {
					e.x1 += float64(r.IntN(6))
					e.y0 -= float64(min(r.IntN(3), int(e.y0)))
				}
				if r.IntN(3) == 0 {
					e.id = 0
				}
				if r.IntN(5) == 0 {
					e.class = 1 + r.Int64N(2)
				}
				is = append(is, e)
			}
		}
		origin, edited := set(false, was...), set(true, is...)
		c, err := changes.Compare(context.Background(), origin, edited)
		if err != nil {
			t.Fatal(err)
		}
		applied(t, origin, edited, c)
	}
}

// TestClasses: a new class gets an id of its own; one that only the edit declares does not come.
func TestClasses(t *testing.T) {
	was, is := set(false, object{1, 1, 1, 1, 3, 3, ""}), set(true, object{1, 7, 1, 1, 3, 3, ""})
	is.Categories = []coco.Category{{ID: 5, Name: "unused"}, {ID: 7, Name: "tumor"}}
	c, err := changes.Compare(context.Background(), was, is)
	if err != nil {
		t.Fatal(err)
	}
	if told(c) != "0 kept; reclassified [1]-[1] 1.00 vessel to tumor" || len(c.Categories) != 3 ||
		c.Categories[2].ID != 3 {
		t.Errorf("%s, categories %v", told(c), c.Categories)
	}
	if c.Reclassified() != 1 || c.Count(changes.Reclassified) != 1 || c.Count(changes.Moved) != 0 {
		t.Errorf("%d with another class", c.Reclassified())
	}
}

// TestRefused: other slides, sizes, sets, and files that are no changes.
func TestRefused(t *testing.T) {
	one := object{1, 1, 1, 1, 3, 3, ""}
	for name, edit := range map[string]func(was, is *coco.Dataset){
		"the set that the changes are compared with lacks it": func(_, is *coco.Dataset) { is.Images[0].FileName = "t" },
		"found 5 x 90000 pixels, expected the 100000 x 90000": func(_, is *coco.Dataset) { is.Images[0].Width = 5 },
		"both have the name": func(was, _ *coco.Dataset) { was.Images = append(was.Images, was.Images[0]) },
		"annotation 1: ":     func(was, _ *coco.Dataset) { was.Annotations[0].Segmentation = coco.RLE(rle.Mask{}) },
	} {
		was, is := set(false, one), set(true, one)
		edit(was, is)
		if _, err := changes.Compare(context.Background(), was, is); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, expected %q", err, name)
		}
	}
	c, err := changes.Compare(context.Background(), set(false, one, object{2, 1, 5, 5, 9, 9, ""}),
		set(true, object{1, 2, 1, 1, 3, 4, ""}, object{0, 1, 50, 50, 60, 60, ""}))
	if err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(d *coco.Dataset, c *changes.Changes){
		"no annotation": func(d *coco.Dataset, _ *changes.Changes) { d.Annotations = nil },
		"no image":      func(d *coco.Dataset, _ *changes.Changes) { d.Images = nil },
		"other class":   func(d *coco.Dataset, _ *changes.Changes) { d.Categories[0].Name = "x" },
		"no class":      func(_ *coco.Dataset, c *changes.Changes) { c.Categories = nil },
		"no record":     func(_ *coco.Dataset, c *changes.Changes) { c.Annotations = nil },
		"two records": func(_ *coco.Dataset, c *changes.Changes) {
			c.Annotations = append(c.Annotations, c.Annotations[0])
		},
		"twice": func(_ *coco.Dataset, c *changes.Changes) {
			c.List = append(slices.Clone(c.List), c.List[0])
		},
		"another image": func(_ *coco.Dataset, c *changes.Changes) {
			c.Annotations = slices.Clone(c.Annotations)
			c.Annotations[0].ImageID = coco.IntID(77)
		},
		"more kept":       func(_ *coco.Dataset, c *changes.Changes) { c.Kept++ },
		"fewer kept":      func(d *coco.Dataset, c *changes.Changes) { c.List = c.List[:1] },
		"not compared":    func(_ *coco.Dataset, c *changes.Changes) { c.Images = nil },
		"compared others": func(_ *coco.Dataset, c *changes.Changes) { c.Images = []coco.Image{{ID: coco.IntID(8)}} },
		"a record of no change": func(_ *coco.Dataset, c *changes.Changes) {
			other := c.Annotations[0]
			other.ID = coco.IntID(99)
			c.Annotations = append(slices.Clone(c.Annotations), other)
		},
	} {
		d, copied := set(false, one, object{2, 1, 5, 5, 9, 9, ""}), *c
		edit(d, &copied)
		n := len(d.Annotations)
		if err := copied.Apply(d); !errors.Is(err, changes.ErrOtherSet) || len(d.Annotations) != n {
			t.Errorf("%s: error %v, %d annotations", name, err, len(d.Annotations))
		}
	}
	for _, text := range []string{"", "1", `{"a":1}`, `[{"image_id":1.5,"from":[],"to":[]}]`, `[{"image_id":null}]`,
		`[{"image_id":1,"from":[true]}]`} {
		d := &coco.Dataset{}
		if text != "" {
			d.Extra = coco.Fields{{Key: "changes", Value: json.RawMessage(text)}}
		}
		if _, err := changes.FromDataset(d); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

// TestRefusedFiles: what no edit makes is refused with its place.
func TestRefusedFiles(t *testing.T) {
	for _, tt := range []struct{ list, kept, expected string }{
		{`[{"kind":"kept","image_id":1,"from":[1],"to":[1]}]`, "0",
			`changes[0].kind: found "kept", expected moved, reshaped,`},
		{`[{"kind":"added","image_id":1,"from":[],"to":[9]},{"image_id":1,"from":[1],"to":[1]}]`, "0",
			`changes[1].kind: found "", expected`},
		{`[{"kind":"moved","image_id":1,"from":[1],"to":[2]}]`, "0",
			"changes[0].to: found the id 2, expected 1, that of from"},
		{`[{"kind":"moved","image_id":1,"from":[],"to":[2]}]`, "0",
			"changes[0].from: found 0 ids, expected one of a change that is moved"},
		{`[{"kind":"split","image_id":1,"from":[1],"to":[1]}]`, "0",
			"changes[0].to: found 1 ids, expected several of a change that is split"},
		{`[{"kind":"merged","image_id":1,"from":[1],"to":[1]}]`, "0", "changes[0].from: found 1 ids, expected several"},
		{`[{"kind":"deleted","image_id":1,"from":[1],"to":[1]}]`, "0", "changes[0].to: found 1 ids, expected none"},
		{`[]`, "", "kept: found none, expected how many annotations were not changed"},
		{`[]`, "null", "kept: found null, expected a number of annotations"},
		{`[]`, "-1", "kept: found -1, expected a number of annotations"},
		{`[]`, `"5"`, `kept: found "5", expected a number of annotations`},
	} {
		d := &coco.Dataset{Extra: coco.Fields{{Key: "changes", Value: json.RawMessage(tt.list)}}}
		if tt.kept != "" {
			d.Extra = append(d.Extra, coco.Field{Key: "kept", Value: json.RawMessage(tt.kept)})
		}
		if _, err := changes.FromDataset(d); err == nil || !strings.Contains(err.Error(), tt.expected) {
			t.Errorf("%s, kept %s: error %v, expected %s", tt.list, tt.kept, err, tt.expected)
		}
	}
}
