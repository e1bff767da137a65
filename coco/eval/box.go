package eval

import (
	"fmt"
	"math"

	"github.com/hubdata/hubdata/rle"
)

// Boxes with larger sides have areas that a float64 cannot hold, for which pycocotools
// computes IoUs of NaN.
const longest = 1e150

// checkBox returns an error for a box whose area cannot be computed. That of a box with
// sides must not be 0 either: of two such boxes pycocotools computes an IoU of NaN, which it
// takes for a match.
func checkBox(b rle.Box) error {
	for _, v := range []float64{b.X, b.Y, b.W, b.H} {
		if !(math.Abs(v) <= longest) {
			return fmt.Errorf("%w: found %v in box %v, expected numbers up to 1e150", ErrNumber, v, b)
		}
	}
	if b.W > 0 && b.H > 0 && b.W*b.H == 0 {
		return fmt.Errorf("%w: found sides %v and %v of box %v, whose product a float64 takes for 0, expected larger ones", ErrNumber, b.W, b.H, b)
	}
	return nil
}
