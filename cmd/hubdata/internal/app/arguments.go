package app

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// arguments rewrites a command line into the one form that the flag package reads: flags before arguments, a short
// flag and its value as two words. So `hubdata folds DIR -k5 --quiet` means `hubdata folds -k 5 --quiet -- DIR`.
func arguments(app *cli.App, args []string) []string {
	cmd, n := commandOf(app, args[1:])
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
		if arg == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if arg == "-" || !strings.HasPrefix(arg, "-") {
			rest = append(rest, arg)
			continue
		}
		name := strings.TrimLeft(arg, "-")
		whole, _, _ := strings.Cut(name, "=")
		_, known := takesValue[whole]
		switch {
		case takesValue[name] && (i+1 == len(args) || args[i+1] == "--"): // -o=-- names a file --
			return append(flags, arg) // the flag package reports the missing value
		case takesValue[name]:
			i++
			flags = append(flags, arg, args[i])
		case !known && len(name) > 1 && !strings.HasPrefix(arg, "--") && takesValue[name[:1]]:
			flags = append(flags, "-"+name[:1], name[1:])
		default:
			flags = append(flags, arg)
		}
	}
	return append(append(flags, "--"), rest...)
}
