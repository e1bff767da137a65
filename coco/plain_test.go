package coco

import (
	"reflect"
	"testing"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// readAnnotation reads one record. White space before its first member disables the
// faster path.
func readAnnotation(text string) (a Annotation, fault bool) {
	p := parser{c: jsonscan.New([]byte(text))}
	err := p.annotation(&a)
	return a, err != nil || p.c.Pos() != len(text)
}

// FuzzPlainAnnotation compares the faster path with the general code.
func FuzzPlainAnnotation(f *testing.F) {
	for _, s := range []string{
		`"id":1,"image_id":2,"category_id":3,"segmentation":{"size":[4,5],"counts":"03a0"},"area":3.5,"bbox":[1,2.5,3,4],"iscrowd":0}`,
		`"id":1,"image_id":2,"category_id":3,"segmentation":{"size":[4,5],"counts":"0\\3"},"area":-3,"bbox":[-1,2,3,4e1],"iscrowd":1}`,
		`"id":1,"image_id":2,"segmentation":[[1,2,3,4,5,6]],"area":1,"bbox":[1,2,3],"iscrowd":0}`,
		`"id":1,"image_id":2,"area":1,"bbox":[1,2,3,4],"iscrowd":0,"score":1,"id":3}`,
		`"id":1,"image_id":2,"category_id":3,"segmentation":{"size":[-4,5],"counts":"03a0"}}`,
		`"id":"a","image_id":2}`, `"id":1,"image_id":2}`, `"id":1,"image_id":2,"category_id":3,"category_id":3}`,
		`"id":1,"image_id":2,"bbox":[1,2,3,4]}`, `"id":1,"image_id":2,"area":NaN}`, `"id":1,"id":2}`, `"id":1}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, members string) {
		got, fault := readAnnotation("{" + members)
		want, wantFault := readAnnotation("{ " + members)
		if got.Area != got.Area && want.Area != want.Area {
			got.Area, want.Area = 0, 0 // NaN does not equal itself
		}
		if fault != wantFault || !fault && !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %+v (fault %v), want %+v (fault %v)", members, got, fault, want, wantFault)
		}
	})
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
