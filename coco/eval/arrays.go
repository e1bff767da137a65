package eval

import (
	"bufio"
	"io"
	"iter"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/npz"
)

// shape is the shape of precision and scores, as counts of COCOeval.eval: thresholds,
// recalls, categories, area ranges, limits.
func (r *Curves) shape() []int {
	p := r.Params
	return []int{len(p.IoU), len(p.Recall), r.k, len(p.Areas), len(p.MaxDets)}
}

// catIDs are the ids of the categories by k, as pycocotools has them: -1 if they are
// ignored.
func (r *Curves) catIDs() []int64 {
	if r.Params.IgnoreCategories {
		return []int64{-1}
	}
	return r.Categories
}

// WriteNPZ writes the arrays of the result as numpy.savez would: precision and scores of
// shape [T, R, K, A, M] and recall of shape [T, K, A, M], as in COCOeval.eval, and what
// their indices mean: iouThrs, recThrs, catIds (-1 if categories are ignored), areaRng,
// areaRngLbl and maxDets.
func (r *Curves) WriteNPZ(w io.Writer) error {
	p, shape := r.Params, r.shape()
	out := npz.NewWriter(w)
	out.Floats("precision", shape, r.precisions())
	out.Floats("recall", slices.Delete(slices.Clone(shape), 1, 2), r.recalls())
	out.Floats("scores", shape, r.scores())
	out.Floats("iouThrs", []int{len(p.IoU)}, slices.Values(p.IoU))
	out.Floats("recThrs", []int{len(p.Recall)}, slices.Values(p.Recall))
	out.Ints("catIds", r.catIDs())
	ranges, labels := r.areas()
	out.Floats("areaRng", []int{len(p.Areas), 2}, slices.Values(ranges))
	out.Strings("areaRngLbl", labels)
	out.Ints("maxDets", r.limits())
	return out.Close()
}

// each gives what a function returns for every combination of indices, in the order of
// COCOeval's arrays. It passes the plot of a category, area range and limit; nil: there are
// no true instances.
func (r *Curves) each(recalls int, f func(p *plot, iou, recall int) float64) iter.Seq[float64] {
	row := make([]*plot, r.k*len(r.Params.Areas)*len(r.Params.MaxDets))
	for i := range r.groups {
		copy(row[int(r.groups[i].k)*len(r.groups[i].plots):], r.groups[i].plots)
	}
	return func(yield func(float64) bool) {
		for t := range r.Params.IoU {
			for n := range recalls {
				for _, p := range row {
					v := -1.0
					if p != nil {
						v = f(p, t, n)
					}
					if !yield(v) {
						return
					}
				}
			}
		}
	}
}

// precisions, scores and recalls are the arrays of COCOeval.eval.
func (r *Curves) precisions() iter.Seq[float64] {
	return r.each(len(r.Params.Recall), func(p *plot, t, n int) float64 { return p.at(t, n).precision })
}

func (r *Curves) scores() iter.Seq[float64] {
	return r.each(len(r.Params.Recall), func(p *plot, t, n int) float64 { return p.at(t, n).score })
}

func (r *Curves) recalls() iter.Seq[float64] {
	return r.each(1, func(p *plot, t, _ int) float64 { return p.recall(t) })
}

// limits returns the limits of detections.
func (r *Curves) limits() []int64 {
	limits := make([]int64, len(r.Params.MaxDets))
	for i, n := range r.Params.MaxDets {
		limits[i] = int64(n)
	}
	return limits
}

// areas returns the bounds and the names of the area ranges.
func (r *Curves) areas() (ranges []float64, labels []string) {
	for _, a := range r.Params.Areas {
		ranges, labels = append(ranges, a.Min, a.Max), append(labels, a.Name)
	}
	return ranges, labels
}

// WriteArraysJSON writes what [Result.WriteNPZ] writes as one JSON object: arrays are
// lists of lists, and numbers are the shortest that read back to the same bits.
func (r *Curves) WriteArraysJSON(w io.Writer) error {
	p, shape := r.Params, r.shape()
	out := bufio.NewWriterSize(w, 1<<16)
	name := func(prefix, name string) {
		_, _ = out.WriteString(prefix + `"` + name + `":`) // errors stick
	}
	name("{", "precision")
	writeNested(out, shape, r.precisions())
	name(",\n", "recall")
	writeNested(out, slices.Delete(slices.Clone(shape), 1, 2), r.recalls())
	name(",\n", "scores")
	writeNested(out, shape, r.scores())
	name(",\n", "iouThrs")
	writeNested(out, []int{len(p.IoU)}, slices.Values(p.IoU))
	name(",\n", "recThrs")
	writeNested(out, []int{len(p.Recall)}, slices.Values(p.Recall))
	name(",\n", "catIds")
	writeInts(out, r.catIDs())
	ranges, labels := r.areas()
	name(",\n", "areaRng")
	writeNested(out, []int{len(labels), 2}, slices.Values(ranges))
	name(",\n", "areaRngLbl")
	text := []byte{'['}
	for i, s := range labels {
		if i > 0 {
			text = append(text, ',')
		}
		text = jsonscan.AppendString(text, s)
	}
	_, _ = out.Write(append(text, ']'))
	name(",\n", "maxDets")
	writeInts(out, r.limits())
	_, _ = out.WriteString("}\n")
	return out.Flush()
}

// writeInts writes a list of integers.
func writeInts(out *bufio.Writer, values []int64) {
	_ = out.WriteByte('[')
	for i, v := range values {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		_, _ = out.Write(strconv.AppendInt(out.AvailableBuffer(), v, 10))
	}
	_ = out.WriteByte(']')
}

// writeNested writes an array as lists of lists, the last index innermost.
func writeNested(out *bufio.Writer, shape []int, values iter.Seq[float64]) {
	next, stop := iter.Pull(values)
	defer stop()
	writeList(out, shape, next)
}

func writeList(out *bufio.Writer, shape []int, next func() (float64, bool)) {
	if len(shape) == 0 {
		v, _ := next()
		_, _ = out.Write(strconv.AppendFloat(out.AvailableBuffer(), v, 'g', -1, 64))
		return
	}
	_ = out.WriteByte('[')
	for i := range shape[0] {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		writeList(out, shape[1:], next)
	}
	_ = out.WriteByte(']')
}
