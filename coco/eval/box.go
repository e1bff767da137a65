package eval

import (
	"fmt"
	"math"

	"github.com/hubdata/hubdata/rle"
)

// Boxes with larger sides have areas that a float64 cannot hold, for which pycocotools
// computes IoUs of NaN.
const (
	longest  = 1e150
	shortest = 1e-150
)

// checkBox returns an error for a box whose area cannot be computed.
func checkBox(b rle.Box) error {
	for _, v := range []float64{b.X, b.Y, b.W, b.H} {
		if !(math.Abs(v) <= longest) {
			return fmt.Errorf("%w: found %v in box %v, expected numbers up to 1e150", ErrNumber, v, b)
		}
	}
	for _, v := range []float64{b.W, b.H} {
		if v > 0 && v < shortest {
			return fmt.Errorf("%w: found side %v of box %v, expected 0 or at least 1e-150", ErrNumber, v, b)
		}
	}
	return nil
}
