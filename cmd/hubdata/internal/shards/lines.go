package shards

import (
	"bufio"
	"encoding/base64"
	"io"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

// Workers make files of what the workers of a cluster wrote: __files writes each line of its files, by [WriteFile], as the
// file that it is.
func Workers(c *ui.Console) []*cli.Command {
	return []*cli.Command{{
		Name: "__files", Usage: "lines of workers to files", UsageText: "OUT FILE...",
		Action: func(ctx *cli.Context) error {
			if ctx.NArg() < 2 {
				return ui.Usagef("__files needs a folder and files")
			}
			return writeFiles(c, ctx.Args().First(), ctx.Args().Tail())
		},
	}}
}

// CheckWorker checks --shards of a worker, and refuses flags of its command that would have no effect.
func CheckWorker(ctx *cli.Context, without ...string) error {
	if n := ctx.Int("shards"); n < 1 {
		return ui.Usagef("--shards: %d is not 1 or more", n)
	}
	for _, name := range without {
		if ctx.IsSet(name) {
			return ui.Usagef("--%s has no effect on a cluster", name)
		}
	}
	return nil
}

// WriteFile writes a file as a line: its name, with slashes, a tab and the text in base64.
func WriteFile(w io.Writer, name string, text []byte) error {
	line := base64.StdEncoding.AppendEncode(append([]byte(name), '\t'), text)
	_, err := w.Write(append(line, '\n'))
	return err
}

// writeFiles writes each line of files as a file in a folder. Files without text are not written, and noted.
func writeFiles(c *ui.Console, dir string, paths []string) error {
	outs := &files.Outputs{Console: c}
	defer outs.Abort()
	for _, path := range paths {
		in, err := files.OpenInput(c, path)
		if err != nil {
			return err
		}
		defer in.Close()
		lines := bufio.NewReaderSize(in, 1<<20)
		for {
			name, err := lines.ReadString('\t')
			if err == io.EOF && name == "" {
				break
			}
			if err != nil || !filepath.IsLocal(filepath.FromSlash(name[:len(name)-1])) {
				return ui.Failf(ui.ExitBadData, "%s: found %.40q, expected the name of a file and a tab", in.Name, name)
			}
			name = name[:len(name)-1]
			if next, err := lines.Peek(1); err == nil && next[0] == '\n' {
				_, _ = lines.Discard(1)
				c.Note("%s: nothing to write", name)
				continue
			}
			out, err := outs.Create(filepath.Join(dir, filepath.FromSlash(name)))
			if err != nil {
				return err
			}
			if _, err := io.Copy(out, base64.NewDecoder(base64.StdEncoding, &lineOf{in: lines})); err != nil {
				return out.Failed(ui.Failf(ui.ExitBadData, "%s: %s: %w", in.Name, name, err))
			}
			if err := out.Close(); err != nil {
				return err
			}
		}
	}
	return outs.Commit()
}

// lineOf reads the rest of a line.
type lineOf struct {
	in    *bufio.Reader
	ended bool
}

func (l *lineOf) Read(p []byte) (int, error) {
	if l.ended {
		return 0, io.EOF
	}
	for i := range p {
		b, err := l.in.ReadByte()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return i, err
		}
		if b == '\n' {
			l.ended = true
			return i, nil
		}
		p[i] = b
	}
	return len(p), nil
}
