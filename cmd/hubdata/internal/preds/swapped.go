package preds

import (
	"errors"
	"io/fs"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// Swapped adds a hint to the error of a command that was given the ground truth and the results in the wrong order:
// truth is neither a COCO dataset nor a folder, and results is. usage is the command line in the right order.
// Any other error, as of a file that does not exist, comes back as it is.
func Swapped(c *ui.Console, err error, truth, results, usage string) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) || isDataset(c, truth) || !isDataset(c, results) {
		return err
	}
	var f *ui.Failure
	if !errors.As(err, &f) {
		f = &ui.Failure{Code: ui.ExitBadData, Err: err}
	}
	return f.Hint("are the ground truth and the results swapped? %s", usage)
}

// isDataset reports whether a path is a folder or a file that begins as a COCO dataset does. Standard input, which
// cannot be read again, is none.
func isDataset(c *ui.Console, path string) bool {
	if path == "-" {
		return false
	}
	st, err := os.Stat(path)
	if err != nil || st.IsDir() {
		return err == nil
	}
	in, err := files.OpenInput(c, path)
	if err != nil {
		return false
	}
	defer in.Close()
	return FirstByte(files.PeekResults(in, in, 4096).Reader) == '{'
}
