// Package golden compares the results of tests with committed files, and reads the
// answers of the reference tools. Only tests import it.
//
// To rewrite the golden files that the tests generate themselves, run
//
//	go test ./the/package -update
//
// The answers of the reference tools are in testdata/golden of the package that
// reads them. The scripts in reference/ make them (make golden), and
// reference/live.sh points $HUBDATA_GOLDEN at a folder of fresh ones. [Real] finds the
// real data, which are not part of the repository.
package golden

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Update reports whether the tests were started with -update.
func Update() bool { return *update }

// Equal fails the test unless got equals the golden file. With -update
// it writes the file, and its folder, first.
func Equal(t testing.TB, path string, got []byte) {
	t.Helper()
	if want := Want(t, path, got); !bytes.Equal(got, want) {
		at := 1 + bytes.Count(got[:common(got, want)], []byte("\n"))
		t.Errorf("%s: line %d differs (%d bytes, want %d): run the test with -update and read the difference", path, at, len(got), len(want))
	}
}

// Repository returns the root folder of the module, from wherever in it the test runs.
func Repository(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}

// Real returns the path of a file or folder of the real data, such as hubmap/train. These data cannot be published:
// they are looked for in $HUBDATA_REAL, or else in shared/data next to the checkout. Without them the test is skipped.
func Real(t testing.TB, path string) string {
	t.Helper()
	dir := os.Getenv("HUBDATA_REAL")
	if dir == "" {
		dir = filepath.Join(Repository(t), "..", "shared", "data")
	}
	path, err := filepath.Abs(filepath.Join(dir, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no real data: %v; set HUBDATA_REAL to the folder that has hubmap in it", err)
	} else if err != nil {
		t.Fatal(err)
	}
	return path
}

// common is the length of the beginning that two texts share.
func common(a, b []byte) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// Want returns the content of the golden file, for tests that compare it in
// another way. With -update it writes got first. A missing file is empty.
func Want(t testing.TB, path string, got []byte) []byte {
	t.Helper()
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, got, 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return want
}

// folder returns the folder of fresh results, or "".
func folder() string { return os.Getenv("HUBDATA_GOLDEN") }

// Fresh reports whether the answers come from a new run of the reference tools
// instead of the committed files. The number of fresh cases differs from that of
// committed ones.
func Fresh() bool { return folder() != "" }

// Path returns the path of the file of results with this name.
func Path(name string) string {
	return filepath.Join(cmp.Or(folder(), filepath.Join("testdata", "golden")), name)
}

// File returns the contents of a file of results, decompressed if its name ends
// in .gz.
func File(t testing.TB, name string) []byte {
	t.Helper()
	f := open(t, name)
	defer func() { _ = f.Close() }() // only read
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return text
}

// Lines returns the lines of a file of results with their numbers, from 0. A
// line is valid until the next one is read.
func Lines(t testing.TB, name string) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		t.Helper()
		f := open(t, name)
		defer func() { _ = f.Close() }() // only read
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<24)
		for n := 0; lines.Scan(); n++ {
			if !yield(n, lines.Bytes()) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// Cases returns the cases of a file of results with their numbers, from 1. Each
// line is a JSON value. The first line holds the versions of the tools and is
// logged. A file without cases fails the test.
func Cases[T any](t testing.TB, name string) iter.Seq2[int, *T] {
	return func(yield func(int, *T) bool) {
		t.Helper()
		last := 0
		for n, line := range Lines(t, name) {
			if last = n; n == 0 {
				t.Logf("%s: %s", name, line)
				continue
			}
			c := new(T)
			if err := json.Unmarshal(line, c); err != nil {
				t.Fatalf("%s: case %d: %v", name, n, err)
			}
			if !yield(n, c) {
				return
			}
		}
		if last == 0 {
			t.Fatalf("%s holds no cases", name)
		}
	}
}

// open opens a file of results.
func open(t testing.TB, name string) io.ReadCloser {
	t.Helper()
	f, err := os.Open(Path(name))
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(name) != ".gz" {
		return f
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatalf("%s: %v", name, errors.Join(err, f.Close()))
	}
	return struct {
		io.Reader
		io.Closer
	}{z, f}
}
