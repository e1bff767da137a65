//go:build unix

package traincmd_test

import (
	"os/exec"
	"syscall"
)

// fakeSession lets a program lead a session of its own.
func fakeSession(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// fakeTimeOver is what Slurm sends before a job's time is over.
const fakeTimeOver = syscall.SIGUSR1
