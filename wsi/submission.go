package wsi

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/internal/csvtable"
	"github.com/hubdata/hubdata/rle"
)

// MaxSubmissionRow is the limit in bytes for a row of a submission, which holds
// all masks of a tile.
const MaxSubmissionRow = 16 << 20

// SubmissionHeader is the first line of a submission.
const SubmissionHeader = "id,height,width,prediction_string\n"

// submissionColumns are the columns of a submission.
var submissionColumns = []string{"id", "height", "width", "prediction_string"}

// SubmissionRow is a row of a submission: the instances predicted on a tile.
type SubmissionRow struct {
	Row           int // data row in the file, counted from 1
	Line          int // of the file, counted from 1
	ID            string
	Height, Width int    // of the tile and of its masks, in pixels
	Prediction    string // class, score and mask of each instance
}

// SubmissionInstance is an instance of a submission.
type SubmissionInstance struct {
	Score float64 // 0 to 1
	Mask  rle.Mask
}

// ReadSubmission reads a submission row by row: columns id, height, width and
// prediction_string, found by name in the header. Other columns are ignored. An
// invalid row gives a [*RowError]. The first error ends the sequence.
// ReadSubmission does not detect duplicate ids; [CheckSubmission] does.
func ReadSubmission(r io.Reader) iter.Seq2[SubmissionRow, error] {
	return func(yield func(SubmissionRow, error) bool) {
		t, err := csvtable.NewLimit(r, MaxSubmissionRow, submissionColumns...)
		if err != nil {
			yield(SubmissionRow{}, err)
			return
		}
		for {
			row, err := readSubmissionRow(t)
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// readSubmissionRow reads the next row of a submission.
func readSubmissionRow(t *csvtable.Table) (SubmissionRow, error) {
	if err := t.Next(); err != nil {
		return SubmissionRow{}, err
	}
	var s SubmissionRow
	s.Row, s.Line = t.Row()
	var err error
	if s.ID, err = t.Text(0); err != nil {
		return SubmissionRow{}, err
	}
	for k, v := range []*int{&s.Height, &s.Width} {
		if *v, err = t.Integer(k + 1); err != nil {
			return SubmissionRow{}, err
		}
		if err := checkEdge(*v); err != nil {
			return SubmissionRow{}, t.Errorf(submissionColumns[k+1], "%w", err)
		}
	}
	if s.Height > rle.MaxPixels/s.Width {
		return SubmissionRow{}, t.Errorf("", "height %d and width %d: a mask has at most %d pixels", s.Height, s.Width, rle.MaxPixels)
	}
	s.Prediction = t.Value(3)
	return s, nil
}

// checkEdge returns an error if n cannot be the height or width of a tile.
func checkEdge(n int) error {
	if n < 1 || n > rle.MaxPixels {
		return fmt.Errorf("found %d, want 1 to %d", n, rle.MaxPixels)
	}
	return nil
}

// Instances decodes the prediction of the row, instance by instance. An empty
// prediction has no instances. The first error ends the sequence; it is a
// [*RowError] that names the token.
func (s *SubmissionRow) Instances() iter.Seq2[SubmissionInstance, error] {
	return func(yield func(SubmissionInstance, error) bool) {
		p := prediction{height: s.Height, width: s.Width}
		p.instance = func(_ int, in SubmissionInstance) bool { return yield(in, nil) }
		p.fault = func(token int, _ FaultCode, err error) bool {
			if token > 0 {
				err = fmt.Errorf("token %d: %w", token, err)
			}
			yield(SubmissionInstance{}, &RowError{Row: s.Row, Line: s.Line, Column: submissionColumns[3], Err: err})
			return false
		}
		p.scan(s.Prediction)
	}
}

// AppendSubmissionRow appends the row of a tile and a line feed. The instances
// keep their order. It is an error if the id is empty, a score is not from 0 to
// 1, or a mask has another size or no pixels.
func AppendSubmissionRow(dst []byte, id string, height, width int, instances []SubmissionInstance) ([]byte, error) {
	if id == "" {
		return dst, errors.New("wsi: a row of a submission wants an id")
	}
	dst = appendCSV(dst, id)
	dst = strconv.AppendInt(append(dst, ','), int64(height), 10)
	dst = strconv.AppendInt(append(dst, ','), int64(width), 10)
	dst = append(dst, ',')
	for i, in := range instances {
		if err := checkScore(in.Score); err != nil {
			return dst, fmt.Errorf("wsi: tile %s, instance %d: score: %w", csvtable.Quote(id), i+1, err)
		}
		if h, w := in.Mask.Size(); h != height || w != width {
			return dst, fmt.Errorf("wsi: tile %s, instance %d: %w: the mask has height %d and width %d, the tile %d and %d", csvtable.Quote(id), i+1, rle.ErrSize, h, w, height, width)
		}
		if in.Mask.Area() == 0 {
			return dst, fmt.Errorf("wsi: tile %s, instance %d: the mask has no pixel", csvtable.Quote(id), i+1)
		}
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, "0 "...)
		dst = strconv.AppendFloat(dst, in.Score+0, 'g', -1, 64) // +0 drops the sign of -0
		dst = append(dst, ' ')
		var err error
		if dst, err = in.Mask.AppendKaggle(dst); err != nil {
			return dst, fmt.Errorf("wsi: tile %s, instance %d: %w", csvtable.Quote(id), i+1, err)
		}
	}
	return append(dst, '\n'), nil
}

// appendCSV appends a field, in quotes if necessary.
func appendCSV(dst []byte, s string) []byte {
	if !strings.ContainsAny(s, "\",\r\n") && strings.TrimSpace(s) == s {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	dst = append(dst, strings.ReplaceAll(s, `"`, `""`)...)
	return append(dst, '"')
}

// SubmissionWriter writes a submission.
type SubmissionWriter struct {
	w   io.Writer
	buf []byte
	ids map[string]int // row of each tile
}

// NewSubmissionWriter returns a writer to w, which should be buffered.
func NewSubmissionWriter(w io.Writer) *SubmissionWriter {
	return &SubmissionWriter{w: w, buf: []byte(SubmissionHeader), ids: map[string]int{}}
}

// Write writes the row of a tile in the form of [AppendSubmissionRow]. It is an
// error if the tile already has a row.
func (s *SubmissionWriter) Write(id string, height, width int, instances []SubmissionInstance) error {
	if row, ok := s.ids[id]; ok {
		return fmt.Errorf("wsi: tile %s is already in row %d of the submission", csvtable.Quote(id), row)
	}
	buf, err := AppendSubmissionRow(s.buf, id, height, width, instances)
	if err != nil {
		return err
	}
	s.buf, s.ids[id] = buf, len(s.ids)+1
	return s.Flush()
}

// Flush writes the header if no row has been written.
func (s *SubmissionWriter) Flush() error {
	_, err := s.w.Write(s.buf)
	s.buf = s.buf[:0]
	return err
}
