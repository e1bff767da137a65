package evalcmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring/partials"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// sizes of what is scored piece by piece, in bytes of results; variables for tests.
var (
	streamFrom  int64 = 1 << 30 // smaller files are held in memory
	streamPiece int64 = 96 << 20

	stdinFrom int64 = 32 << 20 // of standard input, whose size is not known
)

// streams reports whether the results are scored piece by piece, since they are many, or may be: how many there are on
// standard input is not known. If they are many, but something is to be reported that needs all of them, why says what.
func (o *options) streams() (yes bool, why string) {
	size := int64(0)
	if o.stdin() {
		size = streamFrom
	}
	for _, path := range o.results {
		if path == "-" {
			continue
		}
		st, err := os.Stat(path)
		if err != nil || !st.Mode().IsRegular() {
			return false, ""
		}
		n := st.Size()
		if files.UnpackedName(path) != path {
			n *= partials.Packed
		}
		size = max(size, n)
	}
	if size < streamFrom {
		return false, ""
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{{"sweep", o.Sweep}, {"errors", o.Errors}, {"confusion", o.Confusion}, {"compare", o.compare}, {"stitch", o.Stitch},
		{"by tile", slices.Contains(o.By, "tile")}} {
		if flag.set {
			return false, "--" + flag.name + " needs all results at once"
		}
	}
	if slices.Contains([]string{o.truth.Path, o.images, o.table, o.plan, o.rules.ImagesFrom}, "-") {
		return false, "an input that is needed again is standard input"
	}
	return true, ""
}

// stdin reports whether the results are standard input.
func (o *options) stdin() bool { return slices.Contains(o.results, "-") }

// byPieces calls score if the results are scored piece by piece, with standard input if they are that. yes is false if
// they are to be held in memory. The caller calls end in any case.
func (o *options) byPieces(c *ui.Console, score func(kept *files.KeptStdin) error) (yes bool, end func(), err error) {
	yes, why := o.streams()
	end = func() {}
	var kept *files.KeptStdin
	if yes && o.stdin() {
		if kept, err = files.KeepStdin(c, min(streamFrom, stdinFrom)); err != nil || kept == nil {
			return false, end, nil // there is no folder for temporary files, or little to keep
		}
		end = func() { _ = kept.Close() } // it is removed in any case
	}
	if yes {
		err := score(kept)
		var held *partials.InMemory
		if !errors.As(err, &held) {
			return true, end, err
		}
		why = held.Why
	}
	if why != "" && !o.stdin() { // which may be small
		c.Note("%s: held in memory: %s", o.results[0], why)
	}
	return false, end, nil
}

// stream scores the results piece by piece. The error is [*partials.InMemory] if they have to be held in memory.
func (o *options) stream(ctx context.Context, c *ui.Console, kept *files.KeptStdin) (*result, error) {
	r, notes, err := o.pieces(ctx, c, kept)
	if err != nil {
		return nil, err
	}
	out := &result{notes: notes}
	left := make([][]int, len(o.results))
	for i, path := range o.results {
		r.Results = path
		if r.IDs, err = preds.NewMapping(c, o.images, o.truth.Content.CategoryStart, r.Whole); err != nil {
			return nil, err
		}
		report, n, err := r.Stream(ctx, c)
		if err != nil {
			return nil, err
		}
		out.reports, left[i] = append(out.reports, report), n
	}
	for k := range r.LeftOut {
		for i := range o.results {
			if note := r.LeftOut[k].Note(out.reports[i].File, left[i][k]); note != "" {
				out.notes = append(out.notes, note)
			}
		}
	}
	return out, nil
}

// pieces prepares the run as one of some of the images after another, and says which images are scored.
func (o *options) pieces(ctx context.Context, c *ui.Console, kept *files.KeptStdin) (*partials.Run, []string, error) {
	whole, err := o.truth.Read(ctx, c)
	if err != nil {
		return nil, nil, o.swapped(c, err)
	}
	var results []*preds.Detections
	for _, path := range o.results {
		if st, err := os.Stat(path); err == nil && path != "-" {
			results = append(results, &preds.Detections{Name: path, Info: st})
		}
	}
	if err := refuseOneFile(whole, results); err != nil {
		return nil, nil, err
	}
	t, err := o.choose(c, whole)
	if err != nil {
		return nil, nil, err
	}
	r := o.byPartials(t)
	r.Kept = kept
	return r, t.notes, nil
}

// byPartials is the run as one of some of the images after another.
func (o *options) byPartials(t *chosen) *partials.Run {
	return &partials.Run{
		Scorer: t.scorer, Whole: t.whole, LeftOut: t.left, Results: o.results[0], Shard: o.shard, Piece: streamPiece,
		More: []string{o.images, o.table, o.plan, o.rules.ImagesFrom},
	}
}

// swapped adds to an error that the files may be swapped.
func (o *options) swapped(c *ui.Console, err error) error {
	return preds.Swapped(c, err, o.truth.Path, o.results[0], fmt.Sprintf("hubdata eval %s %s", o.results[0], o.truth.Path))
}
