package run

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
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
	Lines int // number of last lines to copy; 0: all
	// Follow continues until no run is running the stage and, with Slurm, no job that will
	// run it is in the queue. It waits for the first output.
	Follow bool
}

// Log copies the output of the processes of a stage. The error is [fs.ErrNotExist] if
// there is no output yet, and that of ctx if it ends.
func (r *Runner) Log(ctx context.Context, s *mmdet.Stage, w io.Writer, o LogOptions) error {
	follow := &follower{r: r, stage: s}
	f, _, err := open(consolePath(r.recipe.WorkDir(s)))
	for o.Follow && errors.Is(err, fs.ErrNotExist) {
		if more, err := follow.continues(ctx); err != nil {
			return err
		} else if !more {
			break
		}
		if err := pause(ctx); err != nil {
			return err
		}
		f, _, err = open(consolePath(r.recipe.WorkDir(s)))
	}
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
		more := false
		if o.Follow {
			if more, err = follow.continues(ctx); err != nil {
				return err
			}
		}
		if _, err := io.Copy(w, f); err != nil || !more {
			return err
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// pause waits until it is time to look for more output.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(200 * time.Millisecond):
		return nil
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
