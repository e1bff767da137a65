// Package reading is what formats share when they read.
package reading

import (
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/hubdata/hubdata/formats"
)

// Emit passes the images of a sequence on, up to the first error.
func Emit(images iter.Seq2[*formats.Read, error], emit func(*formats.Read) error) error {
	for img, err := range images {
		if err != nil {
			return err
		}
		if err := emit(img); err != nil {
			return err
		}
	}
	return nil
}

// File reads a file of at most so many bytes. expected says what it holds, for the error
// of a larger one.
func File(fsys fs.FS, name string, most int64, expected string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("found more than %d bytes, expected %s", most, expected)
	}
	return text, err
}
