package coco

import (
	"errors"
	"maps"
	"testing"
)

func TestFilter(t *testing.T) {
	const text = `{'info':{'by':'me'},'images':[{'id':5,'file_name':'a'},{'id':3,'file_name':'b'},{'id':9,'file_name':'c'}],
		'annotations':[{'id':8,'image_id':3,'category_id':1,'n':1},{'id':7,'image_id':5,'category_id':2},{'id':6,'image_id':4,'category_id':1},{'id':2,'image_id':3,'category_id':1},{'id':1,'image_id':9,'category_id':1}],
		'categories':[{'id':1,'name':'v'},{'id':2,'name':'g'}],'more':1}`
	d := decodeText(t, text)
	notB := func(i int) (string, error) {
		if d.Images[i].FileName == "b" {
			return "called b", nil
		}
		return "", nil
	}
	tests := []struct {
		name                string
		f                   Filter
		want                string
		images, annotations map[string]int
	}{
		{"all", Filter{}, `{'info':{'by':'me'},'categories':[{'id':1,'name':'v'},{'id':2,'name':'g'}],'images':[{'id':5,'file_name':'a'},{'id':3,'file_name':'b'},{'id':9,'file_name':'c'}],
			'annotations':[{'id':8,'image_id':3,'category_id':1,'n':1},{'id':7,'image_id':5,'category_id':2},{'id':2,'image_id':3,'category_id':1},{'id':1,'image_id':9,'category_id':1}],'more':1}`,
			nil, map[string]int{OfNoImage: 1}},
		{"images, renumbered", Filter{Image: notB, Renumber: true},
			`{'info':{'by':'me'},'categories':[{'id':1,'name':'v'},{'id':2,'name':'g'}],'images':[{'id':1,'file_name':'a'},{'id':2,'file_name':'c'}],
			'annotations':[{'id':1,'image_id':1,'category_id':2},{'id':2,'image_id':2,'category_id':1}],'more':1}`,
			map[string]int{"called b": 1}, map[string]int{OfNoImage: 1, OfOtherImages: 2}},
		{"category, no empty images", Filter{Category: func(c *Category) bool { return c.Name == "v" }, DropEmpty: true},
			`{'info':{'by':'me'},'categories':[{'id':1,'name':'v'}],'images':[{'id':3,'file_name':'b'},{'id':9,'file_name':'c'}],
			'annotations':[{'id':8,'image_id':3,'category_id':1,'n':1},{'id':2,'image_id':3,'category_id':1},{'id':1,'image_id':9,'category_id':1}],'more':1}`,
			map[string]int{Empty: 1}, map[string]int{OfNoImage: 1, OfOtherCategories: 1}},
		{"annotations", Filter{Annotation: func(i int) (string, error) {
			if d.Annotations[i].ID == IntID(8) {
				return "", nil
			}
			return "not 8", nil
		}}, `{'info':{'by':'me'},'categories':[{'id':1,'name':'v'},{'id':2,'name':'g'}],'images':[{'id':5,'file_name':'a'},{'id':3,'file_name':'b'},{'id':9,'file_name':'c'}],
			'annotations':[{'id':8,'image_id':3,'category_id':1,'n':1}],'more':1}`,
			nil, map[string]int{OfNoImage: 1, "not 8": 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := d.Filter(&tt.f)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := encodeText(t, got.Dataset), encodeText(t, decodeText(t, tt.want)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if !maps.Equal(got.Images, tt.images) || !maps.Equal(got.Annotations, tt.annotations) {
				t.Errorf("left out: %v and %v, want %v and %v", got.Images, got.Annotations, tt.images, tt.annotations)
			}
			if after := encodeText(t, d); after != encodeText(t, decodeText(t, text)) {
				t.Errorf("the dataset has changed: %s", after)
			}
		})
	}
	stop := errors.New("stop")
	for _, f := range []Filter{{Image: func(int) (string, error) { return "", stop }},
		{Annotation: func(int) (string, error) { return "", stop }}} {
		if _, err := d.Filter(&f); !errors.Is(err, stop) {
			t.Errorf("got %v, want the error of the function", err)
		}
	}
	if _, err := decodeText(t, `{'images':[{'id':1},{'id':1}]}`).Filter(&Filter{}); !errors.Is(err, ErrDuplicateID) {
		t.Errorf("got %v, want ErrDuplicateID", err)
	}
}
