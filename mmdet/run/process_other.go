//go:build !unix

package run

import (
	"os"
	"os/exec"
)

// StopSignals returns the signals that ask a run to stop, for [signal.Notify] and
// [Options.Signals].
func StopSignals() []os.Signal {
	return []os.Signal{os.Interrupt}
}

func isRequeue(os.Signal) bool { return false }

// ownGroup does nothing, since there are no process groups.
func ownGroup(*exec.Cmd) {}

// signal kills the process, since the system has no signals that ask it to stop.
func (t *trainer) signal(os.Signal) { t.kill() }

func (t *trainer) killGroup() { _ = t.cmd.Process.Kill() }
