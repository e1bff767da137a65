package pseudo

import (
	"cmp"
	"slices"

	"github.com/hubdata/hubdata/rle"
)

// Rescore determines how the score of a fused instance changes once its mask is known.
type Rescore uint8

// The rules.
const (
	RescoreNone Rescore = iota // the score stays as it is
	// RescoreAgreement multiplies the score by the mean IoU of the instance's mask with the
	// masks of its members: instances about whose pixels the members disagree score less.
	// Those of one member lose only what the steps after the vote change.
	RescoreAgreement
)

var rescoreNames = []string{"none", "agreement"}

// String returns the name that [Options.Set] reads: none or agreement.
func (r Rescore) String() string { return nameOf(rescoreNames, int(r)) }

// MarshalText returns the name.
func (r Rescore) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the name.
func (r *Rescore) UnmarshalText(text []byte) error {
	return unmarshal(r, text, func(s string) (Rescore, error) { return parseName[Rescore](rescoreNames, s) })
}

// factor returns what the score of an instance is multiplied by.
func (r Rescore) factor(m rle.Mask, members []rle.Mask) float64 {
	if r != RescoreAgreement {
		return 1
	}
	sum := 0.0
	for _, member := range members {
		sum += rle.IoU(m, member) // of masks of one size
	}
	return sum / float64(len(members))
}

// byScore sorts instances by descending score, and keeps the order of equal ones.
func byScore(list []Instance) {
	slices.SortStableFunc(list, func(a, b Instance) int { return cmp.Compare(b.Score, a.Score) })
}
