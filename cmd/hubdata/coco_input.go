package main

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/coco"
)

// cocoFile is a COCO file that was read whole.
type cocoFile struct {
	*coco.Dataset
	in   *input            // closed
	text [sha256.Size]byte // SHA-256 of the text, inflated; only with that of the file
}

// summedText sums the text of an input, inflated.
type summedText struct {
	*input
	sum hash.Hash
}

func (r summedText) Read(p []byte) (int, error) {
	n, err := r.input.Read(p)
	r.sum.Write(p[:n])
	return n, err
}

// readCOCO reads the COCO file that was opened as in, and closes it. Without a sum of
// the input (count.sum) there is none of the text.
func readCOCO(ctx context.Context, c *console, in *input) (*cocoFile, error) {
	return decodeCOCO(ctx, c, in, coco.Decode)
}

// decodeCOCO is readCOCO for coco.Decode or coco.DecodeBoxes.
func decodeCOCO(ctx context.Context, c *console, in *input, decode func(io.Reader) (*coco.Dataset, error)) (*cocoFile, error) {
	defer in.Close()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	add, stop := c.progress("reading", in.size)
	defer stop()
	in.count.seen = add
	f := &cocoFile{in: in}
	var err error
	if in.count.sum == nil {
		if f.Dataset, err = decode(in); err != nil {
			return nil, inFile(in.name, err)
		}
		return f, ctx.Err()
	}
	text := summedText{in, sha256.New()}
	if f.Dataset, err = decode(text); err != nil {
		return nil, inFile(in.name, err)
	}
	f.text = [sha256.Size]byte(text.sum.Sum(nil))
	if _, err = in.provenance(); err != nil {
		return nil, err
	}
	return f, ctx.Err()
}

// openCOCO opens and reads a COCO file.
func openCOCO(ctx context.Context, c *console, path string) (*cocoFile, error) {
	in, err := openInput(c, path)
	if err != nil {
		return nil, err
	}
	return readCOCO(ctx, c, in)
}

// readCOCOImages reads the images and categories of a COCO file; its annotations are
// passed over.
func readCOCOImages(r io.Reader) (*coco.Dataset, error) {
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

// stem is a file's name without folder and the suffixes of a COCO file.
func stem(name string) string {
	base := filepath.Base(name)
	bare := unpackedName(base)
	if bare = strings.TrimSuffix(bare, ".json"); bare == "" {
		return base
	}
	return bare
}

// writeCOCO writes a dataset to a file; the caller commits.
func writeCOCO(o *outputs, path string, d *coco.Dataset) error {
	out, err := o.create(path)
	if err != nil {
		return err
	}
	if err := d.Encode(out); err != nil {
		return out.failed(err)
	}
	return out.finish()
}
