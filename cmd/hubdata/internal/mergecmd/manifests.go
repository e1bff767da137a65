package mergecmd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/urfave/cli/v2"
)

// parseManifests checks the flags of --manifests.
func (o *options) parseManifests(ctx *cli.Context) error {
	for _, name := range []string{"renumber-images", "renumber-categories", "drop-duplicates", "name", "id-map",
		"changes"} {
		if ctx.IsSet(name) {
			return ui.Usagef("--manifests and --%s exclude each other: results of shards are put together as they are", name)
		}
	}
	if slices.Contains(o.inputs, "-") {
		return ui.Usagef("--manifests: a manifest is next to its results, and cannot be standard input")
	}
	if o.record != "" && o.out == "-" {
		return ui.Usagef("--record: standard output has no name to record").Hint("name a file with -o OUT")
	}
	return nil
}

// manifestSummary is what is reported of shards.
type manifestSummary struct {
	Files       []ui.SummaryFile `json:"files"`
	Shards      int              `json:"shards"`
	Images      int              `json:"images"`
	Predictions int              `json:"predictions"`
	Results     int              `json:"results"`
}

func (s *manifestSummary) WriteText(text *strings.Builder) {
	ui.Fprintf(text, "%s of %s: %s from %s\n", ui.Plural(s.Shards, "shard", "shards"),
		ui.Plural(s.Images, "image", "images"),
		ui.Plural(s.Results, "result", "results"), ui.Plural(s.Predictions, "prediction", "predictions"))
	ui.ListFiles(text, s.Files...)
}

// A shardFile is a manifest, and the results that it is of.
type shardFile struct {
	*shards.Manifest
	path string // of the manifest
}

// results is the path of the results.
func (s *shardFile) results() string { return filepath.Join(filepath.Dir(s.path), s.Results.Name) }

