package main

import (
	"errors"
	"maps"
	"os/exec"
	"strconv"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/app"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/traincmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/golden"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	ui.Version = "0.1.0-dev" // of no build: a release does not change golden files
	programs := map[string]func(){"hubdata": main, "hubdata-peak": app_test.MainPeak}
	maps.Copy(programs, traincmd_test.Fakes)
	testscript.Main(m, programs)
}

// TestScript runs the command line scripts. Beside testscript's commands they
// have `exits CODE PROGRAM ARGS...`.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: golden.Update(), // writes what they print into their golden parts
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": func(ts *testscript.TestScript, neg bool, args []string) {
				if len(args) < 2 || neg {
					ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
				}
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				got := 0
				var exit *exec.ExitError
				if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
					got = exit.ExitCode()
				} else if err != nil {
					ts.Fatalf("%v", err)
				}
				if got != want {
					ts.Fatalf("exit code %d, want %d", got, want)
				}
			},
		},
	})
}
