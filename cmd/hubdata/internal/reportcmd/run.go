package reportcmd

import (
	"bytes"
	"context"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/reportcmd/sources"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/regularfile"
)

func run(ctx context.Context, c *ui.Console, o *options) error {
	outs := &files.Outputs{Console: c, Force: o.force || isReport(o.out), Unsigned: true}
	defer outs.Abort()
	from, err := sources.Find(o.Options)
	if err != nil {
		return err
	}
	outs.Inputs = from.Inputs()
	if err := outs.Check(o.out); err != nil {
		return err
	}
	p, err := build(ctx, c, o, from)
	if err != nil {
		return err
	}
	size, err := write(ctx, outs, o.out, p)
	if err != nil {
		return err
	}
	return p.summarize(c, o.out, size)
}

// write writes the report, and returns how many bytes it has.
func write(ctx context.Context, outs *files.Outputs, path string, p *page) (int, error) {
	var text bytes.Buffer
	if err := p.Write(&text); err != nil {
		return 0, err
	}
	size := text.Len()
	out, err := outs.Create(path)
	if err != nil {
		return 0, err
	}
	if _, err := text.WriteTo(out); err != nil {
		return 0, out.Failed(err)
	}
	if err := out.Finish(); err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return size, outs.Commit()
}

// isReport says whether a file is a report that hubdata wrote, which may be written
// again.
func isReport(path string) bool {
	f, _, err := regularfile.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // only read
	head := make([]byte, 2048)
	n, _ := f.Read(head)
	return strings.Contains(string(head[:n]), `<meta name="generator" content="`+htmlreport.Generator+" ")
}
