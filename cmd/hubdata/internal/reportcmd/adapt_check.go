package reportcmd

import (
	"context"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/checkcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/reportcmd/sources"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
)

// checked is a dataset as "hubdata check" reads it.
type checked struct {
	Name    string
	Dataset *coco.Dataset // nil: it cannot be read, which the report of the check says
	// check checks the dataset.
	check func(context.Context) (*checkReport, error)
}

// checkReport is what the check finds.
type checkReport = checkcmd.Report

// checkRule is the rule of a code.
func checkRule(code coco.Code) *check.Rule { return checkcmd.Rule(code) }

// readChecked reads a COCO file, or a folder's outlines of all classes.
func readChecked(ctx context.Context, c *ui.Console, path string, from *sources.Files, workers int) (*checked, error) {
	s, err := checkcmd.Read(ctx, c, checkcmd.Options{In: path, TileMeta: from.Table, Polygons: from.Polygons,
		Least: coco.SeverityNote, Most: reportPlaces, Workers: workers})
	if err != nil {
		return nil, err
	}
	return &checked{Name: s.Name, Dataset: s.Dataset, check: s.Check}, nil
}
