package atomicfile

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestCommitTogether: if one file cannot be replaced, none is. A folder with something in it, which appears under the
// name of an output, cannot be replaced by a file.
func TestCommitTogether(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folders and links differ")
	}
	for blocked := range 4 {
		dir := t.TempDir()
		names := []string{"a", "b", "new", "d"}
		for _, name := range names {
			if name != "new" {
				write(t, filepath.Join(dir, name), "old "+name)
			}
		}
		var files []*File
		for _, name := range names {
			f, err := Create(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write([]byte("new " + name)); err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		path := filepath.Join(dir, names[blocked])
		_ = os.Remove(path)
		write(t, filepath.Join(path, "inside"), "old")
		err := Commit(files...)
		if partial := new(PartialError); err == nil || errors.As(err, &partial) {
			t.Errorf("%s is blocked: %v", names[blocked], err)
		}
		for i, name := range names {
			text, err := os.ReadFile(filepath.Join(dir, name))
			switch {
			case i == blocked:
			case name == "new":
				if !errors.Is(err, os.ErrNotExist) {
					t.Errorf("%s is blocked: new is there: %q, %v", names[blocked], text, err)
				}
			case string(text) != "old "+name:
				t.Errorf("%s is blocked: %s holds %q, %v", names[blocked], name, text, err)
			}
		}
		onlyThese(t, dir, names...)
	}
}

// TestCommitLeavesNoSecondNames, where all goes well.
func TestCommitLeavesNoSecondNames(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"1", "2"} {
		var files []*File
		for _, name := range []string{"a", "b"} {
			f, err := Create(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		if err := Commit(files...); err != nil {
			t.Fatal(err)
		}
		onlyThese(t, dir, "a", "b")
		if got, _ := os.ReadFile(filepath.Join(dir, "b")); string(got) != text {
			t.Errorf("found %q, expected %q", got, text)
		}
	}
}

// TestImmutable: a file that nobody may replace is found before another is replaced.
func TestImmutable(t *testing.T) {
	dir := t.TempDir()
	locked := filepath.Join(dir, "b")
	write(t, filepath.Join(dir, "a"), "old")
	write(t, locked, "old")
	if err := exec.Command("chattr", "+i", locked).Run(); err != nil {
		t.Skip("needs chattr and its rights:", err)
	}
	t.Cleanup(func() { _ = exec.Command("chattr", "-i", locked).Run() })
	var files []*File
	for _, name := range []string{"a", "b"} {
		f, err := Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	if err := Commit(files...); err == nil {
		t.Error("an immutable file was replaced")
	}
	for _, name := range []string{"a", "b"} {
		if text, _ := os.ReadFile(filepath.Join(dir, name)); string(text) != "old" {
			t.Errorf("%s holds %q", name, text)
		}
	}
	onlyThese(t, dir, "a", "b")
}

// TestUndoFails: what could not be restored is named.
func TestUndoFails(t *testing.T) {
	dir := t.TempDir()
	replaced := func(name string, was bool, kept string) *step {
		return &step{file: &File{path: filepath.Join(dir, name)}, was: was, kept: kept}
	}
	write(t, filepath.Join(dir, "kept"), "old")
	cause := errors.New("no luck")
	err := undo([]*step{replaced("a", true, ""), replaced("b", true, filepath.Join(dir, "kept")), replaced("c", false, ""), replaced("d", true, filepath.Join(dir, "gone"))}, cause)
	var partial *PartialError
	if !errors.As(err, &partial) || !errors.Is(err, cause) {
		t.Fatal(err)
	}
	var names []string
	for _, path := range partial.Written {
		names = append(names, filepath.Base(path))
	}
	if !slices.Equal(names, []string{"a", "c", "d"}) || !strings.HasPrefix(err.Error(), "no luck; replaced before that and not restored: ") {
		t.Error(err)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "b")); string(text) != "old" {
		t.Errorf("b holds %q", text)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// onlyThese reports what else is in a folder.
func onlyThese(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(names, e.Name()) {
			t.Errorf("left %s", e.Name())
		}
	}
}
