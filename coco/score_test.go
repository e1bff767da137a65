package coco

import (
	"strings"
	"testing"
)

// TestScore checks that a missing or null score is no score, and that anything else but
// a number is an error.
func TestScore(t *testing.T) {
	for _, test := range []struct {
		member string
		score  float64
		ok     bool
		err    string
	}{
		{`"votes":2`, 0, false, ""},
		{`"score":null`, 0, false, ""},
		{`"score":0`, 0, true, ""},
		{`"score":0.30000000000000004`, 0.30000000000000004, true, ""},
		{`"score":-1e3`, -1000, true, ""},
		{`"score":"0.5"`, 0, false, `found "0.5", expected a number`},
		{`"score":[0.5]`, 0, false, `found [0.5], expected a number`},
		{`"score":true`, 0, false, `found true, expected a number`},
		{`"score":1e999`, 0, false, `found 1e999, expected a number`},
	} {
		d, err := Decode(strings.NewReader(`{"images":[{"id":1}],"annotations":[{"id":1,"image_id":1,` + test.member + `}]}`))
		if err != nil {
			t.Fatal(err)
		}
		score, ok, err := d.Annotations[0].Score()
		if score != test.score || ok != test.ok || (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
			t.Errorf("%s: %v, %v, %v", test.member, score, ok, err)
		}
		n := 0
		for r, err := range d.Results() {
			n++
			switch {
			case test.err != "":
				if err == nil || err.Error() != "annotations[0].score: "+test.err {
					t.Errorf("%s: result %+v, %v", test.member, r, err)
				}
			case err != nil || r.Score != test.score || r.Missing.Has(FieldScore) == test.ok:
				t.Errorf("%s: result %+v, %v", test.member, r, err)
			case r.Missing.Has(FieldArea) || r.Missing.Has(FieldIsCrowd) || !r.Missing.Has(FieldBBox):
				t.Errorf("%s: missing %b", test.member, r.Missing)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d results", test.member, n)
		}
	}
}
