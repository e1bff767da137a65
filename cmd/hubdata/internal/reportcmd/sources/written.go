package sources

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// Written is a file that hubdata wrote, with its provenance.
type Written struct {
	Path string
	Size int64
	From files.Provenance
}

// maxWritten is how many files the report reads and lists at most.
const maxWritten = 1000

// Written finds the files in coco_data that hubdata wrote.
func (f *Files) Written(c *ui.Console) ([]Written, error) {
	var out []Written
	seen := 0
	err := filepath.WalkDir(filepath.Join(f.Dir, "coco_data"), func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case !e.Type().IsRegular():
			return nil
		}
		bare := files.UnpackedName(e.Name())
		if !strings.EqualFold(filepath.Ext(bare), ".json") {
			return nil
		}
		if seen++; seen > maxWritten {
			return fs.SkipAll
		}
		from, ok := files.MadeFrom(c, path)
		if !ok {
			return nil
		}
		st, err := e.Info()
		if err != nil {
			return err
		}
		out = append(out, Written{Path: path, Size: st.Size(), From: from})
		return nil
	})
	return out, err
}

// Compare compares the inputs of the file with the present files: other are those that have changed since, unknown those
// that the report did not read.
func (w *Written) Compare(now map[string]*Sum) (other, unknown []string) {
	for _, in := range w.From.Inputs {
		known := false
		for _, s := range now {
			if s.Err == nil && s.Name == in.Name {
				if known = true; s.SHA256 != in.SHA256 {
					other = append(other, in.Name)
				}
			}
		}
		if !known {
			unknown = append(unknown, in.Name)
		}
	}
	return other, unknown
}
