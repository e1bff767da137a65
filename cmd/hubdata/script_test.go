package main

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/internal/golden"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { clitest.Main(m, nil) }

// TestScript runs the command line scripts. In addition to the commands of testscript they have
// `exits CODE PROGRAM ARGS...`.
func TestScript(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Setup: func(env *testscript.Env) error { // scripts for clusters are beside the program
			env.Setenv("REPOSITORY", root)
			return nil
		},
		Dir:           "testdata/script",
		UpdateScripts: golden.Update(), // writes the output into their golden files
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": func(ts *testscript.TestScript, neg bool, args []string) {
				if len(args) < 2 || neg {
					ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
				}
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				got := 0
				var exit *exec.ExitError
				if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
					got = exit.ExitCode()
				} else if err != nil {
					ts.Fatalf("%v", err)
				}
				if got != want {
					ts.Fatalf("exit code %d, expected %d", got, want)
				}
			},
			// replace OLD NEW FILE replaces a text in a file, where it is first.
			"replace": func(ts *testscript.TestScript, neg bool, args []string) {
				if len(args) != 3 || neg {
					ts.Fatalf("usage: replace OLD NEW FILE")
				}
				path := ts.MkAbs(args[2])
				text, err := os.ReadFile(path)
				ts.Check(err)
				ts.Check(os.WriteFile(path, bytes.Replace(text, []byte(args[0]), []byte(args[1]), 1), 0o666))
			},
			// demo DIR [FLAGS...] writes what "hubdata demo FLAGS... DIR" does.
			"demo": func(ts *testscript.TestScript, neg bool, args []string) {
				if len(args) == 0 || neg {
					ts.Fatalf("usage: demo DIR [FLAGS...]")
				}
				ts.Check(clitest.WriteDemo(ts.MkAbs(args[0]), args[1:]...))
			},
			// png FILE WIDTH HEIGHT makes a black image.
			"png": func(ts *testscript.TestScript, neg bool, args []string) {
				if len(args) != 3 || neg {
					ts.Fatalf("usage: png FILE WIDTH HEIGHT")
				}
				w, err := strconv.Atoi(args[1])
				ts.Check(err)
				h, err := strconv.Atoi(args[2])
				ts.Check(err)
				var text bytes.Buffer
				ts.Check(png.Encode(&text, image.NewGray(image.Rect(0, 0, w, h))))
				path := ts.MkAbs(args[0])
				ts.Check(os.MkdirAll(filepath.Dir(path), 0o777))
				ts.Check(os.WriteFile(path, text.Bytes(), 0o666))
			},
		},
	})
}
