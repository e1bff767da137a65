package wsi

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// A spillMemory holds what was spilled, and counts the reads.
type spillMemory struct {
	text   []byte
	writes int
	err    error
}

func (s *spillMemory) Write(p []byte) (int, error) {
	s.text, s.writes = append(s.text, p...), s.writes+1
	return len(p), s.err
}

func (s *spillMemory) ReadAt(p []byte, at int64) (int, error) {
	n := copy(p, s.text[at:])
	if int(at)+n == len(s.text) {
		return n, io.EOF
	}
	return n, nil
}

// addAll adds predictions on tiles, each to the tile of its image id.
func addAll(t *testing.T, e *SubmissionEncoder, results []coco.Result) {
	t.Helper()
	for i := range results {
		if err := e.Add(i, results[i].ImageID.String(), &results[i]); err != nil {
			t.Fatal(err)
		}
	}
}

// encodeScene returns tiles and predictions on them in random order, some
// without pixels.
func encodeScene(rng *rand.Rand) ([]SubmissionTile, []coco.Result) {
	var tiles []SubmissionTile
	var results []coco.Result
	for i := range 1 + rng.IntN(12) {
		tile := SubmissionTile{fmt.Sprintf("tile%d", i), 4 + rng.IntN(40), 4 + rng.IntN(40)}
		tiles = append(tiles, tile)
		for range rng.IntN(6) {
			m, _ := rle.FromBox(tile.Height, tile.Width,
				rle.Box{X: float64(rng.IntN(tile.Width)), Y: float64(rng.IntN(tile.Height)), W: float64(rng.IntN(12)),
					H: float64(rng.IntN(12))})
			results = append(results, coco.Result{ImageID: coco.StringID(tile.ID), Score: float64(rng.IntN(6)) / 5,
				Segmentation: coco.RLE(m)})
		}
	}
	rng.Shuffle(len(results), func(i, j int) { results[i], results[j] = results[j], results[i] })
	return tiles, results
}

// TestSubmissionEncoder compares the submission with rows built naively, for several
// numbers of workers and with all, some or none of the masks in memory.
func TestSubmissionEncoder(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 4))
	cross, _ := rle.Cross(3)
	steps := []rle.Step{{Kind: rle.StepErode, Element: cross}, {Kind: rle.StepMinArea, Pixels: 3}}
	var total EncodeCounts
	spilled := 0
	for round := range 60 {
		tiles, results := encodeScene(rng)
		o := EncodeOptions{Workers: 1 + round%5, MinScore: float64(rng.IntN(3)) / 5, Top: rng.IntN(4)}
		if round%2 == 0 {
			o.Steps = steps
		}
		spill := &spillMemory{}
		if round%3 > 0 {
			o.Spill, o.Memory = spill, rng.IntN(300)
		}
		e, err := NewSubmissionEncoder(tiles, &o)
		if err != nil {
			t.Fatal(err)
		}
		addAll(t, e, results)
		var got bytes.Buffer
		counts, err := e.Write(context.Background(), &got)
		if err != nil {
			t.Fatal(err)
		}
		spilled += spill.writes

		want := []byte(SubmissionHeader)
		wantCounts := EncodeCounts{Tiles: len(tiles)}
		for _, tile := range tiles {
			var kept []SubmissionInstance
			for _, r := range results {
				if r.ImageID.String() != tile.ID {
					continue
				}
				if r.Score < o.MinScore {
					wantCounts.LowScore++
					continue
				}
				m, err := r.Segmentation.Mask(tile.Height, tile.Width)
				for _, s := range o.Steps {
					if err == nil {
						m, err = s.Apply(m)
					}
				}
				if err != nil {
					t.Fatal(err)
				}
				kept = append(kept, SubmissionInstance{r.Score, m})
			}
			slices.SortStableFunc(kept, func(a, b SubmissionInstance) int { return cmp.Compare(b.Score, a.Score) })
			var row []SubmissionInstance
			for k, in := range kept {
				if o.Top > 0 && len(row) == o.Top {
					wantCounts.BeyondTop += len(kept) - k
					break
				}
				if in.Mask.Area() > 0 {
					row = append(row, in)
				} else {
					wantCounts.NoPixel++
				}
			}
			if wantCounts.Instances += len(row); len(row) == 0 {
				wantCounts.Empty++
			}
			if want, err = AppendSubmissionRow(want, tile.ID, tile.Height, tile.Width, row); err != nil {
				t.Fatal(err)
			}
		}
		if got.String() != string(want) {
			t.Fatalf("round %d: the submission is\n%s\nwant\n%s", round, &got, want)
		}
		if counts != wantCounts {
			t.Fatalf("round %d: %+v, want %+v", round, counts, wantCounts)
		}
		total.LowScore, total.NoPixel, total.BeyondTop = total.LowScore+counts.LowScore, total.NoPixel+
			counts.NoPixel, total.BeyondTop+counts.BeyondTop
		total.Instances, total.Empty = total.Instances+counts.Instances, total.Empty+counts.Empty
	}
	if total.LowScore == 0 || total.NoPixel == 0 || total.BeyondTop == 0 || total.Instances == 0 || total.Empty == 0 ||
		spilled == 0 {
		t.Errorf("the test shows nothing: %+v, %d writes to the spill", total, spilled)
	}
}

