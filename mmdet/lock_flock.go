//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package mmdet

import (
	"errors"
	"os"
	"syscall"
)

// holdLife opens a file and locks it. The system drops the lock when the last process
// that has inherited it ends.
func holdLife(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case err == nil:
		return f, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		_ = f.Close()
		return nil, errHeld
	default:
		_ = f.Close()
		return nil, nil // a file system without such locks
	}
}
