package wsi

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
)

func TestTileOf(t *testing.T) {
	table, err := NewTable([]Tile{{ID: "x"}, {ID: "a", WSI: 3, Dataset: 2, I: 512, J: -1024}})
	if err != nil {
		t.Fatal(err)
	}
	whole := coco.Fields{{Key: "source_wsi", Value: json.RawMessage(`7`)}, {Key: "dataset", Value: json.RawMessage(`"1"`)},
		{Key: "i", Value: json.RawMessage(`-5`)}, {Key: "j", Value: json.RawMessage(`0`)}}
	for _, c := range []struct {
		name  string
		file  string
		extra coco.Fields
		table *Table
		want  Tile
		err   string
	}{
		{"image alone", "d/b.png", whole, nil, Tile{ID: "b", WSI: 7, Dataset: 1, I: -5}, ""},
		{"image before table", "a.tif", whole, table, Tile{Row: 2, ID: "a", WSI: 7, Dataset: 1, I: -5}, ""},
		{"image not in table", "b.tif", whole, table, Tile{ID: "b", WSI: 7, Dataset: 1, I: -5}, ""},
		{"table alone", "a.tif", nil, table, Tile{Row: 2, ID: "a", WSI: 3, Dataset: 2, I: 512, J: -1024}, ""},
		{"half and half", "a.tif", whole[:1], table, Tile{Row: 2, ID: "a", WSI: 7, Dataset: 2, I: 512, J: -1024}, ""},
		{"null is none", "a.tif", coco.Fields{{Key: "source_wsi", Value: json.RawMessage(`null`)}}, table,
			Tile{Row: 2, ID: "a", WSI: 3, Dataset: 2, I: 512, J: -1024}, ""},
		{"neither", "b.tif", whole[:3], table, Tile{}, "j: found none"},
		{"no table", "a.tif", nil, nil, Tile{}, "source_wsi: found none"},
		{"a text", "a.tif", coco.Fields{{Key: "dataset", Value: json.RawMessage(`"x"`)}}, table, Tile{},
			`dataset: found "x", expected a whole number`},
		{"an empty text", "a.tif", coco.Fields{{Key: "dataset", Value: json.RawMessage(`""`)}}, table, Tile{},
			`dataset: found "", expected a whole number`},
		{"too large", "a.tif", coco.Fields{{Key: "i", Value: json.RawMessage(`1073741825`)}}, table, Tile{},
			`i: found "1073741825", which is out of range`},
		{"too small", "a.tif", coco.Fields{{Key: "i", Value: json.RawMessage(`-1073741825`)}}, table, Tile{},
			`i: found "-1073741825", which is out of range`},
		{"whole numbers with a point", "a.tif", coco.Fields{{Key: "source_wsi", Value: json.RawMessage(`7.0`)},
			{Key: "i", Value: json.RawMessage(`-5.00`)},
			{Key: "j", Value: json.RawMessage(`5e2`)}}, table, Tile{Row: 2, ID: "a", WSI: 7, Dataset: 2, I: -5, J: 500}, ""},
		{"a fraction", "a.tif", coco.Fields{{Key: "i", Value: json.RawMessage(`1.5`)}}, table, Tile{},
			`i: found "1.5", expected a whole number`},
	} {
		img := coco.Image{FileName: c.file, Extra: c.extra}
		row, _ := c.table.Find(coco.NewNames([]coco.Image{img}), 0)
		got, err := TileOf(&img, row)
		if text := ""; err != nil {
			if text = err.Error(); text != c.err {
				t.Errorf("%s: error %q, want %q", c.name, text, c.err)
			}
		} else if c.err != "" || got != c.want {
			t.Errorf("%s: %+v, want %+v, error %q", c.name, got, c.want, c.err)
		}
		var member *MemberError
		if err != nil && (!errors.As(err, &member) ||
			errors.Is(err, ErrNoMember) != (c.err == string(member.Member)+": found none")) {
			t.Errorf("%s: error %#v", c.name, err)
		}
	}
}

