//go:build unix

package folder

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipe: a pipe with the name of an image is an error, and is not waited for.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.tif")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := OpenImage(path); !errors.Is(err, errImageNoFile) {
		t.Errorf("found %v, expected %v", err, errImageNoFile)
	}
	if _, _, err := ImageSize(path); !errors.Is(err, errImageNoFile) {
		t.Errorf("found %v, expected %v", err, errImageNoFile)
	}
}
