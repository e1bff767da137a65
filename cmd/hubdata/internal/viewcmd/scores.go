package viewcmd

import (
	"context"
	"math"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/internal/figures"
)

var minusInf = math.Inf(-1)

func abs(v float64) float64 { return math.Abs(v) }

// naturally compares values of fields as they are sorted.
func naturally(a, b string) int { return figures.CompareNatural(a, b) }

// partScores keeps average precisions: the score's slider does not change them.
type partScores struct {
	mu     sync.Mutex
	part   map[partKey]float64 // AP
	prize  map[partKey]float64 // the competition's metric
	images map[imagesKey][]float64
}

// partKey is a position, and the fields and classes that count.
type partKey struct {
	model *model
	k     int
	what  string
}

// imagesKey is a position.
type imagesKey struct {
	model *model
	k     int
}

// mostKept is how many average precisions are kept.
const mostKept = 10_000

// ap is the average precision of what a request selects.
func (p *partScores) ap(ctx context.Context, a *asked) (float64, error) {
	if a.sel.Images == nil {
		return a.model.AP(ctx, a.k, &a.sel)
	}
	return p.kept(&p.part, a, func() (float64, error) { return a.model.AP(ctx, a.k, &a.sel) })
}

// competition is the competition's metric of what a request selects; NaN: there is none.
func (p *partScores) competition(ctx context.Context, a *asked) (float64, error) {
	return p.kept(&p.prize, a, func() (float64, error) { return a.model.Competition(ctx, a.k, &a.sel) })
}

// kept returns what is kept of a request, or else keeps what compute returns.
func (p *partScores) kept(in *map[partKey]float64, a *asked, compute func() (float64, error)) (float64, error) {
	key := partKey{a.model, a.k, a.what}
	p.mu.Lock()
	v, ok := (*in)[key]
	p.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := compute()
	if err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if *in == nil || len(*in) >= mostKept {
		*in = map[partKey]float64{}
	}
	(*in)[key] = v
	return v, nil
}

// onImages are the average precisions of the images, one by one.
func (p *partScores) onImages(ctx context.Context, a *asked) ([]float64, error) {
	p.mu.Lock()
	defer p.mu.Unlock() // one at a time: each takes all cores
	key := imagesKey{a.model, a.k}
	if list, ok := p.images[key]; ok {
		return list, nil
	}
	list, err := a.model.APs(ctx, a.k)
	if err != nil {
		return nil, err
	}
	if p.images == nil || len(p.images) >= 100 {
		p.images = map[imagesKey][]float64{}
	}
	p.images[key] = list
	return list, nil
}

// eachScored calls f for what has a score on an image: the detections of a model, or labels if it is nil.
func (s *session) eachScored(m *model, image int, f func(score float64, agree int)) {
	if m != nil {
		list := &m.Detections.List
		for _, d := range m.OnImage(image) {
			f(list.Score(int(d)), paint.Agreement(list.Extra(int(d))))
		}
		return
	}
	for _, at := range s.scene.OnImage(image) {
		if a := &s.labels.Annotations[at]; s.scene.Draws(at) {
			if score, ok, _ := a.Score(); ok {
				f(score, paint.Agreement(a.Extra))
			}
		}
	}
}
