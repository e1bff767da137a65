//go:build unix

package process

import (
	"errors"
	"syscall"
)

// exists says whether a process of that number exists.
func exists(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
