package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/golden"
	"github.com/urfave/cli/v2"
)

// TestReference keeps docs/reference and man equal to what the commands say of
// themselves (make docs).
func TestReference(t *testing.T) {
	pages := map[string]string{} // by path
	add := func(p *helpPage) {
		pages["docs/reference/"+markdownName(p.name)] = p.markdown()
		pages["man/"+manName(p.name)] = p.man()
	}
	add(appPage(newApp(ui.NewConsole(nil, io.Discard, io.Discard))))
	allCommands(func(cmd *cli.Command) { add(commandPage(cmd)) })
	for _, dir := range []string{"docs/reference", "man"} {
		entries, err := os.ReadDir(filepath.Join(golden.Repository(t), filepath.FromSlash(dir)))
		if err != nil && (!golden.Update() || !os.IsNotExist(err)) {
			t.Fatal(err)
		}
		for _, e := range entries {
			path := dir + "/" + e.Name()
			if _, ok := pages[path]; ok {
				continue
			}
			if !golden.Update() {
				t.Errorf("%s is of no command: make docs", path)
			} else if err := os.Remove(filepath.Join(golden.Repository(t), filepath.FromSlash(path))); err != nil {
				t.Error(err)
			}
		}
	}
	for path, want := range pages {
		golden.Equal(t, filepath.Join(golden.Repository(t), filepath.FromSlash(path)), []byte(want))
	}
}

// A helpBlock is a part of a help text: a paragraph, or lines that stay as they are.
type helpBlock struct {
	lines   []string
	literal bool
}

// helpBlocks takes a text apart.
func helpBlocks(text string) []helpBlock {
	var blocks []helpBlock
	open := false
	for line := range strings.SplitSeq(text, "\n") {
		bare, literal := strings.CutPrefix(line, strings.Repeat(" ", helpIndent))
		switch last := len(blocks) - 1; {
		case line == "":
			open = false
		case open && blocks[last].literal == literal:
			blocks[last].lines = append(blocks[last].lines, bare)
		default:
			blocks, open = append(blocks, helpBlock{[]string{bare}, literal}), true
		}
	}
	return blocks
}

// markdownName is the file of a command's page: convert.md, train-run.md.
func markdownName(command string) string {
	_, name, ok := strings.Cut(command, " ")
	if !ok {
		return "README.md"
	}
	return strings.ReplaceAll(name, " ", "-") + ".md"
}

// inMarkdown escapes what Markdown would take for its own.
var inMarkdown = strings.NewReplacer("*", `\*`, "_", `\_`, "<", "&lt;", "|", `\|`, "[", `\[`, "`", "\\`")

// markdown is the page for docs/reference.
func (p *helpPage) markdown() string {
	var b strings.Builder
	code := func(lines ...string) {
		b.WriteByte('\n')
		for _, line := range lines {
			fmt.Fprintln(&b, strings.TrimRight("    "+line, " "))
		}
	}
	fmt.Fprintf(&b, "<!-- Made from the command's help by make docs. -->\n\n# %s\n\n%s\n", p.name, inMarkdown.Replace(p.summary))
	code(p.synopsis())
	for _, block := range helpBlocks(p.text) {
		if block.literal {
			code(block.lines...)
		} else {
			fmt.Fprintf(&b, "\n%s\n", inMarkdown.Replace(strings.Join(block.lines, "\n")))
		}
	}
	if len(p.examples) > 0 {
		b.WriteString("\n## Examples\n")
		code(p.examples...)
	}
	if len(p.commands) > 0 {
		b.WriteString("\n## Commands\n\n| command | what it does |\n|---|---|\n")
		for _, c := range p.commands {
			fmt.Fprintf(&b, "| [`%s`](%s) | %s |\n", c.name, markdownName(p.name+" "+c.name), inMarkdown.Replace(c.text))
		}
	}
	if len(p.flags) > 0 {
		b.WriteString("\n## Flags\n\n| flag | what it does |\n|---|---|\n")
		for i := range p.flags {
			fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(p.flags[i].head(), "|", `\|`), inMarkdown.Replace(p.flags[i].text))
		}
	}
	b.WriteString("\n## Exit status\n\n| code | meaning |\n|---|---|\n")
	for _, e := range p.exits {
		fmt.Fprintf(&b, "| %d | %s |\n", e.code, inMarkdown.Replace(e.text))
	}
	return b.String()
}

