package ui

import (
	"bufio"
	"context"
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

// Console is how a run communicates with its user. Results go to standard output, everything else to standard error. A
// message is one line that begins with "hubdata:", in lower case and without a period; advice follows on "hint:" lines.
// A progress bar shows only on a terminal.
type Console struct {
	Out    *bufio.Writer // standard output; flushed at the end of a run
	Stderr io.Writer
	Quiet  bool // set by --quiet: no remarks and summaries
	JSON   bool // set by --json: the summary is printed as JSON

	stdin  io.Reader
	stdout io.Writer
	ended  func() error
	mu     sync.Mutex
	inputs []openedInput
	files  int // that became visible
}

// NewConsole returns a console with these streams.
func NewConsole(stdin io.Reader, stdout, stderr io.Writer) *Console {
	return &Console{stdin: stdin, stdout: stdout, Out: bufio.NewWriter(stdoutWriter{stdout}), Stderr: stderr}
}

// Stdin is standard input.
func (c *Console) Stdin() io.Reader { return c.stdin }

// Terminal returns standard output if it is a terminal, else nil.
func (c *Console) Terminal() *os.File {
	if f, ok := c.stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// EndWith makes reads of inputs fail once ctx is done, also those in code that does not know of ctx.
func (c *Console) EndWith(ctx context.Context) { c.ended = ctx.Err }

// Ended is why the run is to end; nil if it is not.
func (c *Console) Ended() error {
	if c.ended == nil {
		return nil
	}
	return c.ended()
}

// errNoReader says that standard output was closed by its reader.
var errNoReader = errors.New("the reader of standard output has gone away")

// stdoutWriter is standard output.
type stdoutWriter struct{ w io.Writer }

func (s stdoutWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		err = fmt.Errorf("%w: %w", errNoReader, err)
	}
	return n, err
}

// Flush writes what is left in Out. A result that cannot be printed is a failure.
func (c *Console) Flush() error {
	if err := c.Out.Flush(); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

// openedInput is an input of the run. changed reports whether it has changed since it was opened.
type openedInput struct {
	name    string
	changed func() bool
}

// Opened notes an input of the run. If the run fails because of its data, [Console.Report] says so if it has changed.
func (c *Console) Opened(name string, changed func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inputs = append(c.inputs, openedInput{name, changed})
}

// Committed notes that n output files became visible. A run that fails later says so.
func (c *Console) Committed(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files += n
}

// Problem prints a message.
func (c *Console) Problem(text string) { fmt.Fprintf(c.Stderr, "hubdata: %s\n", OneLine(text)) }

func (c *Console) hint(text string) { fmt.Fprintf(c.Stderr, "hint: %s\n", OneLine(text)) }

// problems prints a message of several lines.
func (c *Console) problems(text string) {
	first, more, _ := strings.Cut(text, "\n")
	c.Problem(first)
	for line := range strings.Lines(more) {
		fmt.Fprintln(c.Stderr, OneLine(strings.TrimSuffix(line, "\n")))
	}
}

// OneLine replaces control characters, which a terminal would obey, by escapes.
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

// Note prints a remark, except with --quiet.
func (c *Console) Note(format string, args ...any) {
	if !c.Quiet {
		c.Problem(fmt.Sprintf(format, args...))
	}
}

// Progress shows a bar: add moves it by n of total bytes (-1: unknown), stop removes it.
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
