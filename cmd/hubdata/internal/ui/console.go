package ui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hubdata/hubdata/internal/printable"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Console is how a run communicates with its user. Results go to standard output, everything else to standard error. A
// message is one line that begins with "hubdata:", in lower case and without a period; advice follows on "hint:" lines.
// A progress bar shows only on a terminal.
//
// Text for people is written with [Fprintf], data and JSON as they are. A terminal gets nothing raw, data neither, except
// pictures by [Console.Screen].
type Console struct {
	Out    *bufio.Writer // standard output; flushed at the end of a run
	Stderr io.Writer
	Quiet  bool // set by --quiet: no remarks and summaries
	JSON   bool // set by --json: the summary is printed as JSON

	stdin  func() io.Reader
	stdout io.Writer
	shown  *printable.Writer // below Out if standard output is a terminal, else nil
	ended  func() error
	waits  atomic.Bool

	interrupted sync.Once // said

	mu     sync.Mutex
	inputs []openedInput
	begun  bool // an output file was begun
	files  int  // that became visible
}

// NewConsole returns a console with these streams.
func NewConsole(stdin io.Reader, stdout, stderr io.Writer) *Console {
	c := &Console{stdin: func() io.Reader { return stdin }, stdout: stdout, Out: bufio.NewWriter(stdoutWriter{stdout}), Stderr: stderr}
	if c.Terminal() != nil {
		c.showData()
	}
	return c
}

// showData makes what is written to Out harmless to a terminal.
func (c *Console) showData() {
	c.shown = &printable.Writer{W: stdoutWriter{c.stdout}}
	c.Out.Reset(c.shown)
}

// Screen is standard output for pictures that a terminal draws, without a buffer, after what Out has.
func (c *Console) Screen() (io.Writer, error) { return stdoutWriter{c.stdout}, c.Flush() }

// Stdin is standard input.
func (c *Console) Stdin() io.Reader { return c.stdin() }

// StdinFrom makes [Console.Stdin] what open returns.
func (c *Console) StdinFrom(open func() io.Reader) { c.stdin = open }

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

// WaitWhenInterrupted says that the run handles signals itself from now on: it may need long to end other programs.
func (c *Console) WaitWhenInterrupted() { c.waits.Store(true) }

// EndsItself reports whether [Console.WaitWhenInterrupted] was called.
func (c *Console) EndsItself() bool { return c.waits.Load() }

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
	err := c.Out.Flush()
	if err == nil && c.shown != nil {
		err = c.shown.Flush()
	}
	if err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

// openedInput is an input of the run. changed reports whether it has changed since it was opened.
type openedInput struct {
	name    string
	stat    fs.FileInfo // nil for standard input
	changed func() bool
}

// Opened notes an input of the run; stat is nil for standard input. If the run fails because of its data,
// [Console.Report] says so if it has changed.
func (c *Console) Opened(name string, stat fs.FileInfo, changed func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inputs = append(c.inputs, openedInput{name, stat, changed})
}

// InputLike is the name of an input of the run that is the file stat; "": none is.
func (c *Console) InputLike(stat fs.FileInfo) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, in := range c.inputs {
		if in.stat != nil && os.SameFile(in.stat, stat) {
			return in.name
		}
	}
	return ""
}

// StdoutStat is what standard output is; nil if it is no file.
func (c *Console) StdoutStat() (fs.FileInfo, error) {
	if f, ok := c.stdout.(*os.File); ok {
		return f.Stat()
	}
	return nil, nil
}

// Begun notes that the run writes files, which become visible with [Console.Committed].
func (c *Console) Begun() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun = true
}

// Committed notes that n output files became visible. A run that fails later says so.
func (c *Console) Committed(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files += n
}

// Problem prints a message.
func (c *Console) Problem(text string) { Fprintf(c.Stderr, "hubdata: %s\n", text) }

func (c *Console) hint(text string) { Fprintf(c.Stderr, "hint: %s\n", text) }

// problems prints a message of several lines.
func (c *Console) problems(text string) {
	first, more, _ := strings.Cut(text, "\n")
	c.Problem(first)
	for line := range strings.Lines(more) {
		Fprintf(c.Stderr, "%s\n", strings.TrimSuffix(line, "\n"))
	}
}

// Note prints a remark, except with --quiet.
func (c *Console) Note(format string, args ...any) {
	if !c.Quiet {
		c.Problem(fmt.Sprintf(format, args...))
	}
}

// Progress shows a bar: add moves it by n of total bytes (-1: unknown), stop removes it. For a program that asks for
// lines by [progressLines] it prints these.
func (c *Console) Progress(what string, total int64) (add func(n int), stop func()) {
	return c.progress(what, total, true)
}

// Counting is [Console.Progress] of things that are not bytes.
func (c *Console) Counting(what string, total int64) (add func(n int), stop func()) {
	return c.progress(what, total, false)
}

func (c *Console) progress(what string, total int64, bytes bool) (add func(n int), stop func()) {
	f, ok := c.Stderr.(*os.File)
	switch {
	case c.Quiet:
		return func(int) {}, func() {}
	case os.Getenv(progressLines) == "1":
		p := &lineProgress{w: c.Stderr, what: what, total: total, next: time.Now().Add(progressAfter)}
		return p.add, func() {}
	case !ok || !term.IsTerminal(int(f.Fd())):
		return func(int) {}, func() {}
	}
	unit := progressbar.OptionShowBytes(true)
	if !bytes {
		unit = progressbar.OptionShowCount()
	}
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(f),
		progressbar.OptionSetDescription(printable.Text(what)),
		unit,
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond),
	)
	return func(n int) { _ = bar.Add(n) }, func() { _ = bar.Clear() }
}