// runManifests puts the results of all shards of a run together, in the order of the shards.
func runManifests(ctx context.Context, c *ui.Console, o *options) error {
	outs := &files.Outputs{Console: c, Force: o.force}
	defer outs.Abort()
	made := files.Provenance{Version: ui.Version, Command: "merge", Options: map[string]any{"manifests": true}}
	var list []*shardFile
	for _, path := range o.inputs {
		m, in, err := shards.Read(c, path)
		if err != nil {
			return err
		}
		outs.Inputs, made.Inputs = append(outs.Inputs, in), append(made.Inputs, in.FileInfo())
		list = append(list, &shardFile{m, path})
	}
	if err := oneRun(list); err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b *shardFile) int { return a.Shard.I - b.Shard.I })
	if err := outs.Check(o.out, o.record); err != nil {
		return err
	}
	if err := outs.Apart(o.out, o.record); err != nil {
		return err
	}
	out, err := outs.CreateSummed(o.out)
	if err != nil {
		return err
	}
	sum := &manifestSummary{Shards: len(list)}
	of := map[coco.ID]*shardFile{}
	err = files.WriteResults(out, o.out, func(yield func(coco.Result, error) bool) {
		for _, s := range list {
			sum.Images, sum.Predictions, sum.Results = sum.Images+s.Images, sum.Predictions+s.Predictions, sum.Results+
				s.Results.Count
			for r, err := range s.read(ctx, c, outs) {
				if before := of[r.ImageID]; err == nil && before != s {
					if of[r.ImageID] = s; before != nil {
						err = ui.Failf(ui.ExitBadData, "image %s is in %s and in %s: each image belongs in one shard",
							r.ImageID.AppendJSON(nil), before.results(), s.results())
					}
				}
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	})
	if err != nil {
		var failure *ui.Failure
		if errors.As(err, &failure) || ui.IsReadError(err) {
			return err
		}
		return out.Failed(err)
	}
	if err := out.Finish(); err != nil {
		return err
	}
	sum.Files = []ui.SummaryFile{ui.NewSummaryFile(o.out)}
	if o.record != "" {
		made.Output = out.FileInfo()
		if err := made.WriteRecord(outs, o.record); err != nil {
			return err
		}
		sum.Files = append(sum.Files, ui.NewSummaryFile(o.record))
	}
	if err := outs.Commit(); err != nil {
		return err
	}
	return c.Summarize(sum, o.out)
}

// run is what the manifest says of the run of all shards.
func (s *shardFile) run() *files.Provenance {
	made := s.Made
	made.Results = nil // of the shard
	return &made
}

// oneRun refuses manifests that are not those of all shards of one run.
func oneRun(list []*shardFile) error {
	first := list[0]
	there := map[int]*shardFile{}
	refuse := func(s *shardFile, format string, args ...any) error {
		return ui.Failf(ui.ExitBadData, "%s: "+format, append([]any{s.path}, args...)...)
	}
	for _, s := range list {
		if before := there[s.Shard.I]; before != nil {
			return refuse(s, "it is shard %s, and so is %s: leave out one of them", s.Shard, before.path)
		}
		there[s.Shard.I] = s
		if s.Shard.Of != first.Shard.Of {
			return refuse(s, "it is shard %s, and %s is shard %s: merge the shards of one run", s.Shard, first.path, first.Shard)
		}
		for i, in := range s.Made.Inputs {
			if i >= len(first.Made.Inputs) || in != first.Made.Inputs[i] || len(s.Made.Inputs) != len(first.Made.Inputs) {
				return refuse(s, "its input %s is another file than that of %s: one of the two shards is stale, make it again",
					in.Name, first.path)
			}
		}
		a, errA := jsonscan.Marshal(first.run())
		b, errB := jsonscan.Marshal(s.run())
		if err := errors.Join(errA, errB); err != nil {
			return err
		}
		if !bytes.Equal(a, b) {
			return refuse(s, "it was made with other options or another version than %s: make all shards with the same",
				first.path)
		}
	}
	if missing := shards.Missing(first.Shard.Of, there); len(missing) > 0 {
		return ui.Failf(ui.ExitBadData, "missing of %d shards: %s", first.Shard.Of, shards.List(missing)).
			Hint("make them with \"hubdata pseudo --shard I/%d\" and the options of the others", first.Shard.Of)
	}
	return nil
}

// read reads the results of a shard, and compares them with the manifest.
func (s *shardFile) read(ctx context.Context, c *ui.Console, outs *files.Outputs) iter.Seq2[coco.Result, error] {
	return func(yield func(coco.Result, error) bool) {
		in, err := files.OpenRegular(c, s.results())
		if err != nil {
			yield(coco.Result{}, ui.Failf(ui.ExitBadData, "%s: %w: make the shard again", s.path, err))
			return
		}
		defer in.Close()
		in.WithoutChecksum()
		outs.Inputs = append(outs.Inputs, in)
		text := &summed{in: in, sum: sha256.New()}
		n := 0
		for r, err := range coco.ReadResults(files.PeekResults(text, in, 4096)) {
			switch {
			case err == nil:
				err = ctx.Err()
			case ui.IsReadError(err):
				err = ui.InFile(in.Name, err)
			default:
				err = ui.Failf(ui.ExitBadData, "%s is not the file that %s is of: %w: make the shard again", in.Name, s.path, err)
			}
			if n++; !yield(r, err) || err != nil {
				return
			}
		}
		if _, err := io.Copy(io.Discard, text); err != nil {
			yield(coco.Result{}, ui.InFile(in.Name, err))
			return
		}
		if n != s.Results.Count || text.n != s.Results.TextBytes ||
			hex.EncodeToString(text.sum.Sum(nil)) != s.Results.TextSHA256 {
			yield(coco.Result{}, ui.Failf(ui.ExitBadData,
				"%s is not the file that %s is of: found %s in %s bytes, expected %s in %s bytes: make the shard again", in.Name,
				s.path,
				ui.Plural(n, "result", "results"), ui.Thousands(int(text.n)), ui.Thousands(s.Results.Count),
				ui.Thousands(int(s.Results.TextBytes))))
		}
	}
}

// summed sums what is read.
type summed struct {
	in  io.Reader
	sum hash.Hash
	n   int64
}

func (r *summed) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	r.sum.Write(p[:n])
	r.n += int64(n)
	return n, err
}
