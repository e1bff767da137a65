// Package preds reads predictions of models, and the ground truth that they are scored against.
package preds

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// IsJSON says whether the text begins as JSON does; a table of tiles does not.
func IsJSON(r *bufio.Reader) bool {
	b := FirstByte(r)
	return b == '{' || b == '['
}

// FirstByte returns the first byte that is not white space or of a byte order
// mark, 0 if none is near.
func FirstByte(r *bufio.Reader) byte {
	for n := 64; n <= 4096; n *= 8 {
		text, err := r.Peek(n)
		if text = bytes.TrimLeft(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), " \t\r\n"); len(text) > 0 {
			return text[0]
		}
		if err != nil {
			break
		}
	}
	return 0
}

// ResultFile is an open file of predictions: COCO results, or a dataset whose
// annotations have scores, which is read whole.
type ResultFile struct {
	*files.Input
	List    string        // path of the list in the file
	Dataset *coco.Dataset // nil: results
	text    files.Peeked  // of results
	Records iter.Seq2[coco.Result, error]
}

// OpenResults opens a file of either kind.
func OpenResults(c *ui.Console, path string, progress func(n int)) (*ResultFile, error) {
	in, err := files.OpenInput(c, path)
	if err != nil {
		return nil, err
	}
	in.OnRead(progress)
	f := &ResultFile{Input: in, text: files.PeekResults(in, in, 4096)}
	switch FirstByte(f.text.Reader) {
	case '{':
		if f.Dataset, err = coco.Decode(f.text); err != nil {
			in.Close()
			return nil, ui.InFile(in.Name, err)
		}
		f.List = "annotations"
		f.Records = scored(f.Dataset)
		return f, nil
	case 0:
		if _, err := f.text.Peek(1); errors.Is(err, io.EOF) {
			in.Close()
			return nil, fmt.Errorf("%s: %w: the file is empty, expected COCO results: a list, or [] if nothing was found", in.Name, ui.ErrInput)
		}
	}
	f.Records = coco.ReadResults(f.text) // if this is not a list, the error says what is wrong
	return f, nil
}

// ReadOn makes Records those on some of the images; of the others, they have no more than the image: see
// [coco.ReadResultsOn]. It has no effect on a dataset.
func (f *ResultFile) ReadOn(on func(image coco.ID) bool) {
	if f.Dataset == nil {
		f.Records = coco.ReadResultsOn(f.text, on)
	}
}

// scored gives the annotations of a dataset as results.
func scored(d *coco.Dataset) iter.Seq2[coco.Result, error] {
	return func(yield func(coco.Result, error) bool) {
		for r, err := range d.Results() {
			if err != nil {
				err = ui.Failf(ui.ExitBadData, "%w", err)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}
