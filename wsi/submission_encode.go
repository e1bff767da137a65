package wsi

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/csvtable"
	"github.com/hubdata/hubdata/rle"
)

// EncodeOptions are the options of a [SubmissionEncoder]. The zero EncodeOptions keep
// all predictions unchanged.
type EncodeOptions struct {
	_ struct{}

	MinScore float64    // predictions with lower scores are dropped
	Steps    []rle.Step // applied to each mask, in order
	Top      int        // number of instances to keep per tile, those with the highest scores; 0: all
	Workers  int        // number of goroutines that encode rows; 0: GOMAXPROCS. The rows do not depend on it

	// Spill receives the texts of masks once Memory bytes of them are in memory. Write
	// appends, and ReadAt, which several goroutines call, reads what was written. nil: all
	// texts are kept in memory.
	Spill interface {
		io.Writer
		io.ReaderAt
	}
	Memory int
}

// EncodeCounts counts what became of the predictions of a [SubmissionEncoder].
type EncodeCounts struct {
	LowScore  int // predictions below MinScore
	NoPixel   int // without pixels after the steps
	BeyondTop int // beyond Top
	Instances int // written
	Tiles     int // written, one row per tile
	Empty     int // tiles among them without instances
}

// A SubmissionEncoder writes a submission from predictions in any order. It collects
// the predictions of each tile, then writes a row for each tile. It stores masks as
// texts.
//
// The instances of a tile are in descending order of score; those with equal scores
// keep the order in which they were added. The steps are applied to their masks.
// Instances without pixels are then dropped and do not count towards Top.
type SubmissionEncoder struct {
	opts        EncodeOptions
	tiles       []SubmissionTile
	place       map[string]int
	predictions [][]encodedPrediction // by tile
	counts      EncodeCounts

	memory [][]byte      // texts, in blocks of memoryBlock bytes; the last may be shorter
	held   int64         // bytes in memory
	spill  *bufio.Writer // to opts.Spill; nil: all texts are in memory
	size   int64         // of all texts
	text   []byte        // scratch memory of Add
}

// encodedPrediction is a prediction whose mask is stored as a text.
type encodedPrediction struct {
	score  float64
	at     int64 // position of the text in all texts: those in memory, followed by those spilled
	size   uint32
	record uint32
}

// RecordError names the invalid prediction of a [SubmissionEncoder]. Record is the
// number passed to Add.
type RecordError struct {
	Record int
	Err    error
}

// Error returns the number and the reason.
func (e *RecordError) Error() string { return fmt.Sprintf("[%d].%v", e.Record, e.Err) }

// Unwrap returns the reason.
func (e *RecordError) Unwrap() error { return e.Err }

// TileError is the error for a prediction on a tile that is not in the
// submission.
type TileError struct {
	ID    coco.ID // of the image
	Tile  string
	Tiles int // number of tiles in the submission
}

// Error returns a message with all fields.
func (e *TileError) Error() string {
	return fmt.Sprintf("image_id: found %s: tile %s is not among the %d of the submission", e.ID.AppendJSON(nil), e.Tile, e.Tiles)
}

// NewSubmissionEncoder returns an encoder for these tiles, whose heights and widths must
// be known. It writes rows in the order of the tiles. nil options are the zero
// [EncodeOptions].
func NewSubmissionEncoder(tiles []SubmissionTile, o *EncodeOptions) (*SubmissionEncoder, error) {
	e := &SubmissionEncoder{tiles: tiles, place: make(map[string]int, len(tiles)), predictions: make([][]encodedPrediction, len(tiles))}
	if o != nil {
		e.opts = *o
	}
	for i, t := range tiles {
		if _, ok := e.place[t.ID]; ok {
			return nil, fmt.Errorf("wsi: duplicate tile %s in a submission", csvtable.Quote(t.ID))
		}
		e.place[t.ID] = i
	}
	return e, nil
}

