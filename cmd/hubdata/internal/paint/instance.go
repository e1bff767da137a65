package paint

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/rle"
)

// instance is an annotation or a prediction that is drawn.
type instance struct {
	segmentation coco.Segmentation
	box          *rle.Box // nil: none
	category     int64
	id           string
	extra        coco.Fields
	score        float64
	scored       bool
	truth        bool       // an annotation under predictions
	state        eval.State // if there are predictions
	iou          float64    // of a matched prediction, with the instance it found
	at           int32
	place        string // in the file, for messages
}

// votes is how many predictions were fused into an instance: its member votes.
func (s *instance) votes() int { return votes(s.extra) }

func votes(members coco.Fields) int {
	var n *float64
	text := members.Get("votes")
	if text == nil || json.Unmarshal(text, &n) != nil || n == nil || !(*n >= 0 && *n < 1e6) {
		return 0
	}
	return int(*n)
}

func (s *instance) agreement() int { return Agreement(s.extra) }

// Agreement is how many models agree on an instance with these members: its member models or, without it, its votes.
func Agreement(members coco.Fields) int {
	var models []string
	text := members.Get("models")
	if text == nil || json.Unmarshal(text, &models) != nil || models == nil {
		return votes(members)
	}
	slices.Sort(models)
	return len(slices.Compact(models))
}

// source is where an instance is from: its member source.
func (s *instance) source() string {
	var text string
	if json.Unmarshal(s.extra.Get("source"), &text) != nil {
		return ""
	}
	return text
}

// BoxOf is the box of a record, unless it has none that can be drawn; nil then.
func BoxOf(b rle.Box, missing coco.FieldSet) *rle.Box {
	if missing.Has(coco.FieldBBox) || !(b.W > 0 && b.H > 0 && math.Abs(b.X) <= mostCoordinate && math.Abs(b.Y) <= mostCoordinate && b.W <= mostCoordinate && b.H <= mostCoordinate) {
		return nil
	}
	return &b
}

// mostCoordinate is more than any picture has pixels.
const mostCoordinate = 1 << 31
