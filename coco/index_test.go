package coco

import (
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// sound returns a dataset without faults: a polygon, and runs in both forms.
func sound(t testing.TB) *Dataset {
	t.Helper()
	ring := rle.Ring{{10, 10}, {20, 10}, {20, 30}, {10, 30}}
	m, err := rle.FromPolygon(100, 80, rle.FillCOCO, ring)
	if err != nil {
		t.Fatal(err)
	}
	box := rle.Box{X: 10, Y: 10, W: 10, H: 20}
	note := func(id int64, s Segmentation) Annotation {
		return Annotation{ID: IntID(id), ImageID: IntID(7), CategoryID: 2, Segmentation: s, Area: 200, BBox: box}
	}
	return &Dataset{
		Categories:  []Category{{ID: 1, Name: "a"}, {ID: 2, Name: "b"}},
		Images:      []Image{{ID: IntID(7), FileName: "x.png", Height: 100, Width: 80}, {ID: IntID(8), FileName: "y.png", Height: 9, Width: 9}},
		Annotations: []Annotation{note(1, Polygons([]rle.Ring{ring})), note(2, RLE(m)), note(3, Counts(m))},
	}
}

func TestIndex(t *testing.T) {
	d := sound(t)
	d.Annotations[1].ImageID = IntID(8)
	d.Annotations = append(d.Annotations, Annotation{ID: IntID(4), ImageID: StringID("7")})
	ix := d.Index()
	for _, tt := range []struct {
		id   ID
		want []int32
	}{{IntID(7), []int32{0, 2}}, {IntID(8), []int32{1}}, {StringID("7"), nil}, {IntID(9), nil}} {
		got := ix.Annotations(tt.id)
		if len(got) != len(tt.want) || (ix.Image(tt.id) != nil) != (tt.want != nil) {
			t.Fatalf("image %v: annotations %v, want %v", tt.id, got, tt.want)
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("image %v: annotations %v, want %v", tt.id, got, tt.want)
			}
		}
	}
	if o := ix.Orphans(); len(o) != 1 || o[0] != 3 {
		t.Errorf("orphans %v, want [3]", o)
	}
	if ix.Image(IntID(8)) != &d.Images[1] || ix.Category(2) != &d.Categories[1] || ix.Category(3) != nil {
		t.Error("a record is not found by its id")
	}
}

// TestIndexTable compares the table of close ids with the map of other ids.
func TestIndexTable(t *testing.T) {
	for name, ids := range map[string][]ID{
		"none": nil, "close": {IntID(-3), IntID(9), IntID(4), IntID(9)},
		"far": {IntID(-1 << 63), IntID(1<<63 - 1), IntID(0)}, "strings": {StringID("4"), IntID(4)},
	} {
		d := new(Dataset)
		want := map[ID]int{}
		for i, id := range ids {
			d.Images = append(d.Images, Image{ID: id, Width: i})
			want[id] = i
		}
		ix := d.Index()
		if table := ix.dense != nil; table != (name == "close") {
			t.Errorf("%s: table %v", name, table)
		}
		for _, id := range append(ids, IntID(-4), IntID(5), IntID(10), StringID(""), StringID("4"), IntID(1<<62)) {
			i, ok := want[id]
			if img := ix.Image(id); (img != nil) != ok || ok && img.Width != i {
				t.Errorf("%s: id %v gives %v, want %d, %v", name, id, img, i, ok)
			}
		}
	}
}
