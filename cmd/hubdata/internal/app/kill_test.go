package app_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/internal/longtest"
)

func outputsOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	paths, err := filepath.Glob(filepath.Join(dir, "coco_data", "coco", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if out[filepath.Base(p)], err = os.ReadFile(p); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestDisturbed kills and interrupts conversions at random moments: no file is
// ever seen under its name but whole, an interrupt leaves nothing, and the next
// run gives the undisturbed bytes and clears what a killed one left.
func TestDisturbed(t *testing.T) {
	if testing.Short() {
		t.Skip("runs many processes: left out of short runs")
	}
	if runtime.GOOS == "windows" {
		t.Skip("there is no interrupt to send on Windows")
	}
	dir := clitest.DemoFolder(t)
	clean := clitest.Tree(t, dir)
	start := time.Now()
	if out, err := exec.Command("hubdata", "convert", dir, "--quiet").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	took := time.Since(start)
	want := outputsOf(t, dir)
	if len(want) != 8 {
		t.Fatalf("%d files, want 8", len(want))
	}

	rng := rand.New(rand.NewPCG(1, 1))
	interrupted := 0
	for i := range longtest.Share(40, 16) {
		if err := os.RemoveAll(filepath.Join(dir, "coco_data")); err != nil {
			t.Fatal(err)
		}
		signal := []os.Signal{os.Kill, syscall.SIGINT}[i%2]
		cmd := exec.Command("hubdata", "convert", dir, "--quiet")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(took) * 5 / 4)))
		_ = cmd.Process.Signal(signal)
		_ = cmd.Wait()
		code := cmd.ProcessState.ExitCode()
		for name, text := range outputsOf(t, dir) {
			if !strings.HasPrefix(name, ".") && !bytes.Equal(text, want[name]) {
				t.Fatalf("run %d: %s is visible and not whole", i, name)
			}
		}
		if signal == syscall.SIGINT && code != 0 {
			interrupted++
			// Before Go's runtime has set up its handler an interrupt just kills.
			if code != 130 && code != -1 {
				t.Fatalf("run %d: exit code %d, want 130: %s", i, code, &stderr)
			}
			if after := clitest.Tree(t, dir); strings.Join(after, " ") != strings.Join(clean, " ") {
				t.Fatalf("run %d: an interrupt left %q", i, after)
			}
		}
		if i%8 == 7 {
			if out, err := exec.Command("hubdata", "convert", dir, "--quiet").CombinedOutput(); err != nil {
				t.Fatalf("run %d: %v: %s", i, err, out)
			}
			got := outputsOf(t, dir)
			if len(got) != len(want) {
				t.Fatalf("run %d: %d files, want %d: something was left behind", i, len(got), len(want))
			}
			for name := range want {
				if !bytes.Equal(got[name], want[name]) {
					t.Fatalf("run %d: %s differs from the undisturbed run", i, name)
				}
			}
		}
	}
	if interrupted == 0 {
		t.Error("no run was interrupted in time: the test did not test")
	}
}
