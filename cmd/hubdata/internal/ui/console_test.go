package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
)

// TestReport: the exit code and the lines of each kind of error.
func TestReport(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		ctx    context.Context
		err    error
		code   int
		stderr string
	}{
		{t.Context(), nil, ExitOK, ""},
		{t.Context(), errors.New("no luck"), ExitFailure, "hubdata: no luck\n"},
		{t.Context(), Usagef("--x: %d is negative", -1).Hint("name a number").Hint("such as %d", 1), ExitUsage, "hubdata: --x: -1 is negative\nhint: name a number\nhint: such as 1\n"},
		{t.Context(), fmt.Errorf("a.json: %w: empty", ErrInput), ExitBadData, "hubdata: a.json: bad input: empty\n"},
		{t.Context(), InFile("a.json", &ReadError{errors.New("broken disk")}), ExitFailure, "hubdata: a.json: broken disk\n"},
		{t.Context(), Failf(ExitBadData, "a\nb\x1b[31m"), ExitBadData, `hubdata: a\nb\x1b[31m` + "\n"},
		{t.Context(), fmt.Errorf("standard output: %w", errNoReader), ExitNoReader, ""},
		{cancelled, context.Canceled, ExitInterrupted, "hubdata: interrupted; nothing was written\n"},
		{cancelled, errors.New("of the interrupt"), ExitInterrupted, "hubdata: interrupted; nothing was written\n"},
		{cancelled, Failf(ExitInterrupted, "stopped"), ExitInterrupted, "hubdata: stopped\n"},
	}
	for _, tt := range tests {
		var stderr strings.Builder
		c := NewConsole(nil, io.Discard, &stderr)
		if code := c.Report(tt.ctx, tt.err); code != tt.code || stderr.String() != tt.stderr {
			t.Errorf("%v: exit code %d, %q; want %d, %q", tt.err, code, stderr.String(), tt.code, tt.stderr)
		}
	}
}

// brokenPipe is a standard output that nothing reads.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestFlushWithoutReader(t *testing.T) {
	c := NewConsole(nil, brokenPipe{}, io.Discard)
	fmt.Fprintln(c.Out, "a result")
	if code := c.Report(t.Context(), c.Flush()); code != ExitNoReader {
		t.Errorf("exit code %d", code)
	}
}

// TestTerminal: data on a terminal are shown, pictures are drawn.
func TestTerminal(t *testing.T) {
	var stdout strings.Builder
	c := NewConsole(nil, &stdout, io.Discard)
	c.showData()
	fmt.Fprint(c.Out, "id\x1b[2J\xe8")
	screen, err := c.Screen()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(screen, "\x1b[0m")
	fmt.Fprint(c.Out, "\u009b\n")
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	if want := `id\x1b[2J\xe8` + "\x1b[0m" + `\u009b` + "\n"; stdout.String() != want {
		t.Errorf("%q, want %q", stdout.String(), want)
	}
}

func TestEnded(t *testing.T) {
	c := NewConsole(nil, io.Discard, io.Discard)
	if err := c.Ended(); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c.EndWith(ctx)
	if err := c.Ended(); err != nil {
		t.Error(err)
	}
	cancel()
	if err := c.Ended(); err != context.Canceled {
		t.Error(err)
	}
}

type testSummary struct {
	Files []SummaryFile `json:"files"`
}

func (s *testSummary) WriteText(text *strings.Builder) { ListFiles(text, s.Files...) }

// TestSummarize: on standard output, unless a file is written there.
func TestSummarize(t *testing.T) {
	sum := &testSummary{[]SummaryFile{NewSummarySet("a.json", 1, 2000), NewSummaryFile("b.csv"), NewSummaryFile("-")}}
	const text = "wrote a.json (1 image, 2,000 annotations)\nwrote b.csv\n"
	for _, tt := range []struct {
		quiet, json bool
		out         string
		stdout      string // beginning
		stderr      string
	}{
		{out: "a.json", stdout: text},
		{out: "-", stderr: text},
		{out: "a.json", quiet: true},
		{out: "a.json", json: true, stdout: "{\n  \"files\": [\n    {\n      \"path\": \"a.json\",\n"},
		{out: "-", json: true, quiet: true, stderr: "{\n  \"files\": ["},
	} {
		var stdout, stderr strings.Builder
		c := NewConsole(nil, &stdout, &stderr)
		c.Quiet, c.JSON = tt.quiet, tt.json
		if err := errors.Join(c.Summarize(sum, tt.out), c.Flush()); err != nil {
			t.Fatal(err)
		}
		fits := func(got, want string) bool { return strings.HasPrefix(got, want) && (want != "") == (got != "") }
		if !fits(stdout.String(), tt.stdout) || !fits(stderr.String(), tt.stderr) {
			t.Errorf("%+v: stdout %q, stderr %q", tt, stdout.String(), stderr.String())
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		Plural(1, "file", "files"):    "1 file",
		Plural(0, "file", "files"):    "0 files",
		Plural(1234, "file", "files"): "1,234 files",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