func TestSubmissionEncoderErrors(t *testing.T) {
	tiles := []SubmissionTile{{"a", 4, 5}, {"b", 4, 5}}
	m, _ := rle.FromBox(4, 5, rle.Box{W: 2, H: 2})
	good := coco.Result{ImageID: coco.StringID("a"), Score: 0.5, Segmentation: coco.RLE(m)}
	for _, test := range []struct {
		name   string
		tile   string
		change func(*coco.Result)
		want   string
		late   bool // detected when rows are written
	}{
		{"no score", "a", func(r *coco.Result) { r.Missing = coco.FieldScore }, "[7].score: found none", false},
		{"score", "a", func(r *coco.Result) { r.Score = 1.5 }, "[7].score: found 1.5, expected 0 to 1", false},
		{"tile", "c", func(r *coco.Result) { r.ImageID = coco.StringID("c") },
			`[7].image_id: found "c": tile c is not among the 2`, false},
		{"no mask", "a", func(r *coco.Result) { r.Segmentation = coco.Segmentation{} },
			"[7].segmentation: found none, expected a mask", true},
		{"size", "a", func(r *coco.Result) {
			other, _ := rle.FromBox(5, 5, rle.Box{W: 2, H: 2})
			r.Segmentation = coco.RLE(other)
		}, "[7].segmentation: ", true},
	} {
		e, err := NewSubmissionEncoder(tiles, nil)
		if err != nil {
			t.Fatal(err)
		}
		r := good
		test.change(&r)
		if err = e.Add(7, test.tile, &r); test.late {
			if err != nil {
				t.Fatal(err)
			}
			_, err = e.Write(context.Background(), io.Discard)
		}
		var record *RecordError
		if !errors.As(err, &record) || record.Record != 7 || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
		var tile *TileError
		if errors.As(err, &tile) != (test.name == "tile") {
			t.Errorf("%s: tile error %v", test.name, tile)
		}
	}
	if _, err := NewSubmissionEncoder([]SubmissionTile{tiles[0], tiles[0]}, nil); err == nil {
		t.Error("a tile twice gives no error")
	}
	failed := errors.New("failed")
	e, _ := NewSubmissionEncoder(tiles, &EncodeOptions{Spill: &spillMemory{err: failed}})
	if err := e.Add(0, "a", &good); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Write(context.Background(), io.Discard); !errors.Is(err, failed) {
		t.Errorf("a spill that fails gives %v", err)
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	e, _ = NewSubmissionEncoder(tiles, nil)
	if _, err := e.Write(stopped, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context gives %v", err)
	}
}

// TestSubmissionResults reads back an encoded submission, mask by mask.
func TestSubmissionResults(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	read := 0
	for range 20 {
		tiles, results := encodeScene(rng)
		e, _ := NewSubmissionEncoder(tiles, nil)
		addAll(t, e, results)
		var text bytes.Buffer
		if _, err := e.Write(context.Background(), &text); err != nil {
			t.Fatal(err)
		}
		i := 0
		for _, tile := range tiles {
			list := slices.DeleteFunc(slices.Clone(results), func(r coco.Result) bool {
				m, err := r.Segmentation.Mask(tile.Height, tile.Width)
				return r.ImageID.String() != tile.ID || err != nil || m.Area() == 0
			})
			slices.SortStableFunc(list, func(a, b coco.Result) int { return cmp.Compare(b.Score, a.Score) })
			j := 0
			for r, err := range SubmissionResults(bytes.NewReader(text.Bytes()), 4,
				func(row *SubmissionRow) (coco.ID, bool, error) {
					return coco.StringID(row.ID), row.ID == tile.ID, nil
				}) {
				if err != nil {
					t.Fatal(err)
				}
				want, _ := list[j].Segmentation.Mask(tile.Height, tile.Width)
				got, err := r.Segmentation.Mask(tile.Height, tile.Width)
				if err != nil || !got.Equal(want) || r.Score != list[j].Score || r.CategoryID != 4 ||
					r.ImageID != list[j].ImageID || r.BBox != want.Bounds() {
					t.Fatalf("instance %d of %s: %+v", j, tile.ID, r)
				}
				j++
			}
			if j != len(list) {
				t.Fatalf("tile %s: %d instances, want %d", tile.ID, j, len(list))
			}
			i += j
		}
		all := 0
		for r, err := range SubmissionResults(&text, 0, nil) {
			if err != nil || !r.ImageID.IsString() {
				t.Fatal(r.ImageID, err)
			}
			all++
		}
		if all != i {
			t.Fatalf("%d instances, want %d", all, i)
		}
		read += all
	}
	if read == 0 {
		t.Error("nothing was read")
	}
}

// TestSubmissionResultsLarge reads rows of which not all instances are decoded ahead.
func TestSubmissionResultsLarge(t *testing.T) {
	const side = 600
	bits := make([]byte, side*side)
	for i := range bits {
		bits[i] = byte(i % 2)
	}
	m, err := rle.FromBitmap(side, side, bits) // some 360,000 runs
	if err != nil {
		t.Fatal(err)
	}
	mask := kaggle(t, m)
	row := "0 1 " + mask + " 0 0.5 " + mask + " 0 0.25 " + mask
	for _, end := range []string{"", " 0 0 " + mask, " 0 2 " + mask} {
		text := fmt.Sprintf("%sa,%d,%d,%s%s\nb,%d,%d,%s\n", SubmissionHeader, side, side, row, end, side, side, row)
		var scores []float64
		var last error
		for r, err := range SubmissionResults(strings.NewReader(text), 0, nil) {
			if last = err; err == nil {
				scores = append(scores, r.Score)
			}
		}
		expected := []float64{1, 0.5, 0.25, 1, 0.5, 0.25}
		switch end {
		case " 0 0 " + mask:
			expected = slices.Insert(expected, 3, 0)
		case " 0 2 " + mask:
			expected = expected[:3]
			if last == nil || !strings.Contains(last.Error(), "token 11: found 2, expected 0 to 1") {
				t.Errorf("error %v", last)
			}
			last = nil
		}
		if last != nil || !slices.Equal(scores, expected) {
			t.Errorf("scores %v, expected %v, error %v", scores, expected, last)
		}
	}
}

func TestSubmissionResultsErrors(t *testing.T) {
	mask := kaggle(t, runsMask(t, 3, 2, 15))
	failed := errors.New("failed")
	for _, test := range []struct{ name, text, want string }{
		{"twice", "a,4,5,\nb,4,5,\na,4,5,0 1 " + mask + "\n",
			`row 3 (line 4), column "id": tile a is already in row 1: remove one`},
		{"of image", "x,4,5,\n", `row 1 (line 2), column "id": failed`},
		{"placed", "y,4,5,\n", `row 1 (line 2), column "height": failed`},
		{"prediction", "a,4,5,0 1 " + mask + " 0 1\n", `row 1 (line 2), column "prediction_string"`},
		{"row", "a,4\n", "row 1 (line 2)"},
	} {
		var last error
		n := 0
		for _, err := range SubmissionResults(strings.NewReader(SubmissionHeader+test.text), 0,
			func(row *SubmissionRow) (coco.ID, bool, error) {
				switch row.ID {
				case "x":
					return coco.ID{}, true, failed
				case "y":
					return coco.ID{}, true, &RowError{Row: row.Row, Line: row.Line, Column: "height", Err: failed}
				}
				return coco.StringID(row.ID), true, nil
			}) {
			if n++; last != nil {
				t.Fatalf("%s: more after the error", test.name)
			}
			last = err
		}
		var row *RowError
		if last == nil || !errors.As(last, &row) || !strings.Contains(last.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, last, test.want)
		}
	}
}

