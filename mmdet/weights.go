package mmdet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// CheckWeights returns an error for a file that cannot be the weights that a stage
// begins with: a web page, a pointer of Git LFS, a truncated archive or, for
// MMDetection, a file of a kind that PyTorch does not write.
func (r *Recipe) CheckWeights(s *Stage, f io.ReaderAt, size int64) error {
	head := make([]byte, min(size, 64))
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, size), head); err != nil {
		return err
	}
	const again = "download it again"
	switch {
	case size == 0:
		return errors.New("found an empty file, expected weights: " + again)
	case bytes.HasPrefix(head, []byte("version https://git-lfs")):
		return errors.New("found a pointer of Git LFS, expected weights: git lfs pull fetches them")
	case bytes.HasPrefix(bytes.TrimSpace(head), []byte("<")):
		return errors.New("found a web page or XML, expected weights: " + again)
	case !isWhole(f, size):
		return errors.New("found a truncated file, expected weights: " + again)
	case s.Kind == CommandKind || bytes.HasPrefix(head, []byte("PK\x03\x04")) || head[0] == 0x80 && size > 1:
		return nil // an archive or a pickle; a command may read other kinds
	}
	return fmt.Errorf("found a file that begins with %s, expected weights that PyTorch saved", strconv.Quote(string(head[:min(len(head), 12)])))
}
