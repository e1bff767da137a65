package files

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// COCOFile is a COCO file that was read whole.
type COCOFile struct {
	*coco.Dataset
	Input *Input            // closed
	Sum   [sha256.Size]byte // SHA-256 of the text, inflated; only with that of the file
}

// summedText sums the text of an input, inflated.
type summedText struct {
	*Input
	sum hash.Hash
}

func (r summedText) Read(p []byte) (int, error) {
	n, err := r.Input.Read(p)
	r.sum.Write(p[:n])
	return n, err
}

// ReadCOCO reads the COCO file that was opened as in, and closes it. Without a sum of
// the input (count.sum) there is none of the text.
func ReadCOCO(ctx context.Context, c *ui.Console, in *Input) (*COCOFile, error) {
	return DecodeCOCO(ctx, c, in, coco.Decode)
}

// DecodeCOCO is ReadCOCO for coco.Decode or coco.DecodeBoxes.
func DecodeCOCO(ctx context.Context, c *ui.Console, in *Input, decode func(io.Reader) (*coco.Dataset, error)) (*COCOFile, error) {
	defer in.Close()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	add, stop := c.Progress("reading", in.Size)
	defer stop()
	in.Count.Seen = add
	f := &COCOFile{Input: in}
	var err error
	if in.Count.Sum == nil {
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
	if _, err = in.Provenance(); err != nil {
		return nil, err
	}
	return f, ctx.Err()
}

// OpenCOCO opens and reads a COCO file.
func OpenCOCO(ctx context.Context, c *ui.Console, path string) (*COCOFile, error) {
	in, err := OpenInput(c, path)
	if err != nil {
		return nil, err
	}
	return ReadCOCO(ctx, c, in)
}

// ReadCOCOImages reads the images and categories of a COCO file; its annotations are
// passed over.
func ReadCOCOImages(r io.Reader) (*coco.Dataset, error) {
	d := &coco.Dataset{}
	for rec, err := range coco.NewReader(r).Records() {
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

// Stem is a file's name without folder and the suffixes of a COCO file.
func Stem(name string) string {
	base := filepath.Base(name)
	bare := UnpackedName(base)
	if bare = strings.TrimSuffix(bare, ".json"); bare == "" {
		return base
	}
	return bare
}

// WriteCOCO writes a dataset to a file; the caller commits.
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
