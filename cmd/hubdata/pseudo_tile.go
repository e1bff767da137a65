package main

import (
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

// fusedTile is what a worker makes of a tile.
type fusedTile struct {
	tile    *wsi.Tile
	counts  pseudo.Counts
	present []bool // by model
	bySet   []fusedSet
	scores  []float64 // of all fused instances
	results []byte
	nResult int
}

// fusedSet is what of a tile goes into the set of a threshold.
type fusedSet struct {
	text          []byte // of the image and its annotations; nil: it is stored
	stored        spool.Text
	kept, ignored int
	areas         []int
	agreement     []int // instances by how many models they have
	members       []int // of kept instances, by model
}

// pseudoMemory bounds what is kept in memory of the text of sets.
const pseudoMemory = 32 << 20

// newWork returns what fuses a tile.
func (job *pseudoJob) newWork() (func(*pseudo.Group) (*fusedTile, error), error) {
	fuser, err := pseudo.NewFuser(&job.opts.fuse)
	if err != nil {
		return nil, err
	}
	images := job.opts.options(job.opts.dir)
	return func(g *pseudo.Group) (*fusedTile, error) {
		t := &job.tiles[g.Tile-1]
		img, err := images.Image(*t)
		if err != nil {
			return nil, err
		}
		instances, counts, err := fuser.Tile(&pseudo.Tile{Height: img.Height, Width: img.Width, Predictions: g.Predictions, Exclude: job.regions[t.Row]})
		if err != nil {
			return nil, err
		}
		out := &fusedTile{tile: t, present: make([]bool, len(job.opts.models)), bySet: make([]fusedSet, len(job.sets))}
		out.counts.Add(counts)
		for i := range g.Predictions {
			out.present[g.Predictions[i].Model] = true
		}
		for i := range instances {
			out.scores = append(out.scores, instances[i].Score)
		}
		for k := range job.sets {
			if err := job.keep(&out.bySet[k], job.opts.thresholds[k].value, &img, instances); err != nil {
				return nil, err
			}
		}
		if job.opts.results != "" {
			err = job.encodeResults(out, g, instances)
		}
		return out, err
	}, nil
}

// keep encodes the instances that score above a threshold.
func (job *pseudoJob) keep(s *fusedSet, thr float64, img *coco.Image, instances []pseudo.Instance) error {
	s.agreement = make([]int, len(job.opts.models)+1)
	s.members = make([]int, len(job.opts.models))
	var list []coco.Annotation
	for i := range instances {
		in := &instances[i]
		crowd := !(in.Score > thr)
		if crowd && !(job.opts.ignoreBand >= 0 && in.Score > job.opts.ignoreBand) {
			continue
		}
		a := coco.Annotation{
			ImageID: img.ID, CategoryID: job.categories[in.Category].ID, IsCrowd: crowd,
			Area: float64(in.Mask.Area()), BBox: in.Mask.Bounds(),
			Segmentation: job.segmentation(in.Mask, crowd), Extra: job.origin(in),
		}
		list = append(list, a)
		if crowd {
			s.ignored++
			continue
		}
		s.kept++
		s.areas = append(s.areas, int(a.Area))
		s.agreement[in.Models]++
		for _, m := range in.Members {
			s.members[m.Model]++
		}
	}
	var err error
	s.text, err = coco.AppendImageText(nil, img, list)
	return err
}

// segmentation gives a mask the form of --segmentation; crowds are always runs,
// as pycocotools wants them.
func (job *pseudoJob) segmentation(m rle.Mask, crowd bool) coco.Segmentation {
	switch {
	case job.opts.segmentation == coco.KindCounts || crowd && job.opts.segmentation == coco.KindPolygons:
		return coco.Counts(m)
	case job.opts.segmentation == coco.KindPolygons:
		return coco.Polygons(m.COCOPolygons())
	}
	return coco.RLE(m)
}

// origin is what an annotation says of where it comes from: its score, how many
// predictions it was fused of, and the models that they are of.
func (job *pseudoJob) origin(in *pseudo.Instance) coco.Fields {
	models := []byte{'['}
	for i, m := range job.opts.models {
		for k := range in.Members {
			if in.Members[k].Model == i {
				if len(models) > 1 {
					models = append(models, ',')
				}
				models = appendJSONString(models, m.name)
				break
			}
		}
	}
	return coco.Fields{
		{Key: "score", Value: appendScore(nil, in.Score)},
		{Key: "votes", Value: fmt.Appendf(nil, "%d", len(in.Members))},
		{Key: "models", Value: append(models, ']')},
	}
}

// encodeResults appends all instances of a tile as results, with the ids that
// the predictions have.
func (job *pseudoJob) encodeResults(out *fusedTile, g *pseudo.Group, instances []pseudo.Instance) error {
	f := job.files[g.Predictions[0].Source]
	ids := make([]int64, len(job.opts.classes))
	for id, name := range f.ids.categories {
		if k, ok := job.class[name]; ok {
			ids[k] = id
		}
	}
	for i := range instances {
		in := &instances[i]
		if out.nResult > 0 {
			out.results = append(out.results, ",\n"...)
		}
		out.nResult++
		var err error
		out.results, err = coco.AppendResult(out.results, &coco.Result{
			ImageID: g.Image, CategoryID: ids[in.Category], BBox: in.Box, Score: in.Score,
			Segmentation: coco.RLE(in.Mask), Extra: job.origin(in)[1:],
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// take adds a tile to the tallies, and writes its results.
func (job *pseudoJob) take(t *fusedTile) error {
	job.add(t)
	for k := range t.bySet {
		s := &t.bySet[k]
		var err error
		if s.stored, err = job.texts.Add(s.text, 0); err != nil {
			return err
		}
		s.text = nil
	}
	if job.results == nil || t.nResult == 0 {
		return nil
	}
	head := ",\n"
	if job.resultCount == 0 {
		head = "[\n"
	}
	job.resultCount += t.nResult
	if _, err := job.results.buf.WriteString(head); err != nil {
		return job.results.failed(err)
	}
	if _, err := job.results.Write(t.results); err != nil {
		return job.results.failed(err)
	}
	t.results = nil
	return nil
}
