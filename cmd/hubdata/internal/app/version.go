package app

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/bill"
	"github.com/hubdata/hubdata/internal/licences"
	"github.com/urfave/cli/v2"
)

const versionHelp = `Prints the version and the commit, which are also written into the files that
hubdata makes. Builds without git, such as those of go run, do not know their
commit.

--sbom prints the bill of materials of this program in the format CycloneDX 1.5:
the modules in it with their versions and checksums, as the compiler noted them.
--licenses prints the licences of these modules and of Go's standard library.

examples:
   hubdata version
   hubdata version --json | jq -r .commit
   hubdata version --sbom > hubdata.cdx.json`

func versionCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "print the version and the commit",
		UsageText:   "[flags]",
		Description: versionHelp,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "licenses", Usage: "print the licences of what the program is made of"},
			&cli.BoolFlag{Name: "sbom", Usage: "print the bill of materials as CycloneDX JSON"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON"},
		},
		Action: func(ctx *cli.Context) error {
			if ctx.NArg() > 0 {
				return ui.Usagef("version takes no arguments, found %q", ctx.Args().First())
			}
			chosen := 0
			for _, name := range []string{"licenses", "sbom", "json"} {
				if ctx.Bool(name) {
					chosen++
				}
			}
			switch {
			case chosen > 1:
				return ui.Usagef("--licenses, --sbom and --json exclude each other")
			case ctx.Bool("licenses"):
				_, err := io.WriteString(c.Out, licences.Text)
				return err
			case ctx.Bool("sbom"):
				return printBill(c)
			}
			return ui.PrintVersion(c, ctx.Bool("json"))
		},
	}
}

// printBill prints the bill of materials of the program that runs.
func printBill(c *ui.Console) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ui.Failf(ui.ExitFailure, "this program was built without a list of its modules").Hint("use a release, or build it with go build")
	}
	build := ui.BuildOf(info)
	p := bill.Program{Version: build.Version, Commit: build.Commit, Info: info}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			p.Time, _ = time.Parse(time.RFC3339, s.Value) // else it is not known
		}
	}
	p.SHA256 = sumOfProgram()
	text, err := p.CycloneDX()
	if err != nil {
		return err
	}
	_, err = c.Out.Write(text)
	return err
}

// sumOfProgram is the SHA-256 of the program that runs; "": it cannot be read.
func sumOfProgram() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
