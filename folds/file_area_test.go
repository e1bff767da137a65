package folds_test

import (
	"io"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/folds"
)

// TestReadFileWithoutArea takes an area that is missing or NaN from the mask.
func TestReadFileWithoutArea(t *testing.T) {
	const text = `{"images":[{"id":1,"file_name":"a.png","height":10,"width":20}],"categories":[{"id":1,"name":"gland"}],"annotations":[
		{"id":1,"image_id":1,"category_id":1,"area":8,"segmentation":[[0,0,4,0,4,2,0,2]]},
		{"id":2,"image_id":1,"category_id":1,"area":NaN,"segmentation":[[5,5,8,5,8,9,5,9]]},
		{"id":3,"image_id":1,"category_id":1,"segmentation":{"size":[10,20],"counts":[0,30,170]}}]}`
	f, err := folds.ReadFile(t.Context(), func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Images[0].Area; got != 8+12+30 {
		t.Errorf("area %d, want 50", got)
	}
	instances, err := f.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{8, 12, 30} {
		if got := instances[0][i].Area; got != want {
			t.Errorf("instance %d: area %d, want %d", i, got, want)
		}
	}
}
