//go:build !unix

package process

import "os"

// exists reports whether a process with this number can be opened.
func exists(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = p.Release()
	return true
}
