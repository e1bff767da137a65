// Package clitest helps tests that run the program: it runs command lines, and makes folders, files and datasets.
// Only tests import it.
package clitest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/app"
)

// Hubdata runs a command line. A command that serves a page ends when it has printed the address.
func Hubdata(t *testing.T, ctx context.Context, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var out, errw bytes.Buffer
	code = app.Run(ctx, append([]string{"hubdata"}, args...), strings.NewReader(""), Serving(args, &out, cancel), &errw)
	return code, out.String(), errw.String()
}

// Serving returns standard output for a command line: if it serves a page, end is called when the address is printed.
func Serving(args []string, out io.Writer, end func()) io.Writer {
	if len(args) > 0 && args[0] == "view" {
		return ending{out, end}
	}
	return out
}

type ending struct {
	io.Writer
	end func()
}

func (e ending) Write(p []byte) (int, error) {
	defer e.end()
	return e.Writer.Write(p)
}

// Ask runs a command that prints JSON, and decodes the output.
func Ask(t *testing.T, into any, args ...string) {
	t.Helper()
	code, out, stderr := Hubdata(t, t.Context(), args...)
	if code != 0 {
		t.Fatalf("%q: %s", args, stderr)
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatal(err)
	}
}
