package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// console is where a run talks to its user. The rules: results go to stdout,
// all else to stderr; messages are one line, begin with "hubdata:", in lower
// case and without a full stop; advice follows on "hint:" lines; a progress
// bar shows only on a terminal.
type console struct {
	stdin  io.Reader
	stdout io.Writer
	out    *bufio.Writer // to stdout; flushed at the end of a run
	stderr io.Writer
	quiet  bool
	json   bool // the summary is wanted as JSON
}

func newConsole(stdin io.Reader, stdout, stderr io.Writer) *console {
	return &console{stdin: stdin, stdout: stdout, out: bufio.NewWriter(stdout), stderr: stderr}
}

// flush ends the output; a result that could not be printed is a failure.
func (c *console) flush() error {
	if err := c.out.Flush(); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

func (c *console) problem(text string) { fmt.Fprintf(c.stderr, "hubdata: %s\n", text) }
func (c *console) hint(text string)    { fmt.Fprintf(c.stderr, "hint: %s\n", text) }

// note prints a remark unless the user wants quiet.
func (c *console) note(format string, args ...any) {
	if !c.quiet {
		c.problem(fmt.Sprintf(format, args...))
	}
}

// progress returns a function that shows how far of total bytes a run is, and one
// that takes the bar away. total -1 means unknown.
func (c *console) progress(what string, total int64) (add func(n int), stop func()) {
	f, ok := c.stderr.(*os.File)
	if !ok || c.quiet || !term.IsTerminal(int(f.Fd())) {
		return func(int) {}, func() {}
	}
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(f),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond),
	)
	return func(n int) { _ = bar.Add(n) }, func() { _ = bar.Clear() }
}
