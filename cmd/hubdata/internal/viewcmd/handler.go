package viewcmd

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/decisions"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/matching"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/page"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/pictures"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// handler answers what the page asks.
func (s *session) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /", page.Handler())
	answer := func(pattern string, f func(r *http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, f) })
	}
	mux.HandleFunc("GET /data/overview", func(w http.ResponseWriter, r *http.Request) {
		s.write(w, r, "application/json", s.overviewText, nil)
	})
	mux.HandleFunc("GET /data/picture/{image}/{level}/{x}/{y}", s.servePicture)
	mux.HandleFunc("GET /data/sheet", s.serveSheet)
	mux.HandleFunc("GET /data/outlines/{layer}/{image}/{level}/{x}/{y}", s.serveOutlines)
	mux.HandleFunc("GET /data/outlines/{layer}", s.serveBundle)
	mux.HandleFunc("GET /data/density/{layer}", s.serveDensity)
	answer("GET /data/scores", s.scores)
	answer("GET /data/aps", s.aps)
	answer("GET /data/competition", s.competition)
	answer("GET /data/instance", s.instance)
	answer("GET /data/keys", s.sortKeys)
	answer("GET /data/findings", s.findings)
	answer("GET /data/lineage", s.lineage)
	mux.HandleFunc("GET /data/lineage.svg", s.serveLineage)
	if s.review != nil {
		answer("GET /data/review", s.decided)
		answer("GET /data/queue", s.queue)
		answer("POST /data/review", s.decide)
	}
	return mux
}

// errRequest is the error for a request that the page does not make.
var errRequest = errors.New("bad request")

// answer answers with a value as JSON.
func (s *session) answer(w http.ResponseWriter, r *http.Request, f func(r *http.Request) (any, error)) {
	v, err := f(r)
	var text []byte
	if err == nil {
		text, err = jsonscan.Marshal(v)
	}
	s.write(w, r, "application/json", text, err)
}

// write writes an answer.
func (s *session) write(w http.ResponseWriter, r *http.Request, kind string, text []byte, err error) {
	switch {
	case r.Context().Err() != nil: // nobody waits for it
		return
	case errors.Is(err, errRequest), errors.Is(err, decisions.ErrRefused):
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text) // the browser may have gone away
}

// servePicture gives a part of an image or, as JSON, the reason why there is none.
func (s *session) servePicture(w http.ResponseWriter, r *http.Request) {
	at, err := pathNumbers(r, "image", "level", "x", "y")
	if err != nil {
		s.write(w, r, "", nil, err)
		return
	}
	text, err := s.pictures.Square(r.Context(), at[0], at[1], at[2], at[3])
	if reason, ok := picturesFault(err); ok {
		s.answer(w, r, func(*http.Request) (any, error) { return map[string]string{"reason": reason}, nil })
		return
	}
	if errors.Is(err, pictures.ErrOutside) {
		err = errRequest
	}
	s.write(w, r, "image/jpeg", text, err)
}

// lineage says what the files on the page were made from: query again says that they are looked at anew.
func (s *session) lineage(r *http.Request) (any, error) {
	return s.origins.Chain(r.Context(), r.URL.Query().Get("again") != "")
}

// serveLineage draws it.
func (s *session) serveLineage(w http.ResponseWriter, r *http.Request) {
	text, err := s.origins.Picture()
	if err == nil && text == nil {
		err = errRequest
	}
	s.write(w, r, "image/svg+xml", text, err)
}

// serveSheet gives small pictures of many images: query images are ranges of indices, side the side of a picture.
func (s *session) serveSheet(w http.ResponseWriter, r *http.Request) {
	images, ok := parseRanges(r.URL.Query().Get("images"), len(s.sizes))
	side, err := strconv.Atoi(r.URL.Query().Get("side"))
	if !ok || err != nil {
		s.write(w, r, "", nil, errRequest)
		return
	}
	text, err := s.pictures.Sheet(r.Context(), images, side)
	if errors.Is(err, pictures.ErrOutside) {
		err = errRequest
	}
	s.write(w, r, "application/octet-stream", text, err)
}

// pathNumbers reads numbers of the path.
func pathNumbers(r *http.Request, names ...string) ([]int, error) {
	out := make([]int, len(names))
	for i, name := range names {
		var err error
		if out[i], err = strconv.Atoi(r.PathValue(name)); err != nil {
			return nil, errRequest
		}
	}
	return out, nil
}

// asked is what most requests say: the positions of the sliders, and what counts.
type asked struct {
	model *model // nil: none
	k     int
	score float64
	sel   matching.Selection
	what  string // what counts, as text
}

