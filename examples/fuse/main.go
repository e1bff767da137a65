// Command fuse shows how a program fuses the predictions of several models, and
// scores the models and their fusion: fuse TRUTH RESULTS......
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/pseudo"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: fuse TRUTH RESULTS...")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "fuse:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, truthPath string, paths []string) error {
	truth, err := read(truthPath, coco.Decode)
	if err != nil {
		return err
	}
	fmt.Println("COCO AP  at 0.6  model")
	for _, path := range paths {
		results, err := read(path, coco.DecodeResults)
		if err != nil {
			return err
		}
		if err := score(ctx, truth, results, filepath.Base(path)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	fused, err := fuse(ctx, truth, paths)
	if err != nil {
		return err
	}
	return score(ctx, truth, fused, "fused")
}

// score prints COCO's average precision and that of the competition.
func score(ctx context.Context, truth *coco.Dataset, results *coco.Results, name string) error {
	r, err := eval.Evaluate(ctx, truth, results, nil)
	if err != nil {
		return err
	}
	h, err := eval.HuBMAP(truth, results, nil)
	if err != nil {
		return err
	}
	fmt.Printf("%7.3f  %6.3f  %s\n", r.Stats()[0], h.AP, name)
	return nil
}

// fuse streams the files, one per model, and fuses them tile by tile.
func fuse(ctx context.Context, truth *coco.Dataset, paths []string) (*coco.Results, error) {
	options := pseudo.Default()
	options.MaskAbove = -1 // every instance is scored, so every instance needs a mask
	var sources []pseudo.Source
	for model, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // only read
		options.Models = append(options.Models, pseudo.Model{Name: path, Weight: 1})
		sources = append(sources, pseudo.Source{Model: model, Records: coco.ReadResults(bufio.NewReader(f))})
	}
	fuser, err := pseudo.NewFuser(&options)
	if err != nil {
		return nil, err
	}
	index := truth.Index()
	place := func(_ int, r *coco.Result) (int, bool, error) {
		at, known := index.ImageAt(r.ImageID)
		return at, known, nil // predictions on other tiles are skipped
	}
	fused := new(coco.Results)
	for group, err := range pseudo.Gather(ctx, sources, place, false) {
		var wrong *pseudo.SourceError
		if errors.As(err, &wrong) {
			return nil, fmt.Errorf("%s: %w", paths[wrong.Source], err)
		} else if err != nil {
			return nil, err
		}
		img := &truth.Images[group.Tile]
		instances, _, err := fuser.Tile(&pseudo.Tile{Height: img.Height, Width: img.Width, Predictions: group.Predictions})
		if err != nil {
			return nil, err
		}
		for _, in := range instances {
			fused.Append(coco.Result{ImageID: img.ID, CategoryID: in.Category, Score: in.Score, BBox: in.Box, Segmentation: coco.RLE(in.Mask)})
		}
	}
	return fused, nil
}

// read decodes a file.
func read[T any](path string, decode func(io.Reader) (T, error)) (T, error) {
	var none T
	f, err := os.Open(path)
	if err != nil {
		return none, err
	}
	defer func() { _ = f.Close() }() // only read
	v, err := decode(f)
	if err != nil {
		return none, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}
