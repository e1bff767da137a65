package viewcmd

import (
	"encoding/binary"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/matching"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/shapes"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/parallel"
)

// labelsLayer is the layer of the labels; the others are the indices of models.
const labelsLayer = "labels"

// layerOf reads the layer of a request: nil: the labels.
func (s *session) layerOf(name string) (*model, error) {
	if name == labelsLayer {
		return nil, nil
	}
	i, err := strconv.Atoi(name)
	if err != nil || i < 0 || i >= len(s.models) {
		return nil, errRequest
	}
	return s.models[i], nil
}

// serveOutlines gives the outlines in a part of an image.
func (s *session) serveOutlines(w http.ResponseWriter, r *http.Request) {
	text, err := s.outlines(r)
	s.write(w, r, "application/octet-stream", text, err)
}

func (s *session) outlines(r *http.Request) ([]byte, error) {
	at, err := pathNumbers(r, "image", "level", "x", "y")
	if err != nil {
		return nil, err
	}
	encode, err := s.encoder(r, at[1])
	if err != nil || at[0] < 0 || at[0] >= len(s.sizes) {
		return nil, errRequest
	}
	return encode(at[0], at[2], at[3]), nil
}

// encoder returns what encodes the outlines in a part of an image, at a level, of the layer of a request.
func (s *session) encoder(r *http.Request, level int) (func(image, x, y int) []byte, error) {
	m, err := s.layerOf(r.PathValue("layer"))
	if err != nil || level < 0 || level > shapes.MaxLevel {
		return nil, errRequest
	}
	if m != nil {
		return func(i, x, y int) []byte {
			return shapes.Encode(s.predicted(m, i), s.sizes[i].height, s.sizes[i].width, level, x, y, func(int32) float64 { return math.NaN() })
		}, nil
	}
	a, err := s.ask(r)
	if err != nil {
		return nil, err
	}
	return func(i, x, y int) []byte {
		scoreOf := func(d int32) float64 { return a.model.Detections.List.Score(int(d)) }
		return shapes.Encode(s.labelled(a.model, i), s.sizes[i].height, s.sizes[i].width, level, x, y, scoreOf)
	}, nil
}

// mostInBundle is how many images have their outlines sent at a time.
const mostInBundle = 64

// serveBundle gives the outlines in the first part of many images: query images are ranges of indices. Those of each
// begin with their length in bytes, of 64 bits, and end with zeros up to a multiple of 8 bytes.
func (s *session) serveBundle(w http.ResponseWriter, r *http.Request) {
	text, err := s.bundle(r)
	s.write(w, r, "application/octet-stream", text, err)
}

func (s *session) bundle(r *http.Request) ([]byte, error) {
	level, err := strconv.Atoi(r.URL.Query().Get("level"))
	images, ok := parseRanges(r.URL.Query().Get("images"), len(s.sizes))
	if err != nil || !ok || len(images) > mostInBundle {
		return nil, errRequest
	}
	encode, err := s.encoder(r, level)
	if err != nil {
		return nil, err
	}
	texts := make([][]byte, len(images))
	err = parallel.Each(r.Context(), s.options.from.Workers, len(images), func(n int) error {
		texts[n] = encode(images[n], 0, 0)
		return nil
	})
	var out []byte
	for _, text := range texts {
		out = binary.LittleEndian.AppendUint64(out, uint64(len(text)))
		out = append(out, text...)
		out = append(out, make([]byte, -len(text)&7)...)
	}
	return out, err
}

// labelled are the labels on an image, with what they are matched with.
func (s *session) labelled(m *model, image int) (list []shapes.Shape) {
	for _, at := range s.scene.OnImage(image) {
		if !s.scene.Draws(at) {
			continue
		}
		a := &s.labels.Annotations[at]
		sh := shapes.Shape{Segmentation: a.Segmentation, Box: paint.BoxOf(a.BBox, a.Missing), Index: at, Category: s.category(a.CategoryID), Score: math.NaN(), Value: float64(paint.Agreement(a.Extra))}
		if score, ok, _ := a.Score(); ok {
			sh.Score = score
		}
		if m != nil {
			sh.Spans = m.OfLabel(int(at))
		}
		list = append(list, sh)
	}
	return list
}

// predicted are the detections of a model on an image, with what they are matched with.
func (s *session) predicted(m *model, image int) (out []shapes.Shape) {
	add := func(list *coco.Results, i int32, spans []matching.Span) {
		id := list.CategoryID(int(i))
		if s.scene.Classes != nil && !s.classes[id] {
			return
		}
		out = append(out, shapes.Shape{Segmentation: list.Segmentation(int(i)), Box: paint.BoxOf(list.BBox(int(i)), list.Missing(int(i))), Index: i,
			Category: s.category(id), Score: list.Score(int(i)), Value: float64(paint.Agreement(list.Extra(int(i)))), Spans: spans})
	}
	for _, i := range m.unscored[image] {
		add(&m.list, i, nil)
	}
	for _, i := range m.OnImage(image) {
		add(&m.Detections.List, i, m.OfDetection(int(i)))
	}
	return out
}

