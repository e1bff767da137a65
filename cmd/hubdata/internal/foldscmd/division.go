package foldscmd

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// divide makes a plan. what is what messages call an image.
func (m *foldsMethod) divide(c *ui.Console, images *folds.Images, what string) (*folds.Plan, error) {
	o := m.DivideOptions
	o.Warn = func(err error) { c.Note("%v", err) }
	plan, err := folds.Divide(images, &o)
	if err != nil {
		return nil, explainDivision(err, len(images.Names), what)
	}
	if m.wantedSlides != 0 && m.wantedSlides != plan.K {
		return nil, ui.Usagef("-k %d, but the tiles are of %d slides, each of which is a fold: leave out -k", m.wantedSlides, plan.K)
	}
	return plan, nil
}

// explainDivision adds what to do to an error of the strategies.
func explainDivision(err error, n int, what string) error {
	f := &ui.Failure{Code: ui.ExitUsage, Err: err}
	switch {
	case errors.Is(err, folds.ErrFewSamples):
		return f.Hint("%s; take a smaller -k, or more %ss with --dataset", ui.Plural(n, what+" is", what+"s are")+" to be divided", what)
	case errors.Is(err, folds.ErrFewGroups):
		return f.Hint("take a smaller -k, or another --group")
	case errors.Is(err, folds.ErrSmallClasses):
		return f.Hint("take a smaller -k, or a label with larger classes; --method kfold looks at none")
	case errors.Is(err, folds.ErrSplits), errors.Is(err, folds.ErrLengths):
		return f
	}
	return err
}

// outlineCounts are the outlines of a tile.
type outlineCounts struct {
	kept      int // of the classes asked for
	glomeruli int
}

// countOutlines reads the outlines once to count them: some methods divide by
// what is on the tiles.
func (job *foldsJob) countOutlines(ctx context.Context) (map[string]outlineCounts, error) {
	if job.Source.Polygons == "-" {
		return nil, ui.Usagef("these folds depend on the outlines, which are then read twice: standard input cannot be").
			Hint("save them in a file for --polygons, or take a method and labels that do not look at them")
	}
	in, err := files.OpenInput(job.Console, job.Polygons.Name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	counts := map[string]outlineCounts{}
	opts := &wsi.ReadOptions{MaxLine: job.Source.MaxLine}
	for p, err := range wsi.ReadPolygons(in, opts) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			var line *wsi.LineError
			if errors.As(err, &line) && job.Source.KeepGoing {
				continue
			}
			return nil, ui.InFile(in.Name, err)
		}
		var n outlineCounts
		for _, o := range p.Outlines {
			if slices.Contains(job.Content.Classes, o.Class) {
				n.kept++
			}
			if o.Class == "glomerulus" {
				n.glomeruli++
			}
		}
		counts[p.Tile] = n
	}
	return counts, nil
}

// joinNumbers writes distinct numbers in order.
func joinNumbers(list []int, sep string) string {
	slices.Sort(list)
	var text []string
	for _, n := range slices.Compact(list) {
		text = append(text, strconv.Itoa(n))
	}
	return strings.Join(text, sep)
}
