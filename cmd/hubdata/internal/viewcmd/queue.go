package viewcmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/flock"
	"github.com/hubdata/hubdata/internal/regularfile"
	"github.com/hubdata/hubdata/review"
)

// reviewing is a review: the log of decisions, and what they come to.
type reviewing struct {
	session *session
	path    string
	file    *os.File // nil: read-only
	at      map[coco.ID]int

	mu    sync.Mutex
	size  int64 // of the log, up to its last whole line
	state review.State
	list  []review.Decision
	fault error // of the log, after which nothing is appended
}

// reviewInfo is what the page is told of a review.
type reviewInfo struct {
	Log      string `json:"log"`
	Reviewer string `json:"reviewer"`
	ReadOnly bool   `json:"read_only"`
}

func (v *reviewing) info() *reviewInfo {
	return &reviewInfo{v.path, v.session.options.reviewer, v.file == nil}
}

// openReview opens the log of decisions, which is begun if there is none.
func openReview(s *session) (*reviewing, error) {
	v := &reviewing{session: s, path: s.options.decisions, at: map[coco.ID]int{}}
	for i := range s.labels.Annotations {
		v.at[s.labels.Annotations[i].ID] = i
	}
	if st, err := os.Stat(v.path); err == nil {
		if err := regularfile.Check(v.path, st); err != nil {
			return nil, err
		}
		if in := s.console.InputLike(st); in != "" {
			return nil, ui.Usagef("--decisions: %s is also an input, which is never written to", v.path)
		}
	}
	if err := v.open(s.reviewed); err != nil {
		v.close()
		return nil, err
	}
	return v, nil
}

// open reads the log, and makes it ready to be continued.
func (v *reviewing) open(of review.Dataset) error {
	var in io.ReadSeeker
	if v.session.options.readOnly {
		f, err := os.Open(v.path)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // only read
		in = f
	} else {
		var err error
		if v.file, err = os.OpenFile(v.path, os.O_RDWR|os.O_CREATE, 0o666); err != nil {
			return err
		}
		if err := flock.Lock(v.file, false); errors.Is(err, flock.ErrHeld) {
			return ui.Failf(ui.ExitFailure, "%s is %w", v.path, err).Hint("another \"hubdata view\" appends to it: open its page in a second browser, or review with --read-only")
		}
		in = v.file
	}
	log, err := review.Read(in)
	var line *review.LineError
	if errors.As(err, &line) {
		return ui.Failf(ui.ExitBadData, "%s: %w", v.path, err)
	}
	if err == nil {
		err = log.For(of)
	}
	if errors.Is(err, review.ErrDataset) {
		return ui.Failf(ui.ExitBadData, "%s: %w", v.path, err).Hint("name the dataset that was reviewed, or another log")
	}
	if err != nil {
		return err
	}
	if log.Cut > 0 {
		v.session.console.Note("%s: its last line is cut off (%s): %s kept", v.path, ui.Plural(int(log.Cut), "byte", "bytes"), ui.Plural(len(log.Decisions), "decision is", "decisions are"))
	}
	for i := range log.Decisions {
		if _, known := v.at[log.Decisions[i].Annotation]; !known {
			return ui.Failf(ui.ExitBadData, "%s: line %d: annotation: found %s, which %s does not have", v.path, i+2, log.Decisions[i].Annotation.AppendJSON(nil), v.session.scene.File)
		}
		v.add(log.Decisions[i])
	}
	if v.file == nil {
		return nil
	}
	v.size = log.Sound
	if err := v.file.Truncate(v.size); err != nil {
		return err
	}
	if v.size == 0 {
		return v.append(review.AppendHead(nil, of))
	}
	return nil
}

func (v *reviewing) add(d review.Decision) {
	v.list = append(v.list, d)
	v.state.Add(&v.list[len(v.list)-1])
}

// append appends to the log, and waits until it is on the disk.
func (v *reviewing) append(text []byte) error {
	n, err := v.file.WriteAt(text, v.size)
	if err == nil {
		err = v.file.Sync()
	}
	if err != nil {
		if n > 0 { // part of a line would hide the next
			if cut := v.file.Truncate(v.size); cut != nil {
				v.fault = err
			}
		}
		return err
	}
	v.size += int64(len(text))
	return nil
}

func (v *reviewing) close() {
	if v.file != nil {
		_ = v.file.Close() // each decision is on the disk
	}
}

// decisionRequest is a decision that the page sends.
type decisionRequest struct {
	Index    int    `json:"index"` // of the annotation
	Decision string `json:"decision"`
	By       string `json:"by"`
	After    int    `json:"after"` // decisions that the page knows
}

// mostRequest is how many bytes the page sends.
const mostRequest = 1 << 16

// decide appends a decision. It is answered once it is on the disk.
func (v *reviewing) decide(r *http.Request) (any, error) {
	if v.file == nil {
		return nil, fmt.Errorf("%w: read-only", errRequest)
	}
	var ask decisionRequest
	if r.Header.Get("Content-Type") != "application/json" {
		return nil, errRequest
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, mostRequest)).Decode(&ask); err != nil {
		return nil, fmt.Errorf("%w: %w", errRequest, err)
	}
	choice, err := review.ParseChoice(ask.Decision)
	if err != nil || ask.Index < 0 || ask.Index >= len(v.session.labels.Annotations) || ask.After < 0 {
		return nil, errRequest
	}
	d := review.Decision{Annotation: v.session.labels.Annotations[ask.Index].ID, Choice: choice, Reviewer: ask.By, Time: time.Now().UTC().Truncate(time.Millisecond)}
	text, err := d.Append(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRequest, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fault != nil {
		return nil, v.fault
	}
	if st, err := os.Stat(v.path); err != nil || !sameFile(v.file, st) {
		return nil, fmt.Errorf("%s was removed or replaced: nothing was written", v.path)
	}
	if err := v.append(text); err != nil {
		return nil, err
	}
	v.add(d)
	return v.news(ask.After), nil
}

