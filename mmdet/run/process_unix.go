//go:build unix

package run

import (
	"os"
	"os/exec"
	"syscall"
)

// StopSignals are the signals that ask a run to stop, for [signal.Notify] and
// [Options.Signals].
func StopSignals() []os.Signal {
	return []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1}
}

// isRequeue says whether Slurm asks by a signal to put the job into its queue again.
func isRequeue(s os.Signal) bool { return s == syscall.SIGUSR1 }

// ownGroup puts a process at the head of a group, so that a signal reaches all
// that it starts, and none from the terminal reaches it but through this process.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func (t *trainer) signal(s os.Signal) {
	if n, ok := s.(syscall.Signal); ok {
		_ = syscall.Kill(-t.cmd.Process.Pid, n)
	}
}

func (t *trainer) kill() { _ = syscall.Kill(-t.cmd.Process.Pid, syscall.SIGKILL) }
