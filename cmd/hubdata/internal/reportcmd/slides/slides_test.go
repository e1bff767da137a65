package slides

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/slide"
	"github.com/hubdata/hubdata/wsi"
)

// describe writes the slides, a line each.
func describe(p *Placed) string {
	var b strings.Builder
	for _, s := range p.slides() {
		fmt.Fprintf(&b, "%s:", s.Name)
		for _, t := range s.Tiles {
			fmt.Fprintf(&b, " %s %d,%d %dx%d [%s] %d;", t.Name, t.X, t.Y, t.Width, t.Height, t.Dataset, t.Instances)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestPlace(t *testing.T) {
	const table = "id,source_wsi,dataset,i,j\na,12,1,0,0\nb,7,2,512,0\nc,7,3,512,512\n"
	for _, tt := range []struct {
		name, table, images string
		want                string
		unplaced            int
	}{
		{"rows alone", table, "", "7: b 512,0 512x512 [2] -1; c 512,512 512x512 [3] -1;\n12: a 0,0 512x512 [1] -1;\n", 0},
		{"nothing", "", "", "", 0},
		{"rows and their images", table, `{"id":1,"file_name":"b.tif","width":512,"height":512},{"id":2,"file_name":"x.tif"}`,
			"7: b 512,0 512x512 [2] 0; c 512,512 512x512 [3] -1;\n12: a 0,0 512x512 [1] -1;\n", 1},
		{"what an image says takes precedence", table,
			`{"id":1,"file_name":"b.tif","width":256,"height":256,"source_wsi":"9","i":8}`,
			"7: c 512,512 512x512 [3] -1;\n9: b 8,0 256x256 [2] 0;\n12: a 0,0 512x512 [1] -1;\n", 0},
		{"another image beside the rows", table,
			`{"id":1,"file_name":"a.tif"},{"id":2,"file_name":"n.png","width":1024,"height":768,"source_wsi":"A","i":1,"j":2}`,
			"7: b 512,0 512x512 [2] -1; c 512,512 512x512 [3] -1;\n12: a 0,0 512x512 [1] 0;\nA: n 1,2 1024x768 [] 1;\n", 0},
		{"a table of other tiles", table,
			`{"id":1,"file_name":"p/n.png","width":1024,"height":1024,"source_wsi":"TCGA-12","dataset":"train","i":-1024,"j":0},{"id":2,"file_name":"q/n.png","width":1024,"height":1024,"source_wsi":"TCGA-7","i":"1024","j":0}`,
			"TCGA-7: q/n 1024,0 1024x1024 [] 1;\nTCGA-12: p/n -1024,0 1024x1024 [train] 0;\n", 0},
		{"no place", "", `{"id":1,"file_name":"a.png","source_wsi":1,"i":0},{"id":2,"file_name":"b.png"}`, "", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var rows *wsi.Table
			if tt.table != "" {
				var err error
				if rows, err = wsi.ReadTable(strings.NewReader(tt.table)); err != nil {
					t.Fatal(err)
				}
			}
			images, instances := read(t, tt.images)
			p, err := Place(rows, images, instances)
			if err != nil {
				t.Fatal(err)
			}
			if got := describe(p); got != tt.want || p.unplaced != tt.unplaced {
				t.Errorf("%d unplaced, expected %d;\n%sexpected\n%s", p.unplaced, tt.unplaced, got, tt.want)
			}
			if want := len(p.Tiles) + p.unplaced; p.Names.Len() != want {
				t.Errorf("%d names, expected %d", p.Names.Len(), want)
			}
		})
	}
	images, instances := read(t, `{"id":1,"source_wsi":"A","i":0,"j":0},{"id":2,"source_wsi":"A","i":"left","j":0}`)
	_, err := Place(nil, images, instances)
	var bad *slide.FieldError
	if !errors.As(err, &bad) || err.Error() != `images[1].i: found "left", expected a whole number of slide pixels` {
		t.Errorf("%v", err)
	}
}

func TestWith(t *testing.T) {
	images, instances := read(t, `{"id":1,"file_name":"b.tif"}`)
	rows, err := wsi.ReadTable(strings.NewReader("id,source_wsi,dataset,i,j\na,1,1,0,0\nb,2,1,0,0\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Place(rows, images, instances)
	if err != nil {
		t.Fatal(err)
	}
	if s := with(p.slides(), (*Tile).annotated); len(s) != 1 || s[0].Name != "2" {
		t.Errorf("%+v", s)
	}
}

// read reads images; image k has k instances.
func read(t *testing.T, images string) ([]coco.Image, []int) {
	t.Helper()
	d, err := coco.Decode(strings.NewReader(`{"images":[` + images + `],"annotations":[],"categories":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	var instances []int
	for k := range d.Images {
		instances = append(instances, k)
	}
	return d.Images, instances
}
