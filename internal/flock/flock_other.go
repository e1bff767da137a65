//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package flock

import (
	"errors"
	"os"
)

// Lock returns [errors.ErrUnsupported], because the system has no lock that
// ends with its process.
func Lock(*os.File, bool) error { return errors.ErrUnsupported }
