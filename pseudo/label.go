package pseudo

import (
	"math"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// Labels determines which fused instances become labels, and creates the labels. Each
// number in Above gives one set.
type Labels struct {
	Models []Model // as in Options
	// Above lists score thresholds. A set keeps the instances that score
	// strictly above its threshold.
	Above []float64
	// IgnoreBand also includes instances that score strictly above IgnoreAbove but not
	// above the threshold of the set. They become crowds: training and evaluation neither
	// reward nor penalise detections there.
	IgnoreBand  bool
	IgnoreAbove float64
	// Segmentation is the form of the masks. [coco.KindNone] means [coco.KindRLE]. Crowds
	// are never polygons, because pycocotools does not accept these; they become counts
	// instead.
	Segmentation coco.Kind
}

// Use is what a set does with an instance.
type Use uint8

// The uses.
const (
	Dropped Use = iota // not in the set
	Ignored            // a crowd: in the ignore band
	Kept               // a label
)

// String returns dropped, ignored or kept.
func (u Use) String() string { return nameOf([]string{"dropped", "ignored", "kept"}, int(u)) }

// Use returns what the set of Above[set] does with an instance of the given
// score.
func (l *Labels) Use(set int, score float64) Use {
	switch {
	case score > l.Above[set]:
		return Kept
	case l.IgnoreBand && score > l.IgnoreAbove:
		return Ignored
	}
	return Dropped
}

// MaskAbove returns the score above which at least one set uses instances, for
// [Options].
func (l *Labels) MaskAbove() float64 {
	least := math.Inf(1)
	for _, v := range l.Above {
		least = min(least, v)
	}
	if l.IgnoreBand {
		least = min(least, l.IgnoreAbove)
	}
	return least
}

// Annotations returns the labels of a tile for the set of Above[set], in the order of the
// instances. Their ids are 0.
func (l *Labels) Annotations(image coco.ID, set int, instances []Instance) []coco.Annotation {
	var list []coco.Annotation
	for i := range instances {
		if use := l.Use(set, instances[i].Score); use != Dropped {
			list = append(list, l.Annotation(image, &instances[i], use == Ignored))
		}
	}
	return list
}

// Annotation returns an instance as a label or a crowd. Its id is 0. After COCO's members
// it has score, votes (the number of predictions that were fused) and models (the names of
// their models). It shares no memory with the instance.
func (l *Labels) Annotation(image coco.ID, in *Instance, crowd bool) coco.Annotation {
	return coco.Annotation{
		ImageID: image, CategoryID: in.Category, IsCrowd: crowd,
		Area: float64(in.Mask.Area()), BBox: in.Mask.Bounds(), Segmentation: l.segmentation(in.Mask, crowd),
		Extra: append(coco.Fields{{Key: "score", Value: strconv.AppendFloat(nil, in.Score, 'f', -1, 64)}}, l.origin(in)...),
	}
}

// Result returns an instance as a result with its fused box. After COCO's members it has
// votes and models, as in Annotation.
func (l *Labels) Result(image coco.ID, in *Instance) coco.Result {
	return coco.Result{ImageID: image, CategoryID: in.Category, BBox: in.Box, Score: in.Score, Segmentation: coco.RLE(in.Mask), Extra: l.origin(in)}
}

func (l *Labels) segmentation(m rle.Mask, crowd bool) coco.Segmentation {
	switch {
	case l.Segmentation == coco.KindCounts || crowd && l.Segmentation == coco.KindPolygons:
		return coco.Counts(m)
	case l.Segmentation == coco.KindPolygons:
		return coco.Polygons(m.COCOPolygons())
	}
	return coco.RLE(m)
}

// origin returns the members votes and models of an instance.
func (l *Labels) origin(in *Instance) coco.Fields {
	o := Origin{Votes: len(in.Members)}
	for i := range l.Models {
		if slices.ContainsFunc(in.Members, func(m Member) bool { return m.Model == i }) {
			o.Models = append(o.Models, l.Models[i].Name)
		}
	}
	return o.Fields()
}
