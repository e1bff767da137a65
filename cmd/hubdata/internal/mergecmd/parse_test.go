package mergecmd

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flagtest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

func TestParse(t *testing.T) {
	for line, want := range map[string][]string{
		"-o x a.json b.json.gz":                              {"a", "b"},
		"-o x a/v1.json b/v1.json c/v1.json":                 {"v1", "v1-2", "v1-3"},
		"-o x --name v1=c/v1.json a/v1.json c/v1.json":       {"v1-2", "v1"},
		"-o x --name expert=./a.json a.json -":               {"expert", "stdin"},
		"-o x --name v1-2=a.json b/v1.json c/v1.json a.json": {"v1", "v1-3", "v1-2"},
	} {
		o, err := flagtest.Parse(t, Command(nil), parse, strings.Fields(line)...)
		if err != nil || !slices.Equal(o.names, want) {
			t.Errorf("%s: %v, %v, want %q", line, o, err, want)
		}
	}
	for line, want := range map[string]string{
		"a.json":                      "-o",
		"-o x":                        "merge: name the files",
		"-o x --name a a.json":        "--name",
		"-o x --name =a.json a.json":  "--name",
		"-o x --name n=c.json a.json": `"c.json" is not one of the files a.json`,
		"-o x --name n=a.json --name n=b.json a.json b.json": `two files are named "n"`,
	} {
		_, err := flagtest.Parse(t, Command(nil), parse, strings.Fields(line)...)
		var f *ui.Failure
		if !errors.As(err, &f) || f.Code != ui.ExitUsage || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one that says %q", line, err, want)
		}
	}
}

func TestSummary(t *testing.T) {
	sum := &summary{Files: []ui.SummaryFile{ui.NewSummarySet("all.json", 3, 1200)},
		Sources: []sourceSummary{{Name: "a", Images: 2, NewImages: 2, Annotations: 1000}, {Name: "b", Images: 2, NewImages: 1, Annotations: 201, Duplicates: 1}},
		Total:   sourceSummary{Images: 4, NewImages: 3, Annotations: 1201, Duplicates: 1}}
	var b strings.Builder
	sum.WriteText(&b)
	lines := strings.Split(b.String(), "\n")
	for i, want := range []string{"", "a 2 2 0 1,000 0", "b 2 1 1 201 1", "all 4 3 1 1,201 1",
		"images and annotations of each source; new, present: images that no earlier source has, or that one has;",
		"duplicates dropped: annotations equal to an earlier one, with --drop-duplicates", "wrote all.json (3 images, 1,200 annotations)"} {
		if got := strings.Join(strings.Fields(lines[i]), " "); i > 0 && got != want {
			t.Errorf("line %d is %q, want %q", i, got, want)
		}
	}
}