func TestSubmissionTiles(t *testing.T) {
	d := &coco.Dataset{Images: []coco.Image{{ID: coco.IntID(1), FileName: "train/a.tif", Height: 4, Width: 5},
		{ID: coco.IntID(2), FileName: "b.png", Height: -1}}}
	got, err := SubmissionTiles(d)
	if want := []SubmissionTile{{"a", 4, 5}, {"b", 0, 0}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	d.Images[1].FileName = "test/a.png"
	got, err = SubmissionTiles(d)
	if want := []SubmissionTile{{"train/a", 4, 5}, {"test/a", 0, 0}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	d.Images[1].FileName = "./train/a.tif"
	if _, err := SubmissionTiles(d); err == nil || err.Error() != `images 1 and 2 both belong to tile "a"` {
		t.Errorf("error %v", err)
	}
	if got, err := SubmissionTiles(&coco.Dataset{}); got == nil || len(got) > 0 || err != nil {
		t.Errorf("of no image: %v, %v", got, err)
	}
}

// TestSubmissionEncoderBlocks: texts in memory that lie in two blocks, or fill several, are read as those that were
// spilled.
func TestSubmissionEncoderBlocks(t *testing.T) {
	const size = 900
	rng := rand.New(rand.NewPCG(3, 8))
	tiles := []SubmissionTile{{"a", size, size}, {"b", size, size}}
	var results []coco.Result
	bytesOfTexts := 0
	for i := range 9 {
		runs := make([]uint32, 0, size*size/4)
		left := uint32(size * size)
		for left > 4 && len(runs) < []int{400, 30_000, 200_000}[i%3] {
			n := 1 + rng.Uint32N(3)
			runs, left = append(runs, n), left-n
		}
		m, err := rle.FromRuns(size, size, append(runs, left))
		if err != nil {
			t.Fatal(err)
		}
		r := coco.Result{ImageID: coco.StringID(tiles[i%2].ID), Score: float64(i) / 10, Segmentation: coco.Counts(m)}
		bytesOfTexts += len(r.Segmentation.AppendJSON(nil))
		results = append(results, r)
	}
	if bytesOfTexts < 3*memoryBlock {
		t.Fatalf("%d bytes of texts do not fill several blocks", bytesOfTexts)
	}
	var rows []string
	for _, o := range []EncodeOptions{{}, {Spill: &spillMemory{}}, {Spill: &spillMemory{}, Memory: memoryBlock + 1000}} {
		e, err := NewSubmissionEncoder(tiles, &o)
		if err != nil {
			t.Fatal(err)
		}
		addAll(t, e, results)
		var got bytes.Buffer
		if _, err := e.Write(t.Context(), &got); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, got.String())
	}
	if rows[0] != rows[1] || rows[0] != rows[2] {
		t.Error("the rows depend on where the texts are")
	}
}
