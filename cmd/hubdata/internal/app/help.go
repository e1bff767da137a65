package app

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

// A helpPage describes a command: on a terminal by --help, in docs/reference and in a man page.
type helpPage struct {
	name     string // with those of the commands above it
	usage    string // behind the name
	summary  string // a line
	text     string // paragraphs; indented lines stay as they are
	examples []string
	commands []helpRow
	flags    []helpFlag
	exits    []exitCode
}

type helpRow struct{ name, text string }

// helpFlag is a flag: -o, --out OUT.
type helpFlag struct {
	names []string // with their dashes, the short one first
	value string   // placeholder; empty: the flag has no value
	text  string   // with the default
}

func init() {
	cli.HelpPrinter = func(w io.Writer, _ string, data any) {
		switch of := data.(type) {
		case *cli.App:
			appPage(of).print(w)
		case *cli.Command:
			commandPage(of).print(w)
		}
	}
}

// appPage is the page of the program.
func appPage(app *cli.App) *helpPage {
	return &helpPage{
		name: app.Name, usage: "command [flags] [arguments]", summary: app.Usage,
		text: app.Description, commands: helpCommands(app.VisibleCommands()), flags: helpFlags(app.VisibleFlags()), exits: exitCodes(""),
	}
}

// commandPage is the page of a command.
func commandPage(cmd *cli.Command) *helpPage {
	p := &helpPage{
		name: cmd.HelpName, usage: cmd.UsageText, summary: cmd.Usage,
		commands: helpCommands(cmd.VisibleCommands()), exits: exitCodes(flags.CommandName(cmd)),
	}
	var examples string
	p.text, examples, _ = strings.Cut(strings.TrimSpace(cmd.Description), "\n\nexamples:\n")
	for line := range strings.SplitSeq(examples, "\n") {
		if line != "" {
			p.examples = append(p.examples, strings.TrimPrefix(line, "   "))
		}
	}
	p.flags = helpFlags(cmd.VisibleFlags())
	return p
}

// helpName names the command that prints help.
const helpName = "help"

const helpHelp = `Prints the help of a command, as "hubdata COMMAND --help" does, or of the
program.

examples:
   hubdata help
   hubdata help convert
   hubdata help submission encode`

func helpCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        helpName,
		Usage:       "print the help of a command",
		UsageText:   "[COMMAND]",
		Description: helpHelp,
		Action: func(ctx *cli.Context) error {
			words := ctx.Args().Slice()
			cmd, n := commandOf(ctx.App, words)
			switch {
			case n < len(words):
				return unknownCommand(cmd.VisibleCommands(), strings.Join(words[:n], " "), words[n])
			case n == 0:
				appPage(ctx.App).print(c.Out)
			default:
				cmd.HelpName = strings.Join(append([]string{ctx.App.Name}, words...), " ")
				commandPage(cmd).print(c.Out)
			}
			return nil
		},
	}
}

func helpCommands(commands []*cli.Command) []helpRow {
	var rows []helpRow
	for _, cmd := range commands {
		rows = append(rows, helpRow{cmd.Name, cmd.Usage})
	}
	return rows
}

func helpFlags(flags []cli.Flag) []helpFlag {
	var out []helpFlag
	for _, f := range flags {
		out = append(out, newHelpFlag(f))
	}
	return out
}

func newHelpFlag(f cli.Flag) helpFlag {
	var h helpFlag
	for _, name := range f.Names() {
		if utf8.RuneCountInString(name) == 1 {
			h.names = append([]string{"-" + name}, h.names...)
		} else {
			h.names = append(h.names, "--"+name)
		}
	}
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return h
	}
	h.text = doc.GetUsage()
	if before, rest, ok := strings.Cut(h.text, "`"); ok {
		value, after, _ := strings.Cut(rest, "`")
		h.value, h.text = value, before+value+after
	}
	if value := doc.GetDefaultText(); doc.TakesValue() && value != "" {
		if plain, err := strconv.Unquote(value); err == nil {
			value = plain
		}
		h.text += " (default: " + value + ")"
	}
	return h
}

// head is the flag as it is typed.
func (f *helpFlag) head() string {
	head := strings.Join(f.names, ", ")
	if f.value != "" {
		head += " " + f.value
	}
	return head
}

// synopsis is the command as it is typed.
func (p *helpPage) synopsis() string { return strings.TrimSpace(p.name + " " + p.usage) }

// The widths of help on a terminal.
const (
	helpWidth    = 100
	helpIndent   = 3
	commandWidth = 11
	flagWidth    = 26 // longer ones have a line of their own
)

// print prints the page for a terminal.
func (p *helpPage) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n\nusage: %s\n", p.name, p.summary, p.synopsis())
	if p.text != "" {
		fmt.Fprintf(w, "\n%s\n", p.text)
	}
	if len(p.examples) > 0 {
		fmt.Fprint(w, "\nexamples:\n")
		for _, line := range p.examples {
			fmt.Fprintf(w, "%*s%s\n", helpIndent, "", line)
		}
	}
	if len(p.commands) > 0 {
		fmt.Fprint(w, "\ncommands:\n")
		for _, c := range p.commands {
			printRow(w, commandWidth, c.name, c.text)
		}
		fmt.Fprintf(w, "\n\"%s command --help\" lists a command's flags and shows examples.\n", p.name)
	}
	if len(p.flags) > 0 {
		fmt.Fprint(w, "\nflags:\n")
		for i := range p.flags {
			printRow(w, flagWidth, p.flags[i].head(), p.flags[i].text)
		}
	}
	fmt.Fprint(w, "\nexit status:\n")
	for _, e := range p.exits {
		fmt.Fprintf(w, "%*s%-5d %s\n", helpIndent, "", e.code, e.text)
	}
}

// printRow prints a name and, next to it, its text.
func printRow(w io.Writer, headWidth int, head, text string) {
	left := helpIndent + headWidth + 1
	fmt.Fprintf(w, "%*s%-*s", helpIndent, "", headWidth, head)
	if utf8.RuneCountInString(head) > headWidth {
		fmt.Fprintf(w, "\n%*s", left-1, "")
	}
	column := left - 1
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		if column+1+n > helpWidth && column > left {
			fmt.Fprintf(w, "\n%*s", left-1, "")
			column = left - 1
		}
		fmt.Fprint(w, " ", word)
		column += 1 + n
	}
	fmt.Fprintln(w)
}
