package eval

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/golden"
)

// goldenCase is a line of the output of reference/eval.py.
type goldenCase struct {
	Truth, Results json.RawMessage
	Params         struct {
		Type             string
		IoU, Recall      []float64
		MaxDets          []int `json:"max_dets"`
		Areas            [][3]any
		IgnoreCategories bool `json:"ignore_categories"`
		Images           []any
		Categories       []int64
		MaskAreas        bool `json:"mask_areas"`
		Ratio            float64
	}
	goldenAnswer

	Values []string // values whose mean is taken, written out
	Count  int      // or: the fractional parts of i times Step
	Step   string
	Mean   string
}

type goldenAnswer struct {
	Counts                    [5]int
	Precision, Recall, Scores string
	Stats                     []string
	Summary                   string
	Categories                []string `json:"ap_of_categories"`
	Half                      string   `json:"ap_of_half"`
}

// load returns the arguments of Evaluate.
func (c *goldenCase) load(t testing.TB) (*coco.Dataset, []coco.Result, *Params) {
	t.Helper()
	truth, err := coco.Decode(bytes.NewReader(c.Truth))
	if err != nil {
		t.Fatal(err)
	}
	results, err := coco.DecodeResults(bytes.NewReader(c.Results))
	if err != nil {
		t.Fatal(err)
	}
	kind, err := ParseType(c.Params.Type)
	if err != nil {
		t.Fatal(err)
	}
	p := &Params{
		Type: kind, IoU: c.Params.IoU, Recall: c.Params.Recall, MaxDets: c.Params.MaxDets,
		IgnoreCategories: c.Params.IgnoreCategories, Categories: c.Params.Categories,
		MaskAreas: c.Params.MaskAreas, BoundaryRatio: c.Params.Ratio, StrictPycocotools: true,
	}
	for _, a := range c.Params.Areas {
		p.Areas = append(p.Areas, AreaRange{a[0].(string), a[1].(float64), a[2].(float64)})
	}
	for _, id := range c.Params.Images {
		switch id := id.(type) {
		case float64:
			p.Images = append(p.Images, coco.IntID(int64(id)))
		case string:
			p.Images = append(p.Images, coco.StringID(id))
		}
	}
	return truth, results.List(), p
}

func digest(v []float64) string {
	text := make([]byte, 0, 8*len(v))
	for _, x := range v {
		text = binary.LittleEndian.AppendUint64(text, math.Float64bits(x))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// check compares a result with that of pycocotools, bit for bit.
func (c *goldenAnswer) check(r *Result) error {
	counts := [5]int{len(r.Params.IoU), len(r.Params.Recall), r.K(), len(r.Params.Areas), len(r.Params.MaxDets)}
	if counts != c.Counts {
		return fmt.Errorf("counts %v, expected %v", counts, c.Counts)
	}
	all := arraysOf(&r.Curves)
	for _, a := range []struct {
		name, want string
		got        []float64
	}{{"recall", c.Recall, all.recall}, {"precision", c.Precision, all.precision}, {"scores", c.Scores, all.scores}} {
		if digest(a.got) != a.want {
			return fmt.Errorf("another %s: %v", a.name, a.got)
		}
	}
	if err := c.checkParts(r); err != nil {
		return err
	}
	if c.Stats == nil {
		return nil
	}
	for i, v := range r.Stats() {
		want, err := strconv.ParseFloat(c.Stats[i], 64)
		if err != nil {
			return err
		}
		if math.Float64bits(v) != math.Float64bits(want) {
			return fmt.Errorf("number %d of the summary is %v, expected %v", i, v, want)
		}
	}
	var summary strings.Builder
	if err := r.WriteSummary(&summary); err != nil {
		return err
	}
	if summary.String() != c.Summary {
		return fmt.Errorf("summary\n%swant\n%s", summary.String(), c.Summary)
	}
	return nil
}

// checkParts compares the AP of each category, and of the first half of the images.
func (c *goldenAnswer) checkParts(r *Result) error {
	if c.Half == "" {
		return nil
	}
	for k, want := range c.Categories {
		if got := r.Score(Select{Categories: r.Categories[k : k+1]}).AP; strconv.FormatFloat(got, 'g', -1, 64) != hexText(want) {
			return fmt.Errorf("AP of category %d is %v, expected %s", r.Categories[k], got, hexText(want))
		}
	}
	half := map[int32]bool{}
	for _, i := range r.Images()[:(len(r.Images())+1)/2] {
		half[i] = true
	}
	parts, err := r.Parts(context.Background(), Select{}, func(image int) string { return fmt.Sprint(half[int32(image)]) })
	if err != nil {
		return err
	}
	if got := parts[0].AP; strconv.FormatFloat(got, 'g', -1, 64) != hexText(c.Half) {
		return fmt.Errorf("AP of the first half of the images is %v, expected %s", got, hexText(c.Half))
	}
	return nil
}

// hexText returns the shortest text of a number that is written in hexadecimal.
func hexText(s string) string {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// TestGolden compares all arrays and numbers with those of pycocotools.
func TestGolden(t *testing.T) {
	seen := map[string]int{}
	n, c := 0, new(goldenCase)
	for n, c = range golden.Cases[goldenCase](t, "eval.jsonl.gz") {
		if c.Mean != "" {
			c.checkMean(t)
			seen["mean"]++
			continue
		}
		truth, results, p := c.load(t)
		p.Workers = 1 + n%3
		r, err := Evaluate(context.Background(), truth, coco.NewResults(results...), p)
		if err != nil {
			t.Fatalf("case %d: %v", n, err)
		}
		if err := c.check(r); err != nil {
			t.Fatalf("case %d, %+v: %v", n, c.Params, err)
		}
		seen[c.Params.Type]++
		if len(truth.Images) > 0 && truth.Images[0].ID.IsString() {
			seen["string ids"]++
		}
		if len(results) == 0 {
			seen["no results"]++
		}
		if slices.ContainsFunc(truth.Annotations, func(a coco.Annotation) bool { return a.ID == coco.ID{} }) {
			seen["id 0"]++
		}
		if c.Params.IgnoreCategories {
			seen["categories ignored"]++
		}
	}
	for _, want := range []string{"segm", "bbox", "boundary", "string ids", "no results", "id 0", "categories ignored", "mean"} {
		if seen[want] == 0 {
			t.Errorf("no case of %s", want)
		}
	}
	t.Logf("%d cases: %v", n, seen)
}

func (c *goldenCase) checkMean(t *testing.T) {
	t.Helper()
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	var list []float64
	for _, s := range c.Values {
		list = append(list, number(s))
	}
	if c.Count > 0 {
		step := number(c.Step)
		for i := range c.Count {
			v := float64(float64(i) * step)
			list = append(list, v-math.Floor(v))
		}
	}
	if got, want := mean(list), number(c.Mean); got != want {
		t.Fatalf("mean of %d numbers is %v, want %v", len(list), got, want)
	}
}
