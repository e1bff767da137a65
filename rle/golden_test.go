package rle

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// goldenFolder is where the scripts in reference/ have written: the committed
// answers, or fresh ones in $HUBDATA_GOLDEN.
func goldenFolder() string {
	if dir := os.Getenv("HUBDATA_GOLDEN"); dir != "" {
		return dir
	}
	return filepath.Join("testdata", "golden")
}

// eachGolden calls fn for every case of a golden file, with its number from 1,
// until one fails, and returns how many there were. A file has one JSON case a
// line, behind a line that tells the tools' versions.
func eachGolden[T any](t *testing.T, path string, fn func(n int, c *T)) (n int) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zr, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(zr)
	lines.Buffer(nil, 1<<24)
	if !lines.Scan() {
		t.Fatal("no header line")
	}
	t.Logf("%s: %s", path, lines.Bytes())
	for lines.Scan() && !t.Failed() {
		var c T
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		n++
		fn(n, &c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}
