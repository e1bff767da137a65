// Package matching matches the detections of a model with labels at all IoUs of a slider, once: what a position of the
// sliders for score and IoU comes to is then looked up. The matches, counts and average precisions are those of
// "hubdata eval".
package matching

import (
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/parallel"
)

// The positions of the slider for the IoU: position k is an IoU of (k + first) / 100.
const (
	first     = 5
	last      = 100
	positions = last - first + 1
)

// IoUs returns the IoU of each position. Those of COCO have the bits that eval gives them.
func IoUs() []float64 {
	own := eval.Linspace(.5, .95, 10)
	out := make([]float64, positions)
	for k := range out {
		out[k] = float64(k+first) / 100
		if i := slices.IndexFunc(own, func(v float64) bool { return math.Abs(v-out[k]) < 1e-9 }); i >= 0 {
			out[k] = own[i]
		}
	}
	return out
}

// Position returns the position of an IoU; ok is false if the slider does not have it.
func Position(iou float64) (k int, ok bool) {
	k = int(math.Round(iou*100)) - first
	return k, k >= 0 && k < positions && math.Abs(float64(k+first)/100-iou) < 1e-9
}

// What a detection or an instance has in place of a partner.
const (
	None    = -1 // a false detection, or a missed instance
	Ignored = -2 // it counts neither as one nor as the other
)

// A Span says with what something is matched at some positions.
type Span struct {
	To      uint8 // the last position; the first follows that of the span before, or is 0
	Partner int32 // index of the annotation or the detection, or None or Ignored
}

// spans are the spans of many things, one after the other.
type spans struct {
	all []Span
	at  []place
}

// place is where the spans of a thing are.
type place struct {
	from int32
	n    uint8
}

func (s *spans) of(i int) []Span {
	p := s.at[i]
	if p.n == 0 {
		return nil
	}
	return s.all[p.from : p.from+int32(p.n)]
}

// partner returns the partner of thing i at a position; ok is false if it is not counted.
func (s *spans) partner(i, k int) (partner int32, ok bool) {
	for _, sp := range s.of(i) {
		if k <= int(sp.To) {
			return sp.Partner, true
		}
	}
	return None, false
}

// add adds the spans of thing i.
func (s *spans) add(i int, list []Span) {
	s.at[i] = place{int32(len(s.all)), uint8(len(list))}
	s.all = append(s.all, list...)
}

// Options say how detections are matched.
type Options struct {
	Type       eval.Type
	MaxDets    []int   // nil: COCO's
	Categories []int64 // that count, by id; nil: all
	IoU        float64 // of notes about the scores
	Workers    int
}

// Model is a model's detections, matched.
type Model struct {
	Detections *preds.Detections
	Notes      []string // what "hubdata eval" says of them

	result  *eval.Result
	labels  *coco.Dataset
	index   *coco.Index // of labels
	image   []int       // index in labels of each image of the ground truth
	onImage [][]int32   // detections of each image, in descending order of score
	found   spans       // of detections
	truth   spans       // of annotations

	competition competition
}

// Match matches detections with a ground truth: those images of labels that count, with all annotations of labels.
// Indices of images and annotations are those in labels.
func Match(ctx context.Context, labels *coco.Dataset, truth *preds.Truth, d *preds.Detections, o Options) (*Model, error) {
	s := scoring.Scorer{Truth: truth, Scoring: scoring.Scoring{Metric: "coco", Ious: []float64{o.IoU}, Params: eval.Params{
		Type: o.Type, IoU: IoUs(), MaxDets: o.MaxDets, Areas: []eval.AreaRange{{Name: "all", Min: 0, Max: 1e10}}, Categories: o.Categories, Workers: o.Workers,
	}}}
	r, err := s.Score(ctx, d)
	if err != nil {
		return nil, err
	}
	m := &Model{Detections: d, Notes: r.Notes, result: r.Whole, labels: labels, index: labels.Index(), onImage: make([][]int32, len(labels.Images))}
	for i := range truth.Images {
		at, _ := m.index.ImageAt(truth.Images[i].ID)
		m.image = append(m.image, at)
	}
	m.found.at, m.truth.at = make([]place, d.List.Len()), make([]place, len(labels.Annotations))
	m.sort()
	m.newCompetition(truth.Dataset)
	var c comparer
	for cell := range m.result.Cells() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c.compare(m, cell)
	}
	return m, nil
}

