package files

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestApart: two names of one file are found, before the run and when the second is created.
func TestApart(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs links")
	}
	t.Chdir(t.TempDir())
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll("sub/deep", 0o777))
	must(os.WriteFile("there", nil, 0o666))
	must(os.Link("there", "hard"))
	must(os.Symlink("there", "soft"))
	must(os.Symlink("new", "dangling"))
	must(os.Symlink("sub", "folder"))
	here, err := os.Getwd()
	must(err)
	for _, tt := range []struct {
		a, b    string
		checked bool // found before the run
		created bool // found when the second is created
	}{
		{"new", "other", false, false},
		{"new", "NEW", false, false},
		{"new", "new.gz", false, false},
		{"new", "new", true, true},
		{"new", "./new", true, true},
		{"new", "sub/../new", true, true},
		{"new", filepath.Join(here, "new"), true, true},
		{"new", "dangling", true, true},
		{"there", "soft", true, true},
		{"there", "hard", true, false}, // each gets a file of its own
		{"folder/new", "sub/new", true, true},
		{"folder/none/new", "sub/none/new", true, true},
		{"sub/new", "sub/deep/new", false, false},
		{"-", "-", true, true},
		{"-", "new", false, false},
		{os.DevNull, os.DevNull, false, false},
	} {
		outs := func() *Outputs { return &Outputs{Console: ui.NewConsole(nil, io.Discard, io.Discard)} }
		is := func(err error) bool { return err != nil && strings.Contains(err.Error(), "output") }
		if err := outs().Check(tt.a, "", tt.b); is(err) != tt.checked {
			t.Errorf("%s and %s: Check gives %v", tt.a, tt.b, err)
		}
		o := outs()
		_, err := o.Create(tt.a)
		must(err)
		if _, err := o.Create(tt.b); is(err) != tt.created {
			t.Errorf("%s and %s: Create gives %v", tt.a, tt.b, err)
		}
		o.Abort()
	}
}

// TestApartFromStdout: a file that standard output is written to is no other output.
func TestApartFromStdout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	stdout, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdout.Close() }()
	o := &Outputs{Console: ui.NewConsole(nil, stdout, io.Discard)}
	if err := o.Check("-", path); err == nil || err.Error() != "outputs standard output and "+path+" are the same file" {
		t.Error(err)
	}
}

// TestInputsOfTheRun: every input that was opened is known, also to a file that may be overwritten.
func TestInputsOfTheRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(path, []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	c := ui.NewConsole(nil, io.Discard, io.Discard)
	in, err := OpenInput(c, path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	o := &Outputs{Console: c, Force: true}
	if _, err := o.CreateOver(path); err == nil || !strings.Contains(err.Error(), "is also an input") {
		t.Error(err)
	}
}
