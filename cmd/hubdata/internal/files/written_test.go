package files

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestWrittenBefore wants a run that fails after its files became visible not to say that nothing was written.
func TestWrittenBefore(t *testing.T) {
	for _, files := range []int{0, 1, 2} {
		var stderr strings.Builder
		c := ui.NewConsole(nil, io.Discard, &stderr)
		o := &Outputs{Console: c, Force: true}
		defer o.Abort()
		dir := t.TempDir()
		for i := range files {
			out, err := o.Create(filepath.Join(dir, strings.Repeat("a", i+1)+".json"))
			if err == nil {
				err = out.Finish()
			}
			if err == nil {
				err = o.Commit()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"nothing was written", "1 file was written before that and is complete", "2 files were written before that and are complete"}[files]
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		c.Report(ended, ended.Err())
		if got := stderr.String(); got != "hubdata: interrupted; "+want+"\n" {
			t.Errorf("%d files: an interrupted run says %q", files, got)
		}
		stderr.Reset()
		c.Report(context.Background(), syscall.ENOSPC)
		if got := stderr.String(); !strings.HasSuffix(got, "; "+want+"\n") {
			t.Errorf("%d files: a full disk says %q", files, got)
		}
	}
}
