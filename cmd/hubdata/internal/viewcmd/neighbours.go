package viewcmd

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/shapes"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// neighbour is an instance near another one of its layer, on the same slide.
type neighbour struct {
	Image int        `json:"image"` // its index
	Index int32      `json:"index"`
	Box   [4]float64 `json:"box"`
	Class string     `json:"class"`
	Gap   float64    `json:"gap"` // between the boxes, in pixels of the slide
}

// Limits of neighbours.
const (
	mostNeighbours = 8
	leastReach     = 64 // pixels of the slide; a larger instance reaches as far as it is long
)

// neighbours lists what is near a box on an image, on the slide, the nearest first: labels or, of a model, detections
// that the score's slider shows. own is the index of what has the box.
func (s *session) neighbours(a *asked, m *model, image int, own int32, box rle.Box) []neighbour {
	out := []neighbour{}
	at := s.onSlide(image, box)
	reach := max(leastReach, at.W, at.H)
	for j := range s.sizes {
		if j != image && (s.places[image].Slide == "" || s.places[j].Slide != s.places[image].Slide) {
			continue
		}
		if gap(at, s.onSlide(j, rle.Box{W: float64(s.sizes[j].width), H: float64(s.sizes[j].height)})) > reach {
			continue
		}
		s.eachOn(m, j, a.score, func(sh shapes.Shape, category int64) {
			if j == image && sh.Index == own {
				return
			}
			b, ok := sh.Around(s.sizes[j].height, s.sizes[j].width)
			if d := gap(at, s.onSlide(j, b)); ok && d <= reach {
				out = append(out, neighbour{Image: j, Index: sh.Index, Box: [4]float64{b.X, b.Y, b.W, b.H}, Class: s.className(category), Gap: d})
			}
		})
	}
	slices.SortFunc(out, func(a, b neighbour) int {
		return cmp.Or(cmp.Compare(a.Gap, b.Gap), cmp.Compare(a.Image, b.Image), cmp.Compare(a.Index, b.Index))
	})
	return out[:min(len(out), mostNeighbours)]
}

// eachOn calls f with the labels on an image or, of a model, with the detections of a score or more that are matched.
func (s *session) eachOn(m *model, image int, score float64, f func(sh shapes.Shape, category int64)) {
	if m == nil {
		for _, at := range s.scene.OnImage(image) {
			if a := &s.labels.Annotations[at]; s.scene.Draws(at) {
				f(shapes.Shape{Segmentation: a.Segmentation, Box: paint.BoxOf(a.BBox, a.Missing), Index: at}, a.CategoryID)
			}
		}
		return
	}
	list := &m.Detections.List
	for _, i := range m.OnImage(image) {
		if d := int(i); list.Score(d) >= score {
			f(shapes.Shape{Segmentation: list.Segmentation(d), Box: paint.BoxOf(list.BBox(d), list.Missing(d)), Index: i}, list.CategoryID(d))
		}
	}
}

// onSlide moves a box on an image to its place on the slide.
func (s *session) onSlide(image int, b rle.Box) rle.Box {
	p := s.places[image]
	scale := cmp.Or(p.Scale, 1)
	return rle.Box{X: float64(p.X) + float64(b.X*scale), Y: float64(p.Y) + float64(b.Y*scale), W: b.W * scale, H: b.H * scale}
}

// gap is the distance of two boxes; 0: they touch or overlap.
func gap(a, b rle.Box) float64 {
	dx := max(0, b.X-(a.X+a.W), a.X-(b.X+b.W))
	dy := max(0, b.Y-(a.Y+a.H), a.Y-(b.Y+b.H))
	return math.Hypot(dx, dy)
}

// className is the name of a class.
func (s *session) className(id int64) string {
	if k := s.category(id); k >= 0 {
		return s.labels.Categories[k].Name
	}
	return "category " + strconv.FormatInt(id, 10)
}

// addNeighbours lists the neighbours of an instance that is described.
func (s *session) addNeighbours(out *instanceInfo, a *asked, m *model, image int, index int32, seg coco.Segmentation, box *rle.Box) {
	sh := shapes.Shape{Segmentation: seg, Box: box}
	if b, ok := sh.Around(s.sizes[image].height, s.sizes[image].width); ok {
		out.Near = s.neighbours(a, m, image, index, b)
	}
}
