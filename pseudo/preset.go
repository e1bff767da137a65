package pseudo

import (
	"fmt"

	"github.com/hubdata/hubdata/rle"
)

// Default returns the options, without models, of the fusion that performed
// best on real predictions with known ground truth. The table is in
// docs/pseudo.md.
func Default() Options {
	return Options{
		Suppress: Suppression{Method: NMS, By: ByMask, IoU: 0.7},
		Fusion:   Fusion{Method: WBF, IoU: DefaultIoU, Skip: 0.01, Confidence: ConfAvg},
		Vote:     Vote{Rule: VoteWeight, Part: DefaultPart},
		Post:     []rle.Step{{Kind: rle.StepFill}, {Kind: rle.StepLargest}},
	}
}

// Winner returns the options, without models, of the 3rd place of the competition HuBMAP -
// Hacking the Human Vasculature: The recipe is in docs/pseudo.md.
func Winner() Options {
	cross, _ := rle.Cross(3) // an odd number cannot fail
	return Options{
		Fusion: Fusion{Method: WBF, IoU: 0.6, Skip: 0.01, Confidence: ConfAvg},
		Vote:   Vote{Rule: VoteCount, Part: 0.2, ClipBox: true},
		Post:   []rle.Step{{Kind: rle.StepClose, Element: cross}},
	}
}

// Preset returns the options with the given name: default or winner.
func Preset(name string) (Options, error) {
	switch name {
	case "default":
		return Default(), nil
	case "winner":
		return Winner(), nil
	}
	return Options{}, fmt.Errorf("%w: preset %q is not one of default, winner", ErrOptions, name)
}
