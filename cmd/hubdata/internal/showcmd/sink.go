package showcmd

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/termimage"
	"golang.org/x/term"
)

// sink takes pictures, in order. Both methods return the path of the file, if it is
// one.
type sink interface {
	picture(img *image.RGBA) (string, error)
	png(name string, data []byte) (string, error) // of a tile of that name
	close() error
}

func (job *Job) newSink(pages int) (sink, error) {
	o := job.Options
	if o.out == "" {
		return &terminalSink{c: job.Console, kind: o.terminal, columns: job.columns()}, nil
	}
	s := &fileSink{outputs: &job.outputs, path: o.out, many: pages > 1, names: map[string]bool{}}
	if job.intoFolder() {
		s.folder = o.out
	}
	return s, nil
}

// fileSink writes PNG files.
type fileSink struct {
	outputs *files.Outputs
	path    string
	folder  string // empty: path is a file
	many    bool   // path is numbered
	n       int
	names   map[string]bool // of files, in lower case
}

// batch is how many files wait for becoming visible together: each is open.
const batch = 64

func (s *fileSink) picture(img *image.RGBA) (string, error) {
	var b bytes.Buffer
	if err := draw.EncodePNG(&b, img); err != nil {
		return "", err
	}
	s.n++
	path := s.path
	switch {
	case s.folder != "":
		path = filepath.Join(s.folder, fmt.Sprintf("sheet-%d.png", s.n))
	case s.many:
		ext := filepath.Ext(path)
		path = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, ext), s.n, ext)
	}
	return path, s.write(path, b.Bytes())
}

func (s *fileSink) png(name string, data []byte) (string, error) {
	path := filepath.Join(s.folder, s.fileName(name)+".png")
	return path, s.write(path, data)
}

func (s *fileSink) write(path string, data []byte) error {
	out, err := s.outputs.Create(path)
	if err != nil {
		return err
	}
	if _, err := out.Write(data); err != nil {
		return out.Failed(err)
	}
	if err := out.Finish(); err != nil {
		return err
	}
	if s.outputs.Pending() >= batch {
		return s.outputs.Commit()
	}
	return nil
}

func (s *fileSink) close() error { return s.outputs.Commit() }

// maxFileName is the longest name made of a tile's, in bytes.
const maxFileName = 100

// reserved are names that are no files on Windows.
var reserved = map[string]bool{"con": true, "prn": true, "aux": true, "nul": true}

// fileName makes a file's name of a tile's, whatever that holds: letters, digits,
// dots, hyphens and underscores stay, and no two names are the same.
func (s *fileSink) fileName(tile string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '_'
	}, tile)
	name = name[:min(len(name), maxFileName)]
	if name == "" || name[0] == '.' || name[0] == '-' || reserved[strings.ToLower(name)] {
		name = "_" + name
	}
	unique := name
	for k := 2; s.names[strings.ToLower(unique)]; k++ {
		unique = fmt.Sprintf("%s-%d", name, k)
	}
	s.names[strings.ToLower(unique)] = true
	return unique
}

// terminalSink shows pictures in a terminal.
type terminalSink struct {
	c       *ui.Console
	kind    termimage.Kind
	columns int
}

func (s *terminalSink) picture(img *image.RGBA) (string, error) {
	if err := termimage.Encode(s.c.Out, s.kind, img, s.columns); err != nil {
		return "", err
	}
	return "", s.c.Flush()
}

func (s *terminalSink) png(string, []byte) (string, error) { return "", nil } // tiles go into folders

func (s *terminalSink) close() error { return nil }

// findTerminal finds out how the terminal shows pictures.
func (job *Job) findTerminal() error {
	if job.Options.terminal != termimage.None {
		return nil
	}
	if job.Console.Terminal() == nil {
		return ui.Usagef("standard output is no terminal that could show pictures").
			Hint("-o FILE writes a PNG, -o - to standard output; --terminal blocks prints characters")
	}
	kind, sure := termimage.Detect(os.Getenv)
	if !sure && askTerminal() {
		kind = termimage.Sixel
	}
	job.Options.terminal = kind
	return nil
}

// columns is the width of the terminal in characters.
func (job *Job) columns() int {
	if f := job.Console.Terminal(); f != nil {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 80
}
