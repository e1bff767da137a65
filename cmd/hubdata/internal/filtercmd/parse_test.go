package filtercmd

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flagtest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestParse checks which flags the written file names: those that decide its content.
func TestParse(t *testing.T) {
	o, err := flagtest.Parse(t, Command(nil), parse, "-o", "x.json", "--class", "blood_vessel", "--keep-categories",
		"--min-area", "30", "--crowd", "drop", "--allow-empty", "--force", "--json", "in.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(o.provenanceFlags)); !slices.Equal(got,
		[]string{"class", "crowd", "keep_categories", "min_area"}) {
		t.Errorf("provenance names %q", got)
	}
	if o.in != "in.json" || o.out != "x.json" || !o.keepCategories || !o.allowEmpty || !o.force || o.renumber ||
		o.dropEmpty || !slices.Equal(o.rules.Classes, []string{"blood_vessel"}) {
		t.Errorf("options %+v", o)
	}
	for line, want := range map[string]string{
		"in.json":                       "-o",
		"-o x":                          "expected one COCO file",
		"-o x a.json b.json":            "expected one COCO file",
		"-o x --keep-categories a.json": "--keep-categories has no effect",
		"-o x --part train a.json":      "--folds",
		"-o x --crowd some a.json":      "--crowd",
		"-o x --images-from - -":        "standard input",
		"-o x --min-score high a.json":  "min-score",
	} {
		_, err := flagtest.Parse(t, Command(nil), parse, strings.Fields(line)...)
		var f *ui.Failure
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(line, "high") &&
			(!errors.As(err, &f) || f.Code != ui.ExitUsage) {
			t.Errorf("%s: error %v, want one that says %q", line, err, want)
		}
	}
}

func TestSummary(t *testing.T) {
	sum := &summary{Images: counts{In: 1200, Kept: 1, Dropped: map[string]int{"of another dataset": 1199}},
		Annotations: counts{In: 5, Kept: 0, Dropped: map[string]int{"with a lower score": 1, "on such images": 4}}}
	var b strings.Builder
	sum.WriteText(&b)
	want := "images: kept 1 of 1,200\ndropped: 1,199 images of another dataset\nannotations: kept 0 of 5\ndropped: 4 annotations on such images\ndropped: 1 annotation with a lower score\n"
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
	var f *ui.Failure
	if err := sum.empty("in.json"); !errors.As(err, &f) || f.Code != ui.ExitBadData ||
		!strings.Contains(err.Error(), "no annotation remains") {
		t.Errorf("no annotation: %v", err)
	}
	sum.Annotations.Kept = 1
	if err := sum.empty("in.json"); err != nil {
		t.Errorf("one annotation: %v", err)
	}
	sum.Images.Kept = 0
	if err := sum.empty("in.json"); err == nil || !strings.Contains(err.Error(), "no image remains") {
		t.Errorf("no image: %v", err)
	}
}
