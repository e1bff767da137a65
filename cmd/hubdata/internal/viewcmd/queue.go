package viewcmd

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/decisions"
	"github.com/hubdata/hubdata/review"
)

// openReview opens the log of decisions.
func (s *session) openReview() (*decisions.Log, error) {
	of := decisions.Subject{Dataset: s.reviewed, File: s.scene.File, Counts: func(i int) bool { return s.scene.Draws(int32(i)) }}
	for i := range s.labels.Annotations {
		of.IDs = append(of.IDs, s.labels.Annotations[i].ID)
	}
	return decisions.Open(s.console, s.options.decisions, s.options.readOnly, of)
}

// reviewInfo is what the page is told of a review.
type reviewInfo struct {
	Log      string `json:"log"`
	Reviewer string `json:"reviewer"`
	ReadOnly bool   `json:"read_only"`
}

func (s *session) reviewInfo() *reviewInfo {
	return &reviewInfo{s.options.decisions, s.options.reviewer, s.review.ReadOnly()}
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
func (s *session) decide(r *http.Request) (any, error) {
	var ask decisionRequest
	if r.Header.Get("Content-Type") != "application/json" {
		return nil, errRequest
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, mostRequest)).Decode(&ask); err != nil {
		return nil, fmt.Errorf("%w: %w", errRequest, err)
	}
	return s.review.Decide(ask.Index, ask.Decision, ask.By, ask.After)
}

// decided answers with the decisions after the first so many: query after.
func (s *session) decided(r *http.Request) (any, error) {
	n, err := strconv.Atoi(r.URL.Query().Get("after"))
	if err != nil || n < 0 {
		return nil, errRequest
	}
	return s.review.Since(n), nil
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
func (s *session) queue(r *http.Request) (any, error) {
	a, err := s.ask(r)
	if err != nil {
		return nil, err
	}
	var out *queueAnswer
	s.review.Look(func(state *review.State) { out, err = s.queueOf(a, r.URL.Query(), state) })
	return out, err
}

// queueAnswer is the beginning of a queue.
type queueAnswer struct {
	Left  int         `json:"left"`
	Items []queueItem `json:"items"`
}

func (s *session) queueOf(a *asked, q url.Values, state *review.State) (*queueAnswer, error) {
	by, all := q.Get("by"), q.Get("all") != ""
	type entry struct {
		index, image int
		key          float64
	}
	var list []entry
	left := 0
	for i := range s.labels.Annotations {
		label := &s.labels.Annotations[i]
		image, ok := s.scene.ImageOf(i)
		if !ok || !s.scene.Draws(int32(i)) || !a.has(label.CategoryID) || a.sel.Images != nil && !a.sel.Images[image] {
			continue
		}
		if _, done := state.Choices(label.ID)[by]; done && !all {
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
			e.key = float64(-disagreement(state.Choices(label.ID)))
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
	out := &queueAnswer{left, []queueItem{}}
	for _, e := range list[:min(len(list), mostQueue)] {
		label := &s.labels.Annotations[e.index]
		item := queueItem{Index: e.index, Image: e.image, Verdict: string(state.Verdict(label.ID))}
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
