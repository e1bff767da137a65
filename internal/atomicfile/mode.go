package atomicfile

import (
	"io/fs"
	"os"
)

// newMode is the mode of a file that replaces none, before the umask.
const newMode = 0o666

// tempMode is the mode of the temporary file for one that replaces old, which is nil if there is none: never more open
// than old.
func tempMode(old fs.FileInfo) fs.FileMode {
	if old == nil {
		return newMode
	}
	return old.Mode().Perm() | 0o600
}

// keepMode gives f the mode and, where this user may, the owner and the group of old. Where the group cannot be kept,
// the file's group may do no more than all others. A file system without modes is not an error: f is never more open
// than [tempMode].
func keepMode(f *os.File, old fs.FileInfo) {
	perm := old.Mode().Perm()
	if !keepOwner(f, old) {
		perm = perm&^0o070 | perm&0o007<<3&perm
	}
	_ = f.Chmod(perm)
}
