package demo

import (
	"cmp"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/rle"
)

// detector describes the quality of an imaginary model.
type detector struct {
	recall   float64 // for vessels that are easy to see
	error    float64 // error of its outlines, as a fraction of the vessel's radius
	bias     float64 // by how much outlines are too wide or too narrow, in pixels
	falses   float64 // mean number of convincing false detections per tile
	optimism float64 // added to all scores
}

// Models returns the names of three different models. Other names are valid
// too, for models of medium quality.
func Models() []string { return []string{"cascade", "detectors", "vit"} }

func newDetector(model string) detector {
	switch model {
	case "cascade":
		return detector{recall: 0.93, error: 0.34, bias: 0.5, falses: 2.0, optimism: 0.02}
	case "detectors":
		return detector{recall: 0.90, error: 0.30, bias: -0.3, falses: 1.7, optimism: 0}
	case "vit":
		return detector{recall: 0.95, error: 0.38, bias: 0.2, falses: 2.3, optimism: 0.04}
	}
	return detector{recall: 0.90, error: 0.35, bias: 0, falses: 2.0, optimism: 0}
}

// detection is a detection of a model.
type detection struct {
	score   float32
	outline contour
}

// detections returns up to n detections of a model on a tile, the best scores
// first. Vessels that are hard to see are hard for every model. Otherwise the
// mistakes of models are independent, so several models together make fewer.
func (s *Set) detections(t *Tile, model string, n int) []detection {
	m := newDetector(model)
	truth := s.instances(t)
	shared := newRNG(s.seed, "difficulty", t.num)
	r := newRNG(s.seed, "model "+model, t.num)
	list := make([]detection, 0, n+8)
	add := func(score float64, c contour) {
		list = append(list, detection{float32(max(0.003, min(0.997, score))), c})
	}
	for _, in := range truth {
		hard := shared.float()
		hard = float64(hard * float64(hard*(1-min(0.4, in.radius/50)))) // usually easy, especially if large
		if !r.chance(m.recall - float64(0.45*hard)) {
			continue
		}
		err := float64(m.error * r.between(0.3, 1.4) * (0.7 + hard))
		c := in.moved(r, err, m.bias)
		score := 1.04 + m.optimism - float64(0.75*err) - float64(0.35*hard) + float64(0.07*r.normal())
		add(score, c)
		if r.chance(0.2) { // detected twice
			add(score*r.between(0.2, 0.6), in.moved(r, err+0.3, m.bias))
		}
	}
	for range int(m.falses * r.between(0, 2.3)) {
		add(0.2+float64(0.75*r.float()*r.float()), falseThing(r))
	}
	// The rest are detections of a detector that must return n: their scores
	// are almost 0.
	for len(list) < n {
		score := 0.004 + float64(0.22*math.Sqrt(r.float())*r.float()*r.float())
		if len(truth) > 0 && r.chance(0.6) {
			add(score, truth[r.intN(len(truth))].moved(r, r.between(0.4, 1), m.bias))
		} else {
			add(score, falseThing(r))
		}
	}
	slices.SortStableFunc(list, func(a, b detection) int { return cmp.Compare(b.score, a.score) })
	return list[:n]
}

// moved returns the outline of a vessel as detected, with an error that is a
// fraction of its radius.
func (in *instance) moved(r *rng, err, bias float64) contour {
	off := 0.5 * err * in.radius
	shift := vec{off * r.normal(), off * r.normal()}
	return in.outline.moved(r, shift, bias+float64(0.35*off*r.normal()), 1.5*off)
}

// falseThing returns an outline where there is no vessel, or only by chance.
func falseThing(r *rng) contour {
	at := vec{r.between(2, tileSize-2), r.between(2, tileSize-2)}
	return blob(r, at, 5+float64(28*r.float()*r.float()), 0.16).outline
}

// WritePredictions writes a model's detections on the tiles of tier 3 as COCO
// results, in the order of tile_meta.csv and, for each tile, by descending
// score. The id of an image is the row of the tile in tile_meta.csv, counted
// from 1. Boxes are close to the bounds of the masks, as those of real
// detectors are.
func (s *Set) WritePredictions(w io.Writer, model string) error {
	tiles, rows := s.tier(3), s.rows()
	if s.predictions == 0 {
		tiles = nil
	}
	if _, err := io.WriteString(w, "["); err != nil {
		return err
	}
	err := ordered(w, len(tiles), s.workers, func(dst []byte, i int) ([]byte, error) {
		t := tiles[i]
		boxes := newRNG(s.seed, "boxes "+model, t.num)
		var ring []pixel
		var pts rle.Ring
		var text []byte
		for k, d := range s.detections(t, model, s.predictions) {
			if i > 0 || k > 0 {
				dst = append(dst, ", "...)
			}
			ring = d.outline.trace(ring[:0], nil, false)
			m, p, err := fill(ring, pts)
			if err != nil {
				return nil, err
			}
			pts = p
			dst = append(dst, `{"image_id": `...)
			dst = strconv.AppendInt(dst, int64(rows[t.ID]), 10)
			dst = append(dst, `, "category_id": 1, "bbox": [`...)
			for j, v := range looseBox(boxes, m.Bounds()) {
				if j > 0 {
					dst = append(dst, ", "...)
				}
				dst = appendFloat32(dst, float32(v))
			}
			dst = append(dst, `], "score": `...)
			dst = appendFloat32(dst, d.score)
			dst = append(dst, `, "segmentation": `...)
			if dst, text, err = appendMask(dst, m, text); err != nil {
				return nil, err
			}
			dst = append(dst, '}')
		}
		return dst, nil
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, "]\n")
	return err
}

// looseBox moves each side of a box by up to 0.8 pixels, inside the tile.
func looseBox(r *rng, b rle.Box) [4]float64 {
	side := func(v float64) float64 { return max(0, min(tileSize, v+r.between(-0.8, 0.8))) }
	x0, y0 := side(b.X), side(b.Y)
	x1, y1 := side(b.X+b.W), side(b.Y+b.H)
	return [4]float64{x0, y0, max(0.1, x1-x0), max(0.1, y1-y0)}
}

// appendFloat32 appends a 32-bit number with the digits that Python prints for
// it: all digits of the equal 64-bit number, and .0 if it is an integer.
func appendFloat32(dst []byte, v float32) []byte {
	if v == float32(int(v)) {
		return append(strconv.AppendInt(dst, int64(v), 10), ".0"...)
	}
	return strconv.AppendFloat(dst, float64(v), 'f', -1, 64)
}
