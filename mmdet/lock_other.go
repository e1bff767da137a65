//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package mmdet

import "os"

// holdLife: the system has no lock that a process inherits.
func holdLife(string) (*os.File, error) { return nil, nil }
