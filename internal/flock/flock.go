// Package flock locks open files against other processes. A lock ends with the process
// that holds it, however that ends, or with the last process that has inherited the
// file.
package flock

import "errors"

// ErrHeld is returned if another process, or another open file of this one, holds the lock.
var ErrHeld = errors.New("held by another process")
