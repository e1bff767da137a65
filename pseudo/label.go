package pseudo

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// Labels says which fused instances become labels, and makes them. Each number of Above
// gives a set of its own.
type Labels struct {
	Models []Model // as in Options
	// Above are scores: a set keeps the instances that score strictly above its number.
	Above []float64
	// IgnoreBand also takes instances of lower scores than that of the set, strictly above
	// IgnoreAbove. They are crowds: training and evaluation neither reward nor punish what
	// is found there.
	IgnoreBand  bool
	IgnoreAbove float64
	// Segmentation is the form of the masks. [coco.KindNone] is [coco.KindRLE]. Crowds never
	// are polygons, which pycocotools does not take for them: they are counts then.
	Segmentation coco.Kind
}

// Use says what a set makes of an instance.
type Use uint8

// The uses.
const (
	Dropped Use = iota // not in the set
	Ignored            // a crowd: in the ignore band
	Kept               // a label
)

// String returns dropped, ignored or kept.
func (u Use) String() string { return nameOf([]string{"dropped", "ignored", "kept"}, int(u)) }

// Use says what the set of Above[set] makes of an instance of a score.
func (l *Labels) Use(set int, score float64) Use {
	switch {
	case score > l.Above[set]:
		return Kept
	case l.IgnoreBand && score > l.IgnoreAbove:
		return Ignored
	}
	return Dropped
}

// MaskAbove is the score above which some set wants instances, for [Options].
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
// instances, with ids that are 0.
func (l *Labels) Annotations(image coco.ID, set int, instances []Instance) []coco.Annotation {
	var list []coco.Annotation
	for i := range instances {
		if use := l.Use(set, instances[i].Score); use != Dropped {
			list = append(list, l.Annotation(image, &instances[i], use == Ignored))
		}
	}
	return list
}

// Annotation returns an instance as a label or a crowd, with an id that is 0. Behind COCO's
// members it has score, votes, the number of predictions that it was fused of, and models,
// the names of the models that they are of. It shares no memory with the instance.
func (l *Labels) Annotation(image coco.ID, in *Instance, crowd bool) coco.Annotation {
	return coco.Annotation{
		ImageID: image, CategoryID: in.Category, IsCrowd: crowd,
		Area: float64(in.Mask.Area()), BBox: in.Mask.Bounds(), Segmentation: l.segmentation(in.Mask, crowd),
		Extra: append(coco.Fields{{Key: "score", Value: strconv.AppendFloat(nil, in.Score, 'f', -1, 64)}}, l.origin(in)...),
	}
}

// Result returns an instance as a result with its fused box. Behind COCO's members it has
// votes and models, as those of Annotation.
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

// origin says what an instance was fused of.
func (l *Labels) origin(in *Instance) coco.Fields {
	models := []byte{'['}
	for i := range l.Models {
		for k := range in.Members {
			if in.Members[k].Model == i {
				if len(models) > 1 {
					models = append(models, ',')
				}
				name, _ := json.Marshal(l.Models[i].Name) // a string always can
				models = append(models, name...)
				break
			}
		}
	}
	return coco.Fields{
		{Key: "votes", Value: strconv.AppendInt(nil, int64(len(in.Members)), 10)},
		{Key: "models", Value: append(models, ']')},
	}
}
