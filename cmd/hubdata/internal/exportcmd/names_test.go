package exportcmd

import (
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
)

func TestSplitName(t *testing.T) {
	for name, want := range map[string]bool{"train": true, "Prüfung_2": true, "": false, "a/b": false, "..": false, "-x": false, "nul": false, "a b": true, "a ": false, " a": false, "a.b": true, ".a": false, "a\\b": false, "a:b": false, "été": true, "e\u0301": true, "a\n": false} {
		if isSplitName(name) != want {
			t.Errorf("split %q: allowed %v, expected %v", name, !want, want)
		}
	}
}

func TestCheckPath(t *testing.T) {
	for path, good := range map[string]bool{
		"a": true, "images/train/a.png": true, "": false, "../a": false, "/a": false, "a/../../b": false, "a//b": false, "a/nul": false, `a\b`: false, "a\x00": false, "c:a": false,
	} {
		if err := checkPath(path); (err == nil) != good {
			t.Errorf("path %q: %v", path, err)
		}
	}
}

func TestClassMap(t *testing.T) {
	categories := []coco.Category{{ID: 1, Name: "a"}, {ID: 2, Name: "b"}, {ID: 3, Name: "x=y"}}
	for _, tt := range []struct {
		values  []string
		keep    []string
		renamed string // old=new, ...
		err     string
	}{
		{nil, nil, "", ""},
		{[]string{"a,b"}, []string{"a,b"}, "", ""},
		{[]string{"a=c"}, nil, "a=c", ""},
		{[]string{"b", "a=c"}, []string{"b", "a"}, "a=c", ""},
		{[]string{"x=y"}, []string{"x=y"}, "", ""},
		{[]string{"x=y=z"}, nil, "x=y=z", ""},
		{[]string{"q=c"}, nil, "", `f.json has no class "q"`},
		{[]string{"a="}, nil, "", "expected OLD=NEW"},
		{[]string{"a=c", "a=d"}, nil, "", "gets two names"},
	} {
		keep, renamed, err := classMap(tt.values, categories, "f.json")
		if err != nil || tt.err != "" {
			if err == nil || tt.err == "" || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: error %v, expected %q", tt.values, err, tt.err)
			}
			continue
		}
		var pairs []string
		for old, now := range renamed {
			pairs = append(pairs, old+"="+now)
		}
		if !slices.Equal(keep, tt.keep) || strings.Join(pairs, ",") != tt.renamed {
			t.Errorf("%q: keeps %q and renames %q, expected %q and %q", tt.values, keep, pairs, tt.keep, tt.renamed)
		}
	}
}
