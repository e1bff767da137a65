package run

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hubdata/hubdata/mmdet"
)

// consolePath returns the file with the output of a stage's processes.
func consolePath(workDir string) string { return filepath.Join(workDir, "hubdata", "console.log") }

// LogOptions are the options of [Runner.Log]. The zero value copies all current output.
type LogOptions struct {
	Lines  int  // number of last lines to copy; 0: all
	Follow bool // continue until no run is running the stage
}

// Log copies the output of the processes of a stage. The error is [fs.ErrNotExist] if
// there is no output yet, and that of ctx if it ends.
func (r *Runner) Log(ctx context.Context, s *mmdet.Stage, w io.Writer, o LogOptions) error {
	dir := r.recipe.WorkDir(s)
	f, _, err := open(consolePath(dir))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	if o.Lines > 0 {
		var text bytes.Buffer
		for _, line := range lastLines(f, o.Lines) {
			text.WriteString(line + "\n")
		}
		if _, err := text.WriteTo(w); err != nil {
			return err
		}
		if _, err := f.Seek(0, io.SeekEnd); err != nil {
			return err
		}
	}
	for {
		held, err := readLock(dir, self(r.job))
		if err != nil {
			return err
		}
		if _, err := io.Copy(w, f); err != nil || !o.Follow || held == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// lastLines returns the last lines of a file.
func lastLines(f *os.File, n int) []string {
	const most = 64 << 10
	st, err := f.Stat()
	if err != nil {
		return nil
	}
	text, err := io.ReadAll(io.NewSectionReader(f, max(0, st.Size()-most), most))
	if err != nil {
		return nil
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return lines[max(0, len(lines)-n):]
}
