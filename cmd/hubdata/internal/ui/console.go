package ui

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

// Console is where a run talks to its user. The rules: results go to stdout,
// all else to stderr; messages are one line, begin with "hubdata:", in lower
// case and without a full stop; advice follows on "hint:" lines; a progress
// bar shows only on a terminal.
type Console struct {
	Stdin  io.Reader
	Stdout io.Writer
	Out    *bufio.Writer // to stdout; flushed at the end of a run
	Stderr io.Writer
	Quiet  bool
	JSON   bool         // the summary is wanted as JSON
	Ended  func() error // why the run is to end, if it is; nil: nothing can end it
	mu     sync.Mutex
	inputs []openedInput
	files  int // that became visible
}

func NewConsole(stdin io.Reader, stdout, stderr io.Writer) *Console {
	return &Console{Stdin: stdin, Stdout: stdout, Out: bufio.NewWriter(stdoutWriter{stdout}), Stderr: stderr}
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

// Flush ends the output; a result that could not be printed is a failure.
func (c *Console) Flush() error {
	if err := c.Out.Flush(); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

// An openedInput is an input of the run, which says whether it has changed since it was opened.
type openedInput struct {
	name    string
	changed func() bool
}

// Opened notes an input of the run.
func (c *Console) Opened(name string, changed func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inputs = append(c.inputs, openedInput{name, changed})
}

// Committed notes that n files became visible.
func (c *Console) Committed(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files += n
}

func (c *Console) Problem(text string) { fmt.Fprintf(c.Stderr, "hubdata: %s\n", OneLine(text)) }

func (c *Console) hint(text string) { fmt.Fprintf(c.Stderr, "hint: %s\n", OneLine(text)) }

// Problems prints problems, one a line.
func (c *Console) Problems(text string) {
	first, more, _ := strings.Cut(text, "\n")
	c.Problem(first)
	for line := range strings.Lines(more) {
		fmt.Fprintln(c.Stderr, OneLine(strings.TrimSuffix(line, "\n")))
	}
}

// OneLine shows control characters, which a terminal would obey, as escapes.
func OneLine(text string) string {
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

// Note prints a remark unless the user wants quiet.
func (c *Console) Note(format string, args ...any) {
	if !c.Quiet {
		c.Problem(fmt.Sprintf(format, args...))
	}
}

// Progress returns a function that shows how far of total bytes a run is, and one
// that takes the bar away. total -1 means unknown.
func (c *Console) Progress(what string, total int64) (add func(n int), stop func()) {
	f, ok := c.Stderr.(*os.File)
	if !ok || c.Quiet || !term.IsTerminal(int(f.Fd())) {
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
