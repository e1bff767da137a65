package run

import (
	"io"
	"os"

	"github.com/hubdata/hubdata/internal/atomicfile"
	"github.com/hubdata/hubdata/mmdet"
)

// sumFile returns the sum of a whole file.
func sumFile(path string) (mmdet.FileSum, error) {
	f, err := os.Open(path)
	if err != nil {
		return mmdet.FileSum{}, err
	}
	defer func() { _ = f.Close() }() // only read
	return mmdet.Sum(f)
}

// sumEnds returns the sum of a checkpoint, as [mmdet.SumEnds] does.
func sumEnds(path string) (mmdet.FileSum, error) {
	f, err := os.Open(path)
	if err != nil {
		return mmdet.FileSum{}, err
	}
	defer func() { _ = f.Close() }() // only read
	st, err := f.Stat()
	if err != nil {
		return mmdet.FileSum{}, err
	}
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
