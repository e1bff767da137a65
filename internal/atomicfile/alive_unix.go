//go:build unix

package atomicfile

import (
	"errors"
	"syscall"
)

// alive says whether a process of that number exists.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
