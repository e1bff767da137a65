//go:build unix

package run

import (
	"os"
	"os/exec"
	"syscall"
)

// StopSignals returns the signals that ask a run to stop, for [signal.Notify] and
// [Options.Signals].
func StopSignals() []os.Signal {
	return []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1}
}

// isRequeue reports whether a signal is Slurm's request to requeue the job.
func isRequeue(s os.Signal) bool { return s == syscall.SIGUSR1 }

// ownGroup makes a process the leader of a new process group. So a signal reaches the
// processes that it starts, unless they leave the group, and signals from the terminal
// reach it only through this process.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func (t *trainer) signal(s os.Signal) {
	if n, ok := s.(syscall.Signal); ok {
		_ = syscall.Kill(-t.cmd.Process.Pid, n)
	}
}

func (t *trainer) killGroup() { _ = syscall.Kill(-t.cmd.Process.Pid, syscall.SIGKILL) }
