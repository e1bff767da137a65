//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package atomicfile

import (
	"errors"
	"os"
)

// lock: the system has no lock that ends with its process.
func lock(*os.File, bool) error { return errors.ErrUnsupported }
