package pseudocmd

import (
	"bytes"
	"encoding/hex"
	"hash"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
)

// resultsFile is the file of --results: a list, or JSON lines.
type resultsFile struct {
	*files.Output
	lines bool
	count int
	sum   hash.Hash // of the text
	size  int64
}

// info says what was written.
func (f *resultsFile) info(path string) shards.Results {
	return shards.Results{Name: filepath.Base(path), Count: f.count, TextBytes: f.size, TextSHA256: hex.EncodeToString(f.sum.Sum(nil))}
}

// add writes n results, which have a comma and a line feed between them.
func (f *resultsFile) add(text []byte, n int) error {
	if n == 0 {
		return nil
	}
	head := ",\n"
	switch {
	case f.lines && f.count == 0:
		head = ""
	case f.lines:
		head = "\n"
	case f.count == 0:
		head = "[\n"
	}
	if f.lines {
		text = bytes.ReplaceAll(text, []byte(",\n"), []byte("\n")) // no string of JSON has a line feed
	}
	f.count += n
	return f.write(head, text)
}

// end ends the list.
func (f *resultsFile) end() error {
	end := "\n]\n"
	switch {
	case f.lines && f.count == 0:
		end = ""
	case f.lines:
		end = "\n"
	case f.count == 0:
		end = "[]\n"
	}
	if err := f.write(end, nil); err != nil {
		return err
	}
	return f.Finish()
}

func (f *resultsFile) write(head string, text []byte) error {
	for _, part := range [][]byte{[]byte(head), text} {
		if _, err := f.Write(part); err != nil {
			return f.Failed(err)
		}
		f.sum.Write(part)
		f.size += int64(len(part))
	}
	return nil
}
