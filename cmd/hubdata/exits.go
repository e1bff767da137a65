package main

import (
	"context"
	"errors"
	"syscall"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/mmdet"
	"github.com/hubdata/hubdata/wsi"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailure     = 1   // a file could not be read or written, or the like
	exitUsage       = 2   // the command line is wrong
	exitBadData     = 3   // an input is wrong; nothing was written
	exitSkipped     = 4   // done, but bad lines were skipped (--keep-going), or faults are left (check --fix, show)
	exitInterrupted = 130 // Ctrl-C or SIGTERM; what was written before is whole
	exitNoReader    = 141 // who read standard output is gone; as if by SIGPIPE, but nothing is left behind
)

// An exitCode is a line of the list that help shows.
type exitCode struct {
	code int
	text string
}

// report prints err and returns the exit code: the one place where errors
// become exit codes.
func (c *console) report(ctx context.Context, err error) int {
	var (
		f    *failure
		line *wsi.LineError
		row  *wsi.RowError
		data *coco.Error
	)
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil && !isInterrupt(err):
		c.problem("interrupted; " + c.written())
		return exitInterrupted
	case errors.Is(err, errNoReader):
		return exitNoReader
	case isReadError(err):
		c.problem(err.Error())
		if changed := new(changedError); errors.As(err, &changed) {
			c.hint(waitForWriter)
		}
		return exitFailure
	case errors.As(err, &f):
		if recipe := new(mmdet.RecipeError); errors.As(err, &recipe) {
			c.problemList(err.Error())
		} else {
			c.problem(err.Error())
		}
		for _, h := range f.hints {
			c.hint(h)
		}
		if f.code == exitBadData {
			c.sayChanged()
		}
		return f.code
	case errors.As(err, &line), errors.As(err, &row), errors.As(err, &data), errors.Is(err, errInput):
		c.problem(err.Error())
		c.sayChanged()
		return exitBadData
	default:
		c.problem(err.Error())
		switch {
		case errors.Is(err, syscall.ENOSPC):
			c.hint("make room on the disk, or write elsewhere; " + c.written())
		case errors.Is(err, syscall.EMFILE):
			c.hint("more files may be open at a time with a higher limit: ulimit -n tells and sets it")
		}
		return exitFailure
	}
}

// written says what a run that failed has left.
func (c *console) written() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files == 0 {
		return "nothing was written"
	}
	return count(c.files, "file was written before, and is whole", "files were written before, and are whole")
}

const waitForWriter = "run again when nothing writes to it"

// sayChanged says which inputs were written to while they were read: what is wrong with
// them may come from that.
func (c *console) sayChanged() {
	c.mu.Lock()
	inputs := c.inputs
	c.mu.Unlock()
	for _, in := range inputs {
		if in.changed() {
			c.hint(in.name + " changed while it was read: " + waitForWriter)
		}
	}
}
