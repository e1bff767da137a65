package app

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/checkcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/convertcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/democmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/evalcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/exportcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/filtercmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/foldscmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/importcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/mergecmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/pseudocmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/reportcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/showcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/statscmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/stitchcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/submissioncmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/tilecmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/traincmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/tunecmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/verifycmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd"
	"github.com/urfave/cli/v2"
)

// newApp builds the command tree. Each run has its own, so that tests can run in parallel.
func newApp(c *ui.Console) *cli.App {
	var app *cli.App
	app = &cli.App{
		Name:                      "hubdata",
		Usage:                     "from annotated tissue tiles to data a detector can train on",
		Version:                   ui.Version,
		HideVersion:               true,
		HideHelpCommand:           true,
		Suggest:                   false,
		Reader:                    c.Stdin(),
		Writer:                    c.Out,
		ErrWriter:                 c.Stderr,
		ExitErrHandler:            func(*cli.Context, error) {}, // run maps errors
		OnUsageError:              onUsageError,
		DisableSliceFlagSeparator: true, // each flag splits its own values
		// The library adds --help itself only where no command is called help.
		Flags: []cli.Flag{&cli.BoolFlag{Name: "version", Usage: "print the version and the commit"}, cli.HelpFlag},
		Commands: []*cli.Command{
			convertcmd.Command(c),
			foldscmd.Command(c),
			pseudocmd.Command(c),
			tunecmd.Command(c),
			evalcmd.Command(c),
			traincmd.Command(c),
			checkcmd.Command(c),
			statscmd.Command(c),
			showcmd.Command(c),
			viewcmd.Command(c),
			reportcmd.Command(c),
			mergecmd.Command(c),
			filtercmd.Command(c),
			exportcmd.Command(c),
			stitchcmd.Command(c),
			importcmd.Command(c),
			tilecmd.Command(c),
			submissioncmd.Command(c),
			verifycmd.Command(c, Run, func(command string) []cli.Flag {
				words := strings.Fields(command)
				cmd, n := commandOf(app, words)
				if n == 0 || n < len(words) {
					return nil
				}
				return cmd.Flags
			}),
			democmd.Command(c),
			versionCommand(c),
			completionCommand(c),
			helpCommand(c),
		},
	}
	app.Action = func(ctx *cli.Context) error {
		if ctx.Bool("version") {
			return ui.PrintVersion(c, false)
		}
		if name := ctx.Args().First(); name != "" {
			return unknownCommand(app.VisibleCommands(), "", name)
		}
		return cli.ShowAppHelp(ctx)
	}
	setUp(c, app.Commands)
	return app
}

// newWorkers builds the tree of the commands that a cluster runs. They are in no help, since docs/scale.md has the scripts
// that use them.
func newWorkers(c *ui.Console) *cli.App {
	app := newApp(c)
	app.Commands = slices.Concat(pseudocmd.Workers(c), evalcmd.Workers(c), shards.Workers(c))
	setUp(c, app.Commands)
	return app
}

// setUp sets what all commands have in common.
func setUp(c *ui.Console, commands []*cli.Command) {
	for _, cmd := range commands {
		cmd.OnUsageError = onUsageError
		cmd.HideHelpCommand = true
		cmd.Before = func(ctx *cli.Context) error {
			tuneCollectorFor(cmd.Name)
			c.Quiet, c.JSON = ctx.Bool("quiet"), ctx.Bool("json")
			return nil
		}
		if len(cmd.Subcommands) > 0 && cmd.Action == nil {
			cmd.Action = func(ctx *cli.Context) error {
				if name := ctx.Args().First(); name != "" {
					return unknownCommand(cmd.VisibleCommands(), cmd.Name, name)
				}
				return cli.ShowSubcommandHelp(ctx)
			}
		}
		setUp(c, cmd.Subcommands)
	}
}

// onUsageError words an error of the flag package, naming the command and the flag that was perhaps meant.
func onUsageError(ctx *cli.Context, err error, _ bool) error {
	name, help, known := "", ctx.App.Name+" --help", ctx.App.Flags
	if ctx.Command != nil && ctx.Command.HelpName != "" && ctx.Command.HelpName != ctx.App.Name {
		name = flags.CommandName(ctx.Command) + ": "
		help, known = ctx.Command.HelpName+" --help", ctx.Command.VisibleFlags()
	}
	unknown, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !ok {
		return ui.Usagef("%s%s", name, valueError(known, err.Error())).Hint("see %q", help)
	}
	f := ui.Usagef("%sunknown flag %s", name, dashed(unknown))
	var names []string
	for _, flag := range known {
		names = append(names, flag.Names()...)
	}
	switch meant := nearest(names, strings.TrimLeft(unknown, "-")); {
	case meant != "":
		f = f.Hint("did you mean %s?", dashed(meant))
	case unknown == "v" || unknown == "V" || unknown == "version":
		f = f.Hint(`did you mean "%s --version"?`, ctx.App.Name)
	}
	return f.Hint("see %q", help)
}

// invalidValue is how the flag package words a value that a flag does not take.
var invalidValue = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)^invalid value (".*") for flag -([^ ]+): (parse error|value out of range)$`)
})

// valueError words an error of the flag package about the value of a flag, one of those that are known.
func valueError(known []cli.Flag, text string) string {
	if flag, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return dashed(flag) + " needs a value"
	}
	m := invalidValue().FindStringSubmatch(text)
	if m == nil {
		return text
	}
	want := ""
	for _, flag := range known {
		if !slices.Contains(flag.Names(), m[2]) {
			continue
		}
		switch flag.(type) {
		case *cli.IntFlag, *cli.Int64Flag:
			want = "a whole number"
		case *cli.Uint64Flag:
			want = "a whole number from 0"
		case *cli.Float64Flag:
			want = "a number"
		case *cli.DurationFlag:
			want = "a duration like 1m30s"
		}
	}
	switch {
	case want == "":
		return text
	case m[3] != "parse error":
		want += " that is not so large"
	}
	return fmt.Sprintf("%s: found %s, expected %s", dashed(m[2]), m[1], want)
}

// dashed writes a flag with its dashes.
func dashed(flag string) string {
	if len(flag) > 1 {
		return "--" + flag
	}
	return "-" + flag
}

// unknownCommand is the error for a command that does not exist below another, which is empty for the program.
func unknownCommand(commands []*cli.Command, above, name string) error {
	var names []string
	for _, cmd := range commands {
		names = append(names, cmd.Name)
	}
	f := ui.Usagef("no command %q", strings.TrimSpace(above+" "+name))
	if meant := nearest(names, name); meant != "" {
		f = f.Hint("did you mean %q?", meant)
	}
	return f.Hint("the commands are %s", strings.Join(names, ", "))
}

// commandOf finds the command that words begin with, and how many of them name it;
// 0: it is the program.
func commandOf(app *cli.App, words []string) (cmd *cli.Command, n int) {
	cmd = &cli.Command{Subcommands: app.Commands}
	for n < len(words) {
		below := cmd.Command(words[n])
		if below == nil {
			break
		}
		cmd, n = below, n+1
	}
	return cmd, n
}
