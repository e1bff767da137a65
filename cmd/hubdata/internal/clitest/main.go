package clitest

import (
	"maps"
	"os"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/app"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/rogpeppe/go-internal/testscript"
)

// Main runs the tests of a package that starts the program as a process: hubdata is on PATH, and more programs are, by
// name. It is what TestMain calls. The version is that of no build, so a release does not change golden files.
func Main(m *testing.M, more map[string]func()) {
	ui.Version = "0.1.0-dev"
	programs := map[string]func(){"hubdata": func() { os.Exit(app.Main()) }}
	maps.Copy(programs, more)
	testscript.Main(m, programs)
}
