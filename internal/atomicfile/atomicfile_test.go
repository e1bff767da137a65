package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func names(t *testing.T, dir string) []string {
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

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a[1]*.json")
	for _, text := range []string{"one", "two"} {
		if err := WriteFile(path, func(w io.Writer) error {
			if old, err := os.ReadFile(path); text == "one" && err == nil || text == "two" && string(old) != "one" {
				t.Errorf("before the commit the file holds %q", old)
			}
			_, err := io.WriteString(w, text)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("file holds %q, want %q", got, text)
		}
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("folder holds %q, want the one file", got)
	}
}

func TestFailureLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.json")
	want := errors.New("broken")
	err := WriteFile(path, func(w io.Writer) error { fmt.Fprint(w, "half"); return want })
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("folder holds %q, want nothing", got)
	}
}

func TestStaleFilesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.json")
	// No process has this number: Linux ends at 4194304, others before.
	dead := filepath.Join(dir, ".a.json.99999999"+suffix)
	living := filepath.Join(dir, fmt.Sprintf(".a.json.%d%s", os.Getppid(), suffix))
	other := filepath.Join(dir, ".b.json.99999999"+suffix)
	for _, p := range []string{dead, living, other} {
		if err := os.WriteFile(p, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := WriteFile(path, func(io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); alive(99999999) == (err != nil) {
		t.Errorf("a dead process's file: %v", err)
	}
	for _, p := range []string{living, other} {
		if _, err := os.Stat(p); err != nil {
			t.Errorf("removed although not ours: %v", err)
		}
	}
}

func TestDeviceIsWrittenInPlace(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	err := WriteFile("/dev/full", func(w io.Writer) error { _, err := w.Write([]byte("x")); return err })
	if err == nil {
		t.Error("writing to a full device succeeded")
	}
	if st, err := os.Stat("/dev/full"); err != nil || st.Mode().IsRegular() {
		t.Errorf("/dev/full was replaced: %v %v", st, err)
	}
}

func TestFolderIsRefused(t *testing.T) {
	if _, err := Create(t.TempDir()); err == nil {
		t.Error("created a file in place of a folder")
	}
}
