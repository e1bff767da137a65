//go:build !windows

package loopback

import (
	"errors"
	"syscall"
)

// isTaken reports whether listening failed because another program listens.
func isTaken(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }
