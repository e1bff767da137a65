package exportcmd

import (
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
)

func TestFileNames(t *testing.T) {
	for _, tt := range []struct {
		paths, want []string
	}{
		{[]string{"a.png", "x/b.png"}, []string{"a.png", "b.png"}},
		{[]string{"run0/a.png", "run1/a.png"}, []string{"run0_a.png", "run1_a.png"}},
		{[]string{"run0/a.png", "run1/a.tif"}, []string{"run0_a.png", "run1_a.tif"}},
		{[]string{"a.png", "A.png"}, []string{"a.png", "A-2.png"}},
		{[]string{"x/a.png", "x_a.png", "y/a.png"}, []string{"x_a.png", "x_a-2.png", "y_a.png"}},
		{[]string{"Gefäß 1.tif", "血管.jpg"}, []string{"Gefäß 1.tif", "血管.jpg"}},
		{[]string{"e\u0301.png", "\u00e9.png"}, []string{"e\u0301.png", "\u00e9-2.png"}},
		{[]string{"../../evil.png", "/etc/passwd", `..\w.png`}, []string{"evil.png", "passwd", "w.png"}},
		{[]string{"nul.png", "-o.png", ".hidden.png", "a:b?.png", "a\x00.png", "c\xed\xa0\x80.png"}, []string{"_nul.png", "_-o.png", "_.hidden.png", "a_b_.png", "a_.png", "c___.png"}},
		{[]string{"", "end. ", strings.Repeat("e", 300) + ".png"}, []string{"1", "end", strings.Repeat("e", maxName) + ".png"}},
	} {
		var images []coco.Image
		for i, p := range tt.paths {
			images = append(images, coco.Image{ID: coco.IntID(int64(i + 1)), FileName: p})
		}
		got := fileNames(images)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q: names %q, expected %q", tt.paths, got, tt.want)
		}
		for _, name := range got {
			if err := checkPath("images/" + name); err != nil {
				t.Error(err)
			}
		}
	}
}

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
