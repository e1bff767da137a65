package pseudo

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

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

// fewMembers is the largest number of members whose vote is a table.
const fewMembers = 6

// appendKey appends what decides the vote of given masks: votes with equal keys have equal
// results. Of few members it is a table, since many weights decide alike.
func (v *Vote) appendKey(dst []byte, weights []float64, box *Corners) []byte {
	if len(weights) <= fewMembers {
		dst = binary.LittleEndian.AppendUint64(append(dst, byte(len(weights))), v.table(weights))
	} else {
		dst = append(dst, 0, byte(v.Rule))
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.Part))
		if v.Rule == VoteWeight {
			for _, w := range weights {
				dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(w))
			}
		}
	}
	if v.ClipBox {
		for _, edge := range box {
			dst = binary.AppendVarint(dst, int64(edge))
		}
	}
	return dst
}

// table returns which sets of members have a pixel: bit s is set if the instance has those
// that the members in s, and no others, cover. Member i is in s if bit i of s is set.
func (v *Vote) table(weights []float64) uint64 {
	n := len(weights)
	out := uint64(0)
	total := 0.0
	for _, w := range weights {
		total += w
	}
	for s := 1; s < 1<<n; s++ {
		weight := 0.0
		for i, w := range weights {
			if s>>i&1 == 1 {
				weight += w
			}
		}
		if v.covers(s, n, weight, total) {
			out |= 1 << s
		}
	}
	return out
}

// covers says whether a pixel that the members in s, of n, cover is in the mask. They have
// the given weight of the total.
func (v *Vote) covers(s, n int, weight, total float64) bool {
	switch {
	case n == 1:
		return true
	case v.Rule == VoteBest:
		return s&1 == 1
	case v.Rule == VoteIntersection:
		return s == 1<<n-1
	case v.Rule == VoteCount:
		return float64(bits.OnesCount(uint(s))) >= v.leastCount(n)
	case v.Rule == VoteUnion:
		return true
	}
	least := orDefault(v.Part, DefaultPart) * total
	return least <= 0 || weight >= least
}

// leastCount returns the number of n members that VoteCount requires.
func (v *Vote) leastCount(n int) float64 {
	return max(1, math.Floor(float64(orDefault(v.Part, DefaultPart)*float64(n))))
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
		return rle.AtLeast(masks, nil, v.leastCount(len(masks)))
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
