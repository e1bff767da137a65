package pseudo

import "github.com/hubdata/hubdata/coco"

// Admission says which records of a source are fused: those on the tiles and of the
// classes that are asked for. It counts all, and what it passes over. Its method Admit is
// made for [Gather]. Each source needs an Admission of its own.
type Admission struct {
	// Tile gives the number of the tile of an image id; ok is false if predictions there are
	// passed over. It is called once for records of one image that follow one another.
	Tile func(image coco.ID) (tile int, ok bool, err error)
	// Category translates a category id of the source to the one that the instances get; ok
	// is false if predictions of it are passed over. nil: all ids are taken as they are.
	Category func(id int64) (category int64, ok bool, err error)
	Counts   SourceCounts

	last struct {
		known bool
		image coco.ID
		tile  int
		ok    bool
	}
}

// SourceCounts tell what became of the records of a source.
type SourceCounts struct {
	Records    int // all
	OtherTiles int // passed over: on tiles that are not asked for
	OtherClass int // passed over: on those that are, but of other classes
}

// Admitted is how many records were not passed over.
func (c SourceCounts) Admitted() int { return c.Records - c.OtherTiles - c.OtherClass }

// Admit counts a record, translates its category and gives the number of its tile; ok is
// false if it is passed over. A record without category is not: Gather faults it.
func (a *Admission) Admit(r *coco.Result) (tile int, ok bool, err error) {
	a.Counts.Records++
	last := &a.last
	if !last.known || last.image != r.ImageID {
		last.known = false
		if last.tile, last.ok, err = a.Tile(r.ImageID); err != nil {
			return 0, false, err
		}
		last.known, last.image = true, r.ImageID
	}
	if r.Missing.Has(coco.FieldCategoryID) {
		return last.tile, true, nil
	}
	category, wanted := r.CategoryID, true
	if a.Category != nil {
		if category, wanted, err = a.Category(r.CategoryID); err != nil {
			return 0, false, err
		}
	}
	switch {
	case !last.ok:
		a.Counts.OtherTiles++
		return 0, false, nil
	case !wanted:
		a.Counts.OtherClass++
		return 0, false, nil
	}
	r.CategoryID = category
	return last.tile, true, nil
}
