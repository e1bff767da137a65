package mmdet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// FileSum identifies the content of a file.
type FileSum struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Ends   bool   `json:"ends,omitempty"` // the sum is of the first and the last MiB only
}

// Sum returns the sum of a whole file.
func Sum(r io.Reader) (FileSum, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	return FileSum{Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

const ends = 1 << 20

// SumEnds returns the sum of the first and the last MiB of a checkpoint of more than 2
// MiB, and of the whole of a smaller one. A checkpoint ends with a table of checksums
// of its content, so its end is enough to distinguish it from others.
func SumEnds(r io.ReaderAt, size int64) (FileSum, error) {
	if size <= 2*ends {
		return Sum(io.NewSectionReader(r, 0, size))
	}
	s, err := Sum(io.MultiReader(io.NewSectionReader(r, 0, ends), io.NewSectionReader(r, size-ends, ends)))
	s.Size, s.Ends = size, true
	return s, err
}

// isWhole reports whether a checkpoint is not truncated. PyTorch writes an archive that
// ends with a directory. Of its older format, which begins differently, isWhole only
// checks that it is not empty.
func isWhole(r io.ReaderAt, size int64) bool {
	head := make([]byte, 4)
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), head); err != nil {
		return false
	}
	if string(head) != "PK\x03\x04" {
		return true
	}
	const record = 22 // the length of the last record of an archive without a comment
	tail := make([]byte, min(size, 64<<10+record))
	if _, err := io.ReadFull(io.NewSectionReader(r, size-int64(len(tail)), int64(len(tail))), tail); err != nil {
		return false // the file has just become shorter
	}
	return bytes.LastIndex(tail, []byte("PK\x05\x06")) >= 0
}

// pictures are the suffixes of images, of which [SumFolder] reads only the size.
var pictures = []string{".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp"}

// SumFolder returns the sum of a folder that an export has written: of the names of all
// its files, the sizes of its images and the content of the others. Size is that of all
// files. Caches that trainers write into it (.cache) do not count.
func SumFolder(fsys fs.FS) (FileSum, error) {
	h := sha256.New()
	var total int64
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(name) == ".cache" { // which ultralytics writes next to labels
			return err
		}
		st, err := fs.Stat(fsys, name) // of what a link leads to
		if err != nil {
			return err
		}
		if !st.Mode().IsRegular() {
			return fmt.Errorf("%s: found something else than a file: move it away", name)
		}
		total += st.Size()
		sum := FileSum{Size: st.Size()}
		if !slices.Contains(pictures, strings.ToLower(path.Ext(name))) {
			f, err := fsys.Open(name)
			if err != nil {
				return err
			}
			sum, err = Sum(f)
			_ = f.Close() // only read
			if err != nil {
				return err
			}
		}
		fmt.Fprintf(h, "%q %d %s\n", name, sum.Size, sum.SHA256)
		return nil
	})
	return FileSum{Size: total, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}
