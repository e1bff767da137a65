package pseudo

import (
	"fmt"

	"github.com/hubdata/hubdata/internal/figures"
)

// Account reports what became of every prediction of a run. A [Tally] creates it.
// hubdata writes its JSON into info of the sets.
type Account struct {
	Models    []ModelAccount `json:"models"`         // in the order of Labels.Models
	Slides    []SlideAccount `json:"slides"`         // by dataset, then WSI
	Total     SlideAccount   `json:"total"`          // of all slides
	Fused     int            `json:"fused"`          // instances, whatever their score
	Histogram [10]int        `json:"fused_by_score"` // instances of 0 to 0.1, 0.1 to 0.2, ...
	Sweep     []SweepAccount `json:"sweep"`          // what other thresholds would keep: 0, 0.05, ..., 0.95
	Below     int            `json:"dropped_below_class_threshold,omitempty"`
	NoPixels  int            `json:"dropped_without_pixels"`
	Covered   int            `json:"dropped_covered_by_better"`
	Excluded  int            `json:"dropped_in_excluded_regions"`
	Sets      []SetAccount   `json:"thresholds"` // in the order of Labels.Above
}

// ModelAccount reports what became of the predictions of a model. Predictions is the sum
// of the fields after it up to Used.
type ModelAccount struct {
	Name         string  `json:"name"`
	Files        int     `json:"files"`
	Weight       float64 `json:"weight"`
	Predictions  int     `json:"predictions"`
	OtherTiles   int     `json:"on_other_tiles"`
	OtherClass   int     `json:"of_other_classes"`
	Skipped      int     `json:"below_skip"`
	NoPixels     int     `json:"empty_masks"`
	ZeroBox      int     `json:"boxes_without_area"`
	Suppressed   int     `json:"suppressed_in_model"`
	Used         int     `json:"fused"`
	Kept         []int   `json:"in_kept_instances"` // by set
	Cut          int     `json:"boxes_cut_at_border"`
	Tiles        int     `json:"tiles"`                  // number with predictions of the model
	MissingTiles int     `json:"tiles_only_others_have"` // number with predictions of other models only
}

// SlideAccount reports what became of the predictions on a whole-slide image.
type SlideAccount struct {
	Dataset  int   `json:"dataset"`
	WSI      int   `json:"source_wsi"`
	Tiles    int   `json:"tiles"`
	NoTiles  int   `json:"tiles_without_predictions"`
	In       int   `json:"predictions"`
	AfterNMS int   `json:"after_nms"` // not suppressed within their model
	Fused    int   `json:"fused"`
	Kept     []int `json:"kept"`               // by set
	Empty    []int `json:"tiles_without_kept"` // by set, among the tiles with predictions
}

// SetAccount reports what a set kept.
type SetAccount struct {
	Threshold float64 `json:"threshold"`
	Kept      int     `json:"kept"`
	Ignored   int     `json:"in_ignore_band"`
	Empty     int     `json:"tiles_without_kept"`
	// Agreement counts the kept instances by the number of models that have a
	// member in them, beginning with 1.
	Agreement []int `json:"kept_by_models_that_agree"`
	// Areas and Drift compare the areas of the kept instances with those of labels. A Tally
	// does not set them; the caller, who has the labels, does. [Outcome.Areas] returns the
	// areas.
	Areas AreaDrift `json:"areas"`
	Drift bool      `json:"drift"` // whether the areas are unlike those of the labels
}

// SweepAccount reports what a score threshold would keep.
type SweepAccount struct {
	Threshold float64 `json:"threshold"`
	Kept      int     `json:"kept"`
	Empty     int     `json:"tiles_without_kept"` // among the tiles with predictions
}

// AreaDrift compares the areas of kept instances with those of labels.
type AreaDrift struct {
	Labelled AreaSummary `json:"labelled"`
	Found    AreaSummary `json:"found"`
	KS       float64     `json:"ks"` // two-sample Kolmogorov-Smirnov statistic
}

// AreaSummary summarises areas in pixels. It has the fields of coco/stats.Summary, so
// values of one type convert to the other.
type AreaSummary struct {
	N      int     `json:"n"`
	Mean   float64 `json:"mean"`
	Std    float64 `json:"std"`
	Min    float64 `json:"min"`
	P05    float64 `json:"p05"`
	P25    float64 `json:"p25"`
	Median float64 `json:"median"`
	P75    float64 `json:"p75"`
	P95    float64 `json:"p95"`
	Max    float64 `json:"max"`
}

// Warnings returns what is suspicious in the account: areas that drift, sets without
// labels, models without predictions on some tiles, and models without weight. unlike is
// the distance between distributions above which Drift was set.
func (a *Account) Warnings(unlike float64) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for k := range a.Sets {
		s := &a.Sets[k]
		if s.Drift {
			say("above %v: areas differ from those of the labelled instances: median %s pixels, labelled %s (distance of the distributions %.2f; more than %v counts as drift)",
				s.Threshold, figures.Float(s.Areas.Found.Median, 0), figures.Float(s.Areas.Labelled.Median, 0), s.Areas.KS, unlike)
		}
		if s.Kept == 0 {
			say("above %v: nothing is kept", s.Threshold)
		}
	}
	for _, m := range a.Models {
		if m.MissingTiles > 0 {
			say("model %s has no predictions on %s that other models have: they count as tiles where it found nothing", m.Name, tiles(m.MissingTiles))
		}
		if m.Weight == 0 {
			say("model %s has weight 0: it is ignored", m.Name)
		}
	}
	return out
}

// tiles formats a number of tiles, with commas between thousands.
func tiles(n int) string {
	if n == 1 {
		return "1 tile"
	}
	return figures.Int(n) + " tiles"
}
