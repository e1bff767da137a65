package app_test

import (
	"fmt"
	"maps"
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

// TestExportDisturbed kills and interrupts exports at random moments: the folder is never seen but whole, an interrupt
// leaves nothing, and the next run clears what a killed one left.
func TestExportDisturbed(t *testing.T) {
	if testing.Short() {
		t.Skip("runs many processes: left out of short runs")
	}
	if runtime.GOOS == "windows" {
		t.Skip("there is no interrupt to send on Windows")
	}
	dir, out := clitest.Demo(t), t.TempDir()
	run := func() *exec.Cmd {
		return exec.Command("hubdata", "export", "--to", "hf", "--quiet", "--force", "-o", filepath.Join(out, "hf"), dir)
	}
	start := time.Now()
	if text, err := run().CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	took := time.Since(start)
	want := clitest.Files(t, filepath.Join(out, "hf"))
	rng := rand.New(rand.NewPCG(2, 1))
	for i := range longtest.Share(24, 8) {
		if i%4 < 2 { // else it replaces the folder
			if err := os.RemoveAll(filepath.Join(out, "hf")); err != nil {
				t.Fatal(err)
			}
		}
		signal := []os.Signal{os.Kill, syscall.SIGINT}[i%2]
		cmd := run()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(took) * 5 / 4)))
		_ = cmd.Process.Signal(signal)
		_ = cmd.Wait()
		list, err := os.ReadDir(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			switch {
			case e.Name() == "hf":
				if got := clitest.Files(t, filepath.Join(out, "hf")); !maps.Equal(got, want) {
					t.Fatalf("run %d: the folder has %d files, expected %d of the same bytes", i, len(got), len(want))
				}
			case !strings.HasPrefix(e.Name(), ".hf."):
				t.Errorf("run %d: left %s", i, e.Name())
			case strings.Contains(e.Name(), fmt.Sprintf(".%d-", cmd.Process.Pid)) && cmd.ProcessState.ExitCode() == 130:
				t.Errorf("run %d: an interrupted run left %s", i, e.Name())
			}
		}
	}
	if text, err := run().CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if list, err := os.ReadDir(out); err != nil || len(list) != 1 {
		t.Errorf("after the last run: %v, %v", list, err)
	}
}