// Add adds a prediction on a tile. tile is the id of one of the tiles, to the letter; find
// it for an image with [coco.Names.Match]. record is the number of r in its file. If the score is
// absent or not from 0 to 1, or the tile is not in the submission ([*TileError]), the
// error is a [*RecordError] with that number. The mask is not decoded yet. Errors of
// Spill are returned unchanged.
func (e *SubmissionEncoder) Add(record int, tile string, r *coco.Result) error {
	i, ok := e.place[tile]
	var wrong error
	switch {
	case r.Missing.Has(coco.FieldScore):
		wrong = errors.New("score: found none, expected a score: this may be a file of labels, not predictions")
	case !(r.Score >= 0 && r.Score <= 1):
		wrong = fmt.Errorf("score: found %v, expected 0 to 1", r.Score)
	case !ok:
		wrong = &TileError{r.ImageID, tile, len(e.tiles)}
	}
	if wrong != nil {
		return &RecordError{record, wrong}
	}
	if r.Score < e.opts.MinScore {
		e.counts.LowScore++
		return nil
	}
	e.text = r.Segmentation.AppendJSON(e.text[:0])
	w := encodedPrediction{r.Score, e.size, uint32(len(e.text)), uint32(record)}
	if err := e.keep(e.text); err != nil {
		return err
	}
	e.predictions[i] = append(e.predictions[i], w)
	return nil
}

// memoryBlock is the size of the blocks that texts in memory are in, and spillBuffer how
// much is spilled at once, in bytes. One slice that grows would take twice the memory
// while it is copied.
const (
	memoryBlock = 256 << 10
	spillBuffer = 256 << 10
)

// keep stores a text after all others. Once a text has been spilled, all later
// ones are spilled too.
func (e *SubmissionEncoder) keep(text []byte) error {
	e.size += int64(len(text))
	if e.opts.Spill == nil || e.spill == nil && e.size <= int64(e.opts.Memory) {
		e.hold(text)
		return nil
	}
	if e.spill == nil {
		e.spill = bufio.NewWriterSize(e.opts.Spill, spillBuffer)
	}
	_, err := e.spill.Write(text)
	return err
}

// hold appends a text to those in memory.
func (e *SubmissionEncoder) hold(text []byte) {
	e.held += int64(len(text))
	for len(text) > 0 {
		last := len(e.memory) - 1
		if last < 0 || len(e.memory[last]) == memoryBlock {
			e.memory = append(e.memory, make([]byte, 0, memoryBlock))
			last++
		}
		n := min(len(text), memoryBlock-len(e.memory[last]))
		e.memory[last] = append(e.memory[last], text[:n]...)
		text = text[n:]
	}
}

// kept returns the text of a prediction, in buf if that has room for it.
func (e *SubmissionEncoder) kept(w *encodedPrediction, buf []byte) ([]byte, error) {
	text := slices.Grow(buf[:0], int(w.size))[:w.size]
	if w.at >= e.held {
		n, err := e.opts.Spill.ReadAt(text, w.at-e.held)
		if n == len(text) {
			err = nil // io.EOF where it is the last
		}
		return text, err
	}
	for n := 0; n < len(text); {
		at := w.at + int64(n)
		n += copy(text[n:], e.memory[at/memoryBlock][at%memoryBlock:])
	}
	return text, nil
}

// Write writes the header and the rows of all tiles. The encoder cannot be used
// afterwards. If a mask cannot be decoded, the error is a [*RecordError]; errors of w
// and Spill are returned unchanged.
func (e *SubmissionEncoder) Write(ctx context.Context, w io.Writer) (EncodeCounts, error) {
	if e.spill != nil {
		if err := e.spill.Flush(); err != nil {
			return e.counts, err
		}
	}
	if _, err := io.WriteString(w, SubmissionHeader); err != nil {
		return e.counts, err
	}
	for row := range e.rows(ctx) {
		if row.err != nil {
			return e.counts, row.err
		}
		e.counts.Tiles++
		e.counts.Instances += row.instances
		e.counts.NoPixel += row.noPixel
		e.counts.BeyondTop += row.beyond
		if row.instances == 0 {
			e.counts.Empty++
		}
		if _, err := w.Write(row.text); err != nil {
			return e.counts, err
		}
	}
	return e.counts, nil
}

