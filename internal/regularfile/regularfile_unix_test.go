//go:build unix

package regularfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

// TestOpen: only files are opened, and nothing is waited for.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(os.WriteFile(at("file"), []byte("text"), 0o600), os.Symlink("file", at("link")), os.Mkdir(at("folder"), 0o700),
		syscall.Mkfifo(at("pipe"), 0o600), os.Symlink("pipe", at("link to a pipe"))); err != nil {
		t.Skip(err)
	}
	for name, kind := range map[string]string{"file": "", "link": "", "folder": "a folder", "pipe": "a named pipe", "link to a pipe": "a named pipe"} {
		f, st, err := Open(at(name))
		var other *KindError
		switch {
		case kind != "":
			if !errors.As(err, &other) || other.Kind() != kind {
				t.Errorf("%s: found %v, expected %s", name, err, kind)
			}
		case err != nil:
			t.Error(err)
		default:
			if st.Size() != 4 {
				t.Errorf("%s: %d bytes", name, st.Size())
			}
			_ = f.Close()
		}
	}
	if _, _, err := Open(at("none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, _, err := Open(os.DevNull); err == nil {
		t.Error("the null device is a file")
	}
}

// TestSwapped: a file that becomes a named pipe and back, all the time, is opened or refused, and never waited for.
func TestSwapped(t *testing.T) {
	dir := t.TempDir()
	path, pipe, file := filepath.Join(dir, "a"), filepath.Join(dir, "pipe"), filepath.Join(dir, "file")
	if err := errors.Join(os.WriteFile(path, nil, 0o600), os.WriteFile(file, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			from := pipe
			if i%2 == 1 {
				from = file
			}
			temp := filepath.Join(dir, "temp")
			_ = os.Link(from, temp)
			_ = os.Rename(temp, path)
		}
	}()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 5000 {
			f, _, err := Open(path)
			var other *KindError
			if err == nil {
				_ = f.Close()
			} else if !errors.As(err, &other) {
				t.Error(err)
				return
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Error("it waits")
	}
	close(stop)
	<-stopped
}

// TestDirFS holds the file system against its contract, and against a named pipe.
func TestDirFS(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "b"), 0o700), os.WriteFile(filepath.Join(dir, "b", "c"), []byte("text"), 0o600),
		os.Symlink("b", filepath.Join(dir, "link"))); err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(DirFS(dir), "b/c", "link"); err != nil {
		t.Error(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Skip(err)
	}
	f, err := DirFS(dir).Open("pipe")
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
}
