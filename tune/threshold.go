package tune

import (
	"cmp"
	"math"
	"slices"
)

// Thresholds say what pseudo-labels of one class are worth that score above a threshold. A
// label is correct as in the competition's
// metric, at IoU 0.6.
type Thresholds struct {
	// Unseen says that the setting was not chosen by the images of the curve, since all folds
	// chose the same. Otherwise the curve is of the setting that all images chose.
	Unseen bool             `json:"unseen"`
	Truths int              `json:"truths"` // true instances
	Curve  []ThresholdPoint `json:"curve"`  // 0, 0.05, ..., 0.95
	Bins   []ScoreBin       `json:"calibration"`
	// CalibrationError is the mean distance between score and precision of the bins, by
	// number of labels.
	CalibrationError float64 `json:"calibration_error"`
	BestF1           float64 `json:"best_f1"` // the threshold of the curve with the best F1
	// Precise is the lowest threshold of the curve from which on the precision is 0.9 or more;
	// nil: there is none.
	Precise *float64 `json:"precision_90"`
	// Ignore is the lowest threshold of the curve from which on half or more of what lies
	// between it and BestF1 is correct: the lower end of a band to ignore. nil: there is none.
	Ignore *float64 `json:"ignore_above"`
}

// A ThresholdPoint is what keeping all above a threshold gives.
type ThresholdPoint struct {
	Threshold float64 `json:"threshold"`
	Kept      int     `json:"kept"`
	Precision float64 `json:"precision"` // 0 if nothing is kept
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	IoU       float64 `json:"mean_iou"` // of the correct ones with their true instances; 0: none
}

// A ScoreBin compares the scores in a tenth of their range with the share that is correct.
type ScoreBin struct {
	N         int     `json:"n"`
	Score     float64 `json:"mean_score"`
	Precision float64 `json:"precision"`
}

// scored is a detection.
type scored struct{ score, iou float64 }

// newThresholds returns the thresholds of the detections on images; nil: there is no true
// instance.
func newThresholds(images []imageOutcome) *Thresholds {
	t := &Thresholds{Bins: make([]ScoreBin, 10)}
	var list []scored
	for i := range images {
		tile := &images[i].tile
		t.Truths += tile.Truths
		for k, score := range tile.Scores {
			list = append(list, scored{score, tile.IoU[k]})
		}
	}
	if t.Truths == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.iou, a.iou)) })
	for k := range 20 {
		t.Curve = append(t.Curve, point(list, round(float64(k)*0.05), t.Truths))
	}
	for _, d := range list {
		b := &t.Bins[int(max(0, min(9, math.Floor(d.score*10))))]
		b.N++
		b.Score += d.score
		if d.iou > 0 {
			b.Precision++
		}
	}
	for i := range t.Bins {
		if b := &t.Bins[i]; b.N > 0 {
			b.Score /= float64(b.N)
			b.Precision /= float64(b.N)
			t.CalibrationError += float64(float64(b.N) * math.Abs(b.Score-b.Precision))
		}
	}
	if len(list) > 0 {
		t.CalibrationError /= float64(len(list))
	}
	best := 0
	for k, p := range t.Curve {
		if p.F1 > t.Curve[best].F1 {
			best = k
		}
	}
	t.BestF1 = t.Curve[best].Threshold
	for k := len(t.Curve) - 1; k >= 0; k-- {
		if p := t.Curve[k]; p.Kept > 0 && p.Precision < 0.9 {
			break
		} else if p.Kept > 0 {
			t.Precise = &t.Curve[k].Threshold
		}
	}
	for k := best - 1; k >= 0; k-- {
		kept, right := t.Curve[k].between(&t.Curve[best])
		if 2*right < kept {
			break
		}
		t.Ignore = &t.Curve[k].Threshold
	}
	return t
}

// between returns how many detections a threshold keeps beyond a higher one, and how many of
// these are correct.
func (p *ThresholdPoint) between(high *ThresholdPoint) (kept, right float64) {
	correct := func(p *ThresholdPoint) float64 { return math.Round(p.Precision * float64(p.Kept)) }
	return float64(p.Kept - high.Kept), correct(p) - correct(high)
}

// point returns what keeping all above a threshold gives; the list is by falling score.
func point(list []scored, threshold float64, truths int) ThresholdPoint {
	p := ThresholdPoint{Threshold: threshold}
	right, sum := 0, 0.0
	for _, d := range list {
		if !(d.score > threshold) {
			break
		}
		p.Kept++
		if d.iou > 0 {
			right++
			sum += d.iou
		}
	}
	if right > 0 {
		p.Precision, p.Recall = float64(right)/float64(p.Kept), float64(right)/float64(truths)
		p.F1, p.IoU = 2*float64(right)/float64(p.Kept+truths), sum/float64(right)
	}
	return p
}