// sameFile says whether an open file is the one of st.
func sameFile(f *os.File, st fs.FileInfo) bool {
	own, err := f.Stat()
	return err == nil && os.SameFile(own, st)
}

// reviewNews are decisions that a page does not know yet, and what all come to.
type reviewNews struct {
	N          int                `json:"n"` // decisions
	New        []decisionNews     `json:"new"`
	Total      int                `json:"total"` // annotations that are reviewed
	Verdicts   map[string]int     `json:"verdicts"`
	Reviewers  []review.Reviewer  `json:"reviewers"`
	Agreements []review.Agreement `json:"agreements"`
}

// decisionNews is the state of an annotation.
type decisionNews struct {
	Index   int               `json:"index"`
	Verdict review.Verdict    `json:"verdict"`
	Choices map[string]string `json:"choices"` // by reviewer
}

// news are the decisions after the first n. The caller holds the lock.
func (v *reviewing) news(n int) *reviewNews {
	out := &reviewNews{N: len(v.list), New: []decisionNews{}, Verdicts: map[string]int{}, Reviewers: list(v.state.Reviewers()), Agreements: list(v.state.Agreements())}
	seen := map[coco.ID]bool{}
	for _, d := range v.list[min(n, len(v.list)):] {
		if seen[d.Annotation] {
			continue
		}
		seen[d.Annotation] = true
		out.New = append(out.New, v.newsOf(d.Annotation))
	}
	for i := range v.session.labels.Annotations {
		if v.session.scene.Draws(int32(i)) {
			out.Total++
			out.Verdicts[string(v.state.Verdict(v.session.labels.Annotations[i].ID))]++
		}
	}
	return out
}

func (v *reviewing) newsOf(id coco.ID) decisionNews {
	out := decisionNews{Index: v.at[id], Verdict: v.state.Verdict(id), Choices: map[string]string{}}
	for by, c := range v.state.Choices(id) {
		out.Choices[by] = string(c)
	}
	return out
}

// since answers with the decisions after the first so many: query after.
func (v *reviewing) since(r *http.Request) (any, error) {
	n, err := strconv.Atoi(r.URL.Query().Get("after"))
	if err != nil || n < 0 {
		return nil, errRequest
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.news(n), nil
}

// queueItem is an instance to review.
type queueItem struct {
	Index   int        `json:"index"`
	Image   int        `json:"image"`
	Box     [4]float64 `json:"box"`
	Score   *float64   `json:"score"`
	Verdict string     `json:"verdict"`
}

// mostQueue is how many instances of a queue are sent.
const mostQueue = 200

// queue answers with what is to be reviewed next: query order is how it is sorted, by whose decisions count; all: also
// what the reviewer has decided.
func (v *reviewing) queue(r *http.Request) (any, error) {
	a, err := v.session.ask(r)
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	by, all := q.Get("by"), q.Get("all") != ""
	s := v.session
	type entry struct {
		index, image int
		key          float64
	}
	var list []entry
	v.mu.Lock()
	defer v.mu.Unlock()
	left := 0
	for i := range s.labels.Annotations {
		label := &s.labels.Annotations[i]
		image, ok := s.scene.ImageOf(i)
		if !ok || !s.scene.Draws(int32(i)) || !a.has(label.CategoryID) || a.sel.Images != nil && !a.sel.Images[image] {
			continue
		}
		if _, done := v.state.Choices(label.ID)[by]; done && !all {
			continue
		}
		left++
		score, _, _ := label.Score()
		e := entry{i, image, 0}
		switch q.Get("order") {
		case "low":
			e.key = score
		case "high":
			e.key = -score
		case "near":
			e.key = math.Abs(score - a.score)
		case "agreement":
			e.key = float64(paint.Agreement(label.Extra))
		case "split": // where reviewers disagree first
			e.key = float64(-disagreement(v.state.Choices(label.ID)))
		case "image", "":
			e.key = float64(image)
		default:
			return nil, errRequest
		}
		list = append(list, e)
	}
	slices.SortStableFunc(list, func(x, y entry) int {
		switch {
		case x.key < y.key:
			return -1
		case x.key > y.key:
			return 1
		}
		return x.index - y.index
	})
	out := struct {
		Left  int         `json:"left"`
		Items []queueItem `json:"items"`
	}{left, []queueItem{}}
	for _, e := range list[:min(len(list), mostQueue)] {
		label := &s.labels.Annotations[e.index]
		item := queueItem{Index: e.index, Image: e.image, Verdict: string(v.state.Verdict(label.ID))}
		if score, ok, _ := label.Score(); ok {
			item.Score = &score
		}
		b := paint.BoxOf(label.BBox, label.Missing)
		if b == nil {
			if m, err := label.Segmentation.Mask(s.sizes[e.image].height, s.sizes[e.image].width); err == nil {
				around := m.Bounds()
				b = &around
			}
		}
		if b != nil {
			item.Box = [4]float64{b.X, b.Y, b.W, b.H}
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// disagreement is how many of the reviewers decided otherwise than the most common choice.
func disagreement(choices map[string]review.Choice) int {
	counts, most := map[review.Choice]int{}, 0
	for _, c := range choices {
		counts[c]++
		most = max(most, counts[c])
	}
	return len(choices) - most
}
