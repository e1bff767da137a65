//go:build unix

package traincmd_test

import (
	"syscall"
)

// fakeTimeOver is what Slurm sends before a job's time is over.
const fakeTimeOver = syscall.SIGUSR1
