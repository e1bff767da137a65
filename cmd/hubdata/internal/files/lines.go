package files

import (
	"bufio"
	"io"
	"iter"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/coco"
)

// AsLines says whether a file of results is in JSON lines, a detection per line, by its name: such as a.jsonl or
// a.jsonl.gz.
func AsLines(path string) bool {
	switch strings.ToLower(filepath.Ext(UnpackedName(path))) {
	case ".jsonl", ".ndjson":
		return true
	}
	return false
}

// PeekResults is the text of an input that may have results, with some of its beginning in a buffer. JSON lines come as
// the list that they stand for. r is the input, or reads from it.
func PeekResults(r io.Reader, in *Input, buffer int) Peeked {
	text := Peeked{Reader: bufio.NewReaderSize(r, buffer), In: in}
	head, _ := text.Peek(buffer)
	if AsLines(in.Name) && !startsList(head) || coco.AreResultLines(head) {
		return Peeked{Reader: bufio.NewReaderSize(coco.ResultLines(text.Reader), buffer), In: in, added: 1}
	}
	return text
}

// startsList says whether a text begins with a bracket, as a list of results does, whatever its name is.
func startsList(head []byte) bool {
	return strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(string(head), "\xef\xbb\xbf"), " \t\r\n"), "[")
}

// WriteResults writes results to a file of that path: as a list, or as JSON lines if the path is that of these.
func WriteResults(w io.Writer, path string, results iter.Seq2[coco.Result, error]) error {
	if AsLines(path) {
		return coco.WriteResultLines(w, results)
	}
	return coco.WriteResults(w, results)
}
