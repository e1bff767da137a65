package pseudo

import (
	"fmt"
	"math"

	"github.com/hubdata/hubdata/rle"
)

// VoteRule determines which pixels of the members' masks belong to a fused
// instance.
type VoteRule uint8

// The rules of the vote.
const (
	// VoteWeight keeps a pixel if the members that cover it have at least the
	// fraction Vote.Part of the weight of all members. The weight of a member
	// is its score times the weight of its model.
	VoteWeight VoteRule = iota
	// VoteCount keeps a pixel if at least max(1, floor(Vote.Part * members))
	// members cover it: the winner's rule.
	VoteCount
	VoteUnion        // of all members
	VoteIntersection // of all members
	VoteBest         // the mask of the member with the best weighted score
)

var voteNames = []string{"weight", "count", "union", "intersection", "best"}

// String returns the name that [ParseVoteRule] reads.
func (v VoteRule) String() string { return nameOf(voteNames, int(v)) }

// ParseVoteRule reads weight, count, union, intersection or best.
func ParseVoteRule(s string) (VoteRule, error) { return parseName[VoteRule](voteNames, s) }

// DefaultPart is used if Vote.Part is 0. It is the value of the fusion that performed best
// (docs/pseudo.md).
const DefaultPart = 0.3

// Vote determines the mask of a fused instance. The zero Vote keeps a pixel if members
// with at least DefaultPart of the weight cover it.
type Vote struct {
	Rule VoteRule `json:"rule"`
	// Part is the fraction for VoteWeight and VoteCount, up to 1. 0: DefaultPart. A
	// negative number means 0: the union of the masks.
	Part float64 `json:"part"`
	// ClipBox keeps only pixels inside the fused box with its corners rounded
	// down to integers: columns from floor(x0) to floor(x1)-1, and rows
	// likewise.
	ClipBox bool `json:"clip_box"`
}

func (v *Vote) check() error {
	if int(v.Rule) >= len(voteNames) {
		return fmt.Errorf("%w: unknown vote rule", ErrOptions)
	}
	if !(v.Part <= 1) {
		return fmt.Errorf("%w: part %v of the vote, expected 0 to 1", ErrOptions, v.Part)
	}
	return nil
}

// mask returns the result of the vote of the members' masks, the best member
// first. The masks have the same size.
func (v *Vote) mask(masks []rle.Mask, weights []float64, box *Corners) (rle.Mask, error) {
	m, err := v.decide(masks, weights)
	if err != nil || !v.ClipBox {
		return m, err
	}
	h, w := m.Size()
	x0, y0 := int(max(0, box[0])), int(max(0, box[1]))
	x1, y1 := int(min(float64(w), box[2])), int(min(float64(h), box[3]))
	if x0 >= x1 || y0 >= y1 {
		return rle.Empty(h, w)
	}
	b := m.Bounds()
	if float64(x0) <= b.X && float64(y0) <= b.Y && b.X+b.W <= float64(x1) && b.Y+b.H <= float64(y1) {
		return m, nil
	}
	part, err := m.Crop(x0, y0, y1-y0, x1-x0)
	if err != nil {
		return m, err
	}
	return part.Pad(y0, h-y1, x0, w-x1)
}

func (v *Vote) decide(masks []rle.Mask, weights []float64) (rle.Mask, error) {
	if len(masks) == 1 || v.Rule == VoteBest {
		return masks[0], nil
	}
	switch v.Rule {
	case VoteUnion:
		return rle.Union(masks...)
	case VoteIntersection:
		return rle.Intersect(masks...)
	case VoteCount:
		return rle.AtLeast(masks, nil, max(1, math.Floor(float64(orDefault(v.Part, DefaultPart)*float64(len(masks))))))
	}
	total := 0.0 // summed in the order in which the weights of a pixel are added
	for _, w := range weights {
		total += w
	}
	least := orDefault(v.Part, DefaultPart) * total
	if least <= 0 {
		return rle.Union(masks...)
	}
	return rle.AtLeast(masks, weights, least)
}
