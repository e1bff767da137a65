package ui

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestProgressLines: a program that asks for lines gets them, with --quiet none.
func TestProgressLines(t *testing.T) {
	t.Setenv(progressLines, "1")
	synctest.Test(t, testProgressLines)
}

// testProgressLines runs by a clock that stands still but for sleeps.
func testProgressLines(t *testing.T) {
	var stderr strings.Builder
	p := &lineProgress{w: &stderr, what: "reading\na", total: 10}
	p.add(3)
	p.add(4) // within the next step
	p.next = time.Time{}
	p.add(1)
	if expected := "progress: 3 10 reading\\na\nprogress: 8 10 reading\\na\n"; stderr.String() != expected {
		t.Errorf("found %q, expected %q", stderr.String(), expected)
	}

	stderr.Reset()
	for _, quiet := range []bool{false, true} {
		c := &Console{Stderr: &stderr, Quiet: quiet}
		add, stop := c.Progress("reading", -1)
		add(1)
		if stderr.Len() > 0 {
			t.Errorf("a run that has just begun printed %q", stderr.String())
		}
		time.Sleep(progressAfter + 50*time.Millisecond)
		add(1)
		stop()
		if expected := "progress: 2 -1 reading\n"; (stderr.String() == expected) == quiet {
			t.Errorf("quiet %v: found %q", quiet, stderr.String())
		}
		stderr.Reset()
	}
}
