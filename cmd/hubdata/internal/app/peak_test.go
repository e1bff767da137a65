package app_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/app"
)

// peakFile is the variable that tells hubdata-peak where to write its peak.
const peakFile = "HUBDATA_TEST_PEAK"

// mainPeak is hubdata, and leaves the most memory that the process ever held. What
// wait4 tells of a child will not do: it begins with what its parent held.
func mainPeak() {
	code := app.Main()
	if text, err := os.ReadFile("/proc/self/status"); err == nil {
		_ = os.WriteFile(os.Getenv(peakFile), text, 0o666)
	}
	os.Exit(code)
}

// runPeak runs a command line as a process and returns its peak in bytes, 0 where the
// system does not tell.
func runPeak(t *testing.T, args ...string) (peak int64, code int, output string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "peak")
	cmd := exec.Command("hubdata-peak", args...)
	cmd.Env = append(os.Environ(), peakFile+"="+file)
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() < 0 {
		t.Fatalf("hubdata %v: %v", args, err)
	}
	status, err := os.ReadFile(file)
	if err == nil {
		_, rest, _ := strings.Cut(string(status), "VmHWM:")
		kib, err := strconv.ParseInt(strings.Fields(rest + " -")[0], 10, 64)
		if err != nil {
			t.Fatalf("no peak in %s", status)
		}
		peak = kib << 10
	}
	return peak, cmd.ProcessState.ExitCode(), string(text)
}
