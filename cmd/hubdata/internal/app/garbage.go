package app

import (
	"os"
	"runtime/debug"
)

// gcPercent lets the heap grow to three times the live data before the garbage
// collector runs. docs/decisions.md has the measurements.
const gcPercent = 200

// tuneCollector sets the garbage collector for the process. The variables GOGC and
// GOMEMLIMIT, if set, govern it instead.
func tuneCollector() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