// sort lists the detections of each image, the surest first.
func (m *Model) sort() {
	list := &m.Detections.List
	at := make([]int, len(list.ImageIDs()))
	for k, id := range list.ImageIDs() {
		if i, ok := m.index.ImageAt(id); ok {
			at[k] = i
		} else {
			at[k] = -1
		}
	}
	for i := range list.Len() {
		if image := at[list.Image(i)]; image >= 0 {
			m.onImage[image] = append(m.onImage[image], int32(i))
		}
	}
	for _, of := range m.onImage {
		slices.SortStableFunc(of, func(a, b int32) int {
			switch x, y := list.Score(int(a)), list.Score(int(b)); {
			case x > y:
				return -1
			case x < y:
				return 1
			}
			return 0
		})
	}
}

// comparer holds memory that is used for cell after cell.
type comparer struct {
	matches []int32
	ends    []uint8   // positions before those that differ
	history [][]int32 // the partners up to each of them
	list    []Span
}

// compare matches a cell at all positions.
func (c *comparer) compare(m *Model, cell *eval.Cell) {
	ious := m.result.Params.IoU
	limit := m.result.Params.MaxDets[len(m.result.Params.MaxDets)-1]
	n := min(len(cell.Detections), limit)
	c.ends, c.history = c.ends[:0], c.history[:0]
	reached := -1 // pairs at the position before
	for k := range ious {
		now := 0
		for _, p := range cell.Pairs {
			if p.IoU >= min(ious[k], 1-1e-10) {
				now++
			}
		}
		if now == reached {
			continue
		}
		reached = now
		if k > 0 {
			c.ends = append(c.ends, uint8(k-1))
		}
		c.matches = cell.AppendMatches(c.matches[:0], k, 0)
		partners := make([]int32, n)
		for d := range n {
			switch {
			case cell.Ignored(d, k, 0):
				partners[d] = Ignored
			case cell.Matched(d, k, 0):
				partners[d] = c.matches[d] // an index in the cell
			default:
				partners[d] = None
			}
		}
		c.history = append(c.history, partners)
	}
	c.ends = append(c.ends, uint8(len(ious)-1))
	for d := range n {
		c.list = c.list[:0]
		for h, partners := range c.history {
			c.push(c.ends[h], toAnnotation(cell, partners[d]))
		}
		m.found.add(int(cell.Detections[d]), c.list)
	}
	finder := make([]int32, len(cell.Truth))
	lists := make([][]Span, len(cell.Truth))
	for h, partners := range c.history {
		for g := range finder {
			if finder[g] = None; cell.TruthIgnored(g, 0) {
				finder[g] = Ignored
			}
		}
		for d, g := range partners {
			if g >= 0 && finder[g] == None {
				finder[g] = cell.Detections[d]
			}
		}
		for g := range finder {
			c.list = lists[g]
			c.push(c.ends[h], finder[g])
			lists[g] = c.list
		}
	}
	c.list = nil
	for g, at := range cell.Truth {
		m.truth.add(int(at), lists[g])
	}
}

// push adds what holds up to a position.
func (c *comparer) push(to uint8, partner int32) {
	if n := len(c.list); n > 0 && c.list[n-1].Partner == partner {
		c.list[n-1].To = to
		return
	}
	c.list = append(c.list, Span{to, partner})
}

func toAnnotation(cell *eval.Cell, g int32) int32 {
	if g < 0 {
		return g
	}
	return cell.Truth[g]
}

// ByBoxes says whether boxes were compared, not masks.
func (m *Model) ByBoxes() bool { return m.result.Params.Type == eval.BBox }

// MaxDets is how many detections of an image and class count.
func (m *Model) MaxDets() int { return m.result.Params.MaxDets[len(m.result.Params.MaxDets)-1] }

// OnImage lists the detections of an image, in descending order of score.
func (m *Model) OnImage(image int) []int32 { return m.onImage[image] }

// OfDetection returns the spans of a detection, whose partners are annotations; nil: it is not counted, since more
// detections than the limit have a higher score, or because of its image or class.
func (m *Model) OfDetection(i int) []Span { return m.found.of(i) }

// OfLabel returns the spans of an annotation, whose partners are detections; nil: it is not counted.
func (m *Model) OfLabel(i int) []Span { return m.truth.of(i) }

