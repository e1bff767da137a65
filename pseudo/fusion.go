package pseudo

import (
	"errors"
	"fmt"
	"math"
)

// Method says how detections that show one object become one.
type Method uint8

// The methods of fusion.
const (
	// WBF is Weighted Boxes Fusion (Solovyev, Wang, Gabruseva, 2021): a cluster's
	// box is the mean of its members' boxes, weighted by their scores, and moves
	// as members join; its score depends on how many models agree.
	WBF Method = iota
	// NMW is non-maximum weighted (Zhou et al., 2017): members join the best
	// one, and the box is the mean weighted by score times IoU with it; the score
	// is the best one's.
	NMW
	// NMS is non-maximum suppression: the best detection stands for the others.
	NMS
	// SoftNMS (Bodla et al., 2017) removes nothing at once, but lowers the score
	// of what overlaps something better, by Decay.
	SoftNMS
)

var methodNames = []string{"wbf", "nmw", "nms", "soft-nms"}

// String returns the name that [ParseMethod] reads: wbf, nmw, nms or soft-nms.
func (m Method) String() string { return nameOf(methodNames, int(m)) }

// ParseMethod reads the name of a method.
func ParseMethod(s string) (Method, error) { return parseName[Method](methodNames, s) }

// Confidence says how WBF scores a cluster. The names are ensemble-boxes'.
type Confidence uint8

// The ways to score a cluster. n is the number of its members, M of models.
const (
	// ConfAvg is the mean of the members' weighted scores times min(M, n) over
	// the sum of all weights, so that what few models saw scores low.
	ConfAvg Confidence = iota
	// ConfMax is the best weighted score over the largest weight.
	ConfMax
	// ConfBoxAndModelAvg is the weighted mean of the members times the part of
	// all weight that the models among them have.
	ConfBoxAndModelAvg
	// ConfAbsentModelAwareAvg is the weighted mean in which each model without a
	// member counts as one of score 0.
	ConfAbsentModelAwareAvg
)

var confidenceNames = []string{"avg", "max", "box_and_model_avg", "absent_model_aware_avg"}

// String returns the name that [ParseConfidence] reads.
func (c Confidence) String() string { return nameOf(confidenceNames, int(c)) }

// ParseConfidence reads avg, max, box_and_model_avg or absent_model_aware_avg.
func ParseConfidence(s string) (Confidence, error) {
	return parseName[Confidence](confidenceNames, s)
}

// Decay says how soft-NMS lowers a score by the IoU with something better.
type Decay uint8

// The decays.
const (
	Gaussian Decay = iota // times exp(-IoU^2 / Sigma)
	Linear                // times 1 - IoU where IoU exceeds the threshold
)

// String returns gaussian or linear.
func (d Decay) String() string { return nameOf([]string{"gaussian", "linear"}, int(d)) }

// DefaultIoU is what Fusion.IoU stands for if it is 0: the overlap of the fusion that did
// best (docs/pseudo.md). Usual are 0.55 to 0.7.
const DefaultIoU = 0.6

// Fusion says how a [BoxFuser] works. The zero Fusion is WBF of boxes whose IoU is above
// DefaultIoU.
//
// It differs from ensemble-boxes 1.0.9 in these points, where that package's
// answer is of no use or depends on the machine:
//
//   - Of equal scores, the detection later in the list comes first. There it
//     depends on the processor: its sort is not stable. With a stable sort in
//     it, it has this order.
//   - A model of weight 0 takes no part. There its boxes lower the scores of
//     their clusters, or make NaN boxes of them.
//   - A cluster whose scores are all 0 has the box of its first member, not NaN.
//   - No score exceeds 1 unless AllowOverflow is set. There unequal weights with
//     ConfAvg reach beyond.
//   - SoftNMS gives the lowered scores. There the scores are those before.
type Fusion struct {
	Method Method
	// IoU is the overlap above which detections are taken for one object, below 1. 0:
	// DefaultIoU. A negative number asks for 0: all that overlaps is one object.
	IoU float64
	// Skip leaves out, for WBF and NMW, detections with a lower score.
	Skip          float64
	Confidence    Confidence // WBF
	AllowOverflow bool       // WBF: scores may exceed 1, as ensemble-boxes' allows_overflow
	Decay         Decay      // SoftNMS
	// Sigma is the width of the gaussian decay. 0: 0.5.
	Sigma float64
	// MinScore leaves out, after SoftNMS, what does not score above it.
	MinScore float64
	// Weights has one number for each model, 0 or more, not all 0. Scores are
	// multiplied by it, after division by the largest weight for NMW and by the
	// sum for NMS and SoftNMS. nil: every model weighs 1, and scores stay as they
	// are for NMS and SoftNMS.
	Weights []float64
}

// ErrOptions is wrapped by errors about options that make no sense.
var ErrOptions = errors.New("pseudo: bad option")

// orDefault is a number that stands for def if it is 0, and for 0 if it is negative.
func orDefault(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return max(v, 0)
}

// check says what is wrong with the options for a number of models.
func (f *Fusion) check(models int) error {
	if int(f.Method) >= len(methodNames) || int(f.Confidence) >= len(confidenceNames) || f.Decay > Linear {
		return fmt.Errorf("%w: unknown method, confidence or decay", ErrOptions)
	}
	if !(f.IoU < 1) {
		return fmt.Errorf("%w: IoU %v, want 0 or more and below 1", ErrOptions, f.IoU)
	}
	if !(f.Skip >= 0 && f.Skip <= 1) || !(f.MinScore >= 0 && f.MinScore <= 1) {
		return fmt.Errorf("%w: scores to skip %v and %v, want 0 to 1", ErrOptions, f.Skip, f.MinScore)
	}
	if !(f.Sigma >= 0) || math.IsInf(f.Sigma, 0) {
		return fmt.Errorf("%w: sigma %v, want a positive number", ErrOptions, f.Sigma)
	}
	if models < 1 || models > MaxModels {
		return fmt.Errorf("%w: %d models, want 1 to %d", ErrOptions, models, MaxModels)
	}
	if f.Weights == nil {
		return nil
	}
	if len(f.Weights) != models {
		return fmt.Errorf("%w: %d weights for %d models", ErrOptions, len(f.Weights), models)
	}
	some := false
	for i, w := range f.Weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return fmt.Errorf("%w: weight %d is %v, want 0 or more", ErrOptions, i, w)
		}
		some = some || w > 0
	}
	if !some {
		return fmt.Errorf("%w: all weights are 0", ErrOptions)
	}
	return nil
}

// MaxModels is the most models that can be fused.
const MaxModels = 1024

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("unknown (%d)", i)
}

func parseName[T ~uint8](names []string, s string) (T, error) {
	for i, name := range names {
		if name == s {
			return T(i), nil
		}
	}
	return 0, fmt.Errorf("%w: %q is not one of %q", ErrOptions, s, names)
}
