package main

import (
	"context"

	"github.com/hubdata/hubdata/internal/htmlreport"
)

func (job *reportJob) statsSection(ctx context.Context) ([]htmlreport.Block, error) {
	return nil, absentf("", "not yet")
}