// Found says what a position of the sliders makes of an annotation: the detection that finds it, or None or Ignored. ok
// is false if it is not counted.
func (m *Model) Found(annotation, k int, score float64) (detection int32, ok bool) {
	d, ok := m.truth.partner(annotation, k)
	if d >= 0 && !(m.Detections.List.Score(int(d)) >= score) {
		return None, ok
	}
	return d, ok
}

// Matches says which annotation a detection matches at a position, or None or Ignored. ok is false if it is not counted.
func (m *Model) Matches(detection, k int) (annotation int32, ok bool) {
	return m.found.partner(detection, k)
}

// Selection is what counts.
type Selection struct {
	Images  []bool         // by index; nil: all
	Classes map[int64]bool // by category id; nil: all
}

// has says whether an image counts.
func (s *Selection) has(image int) bool { return s.Images == nil || s.Images[image] }

func (s *Selection) hasClass(id int64) bool { return s.Classes == nil || s.Classes[id] }

// categories lists the ids of the classes that count; nil: all.
func (s *Selection) categories() []int64 {
	if s.Classes == nil {
		return nil
	}
	list := []int64{}
	for id, in := range s.Classes {
		if in {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// Counts counts what detections of a score or more come to, on each image. An image that does not count has none.
func (m *Model) Counts(ctx context.Context, k int, score float64, sel *Selection, workers int) ([]eval.Counts, error) {
	out := make([]eval.Counts, len(m.labels.Images))
	const block = 64
	err := parallel.Each(ctx, workers, (len(out)+block-1)/block, func(b int) error {
		for i := b * block; i < min((b+1)*block, len(out)); i++ {
			if sel.has(i) {
				out[i] = m.countOn(i, k, score, sel)
			}
		}
		return nil
	})
	return out, err
}

// countOn counts what is on an image.
func (m *Model) countOn(image, k int, score float64, sel *Selection) (n eval.Counts) {
	for _, at := range m.index.Annotations(m.labels.Images[image].ID) {
		if !sel.hasClass(m.labels.Annotations[at].CategoryID) {
			continue
		}
		if d, ok := m.Found(int(at), k, score); ok && d >= 0 {
			n.Found++
		} else if ok && d == None {
			n.Missed++
		}
	}
	list := &m.Detections.List
	for _, d := range m.onImage[image] {
		if !(list.Score(int(d)) >= score) {
			break
		}
		if g, ok := m.Matches(int(d), k); ok && g == None && sel.hasClass(list.CategoryID(int(d))) {
			n.False++
		}
	}
	return n
}

// Sum adds counts.
func Sum(list []eval.Counts) (n eval.Counts) {
	for _, c := range list {
		n.Found += c.Found
		n.Missed += c.Missed
		n.False += c.False
	}
	return n
}

// AP returns the average precision at a position, as eval's for the images and classes that count alone: -1 without an
// instance.
func (m *Model) AP(ctx context.Context, k int, sel *Selection) (float64, error) {
	of := eval.Select{IoU: m.result.Params.IoU[k], Categories: sel.categories()}
	if sel.Images == nil {
		return m.result.AP(of), nil
	}
	var images []int
	for i, at := range m.result.Images() {
		if sel.Images[m.image[at]] {
			images = append(images, i)
		}
	}
	part, err := m.result.Part(ctx, images)
	if err != nil {
		return 0, err
	}
	return part.AP(of), nil
}

// APs returns the average precision at a position of each image alone: -1 without an instance, also of images that are
// not scored.
func (m *Model) APs(ctx context.Context, k int) ([]float64, error) {
	out := make([]float64, len(m.labels.Images))
	for i := range out {
		out[i] = -1
	}
	parts, err := m.result.Parts(ctx, eval.Select{IoU: m.result.Params.IoU[k]}, func(image int) string { return strconv.Itoa(m.image[image]) })
	for _, p := range parts {
		if i, err := strconv.Atoi(p.Part); err == nil {
			out[i] = p.APAt
		}
	}
	return out, err
}

// IoU returns the IoU of a detection on an image with the annotation that it matches at a position; 0: it matches none.
func (m *Model) IoU(image, detection, k int) float64 {
	at, ok := m.result.Image(m.labels.Images[image].ID)
	if !ok {
		return 0
	}
	for _, d := range m.result.Matches(at, eval.Select{IoU: m.result.Params.IoU[k]}).Detections {
		if int(d.Detection) == detection {
			return d.IoU
		}
	}
	return 0
}
