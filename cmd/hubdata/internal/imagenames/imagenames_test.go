package imagenames_test

import (
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
)

// TestNames: an image is called as in the whole file, also among some of its images.
func TestNames(t *testing.T) {
	all := imagenames.Of([]coco.Image{{FileName: "a/t.png"}, {FileName: "b/t.png"}, {FileName: "u.png"}})
	table, err := wsi.NewTable([]wsi.Tile{{ID: "u", WSI: 4, Dataset: 1}})
	if err != nil {
		t.Fatal(err)
	}
	some := all
	some.At = []int{1, 2}
	for _, test := range []struct {
		names imagenames.Names
		i     int
		place int
		name  string
		row   bool
	}{{all, 0, 0, "a/t", false}, {all, 2, 2, "u", true}, {some, 0, 1, "b/t", false}, {some, 1, 2, "u", true}} {
		if got := test.names.Place(test.i); got != test.place {
			t.Errorf("place of image %d: %d, expected %d", test.i, got, test.place)
		}
		if got := test.names.Name(test.i); got != test.name {
			t.Errorf("name of image %d: %q, expected %q", test.i, got, test.name)
		}
		if row, err := test.names.Row(table, test.i); (row != nil) != test.row || (err == nil) != test.row {
			t.Errorf("row of %s: %v, %v", test.name, row, err)
		}
		if _, err := test.names.Row(nil, test.i); err == nil {
			t.Errorf("%s has a row in no table", test.name)
		}
	}
}
