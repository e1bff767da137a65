package ui

import (
	"io"
	"sync"
	"time"
)

// progressLines is the variable of the environment with which the Python module asks for progress as lines on standard
// error, "progress: DONE TOTAL WHAT", in bytes, settings or files; TOTAL is -1 if it is not known. The first line comes
// progressAfter the begin of a step, so that short runs print none.
const (
	progressLines = "HUBDATA_PROGRESS_LINES"
	progressAfter = 400 * time.Millisecond
	progressStep  = 100 * time.Millisecond
)

// lineProgress is the progress of a step as lines.
type lineProgress struct {
	w     io.Writer
	what  string
	total int64

	mu   sync.Mutex
	done int64
	next time.Time // of the next line
}

func (p *lineProgress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += int64(n)
	if now := time.Now(); !now.Before(p.next) {
		p.next = now.Add(progressStep)
		Fprintf(p.w, "progress: %d %d %s\n", p.done, p.total, p.what)
	}
}
