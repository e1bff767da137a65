package eval

import (
	"bufio"
	"io"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/npz"
)

// shape is the shape of Precision and Scores, as counts of COCOeval.eval: thresholds,
// recalls, categories, area ranges, limits.
func (r *Result) shape() []int {
	p := r.Params
	return []int{len(p.IoU), len(p.Recall), r.e.k, len(p.Areas), len(p.MaxDets)}
}

// catIDs are the ids of the categories by k, as pycocotools has them: -1 if they are
// ignored.
func (r *Result) catIDs() []int64 {
	if r.Params.IgnoreCategories {
		return []int64{-1}
	}
	return r.Categories
}

// WriteNPZ writes the arrays of the result as numpy.savez would: precision and scores of
// shape [T, R, K, A, M] and recall of shape [T, K, A, M], as in COCOeval.eval, and what
// their indices mean: iouThrs, recThrs, catIds (-1 if categories are ignored), areaRng,
// areaRngLbl and maxDets.
func (r *Result) WriteNPZ(w io.Writer) error {
	p, shape := r.Params, r.shape()
	out := npz.NewWriter(w)
	out.Floats("precision", shape, r.Precision)
	out.Floats("recall", slices.Delete(slices.Clone(shape), 1, 2), r.Recall)
	out.Floats("scores", shape, r.Scores)
	out.Floats("iouThrs", []int{len(p.IoU)}, p.IoU)
	out.Floats("recThrs", []int{len(p.Recall)}, p.Recall)
	out.Ints("catIds", r.catIDs())
	ranges, labels := r.areas()
	out.Floats("areaRng", []int{len(p.Areas), 2}, ranges)
	out.Strings("areaRngLbl", labels)
	out.Ints("maxDets", r.limits())
	return out.Close()
}

// limits returns the limits of detections.
func (r *Result) limits() []int64 {
	limits := make([]int64, len(r.Params.MaxDets))
	for i, n := range r.Params.MaxDets {
		limits[i] = int64(n)
	}
	return limits
}

// areas returns the bounds and the names of the area ranges.
func (r *Result) areas() (ranges []float64, labels []string) {
	for _, a := range r.Params.Areas {
		ranges, labels = append(ranges, a.Min, a.Max), append(labels, a.Name)
	}
	return ranges, labels
}

// WriteArraysJSON writes what [Result.WriteNPZ] writes as one JSON object: arrays are
// lists of lists, and numbers are the shortest that read back to the same bits.
func (r *Result) WriteArraysJSON(w io.Writer) error {
	p, shape := r.Params, r.shape()
	out := bufio.NewWriterSize(w, 1<<16)
	name := func(prefix, name string) {
		_, _ = out.WriteString(prefix + `"` + name + `":`) // errors stick
	}
	name("{", "precision")
	writeNested(out, shape, r.Precision)
	name(",\n", "recall")
	writeNested(out, slices.Delete(slices.Clone(shape), 1, 2), r.Recall)
	name(",\n", "scores")
	writeNested(out, shape, r.Scores)
	name(",\n", "iouThrs")
	writeNested(out, []int{len(p.IoU)}, p.IoU)
	name(",\n", "recThrs")
	writeNested(out, []int{len(p.Recall)}, p.Recall)
	name(",\n", "catIds")
	writeInts(out, r.catIDs())
	ranges, labels := r.areas()
	name(",\n", "areaRng")
	writeNested(out, []int{len(labels), 2}, ranges)
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
func writeNested(out *bufio.Writer, shape []int, values []float64) {
	if len(shape) == 0 {
		_, _ = out.Write(strconv.AppendFloat(out.AvailableBuffer(), values[0], 'g', -1, 64))
		return
	}
	_ = out.WriteByte('[')
	for i := range shape[0] {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		n := len(values) / shape[0]
		writeNested(out, shape[1:], values[i*n:(i+1)*n])
	}
	_ = out.WriteByte(']')
}
