package reportcmd

import (
	"context"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/reportcmd/sources"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/statscmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/wsi"
)

type (
	// measured are the measures of a dataset, by group.
	measured = statscmd.SetReport
	// group is a group of its tiles or instances.
	group = statscmd.GroupReport
)

// measure measures a COCO file or a folder's outlines as "hubdata stats" does.
func measure(ctx context.Context, c *ui.Console, path string, from *sources.Files, workers int) (*measured, error) {
	return statscmd.Measure(ctx, c, &statscmd.Scope{Files: statscmd.Files{TileMeta: from.Table, Polygons: from.Polygons},
		TileSize: wsi.TilePixels, Workers: workers, SkipBad: true}, path)
}

// figure writes a number as "hubdata stats" does; meanFigure, shareFigure and
// medianFigure write one of a summary.
func figure(v float64) string              { return statscmd.Figure(v) }
func meanFigure(s *stats.Summary) string   { return statscmd.MeanFigure(s) }
func shareFigure(s *stats.Summary) string  { return statscmd.ShareFigure(s) }
func medianFigure(s *stats.Summary) string { return statscmd.MedianFigure(s) }
