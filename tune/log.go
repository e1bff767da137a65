package tune

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/hubdata/hubdata/pseudo"
)

// A Log keeps the scores that searches computed, in lines that are only added. A search with
// the log of one that did not end computes the others alone, and has the result of a search
// that was not interrupted. What the log has of other settings or folds does no harm.
type Log struct {
	// Sound is the number of bytes of the whole lines that ReadLog read. A last line that is
	// cut off is not one of them: lines are to be added from there.
	Sound int64

	key string
	of  map[string][][]float64 // scores by what they are of
	w   io.Writer
}

// ErrLog is wrapped by errors of the text of a log.
var ErrLog = errors.New("tune: bad log")

// maxLogLine is the largest line of a log in bytes: the scores of a batch of settings.
const maxLogLine = 16 << 20

// logHead is the first line of a log.
type logHead struct {
	Version *int   `json:"hubdata_tune"`
	Key     string `json:"of"`
}

// logVersion is the version of the form of a log.
const logVersion = 1

// logLine is any other line. Scores are those of each setting on each list of images; null:
// there is no true instance.
type logLine struct {
	Of     string       `json:"of"`
	Scores [][]*float64 `json:"scores"`
}

// ReadLog reads the log of searches on a [Bench] that key stands for: one that has another
// key is not for it. An empty text is a log without scores. Errors wrap [ErrLog], or are
// those of r.
func ReadLog(r io.Reader, key string) (*Log, error) {
	l := &Log{key: key, of: map[string][][]float64{}}
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := readLine(in)
		switch {
		case err == io.EOF: // without the end of a line: cut off
			return l, nil
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", n, err)
		case n == 1:
			err = l.head(line)
		default:
			err = l.add(line)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrLog, n, err)
		}
		l.Sound += int64(len(line))
	}
}

// readLine reads a line with its end.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxLogLine {
			return nil, fmt.Errorf("%w: found more than %d bytes", ErrLog, maxLogLine)
		}
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

func (l *Log) head(line []byte) error {
	var h logHead
	switch err := json.Unmarshal(line, &h); {
	case err != nil || h.Version == nil:
		return errors.New("found something else, expected the log of a search")
	case *h.Version != logVersion:
		return fmt.Errorf("found the version %d, expected %d", *h.Version, logVersion)
	case h.Key != l.key:
		return errors.New("found the log of a search with other inputs, another goal or another version")
	}
	return nil
}

func (l *Log) add(line []byte) error {
	var s logLine
	if err := json.Unmarshal(line, &s); err != nil {
		return err
	}
	if len(s.Of) != hex.EncodedLen(sha256.Size) || len(s.Scores) == 0 {
		return errors.New("found no scores")
	}
	rows := make([][]float64, len(s.Scores))
	for i, list := range s.Scores {
		for _, v := range list {
			if v == nil {
				rows[i] = append(rows[i], math.NaN())
			} else {
				rows[i] = append(rows[i], *v)
			}
		}
	}
	l.of[s.Of] = rows
	return nil
}

// AppendTo adds the scores that are computed from now on to w, a line with each Write.
func (l *Log) AppendTo(w io.Writer) error {
	l.w = w
	if l.Sound > 0 {
		return nil
	}
	version := logVersion
	return l.write(logHead{&version, l.key})
}

// write writes a line.
func (l *Log) write(v any) error {
	text, err := json.Marshal(v)
	if err != nil || l.w == nil {
		return err
	}
	_, err = l.w.Write(append(text, '\n'))
	return err
}

// scores returns the goal of each of the options for each list of images, from the log or of
// the bench. A nil log has none.
func (l *Log) scores(ctx context.Context, b *Bench, options []pseudo.Options, images []int, lists [][]int) ([][]float64, error) {
	if l == nil {
		return b.scores(ctx, options, images, lists)
	}
	var out [][]float64
	for part := range slices.Chunk(options, batch) {
		of, err := json.Marshal(struct {
			Options []pseudo.Options
			Images  []int
			Lists   [][]int
		}{part, images, lists})
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(of)
		key := hex.EncodeToString(sum[:])
		rows, ok := l.of[key]
		if ok && (len(rows) != len(part) || slices.ContainsFunc(rows, func(row []float64) bool { return len(row) != len(lists) })) {
			return nil, fmt.Errorf("%w: found the scores of %d settings, expected %d on %d lists of images", ErrLog, len(rows), len(part), len(lists))
		}
		if !ok {
			if rows, err = b.scores(ctx, part, images, lists); err != nil {
				return nil, err
			}
			if err := l.keep(key, rows); err != nil {
				return nil, err
			}
		}
		out = append(out, rows...)
	}
	return out, nil
}

// keep adds scores to the log.
func (l *Log) keep(key string, rows [][]float64) error {
	l.of[key] = rows
	line := logLine{Of: key}
	for _, row := range rows {
		var list []*float64
		for i := range row {
			if row[i] != row[i] {
				list = append(list, nil)
			} else {
				list = append(list, &row[i])
			}
		}
		line.Scores = append(line.Scores, list)
	}
	return l.write(line)
}
