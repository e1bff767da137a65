package reportcmd

import (
	"context"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/foldscmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/reportcmd/sources"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/wsi"
)

// defaultSeed is that of "hubdata folds".
const defaultSeed = foldscmd.DefaultSeed

// planAudit is a plan and what "hubdata folds --audit" says of it.
type planAudit = foldscmd.Summary

// auditPlan audits the plan in a file for the dataset of the report.
func auditPlan(ctx context.Context, c *ui.Console, path string, o *options, from *sources.Files) (*planAudit, error) {
	// A line that cannot be read is for the check to report.
	in := &foldscmd.Input{SetOptions: folder.DefaultSetOptions(), Coco: o.File,
		Location: folder.Location{Dir: o.Dir, Polygons: from.Polygons, Tiles: from.Table, KeepGoing: true, Workers: o.workers,
			MaxLine: wsi.DefaultMaxLine}}
	in.Datasets = flags.MustNumbers("1")
	made, _ := files.MadeFrom(c, path)
	if text, ok := made.Dataset.(string); ok {
		if list, err := flags.ParseNumbers(text); err == nil {
			in.Datasets = list
		}
	}
	images := from.Images
	if images == sources.NoImages {
		images = ""
	}
	return foldscmd.Audit(ctx, c, in, foldscmd.Audited{Plan: path, Images: images, By: o.auditBy, Table: from.Values})
}
