package pseudo

import "github.com/hubdata/hubdata/coco"

// Admission decides which records of a source are fused: those on the requested tiles and
// of the requested classes. It counts all records and those that it skips. Its method
// Admit can be passed to [Gather]. Each source needs an Admission of its own.
type Admission struct {
	// Tile returns the number of the tile of an image id. If ok is false, predictions there
	// are skipped. Tile is called once for consecutive records of the same image.
	Tile func(image coco.ID) (tile int, ok bool, err error)
	// Category translates a category id of the source to that of the instances. If ok is
	// false, predictions of the category are skipped. nil: ids stay the same.
	Category func(id int64) (category int64, ok bool, err error)
	Counts   SourceCounts

	last struct {
		known bool
		image coco.ID
		tile  int
		ok    bool
	}
}

// SourceCounts counts what became of the records of a source.
type SourceCounts struct {
	Records    int // all
	OtherTiles int // skipped: on tiles that were not requested
	OtherClass int // skipped: on requested tiles, but of other classes
}

// Admitted returns the number of records that were not skipped.
func (c SourceCounts) Admitted() int { return c.Records - c.OtherTiles - c.OtherClass }

// Admit counts a record, translates its category and returns the number of its tile. If
// ok is false, the record is to be skipped. A record without a category is not skipped:
// Gather reports it as an error.
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
