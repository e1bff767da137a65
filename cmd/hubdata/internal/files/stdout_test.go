package files

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestStdoutByName: another pipe may be an output, standard output only as "-".
func TestStdoutByName(t *testing.T) {
	pipe := func() (path string, w *os.File) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = r.Close(), w.Close() })
		path = fmt.Sprintf("/dev/fd/%d", w.Fd())
		if _, err := os.Stat(path); err != nil {
			t.Skip(err)
		}
		return path, w
	}
	own, stdout := pipe()
	other, _ := pipe()
	link := filepath.Join(t.TempDir(), "link.json")
	if err := os.Symlink(own, link); err != nil {
		t.Skip(err)
	}
	o := &Outputs{Console: ui.NewConsole(nil, stdout, io.Discard), Force: true}
	for _, path := range []string{own, link} {
		if err := o.Check(path); err == nil || !strings.Contains(err.Error(), path+" is standard output") {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"-", other, os.DevNull} {
		if err := o.Check(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if dir, err := o.ScratchFolder(other)(); err != nil || dir != os.TempDir() {
		t.Errorf("scratch files of a pipe go to %q, %v", dir, err)
	}
}
