//go:build !unix

package run

import (
	"os"
	"os/exec"
)

// StopSignals are the signals that ask a run to stop, for [signal.Notify] and
// [Options.Signals].
func StopSignals() []os.Signal {
	return []os.Signal{os.Interrupt}
}

func isRequeue(os.Signal) bool { return false }

// ownGroup: there are no process groups to put it into.
func ownGroup(*exec.Cmd) {}

// signal ends the process: the system cannot ask it to.
func (t *trainer) signal(os.Signal) { t.kill() }

func (t *trainer) kill() { _ = t.cmd.Process.Kill() }
