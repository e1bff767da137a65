package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"

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
	json   bool         // the summary is wanted as JSON
	ended  func() error // why the run is to end, if it is; nil: nothing can end it
	mu     sync.Mutex
	inputs []openedInput
	files  int // that became visible
}

func newConsole(stdin io.Reader, stdout, stderr io.Writer) *console {
	return &console{stdin: stdin, stdout: stdout, out: bufio.NewWriter(stdoutWriter{stdout}), stderr: stderr}
}

// errNoReader says that nobody reads standard output any more.
var errNoReader = errors.New("its reader is gone")

// stdoutWriter is standard output.
type stdoutWriter struct{ w io.Writer }

func (s stdoutWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		err = fmt.Errorf("%w: %w", errNoReader, err)
	}
	return n, err
}

// flush ends the output; a result that could not be printed is a failure.
func (c *console) flush() error {
	if err := c.out.Flush(); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

// An openedInput is an input of the run, which says whether it has changed since it was opened.
type openedInput struct {
	name    string
	changed func() bool
}

// opened notes an input of the run.
func (c *console) opened(name string, changed func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inputs = append(c.inputs, openedInput{name, changed})
}

// wrote notes that n files became visible.
func (c *console) wrote(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files += n
}

func (c *console) problem(text string) { fmt.Fprintf(c.stderr, "hubdata: %s\n", oneLine(text)) }
func (c *console) hint(text string)    { fmt.Fprintf(c.stderr, "hint: %s\n", oneLine(text)) }

// problemList prints problems, one a line.
func (c *console) problemList(text string) {
	first, more, _ := strings.Cut(text, "\n")
	c.problem(first)
	for line := range strings.Lines(more) {
		fmt.Fprintln(c.stderr, oneLine(strings.TrimSuffix(line, "\n")))
	}
}

// oneLine shows control characters, which a terminal would obey, as escapes.
func oneLine(text string) string {
	if !strings.ContainsFunc(text, unicode.IsControl) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if unicode.IsControl(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

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
