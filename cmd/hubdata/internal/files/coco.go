package files

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// COCOFile is a COCO file that was read whole.
type COCOFile struct {
	*coco.Dataset
	Input *Input            // closed
	Sum   [sha256.Size]byte // SHA-256 of the inflated text; zero for an input without a checksum
}

// ReadCOCO reads the COCO file that was opened as in, and closes it. It shows progress on c.
func ReadCOCO(ctx context.Context, c *ui.Console, in *Input) (*COCOFile, error) {
	return DecodeCOCO(ctx, c, in, coco.Decode)
}

// DecodeCOCO is [ReadCOCO] with a decoder: [coco.Decode] or [coco.DecodeBoxes].
func DecodeCOCO(ctx context.Context, c *ui.Console, in *Input, decode func(io.Reader) (*coco.Dataset, error)) (*COCOFile, error) {
	defer in.Close()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	add, stop := c.Progress("reading", in.Size)
	defer stop()
	in.OnRead(add)
	f := &COCOFile{Input: in}
	var err error
	if in.packed.sum == nil {
		if f.Dataset, err = decode(in); err != nil {
			return nil, ui.InFile(in.Name, err)
		}
		return f, ctx.Err()
	}
	text := summedText{in, sha256.New()}
	if f.Dataset, err = decode(text); err != nil {
		return nil, ui.InFile(in.Name, err)
	}
	f.Sum = [sha256.Size]byte(text.sum.Sum(nil))
	if _, err = in.ReadToEnd(); err != nil {
		return nil, err
	}
	return f, ctx.Err()
}

// summedText sums the inflated text of an input while it is read. It keeps the input's Len.
type summedText struct {
	*Input
	sum hash.Hash
}

func (r summedText) Read(p []byte) (int, error) {
	n, err := r.Input.Read(p)
	r.sum.Write(p[:n])
	return n, err
}

// OpenCOCO opens and reads a COCO file.
func OpenCOCO(ctx context.Context, c *ui.Console, path string) (*COCOFile, error) {
	in, err := OpenInput(c, path)
	if err != nil {
		return nil, err
	}
	return ReadCOCO(ctx, c, in)
}

// ReadCOCOImages reads the images and categories of a COCO file, and skips its annotations.
func ReadCOCOImages(r io.Reader) (*coco.Dataset, error) {
	d := &coco.Dataset{}
	from := coco.NewReader(r)
	from.ReuseAnnotations()
	for rec, err := range from.Records() {
		if err != nil {
			return nil, err
		}
		switch rec := rec.(type) {
		case *coco.Image:
			d.Images = append(d.Images, *rec)
		case *coco.Category:
			d.Categories = append(d.Categories, *rec)
		}
	}
	return d, nil
}

// WriteCOCO writes a dataset to a file, which the caller commits.
func WriteCOCO(o *Outputs, path string, d *coco.Dataset) error {
	out, err := o.Create(path)
	if err != nil {
		return err
	}
	if err := d.Encode(out); err != nil {
		return out.Failed(err)
	}
	return out.Finish()
}
