package app

import (
	"regexp"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

// commandsWord asks for all commands with their arguments and flags, as JSON. The functions of the Python module are
// made from it: see python/generate.py.
const commandsWord = "__commands"

// A treeCommand is a command that does something, one without commands below it.
type treeCommand struct {
	Name      string         `json:"name"` // with those above it: submission encode
	Summary   string         `json:"summary"`
	Arguments []treeArgument `json:"arguments"`
	Flags     []treeFlag     `json:"flags"` // without --help
}

// A treeArgument is an argument of a command, in its place.
type treeArgument struct {
	Name     string `json:"name"` // as the usage has it: DIR, or FILE|DIR
	Optional bool   `json:"optional,omitempty"`
	Repeated bool   `json:"repeated,omitempty"` // also not there at all, if it is optional
}

// A treeFlag is a flag of a command.
type treeFlag struct {
	Names    []string `json:"names"` // without dashes; the first is the one in the code
	Type     flagType `json:"type"`
	Value    string   `json:"value,omitempty"` // placeholder
	Help     string   `json:"help"`            // with the default
	Required bool     `json:"required,omitempty"`
}

// flagType is what the value of a flag is.
type flagType string

const (
	boolFlag     flagType = "bool"
	intFlag      flagType = "int"
	floatFlag    flagType = "float"
	durationFlag flagType = "duration"
	stringFlag   flagType = "string"
	stringsFlag  flagType = "strings" // a flag that can be repeated
)

// printTree answers to commandsWord.
func printTree(c *ui.Console) error {
	return ui.PrintJSON(c.Out, struct {
		Commands []treeCommand `json:"commands"`
	}{treeCommands(newApp(c))})
}

// treeCommands lists the commands of the program in the order of its help.
func treeCommands(app *cli.App) []treeCommand {
	var out []treeCommand
	var list func(above string, commands []*cli.Command)
	list = func(above string, commands []*cli.Command) {
		for _, cmd := range commands {
			cmd.HelpName = above + " " + cmd.Name // as a run sets it
			if len(cmd.Subcommands) > 0 {
				list(cmd.HelpName, cmd.VisibleCommands())
			} else {
				out = append(out, newTreeCommand(cmd))
			}
		}
	}
	list(app.Name, app.VisibleCommands())
	return out
}

func newTreeCommand(cmd *cli.Command) treeCommand {
	t := treeCommand{Name: flags.CommandName(cmd), Summary: cmd.Usage, Arguments: []treeArgument{}, Flags: []treeFlag{}}
	arguments, required := parseUsage(cmd.UsageText)
	t.Arguments = append(t.Arguments, arguments...)
	for _, f := range cmd.VisibleFlags() {
		help := newHelpFlag(f)
		flag := treeFlag{Names: f.Names(), Type: flagTypeOf(f), Value: help.value, Help: help.text}
		for _, name := range flag.Names {
			flag.Required = flag.Required || required[name]
		}
		t.Flags = append(t.Flags, flag)
	}
	return t
}

// flagTypeOf is empty for a type that no flag has yet.
func flagTypeOf(f cli.Flag) flagType {
	if choosing, ok := f.(flags.Choosing); ok {
		f = choosing.Unwrap()
	}
	switch f.(type) {
	case *cli.BoolFlag:
		return boolFlag
	case *cli.IntFlag, *cli.Int64Flag, *cli.Uint64Flag:
		return intFlag
	case *cli.Float64Flag:
		return floatFlag
	case *cli.DurationFlag:
		return durationFlag
	case *cli.StringFlag:
		return stringFlag
	case *cli.StringSliceFlag:
		return stringsFlag
	}
	return ""
}

// usageWord matches a part of a usage line: a flag that must be given with its value, or an argument.
var usageWord = regexp.MustCompile(`-(\w+) \S+|(\[?)([A-Z_|]+)(\.\.\.)?\]?`)

// parseUsage reads a usage line like "[flags] -o OUT IN [IN...]": the arguments, and the flags that must be given.
func parseUsage(usage string) (arguments []treeArgument, required map[string]bool) {
	required = map[string]bool{}
	for _, m := range usageWord.FindAllStringSubmatch(strings.TrimPrefix(usage, "[flags]"), -1) {
		if m[1] != "" {
			required[m[1]] = true
			continue
		}
		arguments = append(arguments, treeArgument{Name: m[3], Optional: m[2] != "", Repeated: m[4] != ""})
	}
	return arguments, required
}
