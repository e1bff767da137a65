package eval

import (
	"bytes"
	"fmt"
	"io"
	"slices"
)

// A line is one number of the summary.
type line struct {
	recall bool
	iou    float64 // 0: the mean over all thresholds
	area   string
	limit  int
}

// lines returns the numbers that pycocotools' summarize prints. The first is for 100
// detections, whatever the limits are. If there are fewer than three limits, the last
// one replaces those that are missing, where pycocotools fails.
func (r *Result) lines() [12]line {
	limit := func(i int) int { return r.Params.MaxDets[min(i, len(r.Params.MaxDets)-1)] }
	most := limit(2)
	return [12]line{
		{false, 0, "all", 100}, {false, .5, "all", most}, {false, .75, "all", most},
		{false, 0, "small", most}, {false, 0, "medium", most}, {false, 0, "large", most},
		{true, 0, "all", limit(0)}, {true, 0, "all", limit(1)}, {true, 0, "all", most},
		{true, 0, "small", most}, {true, 0, "medium", most}, {true, 0, "large", most},
	}
}

// Stats returns the twelve numbers of pycocotools' summary: average precision over all
// IoU thresholds, at 0.5, at 0.75, and of small, medium and large instances; average
// recall at each of three limits, and of small, medium and large instances. A number is
// -1 if there is nothing to average: no true instance, or parameters without that
// threshold, area range or limit. The first number, for 100 detections, is -1 if 100 is
// not one of the limits.
func (r *Result) Stats() (stats [12]float64) {
	var values []float64
	for i, l := range r.lines() {
		stats[i], values = r.mean(l, values[:0])
	}
	return stats
}

// mean averages the numbers of a line that are not -1, in pycocotools' order. It also
// returns these numbers, appended to values.
func (r *Result) mean(l line, values []float64) (float64, []float64) {
	recalls, index := len(r.Params.Recall), r.Index
	from := r.Precision
	if l.recall {
		recalls, from = 1, r.Recall
		index = func(iou, _, k, area, limit int) int { return r.RecallIndex(iou, k, area, limit) }
	}
	area := slices.IndexFunc(r.Params.Areas, func(a AreaRange) bool { return a.Name == l.area })
	if area < 0 {
		return -1, values
	}
	values = slices.Grow(values, len(r.Params.IoU)*recalls*r.e.k)
	for t, iou := range r.Params.IoU {
		if l.iou != 0 && iou != l.iou {
			continue
		}
		for n := range recalls {
			for k := range r.e.k {
				for limit, v := range r.Params.MaxDets {
					if v != l.limit {
						continue
					}
					if v := from[index(t, n, k, area, limit)]; v > -1 {
						values = append(values, v)
					}
				}
			}
		}
	}
	if len(values) == 0 {
		return -1, values
	}
	return mean(values), values
}

// WriteSummary writes the twelve numbers as pycocotools prints them.
func (r *Result) WriteSummary(w io.Writer) error {
	var out bytes.Buffer
	stats := r.Stats()
	for i, l := range r.lines() {
		title, kind := "Average Precision", "(AP)"
		if l.recall {
			title, kind = "Average Recall", "(AR)"
		}
		iou := fmt.Sprintf("%.2f:%.2f", r.Params.IoU[0], r.Params.IoU[len(r.Params.IoU)-1])
		if l.iou != 0 {
			iou = fmt.Sprintf("%.2f", l.iou)
		}
		fmt.Fprintf(&out, " %-18s %s @[ IoU=%-9s | area=%6s | maxDets=%3d ] = %.3f\n", title, kind, iou, l.area, l.limit, stats[i])
	}
	_, err := w.Write(out.Bytes())
	return err
}
