package run

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCause looks for the cause in outputs of real programs, in testdata/causes: the lines
// after "expected:" of each file.
func TestCause(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "causes", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files, %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			output, expected, ok := strings.Cut(string(text), "\nexpected:\n")
			if !ok {
				t.Fatal("nothing expected")
			}
			expected, advice, _ := strings.Cut(expected, "\nadvice: ")
			got := causeIn(strings.Split(strings.TrimRight(output, "\n"), "\n"))
			if joined := strings.Join(got, "\n"); joined != strings.TrimSuffix(expected, "\n") {
				t.Errorf("found\n%s\nexpected\n%s", joined, expected)
			}
			if found := knownFault(got); strings.TrimSpace(advice) == "" && found != "" || !strings.HasPrefix(found, strings.TrimSpace(advice)) {
				t.Errorf("advice %q, expected %q", found, advice)
			}
		})
	}
}

// TestLinesFrom reads only what was written since.
func TestLinesFrom(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "console.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before := "RuntimeError: CUDA out of memory\n"
	if _, err := f.WriteString(before + "one\r\n\xff\n"); err != nil {
		t.Fatal(err)
	}
	if got := linesFrom(f, int64(len(before))); len(got) != 2 || got[0] != "one\r" || got[1] != "\ufffd" {
		t.Errorf("%q", got)
	}
	if _, err := f.WriteString(strings.Repeat("x", 2<<20)); err != nil {
		t.Fatal(err)
	}
	if got := linesFrom(f, 0); len(got) != 1 || len(got[0]) != 1<<20 {
		t.Errorf("%d lines", len(got))
	}
	if got := linesFrom(f, 4<<20); got != nil || causeIn(got) != nil {
		t.Errorf("%q", got)
	}
}
