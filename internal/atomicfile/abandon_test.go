package atomicfile

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestAbandon: what is not committed is removed, with the folders made for it, and what is committed stays.
func TestAbandon(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"new", "new/below", "kept"} {
		if err := Mkdir(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	before := pending.written
	if err := WriteFile(filepath.Join(dir, "kept", "a"), func(w io.Writer) error { _, err := io.WriteString(w, "a"); return err }); err != nil {
		t.Fatal(err)
	}
	open, err := Create(filepath.Join(dir, "new", "below", "b"))
	if err != nil {
		t.Fatal(err)
	}
	finished, err := Create(filepath.Join(dir, "kept", "a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := finished.Finish(); err != nil {
		t.Fatal(err)
	}
	committed := make(chan error, 1)
	Abandon(func(written int) {
		if written != before+1 {
			t.Errorf("%d files written, expected %d", written, before+1)
		}
		go func() { committed <- Commit(finished) }()
		select {
		case err := <-committed:
			t.Errorf("a commit did not wait for the exit: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
		if got := names(t, dir); len(got) != 1 || got[0] != "kept" {
			t.Errorf("folder holds %q, expected kept", got)
		}
		if got := names(t, filepath.Join(dir, "kept")); len(got) != 1 || got[0] != "a" {
			t.Errorf("kept holds %q, expected a", got)
		}
	})
	if err := <-committed; err == nil {
		t.Error("a removed file was committed")
	}
	open.Abort()
	if got, err := os.ReadFile(filepath.Join(dir, "kept", "a")); err != nil || string(got) != "a" {
		t.Errorf("file holds %q (%v), expected the committed text", got, err)
	}
}
