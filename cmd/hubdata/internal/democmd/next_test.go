package democmd_test

import (
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
)

// TestDemoNext runs what demo says to try next.
func TestDemoNext(t *testing.T) {
	if testing.Short() {
		t.Skip("draws a demo with its images")
	}
	t.Chdir(t.TempDir())
	code, out, errs := clitest.Hubdata(t, t.Context(), "demo")
	_, next, ok := strings.Cut(out, "next, try:\n")
	if code != 0 || !ok {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	ran := 0
	for line := range strings.Lines(next) {
		words := strings.Fields(line)
		if words[0] == "cd" {
			t.Chdir(words[1])
			continue
		}
		if code, out, errs := clitest.Hubdata(t, t.Context(), words[1:]...); code != 0 {
			t.Errorf("%s: exit code %d: %s%s", strings.TrimSpace(line), code, out, errs)
		}
		ran++
	}
	if ran < 5 {
		t.Errorf("%d commands to try in %q", ran, next)
	}
}
