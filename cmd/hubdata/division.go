package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// vesselBins is the number of bins of the label vessels.
const vesselBins = 5

// division is images to be divided and what is known of them.
type division struct {
	opts       *foldsOptions
	ids        []string
	what       string        // what messages call an image
	places     []folds.Place // nil: unknown
	instances  []int         // outlines kept; nil: not counted
	glomerulus []bool
	column     func(name string) ([]string, error)
	warn       func(error)
}

// wants says whether the flags ask for a label.
func (d *division) wants(label string) bool {
	return slices.Contains(d.opts.stratify, label) || d.opts.group == label
}

// label gives the values of a label as ranks: equal values have equal numbers,
// in the order in which numpy sorts them.
func (d *division) label(name string) ([]int, error) {
	switch name {
	case "vessels", "annotations":
		if d.instances != nil {
			return folds.Bins(d.instances, vesselBins), nil
		}
	case "glomerulus":
		if d.glomerulus != nil {
			out := make([]int, len(d.ids))
			for i, has := range d.glomerulus {
				if has {
					out[i] = 1
				}
			}
			return out, nil
		}
	}
	values, err := d.column(name)
	if err != nil {
		return nil, err
	}
	return ranks(values), nil
}

// ranks numbers values in their order: as whole numbers if all are, as pandas
// reads a column, else as text.
func ranks(values []string) []int {
	distinct := slices.Clone(values)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	number := make(map[string]int64, len(distinct))
	for _, v := range distinct {
		n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		if err != nil {
			number = nil
			break
		}
		number[v] = n
	}
	if number != nil {
		slices.SortStableFunc(distinct, func(a, b string) int {
			switch {
			case number[a] < number[b]:
				return -1
			case number[a] > number[b]:
				return 1
			}
			return 0
		})
	}
	rank := make(map[string]int, len(distinct))
	next := -1
	for i, v := range distinct {
		if i == 0 || number == nil || number[v] != number[distinct[i-1]] {
			next++
		}
		rank[v] = next
	}
	out := make([]int, len(values))
	for i, v := range values {
		out[i] = rank[v]
	}
	return out
}

// joint is one label of several: equal where all are.
func joint(labels [][]int) []int {
	if len(labels) == 1 {
		return labels[0]
	}
	keys := make([]string, len(labels[0]))
	for i := range keys {
		var b strings.Builder
		for _, l := range labels {
			fmt.Fprintf(&b, "%09d ", l[i])
		}
		keys[i] = b.String()
	}
	return ranks(keys)
}

// assign divides: the fold of each image from 0, and their number.
func (d *division) assign() (fold []int, k int, err error) {
	o := d.opts
	k = o.k
	var labels [][]int
	for _, name := range o.stratify {
		l, err := d.label(name)
		if err != nil {
			return nil, 0, err
		}
		labels = append(labels, l)
	}
	var groups []int
	if o.group != "" {
		if groups, err = d.label(o.group); err != nil {
			return nil, 0, err
		}
	}
	how := &folds.Options{Shuffle: o.shuffle, Seed: o.seed, Warn: d.warn}
	switch o.method {
	case "kfold":
		fold, err = folds.KFold(len(d.ids), k, how)
	case "stratified":
		fold, err = folds.StratifiedKFold(joint(labels), k, how)
	case "group":
		fold, err = folds.GroupKFold(groups, k, how)
	case "stratified-group":
		fold, err = folds.StratifiedGroupKFold(joint(labels), groups, k, how)
	case "iterative":
		fold, err = folds.IterativeKFold(oneHot(labels), groups, k, how)
	case "spatial":
		var weight []float64
		if d.instances != nil {
			weight = folds.TileWeights(d.instances)
		}
		fold, err = folds.Spatial(d.places, weight, k)
	case "quantile":
		fold, err = folds.SpatialQuantile(d.places, k)
	case "wsi":
		var names []int
		slides, lerr := d.label("wsi")
		if lerr != nil {
			return nil, 0, lerr
		}
		if fold, names, err = folds.LeaveOneGroupOut(slides); err == nil {
			k = len(names)
			if o.kSet && o.k != k {
				return nil, 0, usagef("-k %d, but the tiles are of %d slides, each of which is a fold: leave out -k", o.k, k)
			}
		}
	}
	if err != nil {
		return nil, 0, d.explain(err)
	}
	return fold, k, nil
}

// oneHot lists the labels that each image has: one of each column's.
func oneHot(labels [][]int) [][]int {
	out := make([][]int, len(labels[0]))
	first := 0
	for _, l := range labels {
		for i, v := range l {
			out[i] = append(out[i], first+v)
		}
		first += slices.Max(l) + 1
	}
	return out
}

// explain adds what to do to an error of the strategies.
func (d *division) explain(err error) error {
	f := &failure{code: exitUsage, err: err}
	switch {
	case errors.Is(err, folds.ErrFewSamples):
		return f.hint("%s; take a smaller -k, or more %ss with --dataset", count(len(d.ids), d.what+" is", d.what+"s are")+" to be divided", d.what)
	case errors.Is(err, folds.ErrFewGroups):
		return f.hint("take a smaller -k, or another --group")
	case errors.Is(err, folds.ErrSmallClasses):
		return f.hint("take a smaller -k, or a label with larger classes; --method kfold looks at none")
	}
	return f
}

// outlineCounts are the outlines of a tile.
type outlineCounts struct {
	kept      int // of the classes asked for
	glomeruli int
}

// countOutlines reads the outlines once to count them: some methods divide by
// what is on the tiles.
func (job *foldsJob) countOutlines(ctx context.Context) (map[string]outlineCounts, error) {
	if job.source.polygons == "-" {
		return nil, usagef("these folds depend on the outlines, which are then read twice: standard input cannot be").
			hint("save them in a file for --polygons, or take a method and labels that do not look at them")
	}
	in, err := openInput(job.c, job.polygons.name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	counts := map[string]outlineCounts{}
	opts := &wsi.ReadOptions{MaxLine: job.source.maxLine}
	for p, err := range wsi.ReadPolygons(in, opts) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			var line *wsi.LineError
			if errors.As(err, &line) && job.source.keepGoing {
				continue
			}
			return nil, inFile(in.name, err)
		}
		var n outlineCounts
		for _, o := range p.Outlines {
			if slices.Contains(job.content.classes, o.Class) {
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
