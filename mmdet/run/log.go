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

// consolePath is where what a stage's processes print is kept.
func consolePath(workDir string) string { return filepath.Join(workDir, "hubdata", "console.log") }

// LogOptions say what [Runner.Log] copies. The zero value copies all that is there.
type LogOptions struct {
	Lines  int  // only the last ones; 0: all
	Follow bool // go on until no run is at the stage
}

// Log copies what the processes of a stage have printed. The error is [fs.ErrNotExist] if
// they have printed nothing, and that of ctx if it ends.
func (r *Runner) Log(ctx context.Context, s *mmdet.Stage, w io.Writer, o LogOptions) error {
	dir := r.recipe.WorkDir(s)
	f, err := os.Open(consolePath(dir))
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

// lastLines reads the last lines of a file.
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
