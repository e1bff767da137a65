//go:build unix

package atomicfile

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := WriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
		t.Fatal(err)
	}
}

// TestMode: a file keeps the mode of the one that it replaces, and is never more open while it is written.
func TestMode(t *testing.T) {
	dir := t.TempDir()
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o664, 0o444, 0o755, 0o200} {
		path := filepath.Join(dir, mode.String())
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		f, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if st, err := f.f.Stat(); err != nil || st.Mode().Perm()&^(mode|0o600) != 0 {
			t.Errorf("%v: has mode %v while it is written (%v)", mode, st.Mode(), err)
		}
		if err := Commit(f); err != nil {
			t.Fatal(err)
		}
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != mode || st.Size() != 0 {
			t.Errorf("%v: was replaced by %v (%v)", mode, st.Mode(), err)
		}
	}
	// A new one has the mode of any new file.
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(dir, "new"), "new")
	want, err := os.Stat(plain)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(filepath.Join(dir, "new")); err != nil || st.Mode() != want.Mode() {
		t.Errorf("a new file has mode %v (%v), expected %v", st.Mode(), err, want.Mode())
	}
}

// TestOwner: a file that root replaces keeps its owner and its group, through a link too.
func TestOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may give files away")
	}
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a"), filepath.Join(dir, "link")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 1234, 2345); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	writeText(t, link, "new")
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	sys := st.Sys().(*syscall.Stat_t)
	if sys.Uid != 1234 || sys.Gid != 2345 || st.Mode().Perm() != 0o640 {
		t.Errorf("belongs to %d:%d with mode %v, expected 1234:2345 with 0640", sys.Uid, sys.Gid, st.Mode())
	}
}
