package pseudo

import (
	"fmt"
	"strconv"
	"strings"
)

// Suppression joins the predictions of one model on a tile, category by category. The
// zero Suppression joins nothing.
type Suppression struct {
	Method Method `json:"method"` // NMS or SoftNMS
	// IoU is the overlap above which predictions show one object. It must be below 1. 0:
	// 0.5, as in MMDetection. A negative number means 0.
	IoU      float64 `json:"iou"`
	By       Overlap `json:"by"`
	Decay    Decay   `json:"decay"`               // SoftNMS
	Sigma    float64 `json:"sigma,omitempty"`     // SoftNMS; 0: 0.5
	MinScore float64 `json:"min_score,omitempty"` // SoftNMS: predictions that do not score above it are dropped
}

// suppressionIoU is used if Suppression.IoU is 0.
const suppressionIoU = 0.5

// ParseSuppression parses [METHOD:][box:|mask:]IOU, such as nms:mask:0.5, mask:0.5 or
// 0.5, where METHOD is nms, soft-nms or soft-nms-linear. It also accepts none. Errors
// wrap [ErrOptions].
func ParseSuppression(text string) (Suppression, error) {
	if text == "none" {
		return Suppression{}, nil
	}
	s := Suppression{Method: NMS}
	words := strings.Split(text, ":")
	last := len(words) - 1
	for _, w := range words[:last] {
		switch w {
		case "nms":
		case "soft-nms":
			s.Method = SoftNMS
		case "soft-nms-linear":
			s.Method, s.Decay = SoftNMS, Linear
		case "box":
			s.By = ByBox
		case "mask":
			s.By = ByMask
		default:
			return Suppression{}, fmt.Errorf("%w: %q in %q is not one of nms, soft-nms, soft-nms-linear, box, mask", ErrOptions, w, text)
		}
	}
	v, err := strconv.ParseFloat(words[last], 64)
	if err != nil || !(v >= 0 && v < 1) {
		return Suppression{}, fmt.Errorf("%w: %q does not end in an IoU from 0 to below 1, such as nms:mask:0.5", ErrOptions, text)
	}
	if s.IoU = v; v == 0 {
		s.IoU = -1
	}
	return s, nil
}

// String returns the suppression in the form that [ParseSuppression] reads. This form
// does not include Sigma and MinScore.
func (s Suppression) String() string {
	if s == (Suppression{}) {
		return "none"
	}
	method := s.Method.String()
	if s.Method == SoftNMS && s.Decay == Linear {
		method += "-linear"
	}
	return method + ":" + s.By.String() + ":" + strconv.FormatFloat(orDefault(s.IoU, suppressionIoU), 'g', -1, 64)
}

// fuser returns the fuser that suppresses, or nil if nothing is suppressed.
func (s *Suppression) fuser() (*BoxFuser, error) {
	if *s == (Suppression{}) {
		return nil, nil
	}
	if s.Method != NMS && s.Method != SoftNMS {
		return nil, fmt.Errorf("%w: %s, expected nms or soft-nms", ErrOptions, s.Method)
	}
	if int(s.By) >= len(overlapNames) {
		return nil, fmt.Errorf("%w: unknown overlap", ErrOptions)
	}
	iou := s.IoU
	if iou == 0 {
		iou = suppressionIoU
	}
	return NewBoxFuser(1, &Fusion{Method: s.Method, IoU: iou, Decay: s.Decay, Sigma: s.Sigma, MinScore: s.MinScore})
}
