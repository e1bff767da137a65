package eval

import (
	"bytes"
	"cmp"
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

	frequency string // of the categories, as LVIS names it; empty: all
}

// lines returns the numbers that pycocotools' summarize prints. The first is for 100
// detections, whatever the limits are. If there are fewer than three limits, the last
// one replaces those that are missing, where pycocotools fails.
func (r *Curves) lines() []line {
	if r.Params.Federated {
		return r.linesOfLVIS()
	}
	limit := func(i int) int { return r.Params.MaxDets[min(i, len(r.Params.MaxDets)-1)] }
	most := limit(2)
	return []line{
		{area: "all", limit: 100}, {iou: .5, area: "all", limit: most}, {iou: .75, area: "all", limit: most},
		{area: "small", limit: most}, {area: "medium", limit: most}, {area: "large", limit: most},
		{recall: true, area: "all", limit: limit(0)}, {recall: true, area: "all", limit: limit(1)},
		{recall: true, area: "all", limit: most},
		{recall: true, area: "small", limit: most}, {recall: true, area: "medium", limit: most},
		{recall: true, area: "large", limit: most},
	}
}

// linesOfLVIS returns the numbers that lvis-api prints.
func (r *Curves) linesOfLVIS() []line {
	most := r.Params.MaxDets[len(r.Params.MaxDets)-1]
	lines := []line{
		{area: "all"}, {iou: .5, area: "all"}, {iou: .75, area: "all"},
		{area: "small"}, {area: "medium"}, {area: "large"},
		{area: "all", frequency: "r"}, {area: "all", frequency: "c"}, {area: "all", frequency: "f"},
		{recall: true, area: "all"}, {recall: true, area: "small"}, {recall: true, area: "medium"},
		{recall: true, area: "large"},
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
func (r *Curves) Stats() []float64 {
	lines := r.lines()
	stats := make([]float64, len(lines))
	for i, l := range lines {
		stats[i] = r.mean(l)
	}
	return stats
}

// mean averages the numbers of a line that are not -1, in pycocotools' order.
func (r *Curves) mean(l line) float64 {
	area := slices.IndexFunc(r.Params.Areas, func(a AreaRange) bool { return a.Name == l.area })
	if area < 0 {
		return -1
	}
	var plots []*plot // category by category, the limits of each
	for i := range r.groups {
		g := &r.groups[i]
		if g.truths[area] == 0 || l.frequency != "" && r.frequency[r.Categories[g.k]] != l.frequency {
			continue
		}
		for limit, v := range r.Params.MaxDets {
			if v == l.limit {
				plots = append(plots, g.plots[area*len(r.Params.MaxDets)+limit])
			}
		}
	}
	var thresholds []int
	for t, iou := range r.Params.IoU {
		if l.iou == 0 || iou == l.iou {
			thresholds = append(thresholds, t)
		}
	}
	recalls := len(r.Params.Recall)
	if l.recall {
		recalls = 1
	}
	n, at := len(thresholds)*recalls*len(plots), 0
	if n == 0 {
		return -1
	}
	return meanOf(n, func(v []float64) {
		for i := range v {
			k := at / len(plots)
			p, t := plots[at%len(plots)], thresholds[k/recalls]
			if l.recall {
				v[i] = p.recall(t)
			} else {
				v[i] = p.at(t, k%recalls).precision
			}
			at++
		}
	})
}

// WriteSummary writes the numbers of [Result.Stats] as pycocotools or lvis-api prints them.
func (r *Curves) WriteSummary(w io.Writer) error {
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
			fmt.Fprintf(&out, " %-18s %s @[ IoU=%-9s | area=%6s | maxDets=%3d catIds=%3s] = %0.3f\n", title, kind, iou, area,
				l.limit, cmp.Or(l.frequency, "all"), stats[i])
			continue
		}
		fmt.Fprintf(&out, " %-18s %s @[ IoU=%-9s | area=%6s | maxDets=%3d ] = %.3f\n", title, kind, iou, l.area, l.limit,
			stats[i])
	}
	_, err := w.Write(out.Bytes())
	return err
}
