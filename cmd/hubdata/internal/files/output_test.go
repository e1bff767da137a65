package files

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestCheck: an input is never overwritten, and a file that hubdata did not write only with Force.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	readOnly := func(path string) string {
		if err := os.Chmod(path, 0o444); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const ours = `{"info":{"description":"","hubdata":{"version":"1"}},"images":[]}`
	input := file("input.json", ours)
	st, err := os.Stat(input)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path                       string
		plain, forced, forUnsigned string // the error, "" for none
	}{
		{filepath.Join(dir, "new.json"), "", "", ""},
		{"-", "", "", ""},
		{input, "is also an input", "is also an input", "is also an input"},
		{file("ours.json", ours), "", "", "exists"},
		{file("other.json", `{"info":{},"images":[]}`), "exists and hubdata did not write it", "", "exists"},
		{file("empty.json", ""), "", "", ""},
		{readOnly(file("kept.json", ours)), "is read-only", "", "is read-only"},
		{readOnly(file("kept-empty.json", "")), "is read-only", "", "is read-only"},
		{dir, "is a folder", "is a folder", "is a folder"},
	}
	for _, tt := range tests {
		for i, want := range []string{tt.plain, tt.forced, tt.forUnsigned} {
			o := &Outputs{Console: ui.NewConsole(nil, io.Discard, io.Discard), Force: i == 1, Unsigned: i == 2, Inputs: []*Input{Unopened(input, st)}}
			err := o.Check(tt.path)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%s, force %v, unsigned %v: %v, want %q", filepath.Base(tt.path), o.Force, o.Unsigned, err, want)
			}
			if want == "is read-only" {
				if _, err := o.CreateOver(tt.path); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("CreateOver of %s: %v, expected %q", filepath.Base(tt.path), err, want)
				}
			}
		}
	}
}

// TestAbort: files and folders of a run that fails are gone, those that were committed stay.
func TestAbort(t *testing.T) {
	dir := t.TempDir()
	o := &Outputs{Console: ui.NewConsole(nil, io.Discard, io.Discard)}
	write := func(path string) {
		t.Helper()
		out, err := o.Create(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.WriteString("text"); err != nil {
			t.Fatal(err)
		}
		if err := out.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	write("kept/a.txt")
	if err := o.Commit(); err != nil {
		t.Fatal(err)
	}
	write("gone/deep/b.txt")
	write("kept/c.txt")
	if n := o.Pending(); n != 2 {
		t.Errorf("%d files are pending, want 2", n)
	}
	o.Abort()
	var left []string
	_ = filepath.WalkDir(dir, func(path string, _ os.DirEntry, _ error) error {
		rel, _ := filepath.Rel(dir, path)
		left = append(left, filepath.ToSlash(rel))
		return nil
	})
	if got := strings.Join(left, " "); got != ". kept kept/a.txt" || o.Pending() != 0 {
		t.Errorf("left %q, %d pending", got, o.Pending())
	}
}
