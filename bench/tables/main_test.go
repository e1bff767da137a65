package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocs fails if the tables in the docs differ from those generated from the
// committed figures and golden files.
func TestDocs(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, doc := range docs {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(doc)))
		if err != nil {
			t.Fatal(err)
		}
		want, err := fill(root, text)
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if !bytes.Equal(text, want) {
			t.Errorf("the tables of %s are not those of its figures: make docs-tables", doc)
		}
		if !bytes.Contains(text, []byte(open)) {
			t.Errorf("%s has no table", doc)
		}
	}
}

func TestSection(t *testing.T) {
	m := &measured{Rows: []row{
		{Section: "a", Work: "w", Tool: own, Unit: "s", Value: 0.05, CPU: 0.1, MB: 30},
		{Section: "a", Work: "w", Tool: "peer", Unit: "s", Value: 62.5, CPU: 60, MB: 1999.6, Differs: "other"},
		{Section: "b", Work: "w", Tool: own, Unit: "ns", Value: 12.34},
		{Section: "c", Work: "w", Tool: "peer", Unit: "ns", Value: 1},
	}}
	got, err := m.section("a")
	want := "| work | tool | median | hubdata is faster by | processor time | by processor time | peak memory | results |\n|---|---|---|---|---|---|---|---|\n" +
		"| w | hubdata | 50.0 ms |  | 100 ms |  | 30 MB | equal |\n|  | peer | 62.5 s | 1,250x | 60.0 s | 600x | 2,000 MB | other |\n"
	if err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	if got, err = m.section("b"); err != nil || !strings.HasSuffix(got, "| w | hubdata | 12.3 ns |  |\n") {
		t.Errorf("%v\n%s", err, got)
	}
	for _, name := range []string{"c", "d"} {
		if got, err := m.section(name); err == nil {
			t.Errorf("%s: no error:\n%s", name, got)
		}
	}
}

func TestFill(t *testing.T) {
	root := filepath.Join("..", "..")
	for text, want := range map[string]string{
		"a <!-- table x":                           "not closed",
		"a <!-- table x --> b":                     "no <!-- end -->",
		"a <!-- table x --> b\n<!-- end -->\n":     "no row",
		"no table here, and <!-- end --> is plain": "",
	} {
		got, err := fill(root, []byte(text))
		if want == "" && (err != nil || string(got) != text) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
}
