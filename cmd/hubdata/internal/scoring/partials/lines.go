package partials

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// WriteFiles writes each line of files, which [Run.ScoreRows] wrote, as the part of its shard.
func WriteFiles(c *ui.Console, dir string, paths []string) error {
	outs := &files.Outputs{Console: c}
	defer outs.Abort()
	for _, path := range paths {
		in, err := files.OpenInput(c, path)
		if err != nil {
			return err
		}
		defer in.Close()
		text := bufio.NewReaderSize(in, 1<<20)
		for {
			number, err := text.ReadString('\t')
			if err == io.EOF && number == "" {
				break
			}
			shard, bad := strconv.Atoi(strings.TrimSuffix(number, "\t"))
			if err != nil || bad != nil || shard < 1 {
				return ui.Failf(ui.ExitBadData, "%s: found %.20q, expected the number of a shard and a tab", in.Name, number)
			}
			out, err := outs.Create(filepath.Join(dir, fmt.Sprintf("%06d.part", shard)))
			if err != nil {
				return err
			}
			if _, err := io.Copy(out, base64.NewDecoder(base64.StdEncoding, &lineOf{in: text})); err != nil {
				return ui.Failf(ui.ExitBadData, "%s: shard %d: %w", in.Name, shard, err)
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
