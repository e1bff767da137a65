package exportcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/devicename"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// sectionMemory is how many bytes of a text that waits are in memory.
const sectionMemory = 8 << 20

// sink is where the text of files goes. It appends to a file, which the first text begins. Different files may be appended
// to in parallel.
type sink interface {
	append(file string, first bool, text ...string) error
	// end puts a file on disk.
	end(file string) error
}

// parts puts the files of an export together.
type parts struct {
	frame func(file string) formats.Frame
	to    sink
	files map[string]*partFile
	spill spool.File // of sections
}

// partFile is a file of which parts were written.
type partFile struct {
	frame    formats.Frame
	begun    bool            // its first section has a part
	sections []*spool.Buffer // those after the first; nil: no part yet
}

func newParts(e formats.Exporter, scratch func() (string, error)) *parts {
	return &parts{frame: e.Frame, files: map[string]*partFile{}, spill: spool.File{Dir: scratch}}
}

// close frees what waits on disk.
func (p *parts) close() { _ = p.spill.Close() } // it is removed in any case

// buffer is a place for text that waits.
func (p *parts) buffer() *spool.Buffer {
	return &spool.Buffer{Limit: sectionMemory, Disk: func() (spool.Disk, error) { return p.spill.Part(), nil }}
}

// add adds a part. One without text begins its file, and no more.
func (p *parts) add(part formats.Part) error {
	f := p.files[part.File]
	if f == nil {
		f = &partFile{frame: p.frame(part.File)}
		f.sections = make([]*spool.Buffer, len(f.frame.Next))
		p.files[part.File] = f
		if err := p.to.append(part.File, true, f.frame.Before); err != nil {
			return err
		}
	}
	if len(part.Text) == 0 {
		return nil
	}
	if part.Section > 0 {
		return p.wait(f, part)
	}
	between := ""
	if f.begun {
		between = f.frame.Between
	}
	f.begun = true
	return p.to.append(part.File, false, between, string(part.Text))
}

// wait keeps a part of a later section.
func (p *parts) wait(f *partFile, part formats.Part) error {
	k := part.Section - 1
	if k >= len(f.sections) {
		return fmt.Errorf("%s: found section %d, expected at most %d", part.File, part.Section, len(f.sections))
	}
	between := f.frame.Between
	if f.sections[k] == nil {
		f.sections[k] = p.buffer()
		between = ""
	}
	tail := append(f.sections[k].Tail(), between...)
	return f.sections[k].Grow(append(tail, part.Text...))
}

// end writes what is left of all files.
func (p *parts) end(ctx context.Context, workers int) error {
	names := make([]string, 0, len(p.files))
	for name := range p.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return parallel.Each(ctx, workers, len(names), func(i int) error {
		f := p.files[names[i]]
		for k, section := range f.sections {
			if err := p.to.append(names[i], false, f.frame.Next[k]); err != nil {
				return err
			}
			if section == nil {
				continue
			}
			if err := p.copy(names[i], section.Reader()); err != nil {
				return err
			}
		}
		if f.frame.After != "" {
			if err := p.to.append(names[i], false, f.frame.After); err != nil {
				return err
			}
		}
		return p.to.end(names[i])
	})
}

func (p *parts) copy(file string, r io.Reader) error {
	buf := make([]byte, 1<<20)
	for {
		n, err := io.ReadFull(r, buf)
		if n > 0 {
			if err := p.to.append(file, false, string(buf[:n])); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// oneFile is a sink of a single file.
type oneFile struct {
	out  *files.Output
	held *spool.Buffer // what standard output gets, once all is made; nil: the text goes to out
}

func (o oneFile) append(file string, _ bool, text ...string) error {
	if file != "" {
		return fmt.Errorf("the export is one file, and has a part of another: %s", wtf8.Quote(file))
	}
	for _, t := range text {
		if o.held != nil {
			if err := o.held.Grow(append(o.held.Tail(), t...)); err != nil {
				return err
			}
		} else if _, err := o.out.WriteString(t); err != nil {
			return o.out.Failed(err)
		}
	}
	return nil
}

func (o oneFile) end(string) error {
	if o.held != nil {
		if _, err := io.Copy(o.out, o.held.Reader()); err != nil {
			return o.out.Failed(err)
		}
	}
	return o.out.Finish()
}

// inFolder is a sink of the files of a folder.
type inFolder struct{ root *os.Root }

func (f inFolder) append(file string, first bool, text ...string) error {
	name := filepath.FromSlash(file)
	flags := os.O_WRONLY | os.O_APPEND
	if first {
		if err := checkPath(file); err != nil {
			return err
		}
		if err := f.root.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		flags |= os.O_CREATE | os.O_EXCL
	}
	out, err := f.root.OpenFile(name, flags, 0o666)
	if err != nil {
		return err
	}
	for _, t := range text {
		if err == nil && t != "" {
			_, err = out.WriteString(t)
		}
	}
	return errors.Join(err, out.Close())
}

func (f inFolder) end(file string) error {
	out, err := f.root.OpenFile(filepath.FromSlash(file), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(out.Sync(), out.Close())
}

// checkPath fails for a path of a file in an export that not every system takes for one in its folder.
func checkPath(file string) error {
	bad := !filepath.IsLocal(filepath.FromSlash(file)) || strings.ContainsAny(file, "\\\x00:")
	for element := range strings.SplitSeq(file, "/") {
		bad = bad || element == "" || element == "." || devicename.Is(element)
	}
	if bad {
		return fmt.Errorf("the export has a file %s, expected a path in its folder", wtf8.Quote(file))
	}
	return nil
}
