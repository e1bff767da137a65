// Package pseudocmd is the command hubdata pseudo, which fuses the predictions of several models into pseudo-labels.
//
// A run reads its aids (aids.go), reads and fuses the predictions tile by tile (read.go, tile.go), measures the labels of
// the folder meanwhile (labels.go), and writes the sets (write.go).
package pseudocmd

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/pseudo"
)

// run fuses predictions and writes the sets.
func run(ctx context.Context, c *ui.Console, o *options) (*Summary, error) {
	outs := &files.Outputs{Console: c, Force: o.Force}
	defer outs.Abort()
	a, err := readAids(ctx, c, o)
	if err != nil {
		return nil, err
	}
	a.chooseShard(o)
	outs.Inputs = slices.Clone(a.inputs)
	if err := protectPredictions(outs, o); err != nil {
		return nil, err
	}
	if err := checkOutputs(outs, o); err != nil {
		return nil, err
	}
	measuring, stop := context.WithCancel(ctx)
	defer stop()
	labels := startLabels(measuring, c, o, a.table)
	read := func(hold bool) (*fused, error) {
		r := &reader{c: c, o: o, aids: a, outs: outs}
		return r.read(ctx, hold)
	}
	f, err := read(slices.Contains(o.modelPaths(), "-"))
	if errors.Is(err, pseudo.ErrOrder) {
		c.Note("a file does not have the predictions of a tile together: reading again, with all predictions in memory")
		outs.Abort() // the results of the first reading
		f, err = read(true)
	}
	if err != nil {
		return nil, err
	}
	defer f.close()
	known := <-labels
	account := f.account(o, a, &known.areas)
	w, err := newSetWriter(c, o, a, f, outs, account, known.file)
	if err != nil {
		return nil, err
	}
	written, err := w.write(ctx)
	if err != nil {
		return nil, err
	}
	sum := newSummary(o, account, known, written)
	if o.shard.Of > 0 {
		sum.Shard = o.shard.String()
	}
	return sum, nil
}

// protectPredictions reports a file that is named twice, and makes sure that no file of predictions is overwritten.
func protectPredictions(outs *files.Outputs, o *options) error {
	var infos []os.FileInfo
	var names []string
	stdin := 0
	for _, path := range o.modelPaths() {
		if path == "-" {
			if stdin++; stdin > 1 {
				return ui.Usagef("only one file of predictions can be standard input")
			}
			continue
		}
		st, err := os.Stat(path)
		if err != nil {
			return err
		}
		for i, other := range infos {
			if os.SameFile(st, other) {
				return ui.Failf(ui.ExitBadData, "%s and %s are the same file: its predictions would count twice", names[i], path).
					Hint("name each file once")
			}
		}
		infos, names = append(infos, st), append(names, path)
		outs.Inputs = append(outs.Inputs, files.Unopened(path, st))
	}
	return nil
}

// checkOutputs reports an output that cannot be written.
func checkOutputs(outs *files.Outputs, o *options) error {
	paths := []string{o.results}
	if o.shard.Of > 0 {
		paths = append(paths, shards.ManifestOf(o.results))
	}
	for set := range o.sets() {
		paths = append(paths, o.setPath(set))
		if o.merge != "" {
			paths = append(paths, o.mergePath(set))
		}
	}
	return outs.Check(paths...)
}
