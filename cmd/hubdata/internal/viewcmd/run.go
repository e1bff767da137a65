package viewcmd

import (
	"context"
	"errors"
	"os"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/memory"
	"github.com/hubdata/hubdata/internal/loopback"
)

func numberText(n int64) string { return strconv.FormatInt(n, 10) }

// run serves the page until ctx ends.
func run(ctx context.Context, c *ui.Console, o *options) error {
	server, err := loopback.Listen(o.port) // before much is read
	if errors.Is(err, loopback.ErrTaken) {
		return ui.Failf(ui.ExitFailure, "--port: %w", err).Hint("leave out --port for any that is free")
	}
	if err != nil {
		return err
	}
	defer server.Close()
	var s *session
	err = memory.Savingly(func() (err error) {
		s, err = open(ctx, c, o)
		return err
	})
	if err != nil {
		return err
	}
	defer s.close()
	defer memory.Limit()()
	ui.Fprintf(c.Out, "%s\n", server.URL())
	if err := c.Flush(); err != nil {
		return err
	}
	if o.open {
		if err := openBrowser(server.URL()); err != nil {
			c.Note("no browser could be opened (%v): open the address yourself", err)
		}
	}
	if c.Terminal() != nil {
		c.Note("serving until Ctrl-C")
	}
	return server.Serve(ctx, s.handler())
}

// isFolder says whether a path is a folder.
func isFolder(path string) bool {
	st, err := os.Stat(path)
	return path != "-" && err == nil && st.IsDir()
}
