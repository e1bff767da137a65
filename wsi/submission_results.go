package wsi

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// SubmissionResults reads a submission as COCO results of one category,
// instance by instance in the order of the file. Boxes are the bounds of the
// masks.
//
// image is called once for each row. It returns the image id of the row's tile; if ok
// is false, the row is skipped. If image is nil, the ids are the names of the tiles.
// An error of image that is not a [*RowError] is wrapped in one for column id. A tile
// that already has a row is an error too. The first error ends the sequence.
func SubmissionResults(r io.Reader, category int64, image func(row *SubmissionRow) (id coco.ID, ok bool, err error)) iter.Seq2[coco.Result, error] {
	if image == nil {
		image = func(row *SubmissionRow) (coco.ID, bool, error) { return coco.StringID(row.ID), true, nil }
	}
	return func(yield func(coco.Result, error) bool) {
		seen := map[string]int{} // the row of each tile
		for row, err := range ReadSubmission(r) {
			var id coco.ID
			ok := false
			if err == nil {
				if first := seen[row.ID]; first > 0 {
					err = fmt.Errorf("tile %s is already in row %d: remove one", row.ID, first)
				} else {
					seen[row.ID] = row.Row
					id, ok, err = image(&row)
				}
				var placed *RowError
				if err != nil && !errors.As(err, &placed) {
					err = &RowError{Row: row.Row, Line: row.Line, Column: submissionColumns[0], Err: err}
				}
			}
			if err != nil {
				yield(coco.Result{}, err)
				return
			}
			if !ok {
				continue
			}
			for in, err := range row.Instances() {
				if err != nil {
					yield(coco.Result{}, err)
					return
				}
				out := coco.Result{ImageID: id, CategoryID: category, BBox: in.Mask.Bounds(), Score: in.Score, Segmentation: coco.RLE(in.Mask)}
				if !yield(out, nil) {
					return
				}
			}
		}
	}
}

// SubmissionTiles returns the tiles of the images of a dataset, with the sizes of the
// images. A tile is named by [coco.TileID], as tile_meta.csv names it. Images that share
// it are named by their full names; see [coco.Names]. It is an error if that is an id
// although the image has a tile or a file: another image has the same.
func SubmissionTiles(d *coco.Dataset) ([]SubmissionTile, error) {
	names := coco.NewNames(d.Images)
	count := make(map[string]int, len(d.Images))
	for i := range d.Images {
		count[coco.TileID(&d.Images[i])]++
	}
	tiles := make([]SubmissionTile, 0, len(d.Images))
	seen := make(map[string]coco.ID, len(d.Images))
	for i := range d.Images {
		img := &d.Images[i]
		name := coco.TileID(img)
		if count[name] > 1 && !names.ByID(i) {
			name = names.Name(i)
		}
		if first, ok := seen[name]; ok {
			return nil, fmt.Errorf("images %s and %s both belong to tile %s", first.AppendJSON(nil), img.ID.AppendJSON(nil), wtf8.Quote(name))
		}
		seen[name] = img.ID
		tiles = append(tiles, SubmissionTile{ID: name, Height: max(img.Height, 0), Width: max(img.Width, 0)})
	}
	return tiles, nil
}
