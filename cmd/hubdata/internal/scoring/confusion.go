package scoring

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// confusion is which class was found in place of which.
type confusion struct {
	IoU      float64  `json:"iou"`
	MaxDets  int      `json:"max_dets"`
	MinScore *float64 `json:"min_score,omitempty"`
	Classes  []string `json:"classes"` // of rows and columns, of which the background is the last
	Matrix   [][]int  `json:"matrix"`  // a row per class of the ground truth, a column per class of the detections
}

// background is the last row and column.
const background = "background"

// newConfusion names the rows and columns of a matrix.
func newConfusion(m *eval.Confusion, categories []coco.Category) *confusion {
	out := &confusion{IoU: m.Options.IoU, MaxDets: m.Options.MaxDets, MinScore: m.Options.MinScore, Matrix: m.Counts}
	for _, id := range m.Categories {
		k := slices.IndexFunc(categories, func(c coco.Category) bool { return c.ID == id })
		out.Classes = append(out.Classes, categories[k].Name)
	}
	if m.Categories == nil {
		out.Classes = []string{"all"}
	}
	out.Classes = append(out.Classes, background)
	return out
}

// Limits of a matrix as text: a larger one is shown by its most frequent pairs.
const (
	mostColumns = 12
	mostPairs   = 20
)

func (m *confusion) print(text *bytes.Buffer) {
	ui.Fprintf(text, "\nwhich class is found as which, at IoU %v", m.IoU)
	if m.MinScore != nil {
		ui.Fprintf(text, ", of detections with a score from %v on", *m.MinScore)
	}
	text.WriteByte('\n')
	if len(m.Classes) <= mostColumns {
		m.printSquare(text)
	} else {
		m.printPairs(text)
	}
	ui.Fprintf(text, "ground truth: instances by their class; background as found: missed; background as ground truth: false detections\n")
	ui.Fprintf(text, "at most %s detections per image: in the order of their scores each takes the free instance, of any class, that it overlaps most\n", ui.Thousands(m.MaxDets))
}

// printSquare shows all of the matrix.
func (m *confusion) printSquare(text *bytes.Buffer) {
	tw := ui.NewTable(text, ui.Right)
	ui.Fprintf(tw, "ground truth / found as\t")
	for _, name := range m.Classes {
		ui.Fprintf(tw, "%s\t", name)
	}
	fmt.Fprintln(tw)
	last := len(m.Classes) - 1
	for t, row := range m.Matrix {
		ui.Fprintf(tw, "%s\t", m.Classes[t])
		for d, n := range row {
			if t == last && d == last {
				ui.Fprintf(tw, "-\t") // what is not there is not counted
				continue
			}
			ui.Fprintf(tw, "%s\t", ui.Thousands(n))
		}
		fmt.Fprintln(tw)
	}
	_ = tw.Flush()
}

// printPairs shows the pairs of different classes that are most frequent.
func (m *confusion) printPairs(text *bytes.Buffer) {
	type pair struct{ truth, found, n int }
	var pairs []pair
	for t, row := range m.Matrix {
		for d, n := range row {
			if t != d && n > 0 {
				pairs = append(pairs, pair{t, d, n})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.n, a.n) })
	tw := ui.NewTable(text, ui.Left)
	fmt.Fprintln(tw, "ground truth\tfound as\tcount\t")
	for _, p := range pairs[:min(len(pairs), mostPairs)] {
		ui.Fprintf(tw, "%s\t%s\t%s\t\n", m.Classes[p.truth], m.Classes[p.found], ui.Thousands(p.n))
	}
	_ = tw.Flush()
	if n := len(pairs) - mostPairs; n > 0 {
		ui.Fprintf(text, "and %s less frequent (--json has the matrix)\n", ui.Plural(n, "pair that is", "pairs that are"))
	}
}
