package eval

import (
	"math"
	"sort"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// naive scores as the code of pycocotools does: detection by detection, threshold by
// threshold, over whole arrays. All records must be valid, image ids integers, and all
// masks present.
func naive(truth *coco.Dataset, results []coco.Result, params *Params) *arrays {
	p, err := params.complete()
	if err != nil {
		panic(err)
	}
	var ids []int64
	for _, img := range truth.Images {
		n, _ := img.ID.Int()
		ids = append(ids, n)
	}
	sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	var categories []int64
	for _, c := range truth.Categories {
		categories = append(categories, c.ID)
	}
	sort.Slice(categories, func(i, j int) bool { return categories[i] < categories[j] })
	groups := [][]int64{categories}
	if !p.IgnoreCategories {
		groups = nil
		for _, c := range categories {
			groups = append(groups, []int64{c})
		}
	}
	r := newArrays(p, len(groups))
	for k, group := range groups {
		for a := range p.Areas {
			for m, limit := range p.MaxDets {
				naiveCurve(r, truth, results, ids, group, k, a, m, limit)
			}
		}
	}
	return r
}

// A naiveDet is a detection after matching, by threshold.
type naiveDet struct {
	score            float64
	matched, ignored []bool
}

func naiveCurve(r *arrays, truth *coco.Dataset, results []coco.Result, ids, group []int64, k, area, m, limit int) {
	p := r.p
	var dets []naiveDet
	npig := 0
	for _, id := range ids {
		var gts []coco.Annotation
		var dts []coco.Result
		for _, c := range group {
			for _, g := range truth.Annotations {
				if n, _ := g.ImageID.Int(); n == id && g.CategoryID == c {
					gts = append(gts, g)
				}
			}
			for _, d := range results {
				if n, _ := d.ImageID.Int(); n == id && d.CategoryID == c {
					dts = append(dts, d)
				}
			}
		}
		sort.SliceStable(dts, func(i, j int) bool { return dts[i].Score > dts[j].Score })
		dts = dts[:min(len(dts), p.MaxDets[len(p.MaxDets)-1])]
		found, count := naiveImage(p, naiveSize(truth, id), gts, dts, p.Areas[area], results)
		dets = append(dets, found[:min(len(found), limit)]...)
		npig += count
	}
	if npig == 0 {
		return
	}
	sort.SliceStable(dets, func(i, j int) bool { return dets[i].score > dets[j].score })
	for t := range p.IoU {
		var rc, pr []float64
		tp, fp := 0., 0.
		for _, d := range dets {
			if !d.ignored[t] && d.matched[t] {
				tp++
			} else if !d.ignored[t] {
				fp++
			}
			rc, pr = append(rc, tp/float64(npig)), append(pr, tp/(fp+tp+(math.Nextafter(1, 2)-1)))
		}
		r.recall[r.recallIndex(t, k, area, m)] = tp / float64(npig)
		for i := len(pr) - 1; i > 0; i-- {
			pr[i-1] = max(pr[i-1], pr[i])
		}
		gone := false
		for i, want := range p.Recall {
			at := r.index(t, i, k, area, m)
			first := sort.SearchFloat64s(rc, want)
			if gone = gone || first == len(rc); gone {
				r.precision[at], r.scores[at] = 0, 0
				continue
			}
			r.precision[at], r.scores[at] = pr[first], dets[first].score
		}
	}
}

func naiveSize(truth *coco.Dataset, id int64) coco.Image {
	for _, img := range truth.Images {
		if n, _ := img.ID.Int(); n == id {
			return img
		}
	}
	panic("no such image")
}

func naiveImage(p *Params, img coco.Image, gts []coco.Annotation, dts []coco.Result, area AreaRange, results []coco.Result) (dets []naiveDet, npig int) {
	inside := func(a float64) bool { return a >= area.Min && a <= area.Max }
	ignore := make([]bool, len(gts))
	var order []int // ignored instances last
	for pass := range 2 {
		for i, g := range gts {
			if ignore[i] = g.IsCrowd || !inside(g.Area); ignore[i] == (pass == 1) {
				order = append(order, i)
			}
		}
	}
	for _, ig := range ignore {
		if !ig {
			npig++
		}
	}
	for _, d := range dts {
		dets = append(dets, naiveDet{d.Score, make([]bool, len(p.IoU)), make([]bool, len(p.IoU))})
	}
	ious := make([][]float64, len(dts)) // once for all thresholds: a fuzzed input may not take seconds
	for i, d := range dts {
		for _, g := range gts {
			ious[i] = append(ious[i], naiveIoU(p, img, d, g))
		}
	}
	for t, asked := range p.IoU {
		taken := make([]bool, len(gts))
		for i, d := range dts {
			best, match := min(asked, 1-1e-10), -1
			for _, j := range order {
				if taken[j] && !gts[j].IsCrowd {
					continue
				}
				if match >= 0 && !ignore[match] && ignore[j] {
					break
				}
				if iou := ious[i][j]; iou >= best {
					best, match = iou, j
				}
			}
			if match >= 0 {
				taken[match] = true
				dets[i].ignored[t] = ignore[match]
				dets[i].matched[t] = !p.StrictPycocotools || gts[match].ID != coco.ID{}
			}
			size := d.BBox.W * d.BBox.H
			if results[0].Missing.Has(coco.FieldBBox) || p.MaskAreas && p.Type != BBox {
				size = float64(naiveMask(img, d.Segmentation).Area())
			}
			if !dets[i].matched[t] && !inside(size) {
				dets[i].ignored[t] = true
			}
		}
	}
	return dets, npig
}

func naiveMask(img coco.Image, s coco.Segmentation) rle.Mask {
	m, err := s.Mask(img.Height, img.Width)
	if err != nil {
		panic(err)
	}
	return m
}

func naiveIoU(p *Params, img coco.Image, d coco.Result, g coco.Annotation) float64 {
	if p.Type == BBox {
		box := d.BBox
		if d.Missing.Has(coco.FieldBBox) {
			box = naiveMask(img, d.Segmentation).Bounds()
		}
		iou, err := rle.AppendBoxIoU(nil, []rle.Box{box}, []rle.Box{g.BBox}, []bool{g.IsCrowd})
		if err != nil {
			panic(err)
		}
		return iou[0]
	}
	a, b := naiveMask(img, d.Segmentation), naiveMask(img, g.Segmentation)
	iou := naivePixels(a, b, g.IsCrowd)
	if p.Type == Boundary && !g.IsCrowd {
		width := rle.BoundaryDistance(img.Height, img.Width, p.BoundaryRatio)
		iou = min(iou, naivePixels(a.BoundaryBand(width), b.BoundaryBand(width), false))
	}
	return iou
}

func naivePixels(a, b rle.Mask, crowd bool) float64 {
	inter, union, own := 0, 0, 0
	y := b.Bitmap()
	for i, v := range a.Bitmap() {
		if v&y[i] == 1 {
			inter++
		}
		if v|y[i] == 1 {
			union++
		}
		own += int(v)
	}
	if inter == 0 {
		return 0
	}
	if crowd {
		union = own
	}
	return float64(inter) / float64(union)
}
