// Package decisions is a review while it goes on: the log of what people decide, appended to on the disk before an answer
// is given, and what the decisions come to.
package decisions

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/flock"
	"github.com/hubdata/hubdata/internal/regularfile"
	"github.com/hubdata/hubdata/review"
)

// A Subject is what is reviewed.
type Subject struct {
	Dataset review.Dataset   // the annotations as they were read
	File    string           // its name
	IDs     []coco.ID        // of the annotations
	Counts  func(i int) bool // whether an annotation is to be reviewed
}

// A Log is the log of a review. Its methods may be called in parallel.
type Log struct {
	console *ui.Console
	path    string
	file    *os.File // nil: read-only
	of      Subject
	at      map[coco.ID]int

	mu    sync.Mutex
	size  int64 // of the log, up to its last whole line
	state review.State
	list  []review.Decision
	fault error // of the log, after which nothing is appended
}

// ErrRefused is in the error for a decision that the log does not take.
var ErrRefused = errors.New("bad request")

// Open opens the log of a review at a path. It is begun if there is none, unless it is only read.
func Open(c *ui.Console, path string, readOnly bool, of Subject) (*Log, error) {
	l := &Log{console: c, path: path, of: of, at: map[coco.ID]int{}}
	for i, id := range of.IDs {
		l.at[id] = i
	}
	if st, err := os.Stat(path); err == nil {
		if err := regularfile.Check(path, st); err != nil {
			return nil, err
		}
		if in := c.InputLike(st); in != "" {
			return nil, ui.Usagef("--decisions: %s is also an input, which is never written to", path)
		}
	}
	if err := l.open(readOnly); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// ReadOnly reports whether the log takes no decisions.
func (l *Log) ReadOnly() bool { return l.file == nil }

// open reads the log, and makes it ready to be continued.
func (l *Log) open(readOnly bool) error {
	var in io.ReadSeeker
	if readOnly {
		f, err := os.Open(l.path)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // only read
		in = f
	} else {
		var err error
		if l.file, err = os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o666); err != nil {
			return err
		}
		if err := flock.Lock(l.file, false); errors.Is(err, flock.ErrHeld) {
			return ui.Failf(ui.ExitFailure, "%s is %w", l.path, err).Hint("another \"hubdata view\" appends to it: open its page in a second browser, or review with --read-only")
		}
		in = l.file
	}
	log, err := review.Read(in)
	var line *review.LineError
	if errors.As(err, &line) {
		return ui.Failf(ui.ExitBadData, "%s: %w", l.path, err)
	}
	if err == nil {
		err = log.For(l.of.Dataset)
	}
	if errors.Is(err, review.ErrDataset) {
		return ui.Failf(ui.ExitBadData, "%s: %w", l.path, err).Hint("name the dataset that was reviewed, or another log")
	}
	if err != nil {
		return err
	}
	if log.Cut > 0 {
		l.console.Note("%s: its last line is cut off (%s): %s kept", l.path, ui.Plural(int(log.Cut), "byte", "bytes"), ui.Plural(len(log.Decisions), "decision is", "decisions are"))
	}
	for i := range log.Decisions {
		if _, known := l.at[log.Decisions[i].Annotation]; !known {
			return ui.Failf(ui.ExitBadData, "%s: line %d: annotation: found %s, which %s does not have", l.path, i+2, log.Decisions[i].Annotation.AppendJSON(nil), l.of.File)
		}
		l.add(log.Decisions[i])
	}
	if l.file == nil {
		return nil
	}
	l.size = log.Sound
	if err := l.file.Truncate(l.size); err != nil {
		return err
	}
	if l.size == 0 {
		return l.append(review.AppendHead(nil, l.of.Dataset))
	}
	return nil
}

func (l *Log) add(d review.Decision) {
	l.list = append(l.list, d)
	l.state.Add(&l.list[len(l.list)-1])
}

// append appends to the log, and waits until it is on the disk.
func (l *Log) append(text []byte) error {
	n, err := l.file.WriteAt(text, l.size)
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		if n > 0 { // part of a line would hide the next
			if cut := l.file.Truncate(l.size); cut != nil {
				l.fault = err
			}
		}
		return err
	}
	l.size += int64(len(text))
	return nil
}

// Close ends the review: each decision is on the disk.
func (l *Log) Close() {
	if l.file != nil {
		_ = l.file.Close()
	}
}

// Decide appends a decision about an annotation. Once it is on the disk, it returns the news after the first so many
// decisions. An error of what was asked is an [ErrRefused].
func (l *Log) Decide(index int, decision, by string, after int) (*News, error) {
	if l.file == nil {
		return nil, fmt.Errorf("%w: read-only", ErrRefused)
	}
	choice, err := review.ParseChoice(decision)
	if err != nil || index < 0 || index >= len(l.of.IDs) || after < 0 {
		return nil, ErrRefused
	}
	d := review.Decision{Annotation: l.of.IDs[index], Choice: choice, Reviewer: by, Time: time.Now().UTC().Truncate(time.Millisecond)}
	text, err := d.Append(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fault != nil {
		return nil, l.fault
	}
	if st, err := os.Stat(l.path); err != nil || !sameFile(l.file, st) {
		return nil, fmt.Errorf("%s was removed or replaced: nothing was written", l.path)
	}
	if err := l.append(text); err != nil {
		return nil, err
	}
	l.add(d)
	return l.news(after), nil
}

// sameFile says whether an open file is the one of st.
func sameFile(f *os.File, st fs.FileInfo) bool {
	own, err := f.Stat()
	return err == nil && os.SameFile(own, st)
}

// News are decisions that a page does not know yet, and what all come to.
type News struct {
	N          int                `json:"n"` // decisions
	New        []State            `json:"new"`
	Total      int                `json:"total"` // annotations that are reviewed
	Verdicts   map[string]int     `json:"verdicts"`
	Reviewers  []review.Reviewer  `json:"reviewers"`
	Agreements []review.Agreement `json:"agreements"`
}

// State is the state of an annotation.
type State struct {
	Index   int               `json:"index"`
	Verdict review.Verdict    `json:"verdict"`
	Choices map[string]string `json:"choices"` // by reviewer
}

// news are the decisions after the first n. The caller holds the lock.
func (l *Log) news(n int) *News {
	out := &News{N: len(l.list), New: []State{}, Verdicts: map[string]int{}, Reviewers: append([]review.Reviewer{}, l.state.Reviewers()...), Agreements: append([]review.Agreement{}, l.state.Agreements()...)}
	seen := map[coco.ID]bool{}
	for _, d := range l.list[min(n, len(l.list)):] {
		if seen[d.Annotation] {
			continue
		}
		seen[d.Annotation] = true
		out.New = append(out.New, l.newsOf(d.Annotation))
	}
	for i, id := range l.of.IDs {
		if l.of.Counts(i) {
			out.Total++
			out.Verdicts[string(l.state.Verdict(id))]++
		}
	}
	return out
}

func (l *Log) newsOf(id coco.ID) State {
	out := State{Index: l.at[id], Verdict: l.state.Verdict(id), Choices: map[string]string{}}
	for by, c := range l.state.Choices(id) {
		out.Choices[by] = string(c)
	}
	return out
}

// Since returns the news after the first n decisions.
func (l *Log) Since(n int) *News {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.news(n)
}

// Look calls f with what the decisions come to, which do not change meanwhile.
func (l *Log) Look(f func(*review.State)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.state)
}
