package importcmd

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/regularfile"
)

// sourceFS is the folder of an input. It opens regular files and folders below it, by links too, and sums what is read.
type sourceFS struct {
	c       *ui.Console
	outputs *files.Outputs
	dir     string

	mu   sync.Mutex
	sums map[string]files.FileInfo // by path; nil: not summed
}

// openSource opens the folder or the file of an input.
func openSource(c *ui.Console, o *files.Outputs, input, imageDir string) (*sourceFS, *formats.Source, error) {
	st, err := os.Stat(input)
	if err != nil {
		return nil, nil, err
	}
	from := &sourceFS{c: c, outputs: o, dir: input}
	src := &formats.Source{FS: from}
	if !st.IsDir() {
		from.dir, src.File = filepath.Dir(input), filepath.ToSlash(filepath.Base(input))
	}
	src.Size = func(name string) (height, width int, err error) { return from.size(imageDir, name) }
	return from, src, nil
}

// at is the path of a file.
func (s *sourceFS) at(op, name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", &fs.PathError{Op: op, Path: name, Err: errors.New("the name leads out of the folder, or is not clean")}
	}
	local, err := filepath.Localize(name)
	if err != nil {
		return "", &fs.PathError{Op: op, Path: name, Err: err}
	}
	return filepath.Join(s.dir, local), nil
}

// Stat implements [fs.StatFS].
func (s *sourceFS) Stat(name string) (fs.FileInfo, error) {
	at, err := s.at("stat", name)
	if err != nil {
		return nil, err
	}
	return os.Stat(at)
}

// Open implements [fs.FS].
func (s *sourceFS) Open(name string) (fs.File, error) {
	at, err := s.at("open", name)
	if err != nil {
		return nil, err
	}
	st, err := os.Stat(at)
	if err != nil {
		return nil, err
	}
	if st.IsDir() {
		return os.Open(at)
	}
	f, st, err := regularfile.Open(at)
	if err != nil {
		return nil, err
	}
	out := &sourceFile{File: f, from: s, name: name}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sums != nil {
		s.outputs.Inputs = append(s.outputs.Inputs, files.Unopened(at, st))
		out.sum = sha256.New()
	}
	return out, nil
}

// sourceFile is a file of an input.
type sourceFile struct {
	fs.File
	from *sourceFS
	name string
	sum  hash.Hash // nil: not summed
	n    int64
}

func (f *sourceFile) Read(p []byte) (int, error) {
	if err := f.from.c.Ended(); err != nil {
		return 0, &ui.ReadError{Err: err}
	}
	n, err := f.File.Read(p)
	f.n += int64(n)
	if f.sum != nil {
		f.sum.Write(p[:n])
	}
	if err != nil && err != io.EOF {
		err = &ui.ReadError{Err: err}
	}
	return n, err
}

// Close sums the rest of a file of which something was read.
func (f *sourceFile) Close() error {
	if f.sum == nil || f.n == 0 {
		return f.File.Close()
	}
	_, err := io.Copy(io.Discard, f)
	f.from.mu.Lock()
	f.from.sums[f.name] = files.FileInfo{Name: f.name, Bytes: f.n, SHA256: hex.EncodeToString(f.sum.Sum(nil))}
	f.from.mu.Unlock()
	return errors.Join(err, f.File.Close())
}

// info identifies what was read of an input: its file or, of a folder, the list of checksums and names of its files, as
// sha256sum prints it in the order of the names.
func (s *sourceFS) info(input string) files.FileInfo {
	var names []string
	for name := range s.sums {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) == 1 && names[0] == filepath.Base(input) {
		return s.sums[names[0]]
	}
	all, sum := files.FileInfo{Name: filepath.Base(input)}, sha256.New()
	if abs, err := filepath.Abs(input); err == nil {
		all.Name = filepath.Base(abs)
	}
	for _, name := range names {
		all.Bytes += s.sums[name].Bytes
		_, _ = io.WriteString(sum, s.sums[name].SHA256+"  "+name+"\n")
	}
	all.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return all
}

// size reads the size of an image: that of a name in the folder, or else in imageDir by its path or its base name.
func (s *sourceFS) size(imageDir, name string) (height, width int, err error) {
	at, err := s.at("open", path.Clean(strings.ReplaceAll(coco.FileNameBytes(name), `\`, "/")))
	if err == nil {
		if height, width, err = folder.ImageSize(at); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return height, width, err
		}
	}
	if imageDir == "" {
		return 0, 0, err
	}
	for _, try := range []string{name, path.Base(strings.ReplaceAll(name, `\`, "/"))} {
		if at, terr := folder.NamedImage(imageDir, try); terr == nil {
			return folder.ImageSize(at)
		}
	}
	return 0, 0, err
}
