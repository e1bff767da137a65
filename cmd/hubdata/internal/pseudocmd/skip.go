package pseudocmd

import (
	"iter"
	"sort"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/coco"
)

// A skipped counts the predictions of a file that are not read, since they are on tiles of other shards.
type skipped struct {
	n    int
	read int   // predictions that were read
	gaps []gap // in rising order
}

// A gap is some predictions that are not read.
type gap struct{ read, n int } // predictions before it: those that were read, and all that were not, with those of the gap

// number is the record of the file that the i-th of those read is.
func (s *skipped) number(i int) int {
	if k := sort.Search(len(s.gaps), func(k int) bool { return s.gaps[k].read > i }); k > 0 {
		return i + s.gaps[k-1].n
	}
	return i
}

// skipOthers leaves out the predictions on tiles of other shards, whose run reads them: all but their image is skipped.
// What is wrong with an image, or with its choice by the flags, every shard reports.
func (f *predictionFile) skipOthers(a *aids, o *options, tiles *preds.IdsIn) {
	if a.shard == nil || f.Dataset != nil {
		return
	}
	others := map[coco.ID]bool{}
	add := func(id coco.ID) {
		if i, _, err := tiles.Find(id); err == nil && i >= 0 && a.selected(o, a.tiles[i]) && !a.inShard(a.tiles[i].Row) {
			others[id] = true
		}
	}
	for _, id := range f.ids.List() {
		add(id)
	}
	for i := range a.tiles {
		add(coco.StringID(a.tiles[i].ID))
	}
	on := func(image coco.ID) bool { return !others[image] }
	f.ReadOn(on)
	f.Records, f.number = f.skipped.without(f.Records, on), f.skipped.number
}

// without gives the records on the images that on says yes to.
func (s *skipped) without(records iter.Seq2[coco.Result, error], on func(coco.ID) bool) iter.Seq2[coco.Result, error] {
	return func(yield func(coco.Result, error) bool) {
		known, last, yes := false, coco.ID{}, false
		for r, err := range records {
			if err == nil {
				if !known || r.ImageID != last {
					known, last, yes = true, r.ImageID, on(r.ImageID)
				}
				if !yes {
					s.n++
					continue
				}
				if k := len(s.gaps); k == 0 && s.n > 0 || k > 0 && s.gaps[k-1].n < s.n {
					s.gaps = append(s.gaps, gap{s.read, s.n})
				}
				s.read++
			}
			if !yield(r, err) {
				return
			}
		}
	}
}