// manName is the file of a command's manual page: hubdata-convert.1.
func manName(command string) string { return strings.ReplaceAll(command, " ", "-") + ".1" }

// inMan escapes what roff would take for its own. A dash as it is typed is no hyphen.
var inMan = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)

// man is the manual page.
func (p *helpPage) man() string {
	var b strings.Builder
	lines := func(lines ...string) {
		for _, line := range lines {
			if strings.HasPrefix(line, ".") {
				b.WriteString(`\&`)
			}
			fmt.Fprintln(&b, inMan.Replace(line))
		}
	}
	literal := func(list []string) {
		b.WriteString(".RS 4\n.nf\n")
		lines(list...)
		b.WriteString(".fi\n.RE\n")
	}
	fmt.Fprintf(&b, ".\\\" Made from the command's help by make docs.\n.TH %s 1 \"\" hubdata \"hubdata manual\"\n",
		inMan.Replace(strings.ToUpper(strings.ReplaceAll(p.name, " ", "-"))))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n.SH SYNOPSIS\n\\fB%s\\fR %s\n.SH DESCRIPTION\n", inMan.Replace(strings.ReplaceAll(p.name, " ", "-")), inMan.Replace(p.summary),
		inMan.Replace(p.name), inMan.Replace(p.usage))
	for i, block := range helpBlocks(p.text) {
		switch {
		case block.literal:
			literal(block.lines)
		default:
			if i > 0 {
				b.WriteString(".PP\n")
			}
			lines(block.lines...)
		}
	}
	if p.text == "" {
		lines(p.summary + ".")
	}
	if len(p.commands) > 0 {
		b.WriteString(".SH COMMANDS\n")
		for _, c := range p.commands {
			fmt.Fprintf(&b, ".TP\n\\fB%s\\fR\n", inMan.Replace(c.name))
			lines(c.text)
		}
	}
	if len(p.flags) > 0 {
		b.WriteString(".SH OPTIONS\n")
		for i := range p.flags {
			f := &p.flags[i]
			var names []string
			for _, name := range f.names {
				names = append(names, `\fB`+inMan.Replace(name)+`\fR`)
			}
			fmt.Fprintf(&b, ".TP\n%s", strings.Join(names, ", "))
			if f.value != "" {
				fmt.Fprintf(&b, ` \fI%s\fR`, inMan.Replace(f.value))
			}
			b.WriteByte('\n')
			lines(f.text)
		}
	}
	b.WriteString(".SH EXIT STATUS\n")
	for _, e := range p.exits {
		fmt.Fprintf(&b, ".TP\n\\fB%d\\fR\n", e.code)
		lines(e.text)
	}
	if len(p.examples) > 0 {
		b.WriteString(".SH EXAMPLES\n")
		literal(p.examples)
	}
	var others []string
	for _, c := range p.commands {
		others = append(others, p.name+" "+c.name)
	}
	if i := strings.LastIndexByte(p.name, ' '); i > 0 {
		others = append(others, p.name[:i])
	}
	slices.Sort(others)
	b.WriteString(".SH SEE ALSO\n")
	for i, name := range others {
		comma := ","
		if i == len(others)-1 {
			comma = ""
		}
		fmt.Fprintf(&b, ".BR %s (1)%s\n", inMan.Replace(strings.ReplaceAll(name, " ", "-")), comma)
	}
	return b.String()
}
