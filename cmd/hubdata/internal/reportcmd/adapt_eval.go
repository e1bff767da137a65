package reportcmd

import (
	"context"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/plot"
	"github.com/hubdata/hubdata/wsi"
)

type (
	// scores are those of a model's predictions.
	scores = scoring.Report
	// partScore is the score of a tile, a slide or another part.
	partScore = scoring.Part
	// sweep is what thresholds of the score keep.
	sweep = scoring.Sweep
)

// scorer scores predictions against one ground truth as "hubdata eval" does.
type scorer struct {
	*scoring.Scorer
	boxes bool // the ground truth has boxes alone
}

// newScorer returns a scorer of these parts at one IoU.
func newScorer(t *preds.Truth, table *wsi.Table, iou float64, by []string, workers int) *scorer {
	s := &scoring.Scorer{Truth: t, Table: table, Scoring: scoring.Scoring{Ious: []float64{iou}, Metric: "all", By: by, Sweep: true, Thrs: thresholds(), Errors: true}}
	s.Params.Workers = workers
	return &scorer{Scorer: s}
}

// thresholds are what a sweep is drawn at: 0, 0.02, ..., 0.98.
func thresholds() []float64 {
	out := make([]float64, 50)
	for i := range out {
		out[i] = float64(i) / 50
	}
	return out
}

// score scores predictions.
func (s *scorer) score(ctx context.Context, d *preds.Detections) (*scores, error) {
	return s.Score(ctx, d)
}

// partsOf are the scores of the parts of a kind.
func partsOf(r *scores, by string) []partScore {
	for _, s := range r.By {
		if s.By == by {
			return s.Parts
		}
	}
	return nil
}

// curves draws precision over recall: at several IoUs, and the line at the scorer's.
func curves(name string, r *scores) (chart plot.Chart, single plot.Line) {
	chart = scoring.CurveChart()
	chart.Title = name
	for _, l := range scoring.Curves([]*scoring.Report{r}) {
		chart.Lines = append(chart.Lines, l.Line())
	}
	l := scoring.CurveLine{Name: name, Points: r.Single.Curve(eval.Select{IoU: r.IoU})}
	return chart, l.Line()
}

// shed drops what of the scores is too large to keep for every model.
func shed(r *scores) { r.Whole, r.Single, r.Errors.List = nil, nil, nil }

// mistakeText explains a kind of mistake.
func mistakeText(k eval.MistakeKind) string { return scoring.ErrorTexts[k] }

// score3 writes a score as "hubdata eval" does.
func score3(v float64) string { return scoring.Score3(v) }
