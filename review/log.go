package review

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// version is that of the form of logs.
const version = 1

// maxLine is the largest number of bytes of a line.
const maxLine = 1 << 16

// ErrDataset is wrapped by the error for a log of another dataset.
var ErrDataset = errors.New("the decisions are about another dataset")

// A LineError is what is wrong with a line of a log.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *LineError) Unwrap() error { return e.Err }

// headLine is the first line of a log.
type headLine struct {
	Log         *int   `json:"hubdata_decisions"`
	Annotations int    `json:"annotations"`
	Digest      string `json:"digest"`
}

// decisionLine is any other line.
type decisionLine struct {
	Annotation json.RawMessage `json:"annotation"`
	Choice     Choice          `json:"decision"`
	Reviewer   string          `json:"by"`
	Time       time.Time       `json:"time"`
}

// timeForm is how times are written: all have the same length.
const timeForm = "2006-01-02T15:04:05.000Z"

// Log is a log of decisions.
type Log struct {
	Dataset   Dataset
	Decisions []Decision // in the order of the file
	// Sound is how many bytes of the file are whole lines. A log is continued after them.
	Sound int64
	// Cut is how many bytes follow: of a line that was being written when the program or the machine ended.
	Cut int64
}

// Read reads a log. What follows the last whole line is left out and counted in Cut, if no whole line comes after it:
// that is how a crash leaves a log. Any other line that cannot be read is a [*LineError], since decisions would be
// lost. An empty log has no Dataset.
func Read(r io.Reader) (*Log, error) {
	l := &Log{}
	in := bufio.NewReaderSize(r, maxLine)
	var torn *LineError // the first line that cannot be read
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		if len(line) == 0 && errors.Is(err, io.EOF) {
			return l, nil
		}
		fault := error(nil)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			fault = fmt.Errorf("found more than %d bytes, expected a decision", maxLine)
		case err != nil:
			fault = errors.New("found no end of the line")
		case torn != nil:
			if isSound(line) {
				return nil, torn
			}
		default:
			fault = l.take(line)
		}
		switch {
		case fault == nil && torn == nil:
			l.Sound += int64(len(line))
			continue
		case torn == nil:
			torn = &LineError{n, fault}
			if n == 1 && (err == nil || !couldBegin(line)) {
				return nil, torn // it is no log at all, or one that this version does not know
			}
		}
		l.Cut += int64(len(line))
	}
}

// beginning is what every log begins with.
var beginning = []byte(`{"hubdata_decisions":`)

// couldBegin reports whether a line may be the rest of the first one of a log.
func couldBegin(line []byte) bool {
	n := min(len(line), len(beginning))
	return bytes.Equal(line[:n], beginning[:n]) || len(bytes.Trim(line, "\x00")) == 0
}

// take reads a line.
func (l *Log) take(line []byte) error {
	if l.Sound == 0 {
		d, err := readHead(line)
		l.Dataset = d
		return err
	}
	d, err := readDecision(line)
	if err == nil {
		l.Decisions = append(l.Decisions, d)
	}
	return err
}

// isSound reports whether a line is one of a log.
func isSound(line []byte) bool {
	_, noHead := readHead(line)
	_, noDecision := readDecision(line)
	return noHead == nil || noDecision == nil
}

func readHead(line []byte) (Dataset, error) {
	var h headLine
	if err := json.Unmarshal(line, &h); err != nil || h.Log == nil {
		return Dataset{}, errors.New("found no log of decisions, expected a file that \"hubdata view --decisions\" wrote")
	}
	if *h.Log != version {
		return Dataset{}, fmt.Errorf("found version %d of the log, expected %d: use a newer hubdata", *h.Log, version)
	}
	return Dataset{h.Annotations, h.Digest}, nil
}

func readDecision(line []byte) (Decision, error) {
	var text decisionLine
	if err := json.Unmarshal(line, &text); err != nil {
		return Decision{}, fmt.Errorf("found no decision: %w", err)
	}
	d := Decision{Choice: text.Choice, Reviewer: text.Reviewer, Time: text.Time}
	if err := d.Annotation.UnmarshalJSON(text.Annotation); err != nil {
		return Decision{}, fmt.Errorf("annotation: %w", err)
	}
	return d, d.check()
}

// For reports whether the log is of a dataset: [ErrDataset] if it is of another.
func (l *Log) For(d Dataset) error {
	if l.Sound == 0 || l.Dataset == d {
		return nil
	}
	if l.Dataset.Annotations != d.Annotations {
		return fmt.Errorf("%w: of %d annotations, not %d", ErrDataset, l.Dataset.Annotations, d.Annotations)
	}
	return fmt.Errorf("%w: its annotations have other ids, boxes or masks", ErrDataset)
}

// AppendHead appends the first line of a log to dst.
func AppendHead(dst []byte, d Dataset) []byte {
	v := version
	text, err := json.Marshal(headLine{&v, d.Annotations, d.Digest})
	if err != nil {
		panic(err) // numbers and hexadecimal digits
	}
	return append(append(dst, text...), '\n')
}

// Append appends the line of a decision to dst.
func (d *Decision) Append(dst []byte) ([]byte, error) {
	if err := d.check(); err != nil {
		return dst, err
	}
	dst = append(dst, `{"annotation":`...)
	dst = d.Annotation.AppendJSON(dst)
	dst = jsonscan.AppendString(append(dst, `,"decision":`...), string(d.Choice))
	dst = jsonscan.AppendString(append(dst, `,"by":`...), d.Reviewer)
	dst = append(d.Time.UTC().AppendFormat(append(dst, `,"time":"`...), timeForm), "\"}\n"...)
	return dst, nil
}
