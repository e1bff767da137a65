package main

import (
	"context"

	"github.com/hubdata/hubdata/internal/htmlreport"
)

func (job *reportJob) tilesSection(ctx context.Context) ([]htmlreport.Block, error) {
	return nil, absentf("", "not yet")
}

func (job *reportJob) drawWorst(ctx context.Context, t *truth, d *detections, s *modelScore) error {
	return nil
}
