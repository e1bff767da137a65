package checkcmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
)

// decode reads the text of a file: a dataset or, if lists are allowed, results, for which
// the dataset is nil. A byte order mark is a finding.
func (s *Subject) decode(r io.Reader) (*coco.Dataset, error) {
	text := files.PeekResults(r, s.inputs[0], check.FormatHead)
	head, err := text.Peek(check.FormatHead)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if s.bom = check.HasByteOrderMark(head); s.bom {
		s.add(coco.Finding{Code: check.ByteOrderMark, Reason: "found one at byte 0: json.load of Python fails on it"})
	}
	other, known := check.OtherFormat(head)
	if list := bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"), []byte("[")); list && s.lists && !known {
		s.results, err = check.ReadResults(text)
		return nil, err
	}
	d, faults, err := coco.DecodeLoose(text)
	s.faults = faults
	if err != nil && known && !ui.IsReadError(err) && !errors.Is(err, ui.ErrInput) {
		return nil, &formatError{other}
	}
	return d, err
}

// A formatError says that a file is of another format than COCO.
type formatError struct{ check.Format }

func (e *formatError) Error() string {
	return fmt.Sprintf("found %s, expected COCO JSON: %s", e.Name, e.Advice)
}

// readTruth reads the images and categories of the ground truth.
func (s *Subject) readTruth(ctx context.Context, path string) error {
	in, err := files.OpenInput(s.c, path)
	if err != nil {
		return err
	}
	in.Flag = "truth"
	s.inputs = append(s.inputs, in)
	f, err := files.DecodeCOCO(ctx, s.c, in, files.ReadCOCOImages)
	if err != nil {
		return err
	}
	s.truth = f.Dataset
	return nil
}
