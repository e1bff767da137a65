package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hubdata/hubdata/internal/atomicfile"
	"github.com/hubdata/hubdata/internal/regularfile"
	"github.com/hubdata/hubdata/mmdet"
)

// open opens a regular file. Anything else is refused: to open a named pipe waits for a writer.
func open(path string) (*os.File, fs.FileInfo, error) {
	f, st, err := regularfile.Open(path)
	return f, st, moveAside(err)
}

// moveAside says what to do about what is not a regular file.
func moveAside(err error) error {
	if other := (*regularfile.KindError)(nil); errors.As(err, &other) {
		return &StateError{other.Path, "found " + other.Kind() + ", expected a regular file: move it away"}
	}
	return err
}

// within reports a file of hubdata in a work_dir that is elsewhere, behind a link that leads out. That the work_dir is a
// link itself is fine.
func within(workDir, path string) error {
	root, name, err := inRoot(workDir, path)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // only a handle
	if _, err := root.Stat(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return elsewhere(path, workDir, err)
	}
	return nil
}

// inRoot opens a work_dir, and returns the name of a path in it.
func inRoot(workDir, path string) (*os.Root, string, error) {
	name, err := filepath.Rel(workDir, path)
	if err != nil {
		return nil, "", err
	}
	root, err := os.OpenRoot(workDir)
	return root, name, err
}

func elsewhere(path, workDir string, err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		err = of.Err
	}
	return &StateError{path, fmt.Sprintf("%v: expected a file in %s, not behind a link that leads elsewhere: move it away", err, workDir)}
}

// openConsole opens the file with the output of a stage's processes, which is in its work_dir.
func openConsole(workDir string) (*os.File, error) {
	path := consolePath(workDir)
	root, name, err := inRoot(workDir, path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // only a handle
	f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND|regularfile.NoWait, 0o666)
	if err != nil {
		return nil, elsewhere(path, workDir, err)
	}
	st, err := f.Stat()
	if err == nil {
		err = moveAside(regularfile.Check(path, st))
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// The largest sizes of files that are read whole. Larger ones are not what they are taken for.
const (
	maxState  = 64 << 20 // with the name and sum of each input
	maxLock   = 64 << 10
	maxConfig = 16 << 20
)

// readFile returns the content of a regular file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, st, err := open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	large := &StateError{path, fmt.Sprintf("found more than %d bytes, expected a smaller file: move it away", limit)}
	if st.Size() > limit {
		return nil, large
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		return nil, large
	}
	return text, err
}

// sumFile returns the sum of a whole file, or of a folder that an export has written.
func sumFile(path string) (mmdet.FileSum, error) {
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		return mmdet.SumFolder(os.DirFS(path))
	}
	f, _, err := open(path)
	if err != nil {
		return mmdet.FileSum{}, err
	}
	defer func() { _ = f.Close() }() // only read
	return mmdet.Sum(f)
}

// sumEnds returns the sum of a checkpoint, as [mmdet.SumEnds] does.
func sumEnds(path string) (mmdet.FileSum, error) {
	f, st, err := open(path)
	if err != nil {
		return mmdet.FileSum{}, err
	}
	defer func() { _ = f.Close() }() // only read
	return mmdet.SumEnds(f, st.Size())
}

func readWorkDir(r *mmdet.Recipe, s *mmdet.Stage) (*mmdet.WorkDir, error) {
	return r.ReadWorkDir(regularfile.DirFS(r.WorkDir(s)), s)
}

// writeWithin writes a file that is in a work_dir.
func writeWithin(workDir, path, text string) error {
	if err := within(workDir, path); err != nil {
		return err
	}
	return writeText(path, text)
}

func writeText(path, text string) error {
	return atomicfile.WriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
