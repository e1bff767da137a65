package tune

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// A Goal is the number that a search makes as large as it can.
type Goal struct {
	kind string // hubmap, ap, ap@, f1@ or pseudo-precision@
	at   float64
}

// ErrGoal is wrapped by errors of the name of a goal.
var ErrGoal = errors.New("tune: unknown goal")

// matchIoU is the overlap at which a detection is correct where a goal does not say.
const matchIoU = eval.HuBMAPIoU

// ParseGoal reads a goal:
//
//   - hubmap: the competition's metric, [eval.HuBMAP]
//   - ap: COCO's AP of masks; ap@0.6: at one IoU
//   - f1@0.5: F1 of what scores strictly above a threshold, at IoU 0.6
//   - pseudo-precision@0.9: the largest recall at a threshold of the score with at least that
//     precision, at IoU 0.6
//
// Errors wrap [ErrGoal].
func ParseGoal(text string) (Goal, error) {
	name, number, has := strings.Cut(text, "@")
	g := Goal{kind: name}
	switch name {
	case "hubmap", "ap":
		if !has {
			return g, nil
		}
		fallthrough
	case "f1", "pseudo-precision":
		v, err := strconv.ParseFloat(number, 64)
		if has && err == nil && v >= 0 && v <= 1 && name != "hubmap" && (v > 0 || name == "f1") {
			return Goal{kind: name + "@", at: v}, nil
		}
	}
	return g, fmt.Errorf("%w: found %q, expected hubmap, ap, ap@IOU, f1@SCORE or pseudo-precision@PRECISION, such as ap@0.6", ErrGoal, text)
}

// String returns the text that [ParseGoal] reads.
func (g Goal) String() string {
	if strings.HasSuffix(g.kind, "@") {
		return g.kind + strconv.FormatFloat(g.at, 'g', -1, 64)
	}
	return g.kind
}

// tiles says whether the goal is computed image by image.
func (g Goal) tiles() bool { return g.kind == "hubmap" }

// params are those of the evaluation of a goal that is not computed image by image.
func (g Goal) params() *eval.Params {
	p := &eval.Params{Areas: []eval.AreaRange{{Name: "all", Max: 1e10}}, MaxDets: []int{100}, Workers: 1}
	switch g.kind {
	case "ap":
	case "ap@":
		p.IoU = []float64{g.at}
	default:
		p.IoU = []float64{matchIoU}
	}
	return p
}

// An outcome is the detections on all images, of which the goal is computed.
type outcome struct {
	goal  Goal
	tiles []eval.HuBMAPTile // by image
	of    *eval.Result      // of goals that are not computed image by image
}

// score computes the goal on images, given ascending by their places; one that comes several
// times counts as often. It is NaN if there is no true instance on them.
func (o *outcome) score(ctx context.Context, images []int) (float64, error) {
	if o.goal.tiles() {
		list := make([]eval.HuBMAPTile, len(images))
		for i, at := range images {
			list[i] = o.tiles[at]
		}
		return eval.HuBMAPAP(list), nil
	}
	r, err := o.of.Part(ctx, images)
	if err != nil {
		return 0, err
	}
	switch v := 0.0; o.goal.kind {
	case "ap", "ap@":
		if v = r.AP(eval.Select{}); v < 0 {
			return math.NaN(), nil
		}
		return v, nil
	default:
		s := r.Sweep(eval.Select{})
		if s.Truth == 0 {
			return math.NaN(), nil
		}
		if o.goal.kind == "f1@" {
			return s.Above(o.goal.at).F1, nil
		}
		for _, p := range s.Points {
			if p.Precision >= o.goal.at {
				v = max(v, p.Recall)
			}
		}
		return v, nil
	}
}

// evaluate returns the outcome of results on the images of the ground truth.
func (g Goal) evaluate(ctx context.Context, truth *coco.Dataset, results *coco.Results) (*outcome, error) {
	r, err := eval.Evaluate(ctx, truth, results, g.params())
	return &outcome{goal: g, of: r}, err
}
