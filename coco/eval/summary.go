package eval

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// A line is one number of the summary.
type line struct {
	recall bool
	iou    float64 // 0: the mean over all thresholds
	area   string
	limit  int

	frequency string // of the categories, as LVIS names it; empty: all
}

// lines returns the numbers that pycocotools' summarize prints. The first is for 100
// detections, whatever the limits are. If there are fewer than three limits, the last
// one replaces those that are missing, where pycocotools fails.
func (r *Result) lines() []line {
	if r.Params.Federated {
		return r.linesOfLVIS()
	}
	limit := func(i int) int { return r.Params.MaxDets[min(i, len(r.Params.MaxDets)-1)] }
	most := limit(2)
	return []line{
		{area: "all", limit: 100}, {iou: .5, area: "all", limit: most}, {iou: .75, area: "all", limit: most},
		{area: "small", limit: most}, {area: "medium", limit: most}, {area: "large", limit: most},
		{recall: true, area: "all", limit: limit(0)}, {recall: true, area: "all", limit: limit(1)}, {recall: true, area: "all", limit: most},
		{recall: true, area: "small", limit: most}, {recall: true, area: "medium", limit: most}, {recall: true, area: "large", limit: most},
	}
}

// linesOfLVIS returns the numbers that lvis-api prints.
func (r *Result) linesOfLVIS() []line {
	most := r.Params.MaxDets[len(r.Params.MaxDets)-1]
	lines := []line{
		{area: "all"}, {iou: .5, area: "all"}, {iou: .75, area: "all"},
		{area: "small"}, {area: "medium"}, {area: "large"},
		{area: "all", frequency: "r"}, {area: "all", frequency: "c"}, {area: "all", frequency: "f"},
		{recall: true, area: "all"}, {recall: true, area: "small"}, {recall: true, area: "medium"}, {recall: true, area: "large"},
	}
	for i := range lines {
		lines[i].limit = most
	}
	return lines
}

// Stats returns the twelve numbers of pycocotools' summary: average precision over all
// IoU thresholds, at 0.5, at 0.75, and of small, medium and large instances; average
// recall at each of three limits, and of small, medium and large instances. A number is
// -1 if there is nothing to average: no true instance, or parameters without that
// threshold, area range or limit. The first number, for 100 detections, is -1 if 100 is
// not one of the limits.
//
// By the rules of LVIS ([Params.Federated]) they are the thirteen numbers of lvis-api:
// average precision over all IoU thresholds, at 0.5, at 0.75, of small, medium and large
// instances, and of rare, common and frequent categories, as their member frequency (r,
// c or f) says; average recall of all, small, medium and large instances.
func (r *Result) Stats() []float64 {
	lines := r.lines()
	stats := make([]float64, len(lines))
	var values []float64
	for i, l := range lines {
		stats[i], values = r.mean(l, values[:0])
	}
	return stats
}

// hasFrequency reports whether category k has a frequency.
func (r *Result) hasFrequency(k int, frequency string) bool {
	if r.Params.IgnoreCategories {
		return false
	}
	at := slices.IndexFunc(r.e.gt.Categories, func(c coco.Category) bool { return c.ID == r.Categories[k] })
	var v string
	return json.Unmarshal(r.e.gt.Categories[at].Extra.Get("frequency"), &v) == nil && v == frequency
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
	ks := make([]int, 0, r.e.k)
	for k := range r.e.k {
		if l.frequency == "" || r.hasFrequency(k, l.frequency) {
			ks = append(ks, k)
		}
	}
	values = slices.Grow(values, len(r.Params.IoU)*recalls*r.e.k)
	for t, iou := range r.Params.IoU {
		if l.iou != 0 && iou != l.iou {
			continue
		}
		for n := range recalls {
			for _, k := range ks {
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

// WriteSummary writes the numbers of [Result.Stats] as pycocotools or lvis-api prints them.
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
		if r.Params.Federated {
			area := l.area
			if area != "all" {
				area = area[:1]
			}
			fmt.Fprintf(&out, " %-18s %s @[ IoU=%-9s | area=%6s | maxDets=%3d catIds=%3s] = %0.3f\n", title, kind, iou, area, l.limit, cmp.Or(l.frequency, "all"), stats[i])
			continue
		}
		fmt.Fprintf(&out, " %-18s %s @[ IoU=%-9s | area=%6s | maxDets=%3d ] = %.3f\n", title, kind, iou, l.area, l.limit, stats[i])
	}
	_, err := w.Write(out.Bytes())
	return err
}