// ask reads what a request says of the sliders and what counts.
func (s *session) ask(r *http.Request) (*asked, error) {
	q := r.URL.Query()
	a := &asked{}
	if text := q.Get("model"); text != "" {
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 || i >= len(s.models) {
			return nil, errRequest
		}
		a.model = s.models[i]
	}
	if text := q.Get("iou"); text != "" {
		v, err := strconv.ParseFloat(text, 64)
		k, ok := matching.Position(v)
		if err != nil || !ok {
			return nil, errRequest
		}
		a.k = k
	}
	a.score = minusInf
	if text := q.Get("score"); text != "" {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || v != v {
			return nil, errRequest
		}
		a.score = v
	}
	var err error
	a.sel, err = s.selection(q["where"], q["class"])
	a.what = strings.Join(q["where"], "\x00") + "\x01" + strings.Join(q["class"], "\x00")
	return a, err
}

// selection reads which images and classes count. Conditions are FIELD=VALUE: a field has one of its values, all fields
// must. Classes are ids.
func (s *session) selection(where, classes []string) (matching.Selection, error) {
	var sel matching.Selection
	allowed := map[int]map[int]bool{} // values by field
	for _, text := range where {
		f := slices.IndexFunc(s.columns, func(c column) bool { return strings.HasPrefix(text, c.Name+"=") })
		if f < 0 {
			return sel, errRequest
		}
		v, ok := slices.BinarySearchFunc(s.columns[f].Values, text[len(s.columns[f].Name)+1:], naturally)
		if !ok {
			return sel, errRequest
		}
		if allowed[f] == nil {
			allowed[f] = map[int]bool{}
		}
		allowed[f][v] = true
	}
	if len(allowed) > 0 {
		sel.Images = make([]bool, len(s.labels.Images))
		for i := range sel.Images {
			sel.Images[i] = true
			for f, values := range allowed {
				sel.Images[i] = sel.Images[i] && values[s.columns[f].Of[i]]
			}
		}
	}
	for _, text := range classes {
		id, err := strconv.ParseInt(text, 10, 64)
		if _, known := s.classAt[id]; err != nil || !known {
			return sel, errRequest
		}
		if sel.Classes == nil {
			sel.Classes = map[int64]bool{}
		}
		sel.Classes[id] = true
	}
	return sel, nil
}

// scoresAnswer is what a position of the sliders comes to.
type scoresAnswer struct {
	Found     int      `json:"found"`
	Missed    int      `json:"missed"`
	False     int      `json:"false"`
	AP        *float64 `json:"ap"` // null: no instance
	Precision float64  `json:"precision"`
	Recall    float64  `json:"recall"`
	F1        float64  `json:"f1"`
	OnImage   [3][]int `json:"on_image"` // found, missed and false on each image
}

// scores counts what a position of the sliders comes to.
func (s *session) scores(r *http.Request) (any, error) {
	a, err := s.ask(r)
	if err != nil || a.model == nil {
		return nil, errRequest
	}
	ctx := r.Context()
	list, err := a.model.Counts(ctx, a.k, a.score, &a.sel, s.options.from.Workers)
	if err != nil {
		return nil, err
	}
	sum := matching.Sum(list)
	out := scoresAnswer{Found: sum.Found, Missed: sum.Missed, False: sum.False, Precision: sum.Precision(), Recall: sum.Recall(), F1: sum.F1()}
	for i := range out.OnImage {
		out.OnImage[i] = make([]int, len(list))
	}
	for i, n := range list {
		out.OnImage[0][i], out.OnImage[1][i], out.OnImage[2][i] = n.Found, n.Missed, n.False
	}
	ap, err := s.parts.ap(ctx, a)
	if err != nil {
		return nil, err
	}
	if ap >= 0 {
		out.AP = &ap
	}
	return out, nil
}

// aps gives the average precision of each image.
func (s *session) aps(r *http.Request) (any, error) {
	a, err := s.ask(r)
	if err != nil || a.model == nil {
		return nil, errRequest
	}
	return s.parts.onImages(r.Context(), a)
}

// competition gives the competition's metric of what a request selects; null: there is none.
func (s *session) competition(r *http.Request) (any, error) {
	a, err := s.ask(r)
	if err != nil || a.model == nil {
		return nil, errRequest
	}
	v, err := s.parts.competition(r.Context(), a)
	if err != nil || v != v {
		return nil, err
	}
	return v, nil
}

// sortKeys gives, for each image, what it is sorted by: the mean agreement of models on its instances, and the smallest
// distance of a score from the slider's; -1: none.
func (s *session) sortKeys(r *http.Request) (any, error) {
	a, err := s.ask(r)
	if err != nil {
		return nil, err
	}
	out := struct {
		Agreement []float64 `json:"agreement"`
		Distance  []float64 `json:"distance"`
	}{make([]float64, len(s.labels.Images)), make([]float64, len(s.labels.Images))}
	for i := range out.Agreement {
		if r.Context().Err() != nil {
			return nil, context.Canceled
		}
		n, sum, near := 0, 0, -1.0
		s.eachScored(a.model, i, func(score float64, agree int) {
			if agree > 0 {
				n, sum = n+1, sum+agree
			}
			if d := abs(score - a.score); d < near || near < 0 {
				near = d
			}
		})
		if out.Distance[i], out.Agreement[i] = near, -1; n > 0 {
			out.Agreement[i] = float64(sum) / float64(n)
		}
	}
	return out, nil
}
