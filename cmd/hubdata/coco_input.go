package main

import (
	"context"
	"crypto/sha256"
	"io"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/coco"
)

// cocoFile is a COCO file that was read whole.
type cocoFile struct {
	*coco.Dataset
	in   *input            // closed
	text [sha256.Size]byte // SHA-256 of the text, inflated
}

// readCOCO reads the COCO file that was opened as in, and closes it.
func readCOCO(ctx context.Context, c *console, in *input) (*cocoFile, error) {
	defer in.Close()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	add, stop := c.progress("reading", in.size)
	defer stop()
	in.count.seen = add
	text := sha256.New()
	d, err := coco.Decode(teed{io.TeeReader(in, text), in})
	if err != nil {
		return nil, inFile(in.name, err)
	}
	f := &cocoFile{Dataset: d, in: in, text: [sha256.Size]byte(text.Sum(nil))}
	if _, err = in.provenance(); err != nil {
		return nil, err
	}
	return f, ctx.Err()
}

// teed is an input that something else reads along.
type teed struct {
	io.Reader
	in *input
}

// Len is as that of input.
func (r teed) Len() int { return r.in.Len() }

// stem is a file's name without folder and the suffixes of a COCO file.
func stem(name string) string {
	base := filepath.Base(name)
	bare := strings.TrimSuffix(strings.TrimSuffix(base, ".gz"), ".zst")
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
