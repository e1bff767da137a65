package verifycmd

import (
	"context"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/lineage"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// verify traces the files, and reports what it finds.
func verify(ctx context.Context, c *ui.Console, o *options) error {
	outs := &files.Outputs{Console: c, Force: o.force}
	defer outs.Abort()
	if err := outs.Check(o.out); err != nil {
		return err
	}
	g, err := trace(ctx, c, o)
	if err != nil {
		return err
	}
	rep := newReport(o, g)
	if o.rederive {
		if err := rep.rederive(ctx, c, o); err != nil {
			return err
		}
	}
	if o.out != "" {
		if err := writePicture(outs, o.out, g, rep); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := outs.Commit(); err != nil {
		return err
	}
	if err := c.Summarize(rep, o.out); err != nil {
		return err
	}
	if err := c.Flush(); err != nil { // so that the report comes before the error
		return err
	}
	return rep.verdict()
}

// trace lists the files, and traces those that were named.
func trace(ctx context.Context, c *ui.Console, o *options) (*lineage.Graph, error) {
	st, err := os.Stat(o.path)
	if err != nil {
		return nil, err
	}
	root := o.path
	var only []string
	if !st.IsDir() {
		root, only = lineage.RootOf(o.path), []string{o.path}
	}
	disk, err := lineage.NewDisk(ctx, c, append([]string{root}, o.search...)...)
	if err != nil {
		return nil, err
	}
	for _, file := range only {
		if err := disk.Add(file); err != nil {
			return nil, err
		}
	}
	g, err := disk.Trace(only...)
	if err != nil {
		return nil, err
	}
	switch {
	case len(g.Roots) == 0:
		return nil, ui.Failf(ui.ExitBadData, "%s: found no file that says how it was made, expected one that hubdata wrote", o.path)
	case len(only) > 0 && len(g.Silent) > 0 && disk.Has(shards.ManifestOf(o.path)):
		return nil, ui.Failf(ui.ExitBadData, "%s: found other bytes than those that %s is of", o.path, shards.ManifestOf(o.path)).Hint("make the shard again")
	case len(only) > 0 && len(g.Silent) > 0:
		return nil, ui.Failf(ui.ExitBadData, "%s: found no record of how it was made, in the file or near it", o.path).
			Hint(`lists of results, CSV and pictures have no place for it: --record FILE of "submission encode" and of "merge --manifests" writes a record next to it`)
	}
	return g, nil
}
