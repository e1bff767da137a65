package wsi

import (
	"github.com/hubdata/hubdata/coco"
)

// Sets distributes converted tiles among COCO datasets. Each tile can go to any
// number of them. It also counts, by dataset and slide, what became of the outlines.
// A tile is filled and encoded once, however many datasets contain it. The zero
// value only counts.
//
//	sets := &wsi.Sets{Route: route}
//	for tile, err := range wsi.Convert(ctx, table, polygons, opts) {
//		// handle err
//		err = sets.Add(tile)
//	}
//	err = sets.AddUnlabelled(table, opts)
type Sets struct {
	// Route returns the datasets that a tile belongs to. The slice is not
	// retained. nil: none.
	Route func(Tile) []*coco.Builder

	// Tally holds the counts of the added tiles.
	Tally Tally

	added map[string]bool // by id
	text  []byte
}

// Add adds a converted tile to its datasets. Errors come from their Disk.
func (s *Sets) Add(tile *Converted) error {
	return s.add(tile.Tile, tile.Counts, &tile.Image, tile.Annotations)
}

// AddUnlabelled adds the tiles of [UnlabelledDataset] that opts selects and that were
// not added before. They are added in the order of the table, as images without
// annotations.
func (s *Sets) AddUnlabelled(tiles *Table, opts *ConvertOptions) error {
	for t := range tiles.All() {
		if t.Dataset != UnlabelledDataset || !s.lacks(t, opts) {
			continue
		}
		img, err := opts.Image(t)
		if err != nil {
			return err
		}
		if err := s.add(t, Counts{Tiles: 1, Empty: 1}, &img, nil); err != nil {
			return err
		}
	}
	return nil
}

// Lacking counts the tiles that opts selects and that were not added. In
// labelled datasets these are the tiles without a line in polygons.jsonl.
func (s *Sets) Lacking(tiles *Table, opts *ConvertOptions) int {
	n := 0
	for t := range tiles.All() {
		if s.lacks(t, opts) {
			n++
		}
	}
	return n
}

// lacks reports whether a tile is selected and not added.
func (s *Sets) lacks(t Tile, opts *ConvertOptions) bool {
	return (opts == nil || opts.Select == nil || opts.Select(t)) && !s.added[t.ID]
}

// add adds a tile with its records to its datasets and to the counts.
func (s *Sets) add(t Tile, c Counts, img *coco.Image, annotations []coco.Annotation) error {
	if s.added == nil {
		s.added = map[string]bool{}
	}
	s.added[t.ID] = true
	s.Tally.Add(t, c)
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
