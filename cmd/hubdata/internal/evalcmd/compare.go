package evalcmd

import (
	"context"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/coco/eval"
)

// comparison is the bootstrap of two files.
type comparison struct {
	With       string     `json:"with"`
	IoU        float64    `json:"iou"`
	A          float64    `json:"ap"`
	B          float64    `json:"ap_with"`
	Difference float64    `json:"difference"`
	Interval   [2]float64 `json:"interval95"`
	Better     float64    `json:"better_in"` // share of the samples
	Samples    int        `json:"samples"`
	Seed       uint64     `json:"seed"`
	WinsA      int        `json:"tiles_won"`
	WinsB      int        `json:"tiles_lost"`
	Neither    int        `json:"tiles_even"`
}

// compare compares the first file with each other one.
func compare(ctx context.Context, reports []*scoring.Report, samples int, seed uint64) ([]comparison, error) {
	var out []comparison
	a := reports[0]
	for _, b := range reports[1:] {
		c, err := eval.Compare(ctx, a.Single, b.Single, []float64{a.IoU}, samples, seed)
		if err != nil {
			return nil, err
		}
		out = append(out, comparison{
			With: b.File, IoU: a.IoU, A: c.A, B: c.B, Difference: c.Difference, Interval: [2]float64{c.Low, c.High},
			Better: c.Better, Samples: c.Samples, Seed: seed, WinsA: c.WinsA, WinsB: c.WinsB, Neither: c.Neither,
		})
	}
	return out, nil
}
