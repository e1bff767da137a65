// Package clitest helps tests that run the program: it runs command lines, and makes folders, files and datasets.
// Only tests import it.
package clitest

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/app"
)

// Hubdata runs a command line.
func Hubdata(t *testing.T, ctx context.Context, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errw bytes.Buffer
	code = app.Run(ctx, append([]string{"hubdata"}, args...), strings.NewReader(""), &out, &errw)
	return code, out.String(), errw.String()
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
