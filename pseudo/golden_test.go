package pseudo

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
)

// goldenCase is a line written by reference/pseudo.py.
type goldenCase struct {
	Method   string
	IoU      float64
	Skip     float64
	Conf     string
	Overflow bool
	Decay    string
	Sigma    float64
	Thresh   float64
	Weights  []float64
	Models   []goldenModel
	Boxes    []Corners
	Scores   []float64
	Labels   []int64
	Clusters [][]int32
	Why      []string
	Raw      *goldenAnswer
	Before   []float64
}

type goldenModel struct {
	Boxes  []Corners
	Scores []float64
	Labels []int64
}

// goldenAnswer is the unchanged result of ensemble-boxes. nil is NaN.
type goldenAnswer struct {
	Error    string
	Boxes    [][4]*float64
	Scores   []*float64
	Clusters [][]int32
}

func (c *goldenCase) options() (*Fusion, error) {
	f := &Fusion{IoU: explicit(c.IoU), Skip: c.Skip, AllowOverflow: c.Overflow, Sigma: c.Sigma, MinScore: c.Thresh, Weights: c.Weights}
	var err error
	if f.Method, err = ParseMethod(c.Method); err != nil {
		return nil, err
	}
	if c.Decay == "linear" {
		f.Decay = Linear
	}
	if c.Conf != "" {
		f.Confidence, err = ParseConfidence(c.Conf)
	}
	return f, err
}

// explicit translates a value to an option in which 0 is the default and a
// negative number means 0.
func explicit(v float64) float64 {
	if v == 0 {
		return -1
	}
	return v
}

func (c *goldenCase) detections() (list []Detection) {
	for m, seen := range c.Models {
		for i, b := range seen.Boxes {
			list = append(list, Detection{Model: m, Label: seen.Labels[i], Score: seen.Scores[i], Box: b})
		}
	}
	return list
}

// TestGolden compares boxes, scores, labels, order and clusters with the
// results of ensemble-boxes.
func TestGolden(t *testing.T) {
	seen := map[string]int{}
	equal := map[string]*agreement{}
	n, c := 0, new(goldenCase)
	for n, c = range golden.Cases[goldenCase](t, "boxes.jsonl.gz") {
		kind := strings.TrimSpace(c.Method + " " + c.Conf + c.Decay)
		if equal[kind] == nil {
			equal[kind] = &agreement{}
		}
		if err := c.check(equal[kind]); err != nil {
			t.Fatalf("case %d, %s: %v", n, kind, err)
		}
		for _, w := range c.Why {
			seen[w]++
		}
	}
	for _, want := range []string{"weight0", "overflow", "nan", "empty", "decay"} {
		if seen[want] == 0 {
			t.Errorf("no case of %q", want)
		}
	}
	t.Logf("%d cases, differences by intention: %v", n, seen)
	for _, kind := range []string{"wbf avg", "wbf max", "wbf box_and_model_avg", "wbf absent_model_aware_avg", "nmw", "nms", "soft-nms linear", "soft-nms gaussian"} {
		a := equal[kind]
		if a == nil {
			t.Errorf("no case of %q", kind)
			continue
		}
		t.Logf("%s: equal bits in %d of %d cases, %d of %d edges, %d of %d scores; largest difference %.2g of the value",
			kind, a.cases, a.allCases, a.edges, a.allEdges, a.scores, a.allScores, a.worst)
	}
}

// agreement counts results that are equal bit for bit.
type agreement struct {
	edges, allEdges, scores, allScores, cases, allCases int
	worst                                               float64 // largest relative difference
}

func (a *agreement) compare(got, want float64) (equal bool, err error) {
	if got == want {
		return true, nil
	}
	off := math.Abs(got-want) / max(math.Abs(want), 1e-12)
	a.worst = max(a.worst, off)
	if !(off <= 1e-6) {
		return false, fmt.Errorf("%v, want %v", got, want)
	}
	return false, nil
}

