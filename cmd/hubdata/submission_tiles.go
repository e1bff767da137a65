package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

// testTiles says which tiles a submission is of.
type testTiles struct {
	path string // a list, or a folder of images; empty: not named
	size int    // of tiles whose size is not told
}

func tilesFlag(value string) cli.Flag {
	return &cli.StringFlag{Name: "tiles", Usage: "the tiles of `PATH`: a folder of their images, a COCO file, or a table like sample_submission.csv or tile_meta.csv", DefaultText: value}
}

func tilesSizeFlag() cli.Flag {
	return &cli.StringFlag{Name: "tile-size", Value: strconv.Itoa(tileEdge), Usage: "edge of the tiles of which --tiles does not tell it: `N` pixels"}
}

func parseTestTiles(ctx *cli.Context, least int) (testTiles, error) {
	t := testTiles{path: ctx.String("tiles")}
	var err error
	if t.size, err = tileSizeOf(ctx, least); err != nil {
		return t, usagef("--tile-size: %v", err)
	}
	return t, nil
}

// inFolder looks for the tiles of a dataset folder if no flag names them.
func (t *testTiles) inFolder(dir string) error {
	if t.path != "" {
		return nil
	}
	if folder := filepath.Join(dir, "test"); exists(folder) {
		t.path = folder
		return nil
	}
	path, err := findInput(dir, "sample_submission.csv")
	if err != nil {
		return failf(exitFailure, "neither a folder test nor sample_submission.csv in %s", dir).
			hint("name the tiles with --tiles: a folder of their images, or a file that lists them")
	}
	t.path = path
	return nil
}

// read reads the tiles; in is the file, closed, or nil. No tile is given twice.
func (t *testTiles) read(c *console) (tiles []wsi.SubmissionTile, in *input, err error) {
	name := t.path
	if st, serr := os.Stat(t.path); serr == nil && st.IsDir() {
		tiles, err = imageTiles(t.path)
	} else {
		if in, err = openInput(c, t.path); err != nil {
			return nil, nil, err
		}
		defer in.Close()
		name = in.name
		tiles, err = listedTiles(in)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(tiles) == 0 {
		return nil, nil, fmt.Errorf("%s: %w: no tiles", name, errInput)
	}
	for i := range tiles {
		if tiles[i].Height == 0 || tiles[i].Width == 0 {
			tiles[i].Height, tiles[i].Width = t.size, t.size
		}
	}
	if in != nil {
		_, err = in.provenance()
	}
	return tiles, in, err
}

// listedTiles reads a table of tiles, or the images of a COCO file.
func listedTiles(in *input) ([]wsi.SubmissionTile, error) {
	r := bufio.NewReader(in)
	if !isJSON(r) {
		tiles, err := wsi.ReadSubmissionTiles(r)
		return tiles, inFile(in.name, err)
	}
	d, err := readCOCOImages(r)
	if err != nil {
		return nil, inFile(in.name, err)
	}
	tiles := []wsi.SubmissionTile{}
	seen := map[string]coco.ID{}
	for i := range d.Images {
		img := &d.Images[i]
		name := coco.TileID(img)
		if first, ok := seen[name]; ok {
			return nil, fmt.Errorf("%s: %w: images %s and %s are both of tile %q", in.name, errInput, first.AppendJSON(nil), img.ID.AppendJSON(nil), name)
		}
		seen[name] = img.ID
		tiles = append(tiles, wsi.SubmissionTile{ID: name, Height: max(img.Height, 0), Width: max(img.Width, 0)})
	}
	return tiles, nil
}

// imageTiles takes the images in a folder for tiles, by name.
func imageTiles(folder string) ([]wsi.SubmissionTile, error) {
	entries, err := os.ReadDir(folder) // sorted
	if err != nil {
		return nil, err
	}
	tiles := []wsi.SubmissionTile{}
	files := map[string]string{}
	for _, e := range entries {
		suffix := filepath.Ext(e.Name())
		name := strings.TrimSuffix(e.Name(), suffix)
		if e.IsDir() || name == "" || !slices.Contains(imageSuffixes, strings.ToLower(suffix)) {
			continue
		}
		if files[name] != "" {
			return nil, fmt.Errorf("%w: %s holds two images of tile %s: %s and %s", errInput, folder, name, files[name], e.Name())
		}
		files[name] = e.Name()
		tile := wsi.SubmissionTile{ID: name}
		if tile.Height, tile.Width, err = imageSize(filepath.Join(folder, e.Name())); err != nil {
			return nil, err
		}
		tiles = append(tiles, tile)
	}
	return tiles, nil
}
