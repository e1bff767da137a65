package eval

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/golden"
)

// lvisCase is a line of the output of reference/lvis_rules.py.
type lvisCase struct {
	Truth, Results             json.RawMessage
	Type                       string
	Limit                      int
	Precision, Recall, Summary string
	Stats                      []string
}

// TestLVISGolden compares the rules of LVIS with lvis-api, bit for bit.
func TestLVISGolden(t *testing.T) {
	ignored := 0
	for n, c := range golden.Cases[lvisCase](t, "lvis.jsonl.gz") {
		truth, err := coco.Decode(bytes.NewReader(c.Truth))
		if err != nil {
			t.Fatal(err)
		}
		results, err := coco.DecodeResults(bytes.NewReader(c.Results))
		if err != nil {
			t.Fatal(err)
		}
		kind, err := ParseType(c.Type)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Evaluate(context.Background(), truth, results, &Params{Type: kind, Federated: true, MaxDets: []int{c.Limit}, StrictPycocotools: true, Workers: 1 + n%3})
		if err != nil {
			t.Fatalf("case %d: %v", n, err)
		}
		if all := arraysOf(&r.Curves); digest(all.precision) != c.Precision || digest(all.recall) != c.Recall {
			t.Fatalf("case %d: another precision or recall than lvis-api: %s %s", n, c.Truth, c.Results)
		}
		for i, v := range r.Stats() {
			if want, err := strconv.ParseFloat(c.Stats[i], 64); err != nil || math.Float64bits(v) != math.Float64bits(want) {
				t.Fatalf("case %d: number %d is %v, expected %s", n, i, v, c.Stats[i])
			}
		}
		var summary strings.Builder
		if err := r.WriteSummary(&summary); err != nil || summary.String() != c.Summary {
			t.Fatalf("case %d: summary\n%sexpected\n%s", n, &summary, c.Summary)
		}
		for cell := range r.Cells() {
			for d := range cell.Detections {
				if cell.Ignored(d, 0, 0) {
					ignored++
				}
			}
		}
	}
	if ignored < 100 {
		t.Errorf("%d ignored detections: the cases try too little", ignored)
	}
}

func TestFederatedErrors(t *testing.T) {
	for _, c := range []struct{ members, text string }{
		{`"neg_category_ids":[]`, "images[0].not_exhaustive_category_ids: missing member"},
		{`"not_exhaustive_category_ids":[]`, "images[0].neg_category_ids: missing member"},
		{`"neg_category_ids":3,"not_exhaustive_category_ids":[]`, "images[0].neg_category_ids: not a usable number: found 3, expected a list of category ids"},
	} {
		d, err := coco.Decode(strings.NewReader(`{"images":[{"id":1,"height":9,"width":9,` + c.members + `}],"annotations":[],"categories":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		var e *Error
		if _, err := Evaluate(context.Background(), d, nil, &Params{Federated: true}); !errors.As(err, &e) || err.Error() != c.text {
			t.Errorf("%s: error %v, expected %s", c.members, err, c.text)
		}
		if !IsFederated(d) {
			t.Errorf("%s: not recognised", c.members)
		}
	}
}
