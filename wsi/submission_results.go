package wsi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// SubmissionResults reads a submission as COCO results of one category,
// instance by instance in the order of the file. Boxes are the bounds of the
// masks.
//
// image is called once for each row, in their order, and by one goroutine, while the
// instances of rows before are decoded. It returns the image id of the row's tile; if ok
// is false, the row is skipped. If image is nil, the ids are the names of the tiles.
// An error of image that is not a [*RowError] is wrapped in one for column id. A tile
// that already has a row is an error too. The first error ends the sequence.
func SubmissionResults(r io.Reader, category int64, image func(row *SubmissionRow) (id coco.ID, ok bool, err error)) iter.Seq2[coco.Result, error] {
	if image == nil {
		image = func(row *SubmissionRow) (coco.ID, bool, error) { return coco.StringID(row.ID), true, nil }
	}
	return func(yield func(coco.Result, error) bool) {
		workers := min(runtime.GOMAXPROCS(0), mostDecoders)
		for row, err := range parallel.Map(context.Background(), workers, imageRows(r, category, image), (*imageRow).decode) {
			if err != nil {
				yield(coco.Result{}, err)
				return
			}
			for _, out := range row.results {
				if !yield(out, nil) {
					return
				}
			}
			if row.err != nil {
				yield(coco.Result{}, row.err)
				return
			}
			if row.more && !row.rest(yield) {
				return
			}
		}
	}
}

// Rows wait in memory for goroutines that decode them, and their results to be taken.
const (
	mostDecoders = 8       // goroutines
	rowRuns      = 1 << 18 // runs of the masks of a row that are decoded ahead
)

// An imageRow is a row of a submission and the image that it is of.
type imageRow struct {
	row      SubmissionRow
	image    coco.ID
	category int64

	results []coco.Result
	err     error // of the instance after the results
	more    bool  // there are more instances than results
}

// imageRows yields the rows that image does not skip.
func imageRows(r io.Reader, category int64, image func(row *SubmissionRow) (id coco.ID, ok bool, err error)) iter.Seq2[*imageRow, error] {
	return func(yield func(*imageRow, error) bool) {
		seen := map[string]int{} // the row of each tile
		for row, err := range ReadSubmission(r) {
			out := &imageRow{row: row, category: category}
			ok := false
			if err == nil {
				if first := seen[row.ID]; first > 0 {
					err = fmt.Errorf("tile %s is already in row %d: remove one", row.ID, first)
				} else {
					seen[row.ID] = row.Row
					out.image, ok, err = image(&row)
				}
				var placed *RowError
				if err != nil && !errors.As(err, &placed) {
					err = &RowError{Row: row.Row, Line: row.Line, Column: submissionColumns[0], Err: err}
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if ok && !yield(out, nil) {
				return
			}
		}
	}
}

// decode makes the results of the row: the first ones, if all are large.
func (r *imageRow) decode() (*imageRow, error) {
	runs := 0
	for in, err := range r.row.Instances() {
		if r.err = err; err != nil {
			break
		}
		if r.more = runs > rowRuns; r.more {
			break
		}
		runs += in.Mask.NumRuns()
		r.results = append(r.results, r.result(in))
	}
	return r, nil
}

// rest yields the results after those that decode made. It reports false if the sequence
// has ended.
func (r *imageRow) rest(yield func(coco.Result, error) bool) bool {
	k := 0
	for in, err := range r.row.Instances() {
		if err != nil {
			yield(coco.Result{}, err)
			return false
		}
		if k++; k > len(r.results) && !yield(r.result(in), nil) {
			return false
		}
	}
	return true
}

func (r *imageRow) result(in SubmissionInstance) coco.Result {
	return coco.Result{ImageID: r.image, CategoryID: r.category, BBox: in.Mask.Bounds(), Score: in.Score, Segmentation: coco.RLE(in.Mask)}
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