// encodedRow is a row of the submission, or its error.
type encodedRow struct {
	text                       []byte
	instances, noPixel, beyond int
	err                        error
}

// rows yields the rows in the order of the tiles. Several goroutines encode them, each
// at most three rows ahead.
func (e *SubmissionEncoder) rows(ctx context.Context) iter.Seq[encodedRow] {
	return func(yield func(encodedRow) bool) {
		workers := e.opts.Workers
		if workers <= 0 {
			workers = runtime.GOMAXPROCS(0)
		}
		type job struct {
			tile int
			row  chan encodedRow
		}
		jobs, queue := make(chan job), make(chan job, 3*workers)
		stop := make(chan struct{})
		var wg sync.WaitGroup
		defer wg.Wait()
		defer close(stop)
		for range workers {
			wg.Go(func() {
				for j := range jobs {
					if err := ctx.Err(); err != nil {
						j.row <- encodedRow{err: err}
					} else {
						j.row <- e.row(j.tile)
					}
				}
			})
		}
		wg.Go(func() {
			defer close(queue)
			defer close(jobs)
			for i := range e.tiles {
				j := job{i, make(chan encodedRow, 1)}
				select {
				case queue <- j:
				case <-stop:
					return
				}
				jobs <- j
			}
		})
		for j := range queue {
			if row := <-j.row; !yield(row) || row.err != nil {
				return
			}
		}
	}
}

// row encodes the row of tile i.
func (e *SubmissionEncoder) row(i int) encodedRow {
	tile, list := e.tiles[i], e.predictions[i]
	slices.SortStableFunc(list, func(a, b encodedPrediction) int { return cmp.Compare(b.score, a.score) })
	var row encodedRow
	var held rle.Budget
	instances := make([]SubmissionInstance, 0, len(list))
	var text []byte
	for k := range list {
		if n := len(instances); n > 0 && n == e.opts.Top {
			row.beyond = len(list) - k
			break
		}
		var m rle.Mask
		var err error
		if text, err = e.kept(&list[k], text); err == nil {
			m, err = e.mask(&list[k], text, tile, &held)
		}
		if err != nil {
			return encodedRow{err: err}
		}
		if m.Area() == 0 {
			row.noPixel++
			continue
		}
		instances = append(instances, SubmissionInstance{Score: list[k].score, Mask: m})
	}
	row.instances = len(instances)
	row.text, row.err = AppendSubmissionRow(nil, tile.ID, tile.Height, tile.Width, instances)
	return row
}

// mask decodes the text of a prediction and does the steps.
func (e *SubmissionEncoder) mask(w *encodedPrediction, text []byte, tile SubmissionTile, held *rle.Budget) (rle.Mask, error) {
	m, err := decodeMask(text, tile.Height, tile.Width, held)
	for _, step := range e.opts.Steps {
		if err != nil {
			break
		}
		m, err = step.Apply(m)
	}
	if err != nil {
		return m, &RecordError{int(w.record), fmt.Errorf("segmentation: %w", err)}
	}
	return m, nil
}

// decodeMask decodes the mask of a prediction, which the caller keeps.
func decodeMask(text []byte, height, width int, held *rle.Budget) (rle.Mask, error) {
	segmentation, err := coco.SegmentationFromJSON(text)
	if err != nil {
		return rle.Mask{}, err
	}
	if segmentation.Kind() == coco.KindNone {
		return rle.Mask{}, errors.New("found none, expected a mask: this may be a file of boxes without masks")
	}
	m, err := segmentation.Mask(height, width)
	if err != nil {
		return m, err
	}
	return m, segmentation.Hold(held, m)
}
