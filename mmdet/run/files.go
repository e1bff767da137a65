package run

import (
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/hubdata/hubdata/internal/atomicfile"
	"github.com/hubdata/hubdata/mmdet"
)

// open opens a regular file. Anything else is refused before it is opened: to open a named pipe waits for a writer.
func open(path string) (*os.File, fs.FileInfo, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, nil, &StateError{path, "found something else, expected a regular file: move it away"}
	}
	f, err := os.Open(path)
	return f, st, err
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

// sumFile returns the sum of a whole file.
func sumFile(path string) (mmdet.FileSum, error) {
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

func readWorkDir(dir string, dialect mmdet.Dialect) (*mmdet.WorkDir, error) {
	return mmdet.ReadWorkDir(os.DirFS(dir), dir, dialect)
}

func writeText(path, text string) error {
	return atomicfile.WriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
