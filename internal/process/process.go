// Package process tells whether a process that was noted down is still the one that
// runs under its number.
package process

import "os"

// ID is a process. Numbers are given again, so its start is noted too where the system
// tells it.
type ID struct {
	PID   int    `json:"pid"`
	Start string `json:"start,omitempty"`
}

// Self is this process.
func Self() ID { return Of(os.Getpid()) }

// Of is the process that now has a number.
func Of(pid int) ID { return ID{pid, start(pid)} }

// Alive says whether the process still runs.
func (id ID) Alive() bool {
	if id.PID <= 0 || !exists(id.PID) {
		return false
	}
	now := start(id.PID)
	return now != ended && (id.Start == "" || now == "" || now == id.Start)
}

// ended is the start of a process that has ended and whose parent has not asked for it.
const ended = "ended"
