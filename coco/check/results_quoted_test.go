package check

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
)

// TestResultsQuoted: numbers and lists in quotes are read, reported each, and fixed. What has no single meaning is not.
func TestResultsQuoted(t *testing.T) {
	for name, test := range map[string]struct {
		text, fixed string // of one detection; fixed empty: not possible
		found       []string
	}{
		"category": {`{"image_id":1,"category_id":"2","score":0.5,"bbox":[0,0,2,2]}`,
			`[{"image_id":1,"category_id":2,"bbox":[0,0,2,2],"score":0.5}]`, []string{"[0].category_id value-quoted"}},
		"box": {`{"image_id":1,"category_id":2,"score":0.5,"bbox":"[0,0,2,2]"}`,
			`[{"image_id":1,"category_id":2,"bbox":[0,0,2,2],"score":0.5}]`, []string{"[0].bbox value-quoted"}},
		"category and score": {`{"image_id":1,"category_id":"2","score":"0.5","bbox":[0,0,2,2]}`,
			`[{"image_id":1,"category_id":2,"bbox":[0,0,2,2],"score":0.5}]`,
			[]string{"[0].score score-string", "[0].category_id value-quoted"}},
		"name": {`{"image_id":1,"category_id":"cell","score":0.5,"bbox":[0,0,2,2]}`, "",
			[]string{"[0].category_id result-category-name"}},
		"and a wrong box": {`{"image_id":1,"category_id":"2","score":0.5,"bbox":[0,0,2]}`, "",
			[]string{"[0].category_id result-unreadable"}},
		"no image": {`{"category_id":"2","score":0.5,"bbox":[0,0,2,2]}`, "",
			[]string{"[0].category_id result-unreadable"}},
		"no score": {`{"image_id":1,"category_id":"2","bbox":[0,0,2,2]}`,
			`[{"image_id":1,"category_id":2,"bbox":[0,0,2,2]}]`,
			[]string{"[0].category_id value-quoted", "[0].score score-missing"}},
		"other members": {`{"image_id":1,"id":"7","area":"4","category_id":2,"score":0.5,"bbox":"[0,0,2,2]"}`,
			`[{"image_id":1,"category_id":2,"bbox":[0,0,2,2],"score":0.5}]`, []string{"[0].bbox value-quoted"}},
	} {
		l, err := ReadResults(strings.NewReader("[" + test.text + "]"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var found []string
		for _, f := range Results(l, nil) {
			if f.Code != NotChecked {
				found = append(found, f.Place.String()+" "+string(f.Code))
			}
		}
		if !slices.Equal(found, test.found) {
			t.Errorf("%s: found %q, expected %q", name, found, test.found)
		}
		fixed, changes, err := FixResults(l, nil, nil)
		if test.fixed == "" {
			if err == nil {
				t.Errorf("%s: fixed as %v", name, fixed.Results)
			}
			continue
		}
		var text bytes.Buffer
		if err == nil {
			err = coco.EncodeResults(&text, fixed.Results)
		}
		if got := strings.TrimSpace(text.String()); err != nil || strings.ReplaceAll(got, "\n", "") != test.fixed ||
			len(changes) == 0 {
			t.Errorf("%s: fixed as %s, %v, expected %s", name, got, err, test.fixed)
		}
	}
}
