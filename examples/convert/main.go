// Command convert shows how a program turns a HuBMAP folder into a COCO dataset in
// memory, without hubdata's command line: convert DIR > dataset.json.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/wsi"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: convert DIR")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string) error {
	table, err := readTable(filepath.Join(dir, "tile_meta.csv"))
	if err != nil {
		return err
	}
	outlines, err := os.Open(filepath.Join(dir, "polygons.jsonl"))
	if err != nil {
		return err
	}
	defer func() { _ = outlines.Close() }() // only read

	// Convert the tiles reviewed by experts, with every class and masks as
	// compressed runs.
	dataset, counts, err := wsi.ConvertDataset(ctx, table, outlines, &wsi.ConvertOptions{
		Select:  func(t wsi.Tile) bool { return t.Dataset == 1 },
		Classes: wsi.AllClasses(),
	})
	if err != nil {
		return fmt.Errorf("%s: %w", outlines.Name(), err)
	}
	fmt.Fprintf(os.Stderr, "%d tiles, %d of %d outlines kept\n", counts.Tiles, counts.Kept, counts.Outlines)

	// The dataset can be inspected in memory before it is written.
	index := dataset.Index()
	pixels := map[string]int{}
	for i := range dataset.Annotations {
		a := &dataset.Annotations[i]
		img := index.Image(a.ImageID)
		mask, err := a.Segmentation.Mask(img.Height, img.Width)
		if err != nil {
			return err
		}
		pixels[index.Category(a.CategoryID).Name] += mask.Area()
	}
	for _, c := range dataset.Categories {
		fmt.Fprintf(os.Stderr, "%s: %d pixels\n", c.Name, pixels[c.Name])
	}
	for _, p := range check.Dataset(dataset, nil) {
		if p.Severity == coco.SeverityError {
			return fmt.Errorf("the dataset has a fault: %s", p)
		}
	}
	out := bufio.NewWriter(os.Stdout)
	if err := dataset.Encode(out); err != nil {
		return err
	}
	return out.Flush()
}

func readTable(path string) (*wsi.Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	table, err := wsi.ReadTable(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return table, nil
}
