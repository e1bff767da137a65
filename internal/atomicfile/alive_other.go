//go:build !unix

package atomicfile

// alive takes every process for alive where the system has no cheap answer:
// then a file left behind stays, which does no harm.
func alive(int) bool { return true }
