package atomicfile

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// namesIn lists what is in a folder.
func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func fill(t *testing.T, path, name string) *Folder {
	t.Helper()
	f, err := CreateFolder(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Root().WriteFile(name, []byte(name), 0o666); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "set")
	f := fill(t, path, "a")
	if _, err := os.Stat(path); err == nil {
		t.Error("the folder is there before the commit")
	}
	if f.Root().WriteFile("../b", nil, 0o666) == nil {
		t.Error("a name led out of the folder")
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Abort()
	if got := namesIn(t, path); !slices.Equal(got, []string{"a"}) {
		t.Errorf("the folder has %q", got)
	}
	fill(t, path, "b").Abort()
	if got := namesIn(t, path); !slices.Equal(got, []string{"a"}) {
		t.Errorf("after an abort the folder has %q", got)
	}
	if err := fill(t, path, "c").Commit(); err != nil {
		t.Fatal(err)
	}
	if got := namesIn(t, path); !slices.Equal(got, []string{"c"}) {
		t.Errorf("after it was replaced the folder has %q", got)
	}
	if got := namesIn(t, dir); !slices.Equal(got, []string{"set"}) {
		t.Errorf("left behind: %q", got)
	}
}

// TestFolderNotOver: a folder that may not be replaced stays, whenever something was put into it.
func TestFolderNotOver(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "set")
	f, err := CreateFolder(path+string(filepath.Separator), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "mine"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err == nil {
		t.Error("a folder was replaced")
	}
	if got := namesIn(t, path); !slices.Equal(got, []string{"mine"}) {
		t.Errorf("the folder has %q", got)
	}
	if got := namesIn(t, dir); !slices.Equal(got, []string{"set"}) {
		t.Errorf("left behind: %q", got)
	}
}

// TestFolderStale checks that what a killed process left is removed, and what a live one fills is not.
func TestFolderStale(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "set")
	stale := filepath.Join(dir, ".set.999999999-00000000-1"+suffix)
	if err := os.MkdirAll(filepath.Join(stale, "images"), 0o777); err != nil {
		t.Fatal(err)
	}
	first := fill(t, path, "a")
	defer first.Abort()
	if _, err := os.Stat(stale); err == nil {
		t.Error("the folder of a killed process was not removed")
	}
	second := fill(t, path, "b")
	defer second.Abort()
	if _, err := os.Stat(first.Name()); err != nil {
		t.Errorf("the folder of a live process was removed: %v", err)
	}
}
