package app

import (
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

// allCommands calls f for every command, also those below others.
func allCommands(f func(cmd *cli.Command)) {
	app := newApp(ui.NewConsole(nil, io.Discard, io.Discard))
	var each func(above string, commands []*cli.Command)
	each = func(above string, commands []*cli.Command) {
		for _, cmd := range commands {
			cmd.HelpName = above + " " + cmd.Name // as a run sets it
			f(cmd)
			each(cmd.HelpName, cmd.Subcommands)
		}
	}
	each(app.Name, app.Commands)
}

// TestHelpComplete wants of every command what a user looks for in its help.
func TestHelpComplete(t *testing.T) {
	noJSON := map[string]string{
		"completion":  "it prints a script",
		"help":        "it prints a page",
		"submission":  "the commands below have it",
		"train":       "the commands below have it",
		"train graph": "train plan --json has the graph",
		"train init":  "it writes one file, which -o names",
		"train logs":  "it prints what others have printed",
		"train run":   "train status --json tells",
		"view":        "it serves a page",
	}
	allCommands(func(cmd *cli.Command) {
		p := commandPage(cmd)
		name := flags.CommandName(cmd)
		if p.summary == "" || p.text == "" || len(p.examples) == 0 || len(p.exits) < 3 {
			t.Errorf("%s: want a summary, a text, examples and exit codes", name)
		}
		for line := range strings.SplitSeq(cmd.Description, "\n") {
			if n := utf8.RuneCountInString(line); n > helpWidth-helpIndent {
				t.Errorf("%s: a line of %d characters in the help: %s", name, n, line)
			}
		}
		hasJSON := false
		for _, f := range p.flags {
			if slices.Contains(f.names, "--json") {
				hasJSON = true
			}
			if f.text == "" {
				t.Errorf("%s %s: no text", name, f.head())
			}
		}
		if _, without := noJSON[name]; hasJSON == without {
			t.Errorf("%s: has --json: %v; without it: %q", name, hasJSON, noJSON[name])
		}
	})
}

// TestFlagsAgree wants a flag to look and be alike in all commands that have it.
func TestFlagsAgree(t *testing.T) {
	// The names are those that people know from the tools around.
	apart := map[string]string{
		"--from":        "of folds a file, of train a stage",
		"--predictions": "of demo how many, of report a file",
		"--merge":       "of pseudo a set to merge with, of eval a choice",
		"--rerun":       "of train run also done stages, with --stage",
		"--metric":      "of eval a choice, of train pick a name in the logs",
	}
	type seen struct {
		in   string
		flag helpFlag
	}
	first := map[string]seen{}
	allCommands(func(cmd *cli.Command) {
		for i, f := range commandPage(cmd).flags {
			name := f.names[len(f.names)-1]
			if _, isBool := cmd.Flags[i].(*cli.BoolFlag); isBool != (f.value == "") {
				t.Errorf("%s %s: its value has no name: want one in backquotes", flags.CommandName(cmd), f.head())
			}
			was, ok := first[name]
			switch {
			case !ok:
				first[name] = seen{flags.CommandName(cmd), f}
			case apart[name] == "" && was.flag.head() != f.head():
				t.Errorf("%s is %q in %s and %q in %s", name, was.flag.head(), was.in, f.head(), flags.CommandName(cmd))
			}
		}
	})
}
