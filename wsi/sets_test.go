package wsi

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/hubdata/hubdata/coco"
)

// TestSets compares sets written in one pass with conversions of each set alone, and
// the counts with conversions of each group.
func TestSets(t *testing.T) {
	f := generate(11, 120, 70, 3)
	tiles, err := ReadTable(bytes.NewReader(f.tiles))
	if err != nil {
		t.Fatal(err)
	}
	selected := func(t Tile) bool { return t.Dataset != 2 || t.WSI != 3 }
	belongs := []func(Tile) bool{
		selected,
		func(t Tile) bool { return selected(t) && t.Dataset == 1 },
		func(t Tile) bool { return selected(t) && t.WSI%2 == 1 },
		func(Tile) bool { return false },
	}
	opts := &ConvertOptions{Select: selected, Classes: AllClasses()[1:], Segmentation: coco.KindPolygons}
	categories, err := opts.Categories()
	if err != nil {
		t.Fatal(err)
	}
	builders := make([]*coco.Builder, len(belongs))
	for k := range builders {
		builders[k] = &coco.Builder{Categories: categories}
	}
	var list []*coco.Builder
	sets := Sets{Route: func(t Tile) []*coco.Builder {
		list = list[:0]
		for k, b := range builders {
			if belongs[k](t) {
				list = append(list, b)
			}
		}
		return list
	}}
	for c, err := range Convert(context.Background(), tiles, bytes.NewReader(f.polygons), opts) {
		if err != nil {
			t.Fatal(err)
		}
		if err := sets.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	if got := sets.Lacking(tiles, opts); got != 50 {
		t.Errorf("%d tiles lack a line, want the 50 of dataset 3", got)
	}
	if err := sets.AddUnlabelled(tiles, opts); err != nil {
		t.Fatal(err)
	}
	if got := sets.Lacking(tiles, opts); got != 0 {
		t.Errorf("%d tiles are still lacking", got)
	}
	for k, b := range builders {
		alone := *opts
		alone.Select = belongs[k]
		want, _, err := ConvertDataset(context.Background(), tiles, bytes.NewReader(f.polygons), &alone)
		if err != nil {
			t.Fatal(err)
		}
		for tile := range tiles.All() {
			if tile.Dataset == UnlabelledDataset && belongs[k](tile) {
				img, err := opts.Image(tile)
				if err != nil {
					t.Fatal(err)
				}
				want.Images = append(want.Images, img)
			}
		}
		var text bytes.Buffer
		if err := b.Write(&text, nil); err != nil {
			t.Fatal(err)
		}
		got, err := coco.Decode(&text)
		if err != nil {
			t.Fatal(err)
		}
		encode := func(d *coco.Dataset) string {
			var out bytes.Buffer
			d.Licenses = nil
			if err := d.Encode(&out); err != nil {
				t.Fatal(err)
			}
			return out.String()
		}
		if k < 3 && (len(want.Images) == 0 || len(want.Annotations) == 0) {
			t.Fatalf("set %d is empty", k)
		}
		if encode(got) != encode(want) {
			t.Errorf("set %d differs from a conversion of it alone", k)
		}
	}
	total := 0
	for i, g := range sets.Tally.Groups() {
		alone := *opts
		alone.Select = func(t Tile) bool { return t.Dataset == g.Dataset && t.WSI == g.WSI }
		_, want, err := ConvertDataset(context.Background(), tiles, bytes.NewReader(f.polygons), &alone)
		if err != nil {
			t.Fatal(err)
		}
		if g.Dataset == UnlabelledDataset {
			for tile := range tiles.All() {
				if alone.Select(tile) {
					want.Add(Counts{Tiles: 1, Empty: 1})
				}
			}
		}
		if !reflect.DeepEqual(g.Counts, want) {
			t.Errorf("dataset %d, slide %d: %+v, want %+v", g.Dataset, g.WSI, g.Counts, want)
		}
		if before := sets.Tally.Groups()[max(i-1, 0)]; before.Dataset > g.Dataset || before.Dataset == g.Dataset && before.WSI > g.WSI {
			t.Errorf("group %d is out of order", i)
		}
		total += g.Tiles
	}
	if total != builders[0].Images() {
		t.Errorf("%d tiles counted, want %d", total, builders[0].Images())
	}
}

// TestSetsZero checks that the zero Sets only counts, and that it ignores unlabelled
// tiles that were not requested.
func TestSetsZero(t *testing.T) {
	tiles := tableOf(t, "a", "b", "c") // of datasets 1, 2 and 3
	var sets Sets
	if n := sets.Lacking(tiles, nil); n != 3 {
		t.Errorf("%d lack a line, want 3", n)
	}
	if err := sets.Add(&Converted{Tile: Tile{ID: "b", WSI: 2, Dataset: 2}, Counts: Counts{Tiles: 1, Outlines: 4}}); err != nil {
		t.Fatal(err)
	}
	if err := sets.AddUnlabelled(tiles, nil); err != nil {
		t.Fatal(err)
	}
	want := []GroupCounts{{2, 2, Counts{Tiles: 1, Outlines: 4}}, {3, 1, Counts{Tiles: 1, Empty: 1}}}
	if got := sets.Tally.Groups(); !reflect.DeepEqual(got, want) {
		t.Errorf("groups %+v, want %+v", got, want)
	}
	if n := sets.Lacking(tiles, nil); n != 1 {
		t.Errorf("%d lack a line, want that of dataset 1", n)
	}
}

// TestSetsErrors checks that errors of a set's Disk and of TileSize are
// returned.
func TestSetsErrors(t *testing.T) {
	full := errors.New("disk full")
	b := &coco.Builder{Disk: func() (coco.Disk, error) { return nil, full }}
	sets := Sets{Route: func(Tile) []*coco.Builder { return []*coco.Builder{b} }}
	var err error
	for i := 0; i < 1<<20 && err == nil; i++ {
		err = sets.Add(&Converted{Annotations: []coco.Annotation{{}}})
	}
	if !errors.Is(err, full) {
		t.Errorf("adding: %v", err)
	}
	opts := &ConvertOptions{TileSize: func(Tile) (int, int, error) { return 0, 0, full }}
	if err := new(Sets).AddUnlabelled(tableOf(t, "a", "b", "c"), opts); !errors.Is(err, full) {
		t.Errorf("a size that is not known: %v", err)
	}
}
