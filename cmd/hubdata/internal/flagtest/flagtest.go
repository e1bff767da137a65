// Package flagtest runs the parsing of a command's flags in tests of the command's own package.
package flagtest

import (
	"io"
	"testing"

	"github.com/urfave/cli/v2"
)

// Parse parses args, flags before arguments, as those of cmd, and returns what parse makes of them.
func Parse[T any](t *testing.T, cmd *cli.Command, parse func(*cli.Context) (T, error), args ...string) (T, error) {
	t.Helper()
	var value T
	app := &cli.App{
		Name: "hubdata", Commands: []*cli.Command{cmd}, Writer: io.Discard, ErrWriter: io.Discard, DisableSliceFlagSeparator: true,
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   func(_ *cli.Context, err error, _ bool) error { return err },
	}
	cmd.Action = func(ctx *cli.Context) (err error) {
		value, err = parse(ctx)
		return err
	}
	err := app.Run(append([]string{"hubdata", cmd.Name}, args...))
	return value, err
}