func (c *goldenCase) check(equal *agreement) error {
	opts, err := c.options()
	if err != nil {
		return err
	}
	fuser, err := NewBoxFuser(len(c.Models), opts)
	if err != nil {
		return err
	}
	got, _, err := fuser.Fuse(1, 1, c.detections(), nil)
	if err != nil {
		return err
	}
	if len(got) != len(c.Clusters) {
		return fmt.Errorf("%d clusters, want %d", len(got), len(c.Clusters))
	}
	all := true
	for i, g := range got {
		if !slices.Equal(g.Members, c.Clusters[i]) {
			return fmt.Errorf("cluster %d: members %v, want %v", i, g.Members, c.Clusters[i])
		}
		if g.Label != c.Labels[i] {
			return fmt.Errorf("cluster %d: label %d, want %d", i, g.Label, c.Labels[i])
		}
		ok, err := equal.compare(g.Score, c.Scores[i])
		if err != nil {
			return fmt.Errorf("cluster %d: score %w", i, err)
		}
		equal.allScores++
		if ok {
			equal.scores++
		}
		all = all && ok
		for e, v := range g.Box {
			want := c.Boxes[i][e]
			// The means of the reference have 32 bits, and the file has 9
			// digits of them.
			if (opts.Method == NMW || len(g.Members) > 1) && opts.Method < NMS && c.Scores[i] > 0 {
				want = float64(float32(want))
			}
			ok, err := equal.compare(v, want)
			if err != nil {
				return fmt.Errorf("cluster %d: edge %d: %w", i, e, err)
			}
			equal.allEdges++
			if ok {
				equal.edges++
			}
			all = all && ok
		}
	}
	equal.allCases++
	if all {
		equal.cases++
	}
	return c.checkRaw(got)
}

// checkRaw checks that the unchanged result of ensemble-boxes differs from ours
// only for the reasons that Fusion documents.
func (c *goldenCase) checkRaw(got []Cluster) error {
	has := func(why string) bool { return slices.Contains(c.Why, why) }
	if (c.Raw != nil) != (has("weight0") || has("overflow") || has("nan") || has("empty")) {
		return fmt.Errorf("an answer as it is, but reasons %q", c.Why)
	}
	list := c.detections()
	if c.Method == "soft-nms" {
		for i, g := range got {
			at := g.Members[0]
			before := list[at].Score
			if c.Weights != nil {
				sum := 0.0
				for _, w := range c.Weights {
					sum += w
				}
				before = before * c.Weights[list[at].Model] / sum
			}
			if math.Abs(c.Before[i]-before) > 1e-9 || c.Scores[i] > c.Before[i] {
				return fmt.Errorf("cluster %d: score %v lowered to %v, from %v in the reference", i, before, c.Scores[i], c.Before[i])
			}
		}
	}
	if has("weight0") {
		zero := 0
		for _, g := range got {
			for _, at := range g.Members {
				if c.Weights[list[at].Model] == 0 {
					zero++
				}
			}
		}
		if zero > 0 {
			return fmt.Errorf("%d members of a model of weight 0", zero)
		}
		return nil
	}
	if has("empty") {
		if c.Raw.Error == "" || len(got) > 0 {
			return fmt.Errorf("%d clusters, want none where the reference raises an error", len(got))
		}
		return nil
	}
	if has("overflow") {
		above := 0
		for _, s := range c.Raw.Scores {
			if s != nil && *s > 1 {
				above++
			}
		}
		ones := 0
		for _, g := range got {
			if g.Score == 1 {
				ones++
			}
		}
		if above == 0 || ones < above {
			return fmt.Errorf("%d scores of 1, where the reference has %d above", ones, above)
		}
	}
	if has("nan") {
		// Boxes of score 0 come last, so boxes above 0 keep their places.
		none := 0
		for i := range c.Raw.Boxes {
			if c.Raw.Boxes[i][0] == nil {
				none++
				if s := c.Raw.Scores[i]; s != nil && *s != 0 {
					return fmt.Errorf("cluster %d of the reference: no box, but score %v", i, *s)
				}
			}
		}
		if none == 0 {
			return fmt.Errorf("no NaN in the reference's answer")
		}
		positive := func(members [][]int32, score func(int) float64) (n int) {
			for i := range members {
				if score(i) > 0 {
					n++
				}
			}
			return n
		}
		own := positive(c.Clusters, func(i int) float64 { return got[i].Score })
		theirs := positive(c.Raw.Clusters, func(i int) float64 { return *c.Raw.Scores[i] })
		if own != theirs {
			return fmt.Errorf("%d clusters with a score above 0, the reference has %d", own, theirs)
		}
	}
	return nil
}
