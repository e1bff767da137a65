package pseudo

import (
	"fmt"
	"math"
	"strconv"
)

// maxPower is the largest power of scores.
const maxPower = 8

// ParsePower reads a power for [Model]: a multiple of 0.25 from 0.25 to 8. An error wraps [ErrOptions].
func ParsePower(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v == 0 || !isPower(v) {
		return 0, fmt.Errorf("%w: found the power %q, expected a multiple of 0.25 from 0.25 to %d", ErrOptions, text, maxPower)
	}
	return v, nil
}

// isPower says whether v is a power that a model may have; 0 stands for 1.
func isPower(v float64) bool { return v >= 0 && v <= maxPower && 4*v == math.Trunc(4*v) }

// calibrated returns the score of a prediction of the model. It is made from roots and
// products, which have the same bits on every machine, and grows with the score.
func (m *Model) calibrated(score float64) float64 {
	if m.Power == 0 || m.Power == 1 {
		return score
	}
	v := 1.0
	for range int(m.Power) {
		v *= score
	}
	quarters := int(4*m.Power) % 4
	if quarters >= 2 {
		v *= math.Sqrt(score)
	}
	if quarters%2 == 1 {
		v *= math.Sqrt(math.Sqrt(score))
	}
	return v
}
