package pseudo

import (
	"errors"
	"fmt"
	"math"
)

// Method determines how detections of one object are joined.
type Method uint8

// The methods of fusion.
const (
	// WBF is Weighted Boxes Fusion (Solovyev, Wang, Gabruseva, 2021): a cluster's
	// box is the mean of its members' boxes, weighted by their scores, and moves
	// as members join; its score depends on how many models agree.
	WBF Method = iota
	// NMW is non-maximum weighted (Zhou et al., 2017): members join the best
	// detection. The box is the mean weighted by score times IoU with the best
	// one, and the score is that of the best one.
	NMW
	// NMS is non-maximum suppression: the best detection replaces the others.
	NMS
	// SoftNMS (Bodla et al., 2017) removes nothing directly. It lowers the
	// scores of detections that overlap a better one, by Decay.
	SoftNMS
)

var methodNames = []string{"wbf", "nmw", "nms", "soft-nms"}

// String returns the name that [ParseMethod] reads: wbf, nmw, nms or soft-nms.
func (m Method) String() string { return nameOf(methodNames, int(m)) }

// ParseMethod reads the name of a method.
func ParseMethod(s string) (Method, error) { return parseName[Method](methodNames, s) }

// Confidence determines how WBF scores a cluster. The names are those of
// ensemble-boxes.
type Confidence uint8

// The ways to score a cluster. n is the number of its members, M the number of
// models.
const (
	// ConfAvg is the mean of the members' weighted scores times min(M, n) over
	// the sum of all weights. Objects that few models found have low scores.
	ConfAvg Confidence = iota
	// ConfMax is the best weighted score over the largest weight.
	ConfMax
	// ConfBoxAndModelAvg is the weighted mean of the members times the weight
	// of the models among them as a fraction of all weights.
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

// Decay determines how soft-NMS lowers a score by the IoU with a better
// detection.
type Decay uint8

// The decays.
const (
	Gaussian Decay = iota // times exp(-IoU^2 / Sigma)
	Linear                // times 1 - IoU where IoU exceeds the threshold
)

var decayNames = []string{"gaussian", "linear"}

// String returns gaussian or linear.
func (d Decay) String() string { return nameOf(decayNames, int(d)) }

// DefaultIoU is used if Fusion.IoU is 0. It is the overlap of the fusion that performed
// best (docs/pseudo.md). Usual values are 0.55 to 0.7.
const DefaultIoU = 0.6

// Fusion configures a [BoxFuser]. The zero Fusion is WBF of boxes whose IoU is above
// DefaultIoU.
//
// It differs from ensemble-boxes 1.0.9 in the following points, where the
// result of that package is useless or depends on the machine:
//
//   - Among equal scores, the detection later in the list comes first. In
//     ensemble-boxes the order depends on the processor, because its sort is
//     not stable. With a stable sort it has this order.
//   - A model of weight 0 takes no part. In ensemble-boxes its boxes lower the
//     scores of their clusters, or turn the boxes of clusters into NaN.
//   - A cluster whose scores are all 0 has the box of its first member, not NaN.
//   - No score exceeds 1 unless AllowOverflow is set. In ensemble-boxes unequal
//     weights with ConfAvg can exceed it.
//   - SoftNMS returns the lowered scores. ensemble-boxes returns the original
//     scores.
type Fusion struct {
	Method Method `json:"method"`
	// IoU is the overlap above which detections are considered one object. It must be
	// below 1. 0: DefaultIoU. A negative number means 0: all detections that overlap
	// are one object.
	IoU float64 `json:"iou"`
	// Skip makes WBF and NMW drop detections with a lower score.
	Skip          float64    `json:"skip"`
	Confidence    Confidence `json:"confidence"`     // WBF
	AllowOverflow bool       `json:"allow_overflow"` // WBF: scores may exceed 1, like allows_overflow in ensemble-boxes
	Decay         Decay      `json:"decay"`          // SoftNMS
	// Sigma is the width of the gaussian decay. 0: 0.5.
	Sigma float64 `json:"sigma,omitempty"`
	// MinScore drops, after SoftNMS, detections that do not score above it.
	MinScore float64 `json:"min_score,omitempty"`
	// Weights has one number for each model, 0 or more, not all 0. Scores are
	// multiplied by it. For NMW the weights are first divided by the largest
	// weight, for NMS and SoftNMS by their sum. nil: every model weighs 1, and
	// NMS and SoftNMS leave scores unchanged.
	Weights []float64 `json:"weights,omitempty"`
}

// ErrOptions is wrapped by errors about invalid options.
var ErrOptions = errors.New("pseudo: bad option")

// orDefault returns def if v is 0, 0 if v is negative, and v otherwise.
func orDefault(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return max(v, 0)
}

// check returns an error if the options are invalid for the number of models.
func (f *Fusion) check(models int) error {
	if int(f.Method) >= len(methodNames) || int(f.Confidence) >= len(confidenceNames) || f.Decay > Linear {
		return fmt.Errorf("%w: unknown method, confidence or decay", ErrOptions)
	}
	if !(f.IoU < 1) {
		return fmt.Errorf("%w: IoU %v, expected 0 or more and below 1", ErrOptions, f.IoU)
	}
	if !(f.Skip >= 0 && f.Skip <= 1) || !(f.MinScore >= 0 && f.MinScore <= 1) {
		return fmt.Errorf("%w: scores to skip %v and %v, expected 0 to 1", ErrOptions, f.Skip, f.MinScore)
	}
	if !(f.Sigma >= 0) || math.IsInf(f.Sigma, 0) {
		return fmt.Errorf("%w: sigma %v, expected a positive number", ErrOptions, f.Sigma)
	}
	if models < 1 || models > MaxModels {
		return fmt.Errorf("%w: %d models, expected 1 to %d", ErrOptions, models, MaxModels)
	}
	if f.Weights == nil {
		return nil
	}
	if len(f.Weights) != models {
		return fmt.Errorf("%w: %d weights for %d models", ErrOptions, len(f.Weights), models)
	}
	anyWeight := false
	for i, w := range f.Weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return fmt.Errorf("%w: weight %d is %v, expected 0 or more", ErrOptions, i, w)
		}
		anyWeight = anyWeight || w > 0
	}
	if !anyWeight {
		return fmt.Errorf("%w: all weights are 0", ErrOptions)
	}
	return nil
}

// MaxModels is the largest number of models that can be fused.
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
