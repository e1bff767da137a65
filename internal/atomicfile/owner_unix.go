//go:build unix

package atomicfile

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives f the owner and the group of old, or the group alone, and reports whether f has its group.
func keepOwner(f *os.File, old fs.FileInfo) bool {
	before, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	st, err := f.Stat()
	if err != nil {
		return false
	}
	now, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	if now.Uid == before.Uid && now.Gid == before.Gid || f.Chown(int(before.Uid), int(before.Gid)) == nil {
		return true
	}
	return now.Gid == before.Gid || f.Chown(-1, int(before.Gid)) == nil
}
