package mmdet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
)

// FileSum tells one file from another.
type FileSum struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Ends   bool   `json:"ends,omitempty"` // the sum is of the first and the last MiB alone
}

const ends = 1 << 20

// sumEnds sums the first and the last MiB of a large file, and the whole of a small
// one. A checkpoint ends with a table of sums of all that is in it, so its end alone
// tells it from another.
func sumEnds(path string) (FileSum, error) {
	f, err := os.Open(path)
	if err != nil {
		return FileSum{}, err
	}
	defer func() { _ = f.Close() }() // only read
	st, err := f.Stat()
	if err != nil {
		return FileSum{}, err
	}
	if st.Size() <= 2*ends {
		return sum(f)
	}
	s, err := sum(io.MultiReader(io.NewSectionReader(f, 0, ends), io.NewSectionReader(f, st.Size()-ends, ends)))
	s.Size, s.Ends = st.Size(), true
	return s, err
}

// sumFile sums a whole file.
func sumFile(path string) (FileSum, error) {
	f, err := os.Open(path)
	if err != nil {
		return FileSum{}, err
	}
	defer func() { _ = f.Close() }() // only read
	return sum(f)
}

func sum(r io.Reader) (FileSum, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	return FileSum{Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

// isWhole says whether a checkpoint is not cut off. PyTorch writes an archive that ends
// with a directory; of its older format, which begins otherwise, nothing can be
// said but that it is not empty.
func isWhole(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }() // only read
	st, err := f.Stat()
	if err != nil {
		return false, err
	}
	head := make([]byte, 4)
	if _, err := io.ReadFull(f, head); err != nil {
		return false, nil
	}
	if string(head) != "PK\x03\x04" {
		return true, nil
	}
	const record = 22 // an archive without a remark ends with a record of that length
	tail := make([]byte, min(st.Size(), 64<<10+record))
	if _, err := f.ReadAt(tail, st.Size()-int64(len(tail))); err != nil {
		return false, nil // it has just become shorter
	}
	return bytes.LastIndex(tail, []byte("PK\x05\x06")) >= 0, nil
}
