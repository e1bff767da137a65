package ui

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/mmdet"
	"github.com/hubdata/hubdata/wsi"
)

// The exit codes that all commands share. Package app has the text of each in the help of each command.
const (
	ExitOK          = 0
	ExitFailure     = 1   // a file could not be read or written, or the like
	ExitUsage       = 2   // the command line is wrong
	ExitBadData     = 3   // an input is wrong
	ExitSkipped     = 4   // done, but not with all of the input
	ExitInterrupted = 130 // Ctrl-C, SIGTERM or SIGHUP
	ExitNoReader    = 141 // the reader of standard output has gone away, as if by SIGPIPE
)

// Report prints err and returns the exit code of the run. No other code maps errors to exit codes.
func (c *Console) Report(ctx context.Context, err error) int {
	var (
		f    *Failure
		line *wsi.LineError
		row  *wsi.RowError
		data *coco.Error
	)
	switch {
	case err == nil:
		return ExitOK
	case ctx.Err() != nil && !isInterrupt(err):
		c.mu.Lock()
		files := c.files
		c.mu.Unlock()
		c.Interrupted(files)
		return ExitInterrupted
	case errors.Is(err, errNoReader):
		return ExitNoReader
	case IsReadError(err):
		c.Problem(err.Error())
		if changed := new(ChangedError); errors.As(err, &changed) {
			c.hint(waitForWriter)
		}
		return ExitFailure
	case errors.As(err, &f):
		if recipe := new(mmdet.RecipeError); errors.As(err, &recipe) {
			c.problems(err.Error())
		} else {
			c.Problem(err.Error())
		}
		for _, h := range f.hints {
			c.hint(h)
		}
		if f.Code == ExitBadData {
			c.sayChanged()
		}
		return f.Code
	case errors.As(err, &line), errors.As(err, &row), errors.As(err, &data), errors.Is(err, ErrInput):
		c.Problem(err.Error())
		if data != nil && data.OfMember() {
			c.hint("hubdata check lists all such faults of a COCO file, and check --fix writes a copy without them")
		}
		c.sayChanged()
		return ExitBadData
	default:
		c.Problem(err.Error())
		switch files := c.ofFiles(); {
		case errors.Is(err, syscall.ENOSPC):
			c.hint("free space on the disk, or write elsewhere" + files)
		case errors.Is(err, syscall.EMFILE):
			c.hint("raise the limit of open files: ulimit -n shows and sets it")
		case files != "":
			c.hint(strings.TrimPrefix(files, "; "))
		}
		return ExitFailure
	}
}

// ofFiles is what [Console.written] says as the end of advice, if the run has files as outputs that [Console.Committed]
// counts; standard output may be written in part.
func (c *Console) ofFiles() string {
	c.mu.Lock()
	begun := c.begun
	c.mu.Unlock()
	if !begun {
		return ""
	}
	return "; " + c.written()
}

// written says what a run that failed has written.
func (c *Console) written() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return writtenFiles(c.files)
}

func writtenFiles(n int) string {
	if n == 0 {
		return "nothing was written"
	}
	return Plural(n, "file was written before that and is complete", "files were written before that and are complete")
}

// Interrupted says, once, that the run was interrupted, after it had written some files. It is for a run that ends at
// once: others end with [Console.Report].
func (c *Console) Interrupted(files int) {
	c.interrupted.Do(func() { c.Problem("interrupted; " + writtenFiles(files)) })
}

const waitForWriter = "run again when no other program writes to it"

// sayChanged says which inputs were written to while they were read, which may be why they are wrong.
func (c *Console) sayChanged() {
	c.mu.Lock()
	inputs := c.inputs
	c.mu.Unlock()
	for _, in := range inputs {
		if in.changed() {
			c.hint(in.name + " changed while it was read: " + waitForWriter)
		}
	}
}