// TestFind looks images up in a table by their names.
func TestFind(t *testing.T) {
	table, err := NewTable([]Tile{{ID: "a"}, {ID: "b"}, {ID: "7"}})
	if err != nil {
		t.Fatal(err)
	}
	named := func(tile string) coco.Fields {
		return coco.Fields{{Key: "tile", Value: json.RawMessage(`"` + tile + `"`)}}
	}
	images := coco.NewNames([]coco.Image{
		{ID: coco.IntID(1), FileName: "train/a.tif"},
		{ID: coco.IntID(2), FileName: "x/c.png", Extra: named("b")},
		{ID: coco.IntID(3), FileName: "x/d.png"}, {ID: coco.IntID(4), FileName: "y/d.png"},
		{ID: coco.IntID(7), FileName: "e.png"},
	})
	for i, want := range []string{"a", "b", "", "", ""} {
		if got, err := table.Find(images, i); got == nil && (want != "" || !errors.Is(err, ErrNoTile)) || got != nil &&
			got.ID != want {
			t.Errorf("%s: found %v, want %q, error %v", images.Name(i), got, want, err)
		}
	}
	twins := coco.NewNames([]coco.Image{{FileName: "x/a.tif"}, {FileName: "y/a.tif"}})
	var ambiguous *coco.AmbiguousNameError
	if got, err := table.Find(twins, 0); got != nil || !errors.As(err, &ambiguous) || ambiguous.Count != 2 {
		t.Errorf("%s: found %v, %v, but two images may be that tile", twins.Name(0), got, err)
	}
	full, err := ReadTable(strings.NewReader("id,source_wsi,dataset,i,j\nx/a,1,1,0,0\n/data/y/a.tif,2,1,0,0\n"))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{1, 2} {
		if got, err := full.Find(twins, i); err != nil || got.WSI != want {
			t.Errorf("%s: found %v, want slide %d, error %v", twins.Name(i), got, want, err)
		}
	}
	if got, err := (*Table)(nil).Find(images, 0); got != nil || !errors.Is(err, ErrNoTile) {
		t.Errorf("no table: found %v, %v", got, err)
	}
}

// TestTileMembers compares each member of a tile with that of the image that
// Convert creates for it.
func TestTileMembers(t *testing.T) {
	tile := Tile{Row: 1, ID: "a", WSI: 1, Dataset: 2, I: 3, J: 4}
	img, err := (*ConvertOptions)(nil).Image(tile)
	if err != nil {
		t.Fatal(err)
	}
	for k, m := range []TileMember{MemberWSI, MemberDataset, MemberI, MemberJ} {
		if got := m.Of(tile); got != k+1 {
			t.Errorf("%s of the tile is %d, want %d", m, got, k+1)
		}
		if got, err := m.Number(&img, nil); got != k+1 || err != nil {
			t.Errorf("%s of the image is %d (%v), want %d", m, got, err, k+1)
		}
	}
	slide := coco.Image{FileName: "a.tif", Extra: coco.Fields{{Key: "source_wsi", Value: json.RawMessage(`"A7"`)}}}
	if text, ok := MemberWSI.Text(&slide, nil); text != "A7" || !ok {
		t.Errorf("a slide's name: %q, %v", text, ok)
	}
	if _, ok := MemberDataset.Text(&slide, nil); ok {
		t.Error("a dataset is found that nothing tells")
	}
}

// TestTextOfWholeNumber takes the slide 7.0, as pandas writes it, for the slide 7.
func TestTextOfWholeNumber(t *testing.T) {
	for value, want := range map[string]string{`7.0`: "7", `7`: "7", `"7.0"`: "7.0", `7.5`: "7.5", `"A7"`: "A7"} {
		img := coco.Image{Extra: coco.Fields{{Key: "source_wsi", Value: json.RawMessage(value)}}}
		if got, ok := MemberWSI.Text(&img, nil); got != want || !ok {
			t.Errorf("%s: %q, %v, want %q", value, got, ok, want)
		}
	}
}