// category is the index of a category by its id; -1: the dataset does not have it.
func (s *session) category(id int64) int32 {
	if k, ok := s.classAt[id]; ok {
		return k
	}
	return -1
}

// mostSquares is how many squares of density are sent at a time.
const mostSquares = 4 << 20

// serveDensity counts what is on images, in squares: query images are ranges of indices, pixels the side of a square.
func (s *session) serveDensity(w http.ResponseWriter, r *http.Request) {
	text, err := s.density(r)
	s.write(w, r, "application/octet-stream", text, err)
}

func (s *session) density(r *http.Request) ([]byte, error) {
	m, err := s.layerOf(r.PathValue("layer"))
	if err != nil {
		return nil, err
	}
	a, err := s.ask(r)
	if err != nil {
		return nil, err
	}
	images, ok := parseRanges(r.URL.Query().Get("images"), len(s.sizes))
	pixels, err := strconv.Atoi(r.URL.Query().Get("pixels"))
	if !ok || err != nil || pixels < 1 || pixels > 1<<20 {
		return nil, errRequest
	}
	n := 0
	for _, i := range images {
		if n += shapes.Squares(s.sizes[i].width, pixels) * shapes.Squares(s.sizes[i].height, pixels); n > mostSquares {
			return nil, errRequest
		}
	}
	sizeOf := func(i int) (int, int) { return s.sizes[images[i]].height, s.sizes[images[i]].width }
	return shapes.Density(r.Context(), s.options.from.Workers, len(images), pixels, sizeOf, func(i int, add func(shapes.Dot)) {
		if m == nil {
			s.dotsOfLabels(a, images[i], add)
		} else {
			s.dotsOfModel(m, a, images[i], add)
		}
	})
}

// dotsOfLabels adds the labels on an image.
func (s *session) dotsOfLabels(a *asked, image int, add func(shapes.Dot)) {
	for _, at := range s.scene.OnImage(image) {
		if !s.scene.Draws(at) || !a.has(s.labels.Annotations[at].CategoryID) {
			continue
		}
		label := &s.labels.Annotations[at]
		kind := shapes.Other
		if a.model != nil {
			if d, ok := a.model.Found(int(at), a.k, a.score); ok && d >= 0 {
				kind = shapes.Found
			} else if ok && d == matching.None {
				kind = shapes.Missed
			}
		} else if score, ok, _ := label.Score(); ok && score < a.score {
			continue
		}
		s.addDot(shapes.Shape{Segmentation: label.Segmentation, Box: paint.BoxOf(label.BBox, label.Missing)}, image, kind, add)
	}
}

// dotsOfModel adds the detections of a model on an image.
func (s *session) dotsOfModel(m *model, a *asked, image int, add func(shapes.Dot)) {
	each := func(list *coco.Results, i int32, kind int) {
		if list.Score(int(i)) >= a.score && a.has(list.CategoryID(int(i))) {
			s.addDot(shapes.Shape{Segmentation: list.Segmentation(int(i)), Box: paint.BoxOf(list.BBox(int(i)), list.Missing(int(i)))}, image, kind, add)
		}
	}
	for _, i := range m.unscored[image] {
		each(&m.list, i, shapes.Other)
	}
	for _, i := range m.OnImage(image) {
		kind := shapes.Other
		if g, ok := m.Matches(int(i), a.k); ok && g >= 0 {
			kind = shapes.Found
		} else if ok && g == matching.None {
			kind = shapes.False
		}
		each(&m.Detections.List, i, kind)
	}
}

// has says whether a class counts.
func (a *asked) has(id int64) bool { return a.sel.Classes == nil || a.sel.Classes[id] }

// addDot adds the middle of a shape.
func (s *session) addDot(sh shapes.Shape, image, kind int, add func(shapes.Dot)) {
	if b, ok := sh.Around(s.sizes[image].height, s.sizes[image].width); ok {
		add(shapes.Dot{X: b.X + float64(b.W/2), Y: b.Y + float64(b.H/2), Kind: kind})
	}
}

// parseRanges reads ascending numbers below n, such as 0-3,7.
func parseRanges(text string, n int) (list []int, ok bool) {
	next := 0
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		a, err := strconv.Atoi(from)
		b := a
		if err == nil && isRange {
			b, err = strconv.Atoi(to)
		}
		if err != nil || a < next || b < a || b >= n {
			return nil, false
		}
		for ; a <= b; a++ {
			list = append(list, a)
		}
		next = b + 1
	}
	return list, true
}
