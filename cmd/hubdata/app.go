package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// newApp builds the command tree. It is a value made for each run, so that
// tests may run side by side.
func newApp(c *console) *cli.App {
	app := &cli.App{
		Name:                      "hubdata",
		Usage:                     "from annotated tissue tiles to data a detector can train on",
		Version:                   version,
		HideVersion:               true,
		HideHelpCommand:           true,
		Suggest:                   false,
		Reader:                    c.stdin,
		Writer:                    c.out,
		ErrWriter:                 c.stderr,
		ExitErrHandler:            func(*cli.Context, error) {}, // run maps errors
		OnUsageError:              onUsageError,
		DisableSliceFlagSeparator: true, // each flag splits its own values
		// The library adds --help itself only where no command is called help.
		Flags: []cli.Flag{&cli.BoolFlag{Name: "version", Usage: "print the version and the commit"}, cli.HelpFlag},
		Commands: []*cli.Command{
			convertCommand(c),
			foldsCommand(c),
			pseudoCommand(c),
			evalCommand(c),
			trainCommand(c),
			checkCommand(c),
			statsCommand(c),
			showCommand(c),
			reportCommand(c),
			mergeCommand(c),
			filterCommand(c),
			submissionCommand(c),
			demoCommand(c),
			versionCommand(c),
			completionCommand(c),
			helpCommand(c),
		},
	}
	app.Action = func(ctx *cli.Context) error {
		if ctx.Bool("version") {
			return printVersion(c, false)
		}
		if name := ctx.Args().First(); name != "" {
			return unknownCommand(app.VisibleCommands(), "", name)
		}
		return cli.ShowAppHelp(ctx)
	}
	setUp(c, app.Commands)
	return app
}

// setUp gives commands and those below them what all have.
func setUp(c *console, commands []*cli.Command) {
	for _, cmd := range commands {
		cmd.OnUsageError = onUsageError
		cmd.HideHelpCommand = true
		cmd.Before = func(ctx *cli.Context) error {
			c.quiet, c.json = ctx.Bool("quiet"), ctx.Bool("json")
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
	name, help, flags := "", ctx.App.Name+" --help", ctx.App.Flags
	if ctx.Command != nil && ctx.Command.HelpName != "" && ctx.Command.HelpName != ctx.App.Name {
		name = commandName(ctx.Command) + ": "
		help, flags = ctx.Command.HelpName+" --help", ctx.Command.VisibleFlags()
	}
	unknown, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !ok {
		return usagef("%s%v", name, err).hint("see %q", help)
	}
	dashes := "-"
	if len(unknown) > 1 {
		dashes = "--"
	}
	f := usagef("%sunknown flag %s%s", name, dashes, unknown)
	var names []string
	for _, flag := range flags {
		names = append(names, flag.Names()...)
	}
	if meant := nearest(names, strings.TrimLeft(unknown, "-")); meant != "" {
		f = f.hint("did you mean --%s?", meant)
	}
	return f.hint("see %q", help)
}

// unknownCommand is the error for a command that does not exist below another, which is empty for the program.
func unknownCommand(commands []*cli.Command, above, name string) error {
	var names []string
	for _, cmd := range commands {
		names = append(names, cmd.Name)
	}
	f := usagef("no command %q", strings.TrimSpace(above+" "+name))
	if meant := nearest(names, name); meant != "" {
		f = f.hint("did you mean %q?", meant)
	}
	return f.hint("the commands are %s", strings.Join(names, ", "))
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
