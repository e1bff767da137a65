package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/golden"
)

func TestParseUsage(t *testing.T) {
	for _, c := range []struct {
		usage     string
		arguments []treeArgument
		required  string // names of flags
	}{
		{usage: "[flags]"},
		{usage: "SHELL", arguments: []treeArgument{{Name: "SHELL"}}},
		{usage: "[flags] [DIR]", arguments: []treeArgument{{Name: "DIR", Optional: true}}},
		{usage: "[flags] GT DT [DT...]", arguments: []treeArgument{{Name: "GT"}, {Name: "DT"}, {Name: "DT", Optional: true, Repeated: true}}},
		{usage: "[flags] FILE|DIR [WORK_DIR]", arguments: []treeArgument{{Name: "FILE|DIR"}, {Name: "WORK_DIR", Optional: true}}},
		{usage: "[flags] -o OUT IN...", arguments: []treeArgument{{Name: "IN", Repeated: true}}, required: "o"},
	} {
		arguments, required := parseUsage(c.usage)
		if !reflect.DeepEqual(arguments, c.arguments) || len(required) != len(strings.Fields(c.required)) || c.required != "" && !required[c.required] {
			t.Errorf("%q: found %+v and %v, expected %+v and %q", c.usage, arguments, required, c.arguments, c.required)
		}
	}
}

// TestTree compares the tree with the commands: all that do something, each flag with a type, each word of a usage line
// read.
func TestTree(t *testing.T) {
	var out bytes.Buffer
	if code := Run(context.Background(), []string{"hubdata", commandsWord}, nil, &out, io.Discard); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	var tree struct{ Commands []treeCommand }
	if err := json.Unmarshal(out.Bytes(), &tree); err != nil {
		t.Fatal(err)
	}
	found := map[string]treeCommand{}
	for _, cmd := range tree.Commands {
		found[cmd.Name] = cmd
		for _, f := range cmd.Flags {
			if f.Type == "" || len(f.Names) == 0 || f.Help == "" || (f.Value == "") != (f.Type == boolFlag) {
				t.Errorf("%s: flag %+v", cmd.Name, f)
			}
		}
	}
	for _, name := range []string{"convert", "eval", "submission encode", "train plan"} {
		if _, ok := found[name]; !ok {
			t.Errorf("no command %s in %v", name, len(found))
		}
	}
	if out := found["merge"].Flags[0]; !reflect.DeepEqual(out.Names, []string{"out", "o"}) || !out.Required || out.Value != "OUT" {
		t.Errorf("merge's first flag: %+v", out)
	}
	if got := len(found["eval"].Arguments); got != 3 {
		t.Errorf("eval has %d arguments, expected 3", got)
	}
}

// TestPythonCommands keeps the functions of the Python module equal to what the commands say of themselves (make docs).
func TestPythonCommands(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: the functions of the Python module were not compared")
	}
	var tree, text, messages bytes.Buffer
	c := ui.NewConsole(nil, &tree, io.Discard)
	if err := printTree(c); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	root := golden.Repository(t)
	cmd := exec.Command(python, filepath.Join(root, "python", "generate.py"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &tree, &text, &messages
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONUTF8=1")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, &messages)
	}
	golden.Equal(t, filepath.Join(root, "python", "hubdata", "_commands.py"), text.Bytes())
}
