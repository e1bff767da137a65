// Package process reports whether a recorded process is still the one that runs
// under its number, and finds the processes that have another one as an ancestor.
package process

import "os"

// ID identifies a process. Numbers are reused, so the ID includes the start of the
// process if the system reports it.
type ID struct {
	PID   int    `json:"pid"`
	Start string `json:"start,omitempty"`
}

// Self returns the ID of this process.
func Self() ID { return Of(os.Getpid()) }

// Of returns the ID of the process that has the number now.
func Of(pid int) ID { return ID{pid, start(pid)} }

// Alive reports whether the process is still running.
func (id ID) Alive() bool {
	if id.PID <= 0 || !exists(id.PID) {
		return false
	}
	now := start(id.PID)
	return now != ended && (id.Start == "" || now == "" || now == id.Start)
}

// ended is the start of a process that has ended but whose parent has not
// waited for it.
const ended = "ended"
