package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hubdata/hubdata/internal/flock"
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
	// No process has this number: the largest on Linux is 4194304, and lower on
	// other systems.
	dead := filepath.Join(dir, ".a.json.99999999-00000001-1"+suffix)
	living := filepath.Join(dir, fmt.Sprintf(".a.json.%d-00000001-1%s", os.Getppid(), suffix))
	other := filepath.Join(dir, ".b.json.99999999-00000001-1"+suffix)
	far := filepath.Join(dir, ".a.json.99999999-00000001-2"+suffix) // of another container
	// These have the number of this process: one is from an earlier process,
	// one from another container.
	same := filepath.Join(dir, fmt.Sprintf(".a.json.%d-x-1%s", os.Getpid(), suffix))
	before := filepath.Join(dir, fmt.Sprintf(".a.json.%d-y-1%s", os.Getpid(), suffix))
	for _, p := range []string{dead, living, other, far, same, before} {
		if err := os.WriteFile(p, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(before, begun.Add(-time.Hour), begun.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(far)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	locked := flock.Lock(f, false) == nil
	if err := WriteFile(path, func(io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); alive(99999999) == (err != nil) {
		t.Errorf("a dead process's file: %v", err)
	}
	if _, err := os.Stat(before); err == nil {
		t.Error("an earlier process's file of the same number is still there")
	}
	for _, p := range []string{living, other, far, same} {
		if _, err := os.Stat(p); err != nil && (p != far || locked) {
			t.Errorf("removed although not ours: %v", err)
		}
	}
}

// TestSameNumber checks that two processes with the same number, as in containers, can
// write the same file without interfering.
func TestSameNumber(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.json")
	first, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(first, "first")
	second, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(second, "sec")
	if _, err := os.Stat(first.f.Name()); err != nil && flock.Lock(first.f, false) == nil {
		t.Fatalf("the second removed the first's file: %v", err)
	}
	if err := Commit(first); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "first" {
		t.Errorf("file holds %q", got)
	}
	fmt.Fprint(second, "ond")
	if err := Commit(second); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "second" {
		t.Errorf("file holds %q", got)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("folder holds %q, want the one file", got)
	}
}

// TestCommitsDoNotMix checks that after several runs have written the same
// files in parallel, all files are from the same run.
func TestCommitsDoNotMix(t *testing.T) {
	const files, runs = 20, 8
	for range 3 {
		dir := t.TempDir()
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(dir, link); err != nil {
			t.Skip(err)
		}
		var wg sync.WaitGroup
		for r := range runs {
			where := []string{dir, link}[r%2]
			wg.Go(func() {
				var out []*File
				for i := range files {
					f, err := Create(filepath.Join(where, fmt.Sprint(i)))
					if err != nil {
						t.Error(err)
						return
					}
					fmt.Fprint(f, r)
					out = append(out, f)
				}
				if err := Commit(out...); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		want, err := os.ReadFile(filepath.Join(dir, "0"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range files {
			if got, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i))); err != nil || string(got) != string(want) {
				t.Fatalf("file %d is of run %s (%v), file 0 of run %s", i, got, err, want)
			}
		}
		if got := names(t, dir); len(got) != files {
			t.Errorf("folder holds %q", got)
		}
	}
}

// TestLongName writes a file with the longest name that systems allow.
func TestLongName(t *testing.T) {
	for _, name := range []string{strings.Repeat("a", 255), strings.Repeat("é", 127)} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Skip(err)
		}
		if err := WriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, "x"); return err }); err != nil {
			t.Error(err)
		}
		if got := names(t, dir); len(got) != 1 {
			t.Errorf("folder holds %q", got)
		}
	}
}

func TestScratch(t *testing.T) {
	dir := t.TempDir()
	s, err := NewScratch(dir)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(s, "text")
	got := make([]byte, 4)
	if _, err := s.ReadAt(got, 0); err != nil || string(got) != "text" {
		t.Errorf("read %q, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("folder holds %q", got)
	}
	// A process left this file because it was killed before it removed the
	// name.
	left := filepath.Join(dir, ".scratch.99999999-00000001-1"+suffix)
	if err := os.WriteFile(left, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if s, err = NewScratch(dir); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := os.Stat(left); alive(99999999) == (err != nil) {
		t.Errorf("a dead process's file: %v", err)
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

// TestOpenPipe: the path of an open pipe, as of a shell's >(...), is a link to what is no path.
func TestOpenPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path := fmt.Sprintf("/dev/fd/%d", w.Fd())
	if _, err := os.Stat(path); err != nil {
		t.Skip(err)
	}
	if err := WriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, "text"); return err }); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != "text" {
		t.Errorf("read %q, %v", got, err)
	}
}
