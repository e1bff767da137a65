package pseudo

import (
	"github.com/hubdata/hubdata/internal/boxindex"
	"github.com/hubdata/hubdata/rle"
)

// draw computes the masks of the instances, and drops instances that end up
// without one.
func (f *Fuser) draw(t *Tile, clusters []Cluster) error {
	if err := f.excluded.reset(t.Exclude); err != nil {
		return err
	}
	kept := f.instances[:0]
	for i, in := range f.instances {
		if f.below(in.Category, in.Score) {
			f.counts.Below++
			continue
		}
		if !(in.Score > f.opts.MaskAbove) {
			kept = append(kept, in)
			continue
		}
		f.voters, f.weights = f.voters[:0], f.weights[:0]
		for _, k := range clusters[i].Members {
			f.voters = append(f.voters, f.masks[k])
			f.weights = append(f.weights, f.list[k].score*f.opts.Models[f.list[k].p.Model].Weight)
		}
		m, err := f.opts.Vote.mask(f.voters, f.weights, &clusters[i].Box)
		for _, s := range f.opts.Post {
			if err == nil {
				m, err = s.Apply(m)
			}
		}
		if err != nil {
			return err
		}
		pixels := m.Area()
		if pixels == 0 {
			f.counts.NoPixels++
			continue
		}
		if len(t.Exclude) > 0 {
			near, err := f.excluded.near(m)
			if err != nil {
				return err
			}
			both, err := rle.Intersect(m, near)
			if err != nil {
				return err
			}
			if float64(both.Area()) >= f.opts.ExcludeIoF*float64(pixels) {
				f.counts.Excluded++
				continue
			}
		}
		in.Mask = m
		if in.Score *= f.opts.Rescore.factor(m, f.voters); f.below(in.Category, in.Score) {
			f.counts.Below++
			continue
		}
		kept = append(kept, in)
	}
	f.instances = kept
	if f.opts.Rescore != RescoreNone {
		byScore(f.instances)
	}
	if f.opts.NonOverlap {
		return f.separate()
	}
	return nil
}

// separate gives each pixel to the first instance of its category that has it, and drops
// instances that are left without one.
func (f *Fuser) separate() error {
	categories := map[int64][]int{} // instances with a mask
	for i := range f.instances {
		if in := &f.instances[i]; in.Score > f.opts.MaskAbove {
			categories[in.Category] = append(categories[in.Category], i)
		}
	}
	covered := make([]bool, len(f.instances))
	for _, list := range categories {
		masks := make([]rle.Mask, len(list))
		for k, i := range list {
			masks[k] = f.instances[i].Mask
		}
		f.before.list(masks)
		for k, i := range list {
			m := masks[k]
			before, err := f.before.near(m)
			if err != nil {
				return err
			}
			if m, err = rle.Difference(m, before); err != nil {
				return err
			}
			if m.Area() == 0 {
				covered[i] = true
				f.counts.Covered++
				continue
			}
			f.instances[i].Mask, masks[k] = m, m
			f.before.index.Add(k)
		}
	}
	kept := f.instances[:0]
	for i, in := range f.instances {
		if !covered[i] {
			kept = append(kept, in)
		}
	}
	f.instances = kept
	return nil
}

// A region is a set of masks, of which the part near another mask is wanted.
type region struct {
	masks  []rle.Mask
	boxes  []boxindex.Box
	index  boxindex.Index // of the masks that belong to the region
	found  []int32
	nearby []rle.Mask
}

// reset makes all of the masks the region. They must have one size.
func (r *region) reset(masks []rle.Mask) error {
	if len(masks) == 0 {
		return nil
	}
	if _, err := rle.Union(masks...); err != nil {
		return err
	}
	r.list(masks)
	for i := range masks {
		r.index.Add(i)
	}
	return nil
}

// list replaces the masks, none of which belongs to the region until it is added to the
// index. A mask may lose pixels later.
func (r *region) list(masks []rle.Mask) {
	r.masks, r.boxes = masks, r.boxes[:0]
	for _, m := range masks {
		r.boxes = append(r.boxes, boundsOf(m))
	}
	r.index.Reset(r.boxes)
}

// near returns the union of the masks of the region that may share a pixel with m.
func (r *region) near(m rle.Mask) (rle.Mask, error) {
	r.found = r.index.AppendMeeting(r.found[:0], boundsOf(m))
	none, err := rle.Empty(r.masks[0].Size())
	if err != nil {
		return rle.Mask{}, err
	}
	r.nearby = append(r.nearby[:0], none)
	for _, i := range r.found {
		r.nearby = append(r.nearby, r.masks[i])
	}
	return rle.Union(r.nearby...)
}

// boundsOf returns the first and last columns and rows of a mask.
func boundsOf(m rle.Mask) boxindex.Box {
	b := m.Bounds()
	return boxindex.Box{X0: b.X, Y0: b.Y, X1: b.X + b.W - 1, Y1: b.Y + b.H - 1}
}
