package main

import (
	"slices"
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
		},
	}
	app.Action = func(ctx *cli.Context) error {
		if name := ctx.Args().First(); name != "" {
			return unknownCommand(app.VisibleCommands(), name)
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
					return unknownCommand(cmd.VisibleCommands(), cmd.Name+" "+name)
				}
				return cli.ShowSubcommandHelp(ctx)
			}
		}
		setUp(c, cmd.Subcommands)
	}
}

func onUsageError(ctx *cli.Context, err error, _ bool) error {
	name := ctx.App.Name
	if ctx.Command != nil && ctx.Command.HelpName != "" {
		name = ctx.Command.HelpName
	}
	return usagef("%s: %v", name, err).hint("%q tells the flags", name+" --help")
}

func unknownCommand(commands []*cli.Command, name string) error {
	var names []string
	for _, cmd := range commands {
		names = append(names, cmd.Name)
	}
	return usagef("no command %q", name).hint("the commands are %s", strings.Join(names, ", "))
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

// intersperse moves a command's arguments behind its flags, so that
// `hubdata convert DIR --quiet` means `hubdata convert --quiet DIR`: the flag
// package stops at the first argument.
func intersperse(c *console, args []string) []string {
	cmd, n := commandOf(newApp(c), args[1:])
	if n == 0 {
		return args
	}
	takesValue := map[string]bool{}
	for _, f := range cmd.Flags {
		_, isBool := f.(*cli.BoolFlag)
		for _, name := range f.Names() {
			takesValue[name] = !isBool
		}
	}
	flags, rest := slices.Clone(args[:n+1]), []string(nil)
	for i := n + 1; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			rest = append(rest, args[i+1:]...)
			i = len(args)
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			rest = append(rest, arg)
		default:
			flags = append(flags, arg)
			name := strings.TrimLeft(arg, "-")
			if takesValue[name] && i+1 < len(args) {
				i++
				flags = append(flags, args[i])
			}
		}
	}
	return append(append(flags, "--"), rest...)
}
