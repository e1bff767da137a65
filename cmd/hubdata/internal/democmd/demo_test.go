package democmd

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flagtest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/demo"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		args string
		want options
		err  string
	}{
		{"", options{dir: "hubdata-demo", seed: 1, scale: demo.Small, predictions: 20, draw: true, convert: true}, ""},
		{"--scale full x", options{dir: "x", seed: 1, scale: demo.Full, predictions: 100, convert: true}, ""},
		{"--scale full --draw --predictions 0 --no-convert --force --seed 7", options{dir: "hubdata-demo", seed: 7, scale: demo.Full, draw: true, force: true}, ""},
		{"--scale big", options{}, `--scale: "big" is not one of full, small`},
		{"--predictions 1001", options{}, "--predictions: 1001 is more than 1000"},
		{"a b", options{}, "demo takes one folder"},
	} {
		o, err := flagtest.Parse(t, Command(nil), parse, strings.Fields(tt.args)...)
		if tt.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), tt.err) {
				t.Errorf("%q: error %v, want %s", tt.args, err, tt.err)
			}
		} else if err != nil || *o != tt.want {
			t.Errorf("%q: %+v (%v), want %+v", tt.args, o, err, tt.want)
		}
	}
}

// TestRun makes a demo without images, again over itself, and not among other files.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	o := &options{dir: filepath.Join(dir, "demo"), seed: 1, scale: demo.Small, predictions: 1, convert: true}
	for range 2 {
		sum, err := run(t.Context(), ui.NewConsole(nil, io.Discard, io.Discard), o)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		sum.WriteText(&text)
		if sum.Made != 9 || sum.Conversion == nil || len(sum.Conversion.Files) < 4 || !strings.Contains(text.String(), "\nnext, try:\n   cd ") {
			t.Errorf("%+v: %s", sum, &text)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	other := *o
	other.dir = dir
	if _, err := run(t.Context(), ui.NewConsole(nil, io.Discard, io.Discard), &other); err == nil || !strings.Contains(err.Error(), "has other files") {
		t.Errorf("among other files: %v", err)
	}
}
