package app

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

const versionHelp = `Prints the version and the commit, which are also written into the files that
hubdata makes. Builds without git, such as those of go run, do not know their
commit.

examples:
   hubdata version
   hubdata version --json | jq -r .commit`

func versionCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "print the version and the commit",
		UsageText:   "[flags]",
		Description: versionHelp,
		Flags:       []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print JSON"}},
		Action: func(ctx *cli.Context) error {
			if ctx.NArg() > 0 {
				return ui.Usagef("version takes no arguments, found %q", ctx.Args().First())
			}
			return ui.PrintVersion(c, ctx.Bool("json"))
		},
	}
}
