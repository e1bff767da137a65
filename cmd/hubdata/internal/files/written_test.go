package files

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestWrittenBefore: a run that fails says which of its files are there, and nothing about files if it writes none.
func TestWrittenBefore(t *testing.T) {
	for _, tt := range []struct {
		begun, committed int
		says             string // "" : nothing
	}{
		{0, 0, ""},
		{2, 0, "nothing was written"},
		{1, 1, "1 file was written before that and is complete"},
		{3, 2, "2 files were written before that and are complete"},
	} {
		var stderr strings.Builder
		c := ui.NewConsole(nil, io.Discard, &stderr)
		o := &Outputs{Console: c, Force: true}
		dir := t.TempDir()
		for i := range tt.begun {
			out, err := o.Create(filepath.Join(dir, fmt.Sprint(i, ".json")))
			if err == nil {
				err = out.Finish()
			}
			if err == nil && i < tt.committed {
				err = o.Commit()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		o.Abort()
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		c.Report(ended, ended.Err())
		if got, want := stderr.String(), "hubdata: interrupted; nothing was written\n"; tt.says == "" && got != want {
			t.Errorf("%+v: an interrupted run says %q", tt, got)
		} else if want := "hubdata: interrupted; " + tt.says + "\n"; tt.says != "" && got != want {
			t.Errorf("%+v: an interrupted run says %q", tt, got)
		}
		for err, want := range map[error]string{
			syscall.ENOSPC: "hint: " + strings.TrimSuffix("free space on the disk, or write elsewhere; "+tt.says, "; ") + "\n",
			syscall.EBADF:  strings.TrimSuffix("hint: "+tt.says+"\n", "hint: \n"),
		} {
			stderr.Reset()
			c.Report(context.Background(), fmt.Errorf("standard output: %w", err))
			if _, got, _ := strings.Cut(stderr.String(), "\n"); got != want {
				t.Errorf("%+v: %v: says %q, expected %q", tt, err, got, want)
			}
		}
	}
}
