package loopback

import (
	"errors"
	"syscall"
)

// inUse is WSAEADDRINUSE.
const inUse = syscall.Errno(10048)

// isTaken reports whether listening failed because another program listens.
func isTaken(err error) bool { return errors.Is(err, inUse) }
