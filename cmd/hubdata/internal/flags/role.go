package flags

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// A Role is what a flag is for in the record of how a file was made.
type Role uint8

// The roles.
const (
	Decides Role = iota // its value decides what is written: records have it as an option
	Reads               // it names a file or a folder to read: records have that as an input, by its checksum
	Writes              // it names a file to write
	Runs                // it says how the command runs or what it prints, and nothing of it is in what is written
)

// files are the words by which placeholders say that a value is a path, or has one.
var files = []string{"FILE", "DIR", "OUT", "IN", "PATH", "SET"}

// written are the flags that name a file to write, of the commands whose files have a record.
var written = []string{"out", "changes", "sarif", "id-map", "results", "record", "plot", "resume"}

// running are the flags that say how a command runs.
var running = []string{"workers", "force", "json", "quiet", "allow-empty", "copy"}

// RoleOf is the role of a flag. A flag whose placeholder has one of the words FILE, DIR, OUT, IN, PATH and SET is a path,
// and never an option.
func RoleOf(f cli.Flag) Role {
	name := f.Names()[0]
	doc, _ := f.(cli.DocGenerationFlag)
	words := strings.FieldsFunc(placeholder(doc), func(r rune) bool { return r < 'A' || r > 'Z' })
	path := slices.ContainsFunc(words, func(w string) bool { return slices.Contains(files, w) })
	switch {
	case slices.Contains(running, name):
		return Runs
	case path && slices.Contains(written, name):
		return Writes
	case path:
		return Reads
	}
	return Decides
}

// placeholder is the name of a flag's value: the word in backquotes of its usage.
func placeholder(f cli.DocGenerationFlag) string {
	if f == nil {
		return ""
	}
	_, rest, _ := strings.Cut(f.GetUsage(), "`")
	word, _, _ := strings.Cut(rest, "`")
	return word
}

// Recorded are the flags of a command line that decide what is written, with _ for - in their names: the options of a
// record.
func Recorded(ctx *cli.Context) map[string]any {
	m := map[string]any{}
	for _, f := range ctx.Command.Flags {
		name := f.Names()[0]
		if RoleOf(f) != Decides || !ctx.IsSet(name) {
			continue
		}
		v := ctx.Value(name)
		if list, ok := v.(cli.StringSlice); ok {
			v = list.Value()
		}
		m[strings.ReplaceAll(name, "-", "_")] = v
	}
	return m
}
