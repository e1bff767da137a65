package ui

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/hubdata/hubdata/internal/printable"
	"golang.org/x/term"
)

// Progress shows on a terminal how far a step is: add moves it by n of total (-1: unknown), stop removes the line. Both
// may be called in parallel.
func (c *Console) Progress(what string, total int64) (add func(n int), stop func()) {
	f, ok := c.Stderr.(*os.File)
	if !ok || c.Quiet || !term.IsTerminal(int(f.Fd())) {
		return func(int) {}, func() {}
	}
	p := &progress{w: f, what: printable.Text(what), total: total, shown: time.Now()}
	return func(n int) { p.add(int64(n), time.Now()) }, p.clear
}

// progressPause is how long a line of progress stays as it is, and how long there is none at first.
const progressPause = 100 * time.Millisecond

// progress is a line that shows how far a step is.
type progress struct {
	w     io.Writer
	what  string
	total int64

	mu    sync.Mutex
	done  int64
	shown time.Time // when the line was written
	width int       // of the line; 0: there is none
}

func (p *progress) add(n int64, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	switch {
	case p.total >= 0 && p.done >= p.total:
		p.write("") // what follows may print
	case now.Sub(p.shown) >= progressPause:
		p.shown = now
		p.write(p.text())
	}
}

func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.write("")
}

// text is the line: a bar and percents or, where the end is unknown, a number.
func (p *progress) text() string {
	if p.total <= 0 {
		return p.what + "  " + Thousands(int(p.done))
	}
	const cells = 30
	full := int(cells * p.done / p.total)
	return fmt.Sprintf("%s  [%s%s] %3d %%", p.what, strings.Repeat("=", full), strings.Repeat(" ", cells-full), 100*p.done/p.total)
}

// write replaces the line by another.
func (p *progress) write(line string) {
	if line == "" && p.width == 0 {
		return
	}
	width := printable.Width(line)
	text := "\r" + line + strings.Repeat(" ", max(0, p.width-width))
	if line == "" {
		text += "\r"
	}
	_, _ = io.WriteString(p.w, text) // progress that cannot be shown is no failure
	p.width = width
}
