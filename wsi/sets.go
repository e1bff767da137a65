package wsi

import (
	"cmp"
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// Sets divides converted tiles among COCO datasets, each tile to any number of them,
// and counts by dataset and slide what became of the outlines. Whatever the number of
// datasets, a tile is filled and encoded once. The zero value only counts.
//
//	sets := &wsi.Sets{Route: route}
//	for tile, err := range wsi.Convert(ctx, table, polygons, opts) {
//		// handle err
//		err = sets.Add(tile)
//	}
//	err = sets.AddUnlabelled(table, opts)
type Sets struct {
	// Route returns the datasets that a tile belongs to. The list is not kept. nil: none.
	Route func(Tile) []*coco.Builder

	groups map[[2]int]*GroupCounts // by dataset and slide
	added  map[string]bool         // by id
	text   []byte
}

// GroupCounts tells what became of the outlines of a dataset and slide.
type GroupCounts struct {
	Dataset, WSI int
	Counts
}

// Add adds a converted tile to its datasets. An error is one of their Disk.
func (s *Sets) Add(tile *Converted) error {
	s.count(tile.Tile, tile.Counts)
	return s.put(tile.Tile, &tile.Image, tile.Annotations)
}

// AddUnlabelled adds the tiles of [UnlabelledDataset] that opts selects and that were
// not added yet, in the order of the table, as images without annotations.
func (s *Sets) AddUnlabelled(tiles *Table, opts *ConvertOptions) error {
	for t := range tiles.All() {
		if t.Dataset != UnlabelledDataset || !s.lacks(t, opts) {
			continue
		}
		img, err := opts.Image(t)
		if err != nil {
			return err
		}
		s.count(t, Counts{Tiles: 1, Empty: 1})
		if err := s.put(t, &img, nil); err != nil {
			return err
		}
	}
	return nil
}

// Lacking counts the tiles that opts selects and that were not added: of labelled
// datasets, those without a line in polygons.jsonl.
func (s *Sets) Lacking(tiles *Table, opts *ConvertOptions) int {
	n := 0
	for t := range tiles.All() {
		if s.lacks(t, opts) {
			n++
		}
	}
	return n
}

// Groups returns the counts by dataset, then slide.
func (s *Sets) Groups() []GroupCounts {
	out := make([]GroupCounts, 0, len(s.groups))
	for _, g := range s.groups {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b GroupCounts) int {
		return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.WSI, b.WSI))
	})
	return out
}

// lacks says whether a tile is selected and not added.
func (s *Sets) lacks(t Tile, opts *ConvertOptions) bool {
	return (opts == nil || opts.Select == nil || opts.Select(t)) && !s.added[t.ID]
}

// count counts a tile.
func (s *Sets) count(t Tile, c Counts) {
	if s.groups == nil {
		s.groups, s.added = map[[2]int]*GroupCounts{}, map[string]bool{}
	}
	s.added[t.ID] = true
	key := [2]int{t.Dataset, t.WSI}
	if s.groups[key] == nil {
		s.groups[key] = &GroupCounts{Dataset: t.Dataset, WSI: t.WSI}
	}
	s.groups[key].Add(c)
}

// put adds a tile's records to its datasets.
func (s *Sets) put(t Tile, img *coco.Image, annotations []coco.Annotation) error {
	if s.Route == nil {
		return nil
	}
	to := s.Route(t)
	if len(to) == 0 {
		return nil
	}
	var err error
	if s.text, err = coco.AppendImageText(s.text[:0], img, annotations); err != nil {
		return err
	}
	for _, b := range to {
		if err := b.AddText(s.text); err != nil {
			return err
		}
	}
	return nil
}
