//go:build unix

package regularfile

import "syscall"

// NoWait is a flag of [os.OpenFile]: opening a named pipe does not wait for its other end.
const NoWait = syscall.O_NONBLOCK
