package app

import (
	"os"
	"runtime/debug"
)

// gcPercent lets the heap grow to three times the live data before the garbage
// collector runs. docs/decisions.md has the measurements.
const gcPercent = 200

// heldPercent is that of commands which hold all instances: their live data
// are most of what they allocate.
const heldPercent = 40

// holdsAll are these commands.
var holdsAll = map[string]bool{"stitch": true, "view": true}

// tuneCollector sets the garbage collector for the process. The variables GOGC and
// GOMEMLIMIT, if set, govern it instead.
func tuneCollector() { setPercent(gcPercent) }

// tuneCollectorFor sets the garbage collector for a command, before it begins.
func tuneCollectorFor(command string) {
	if holdsAll[command] {
		setPercent(heldPercent)
	}
}

func setPercent(n int) {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(n)
	}
}
