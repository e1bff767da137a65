package submissioncmd

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

// testTiles are the tiles that a submission has a row for.
type testTiles struct {
	path string // a list, or a folder of images; empty: not given
	size int    // of tiles whose size the path does not give
}

// tilesFlag is --tiles; value is what its absence means.
func tilesFlag(value string) cli.Flag {
	return &cli.StringFlag{Name: "tiles", Usage: "the tiles of `PATH`: a folder of their images, a COCO file, or a table like sample_submission.csv or tile_meta.csv", DefaultText: value}
}

// tilesSizeFlag is --tile-size.
func tilesSizeFlag() cli.Flag {
	return &cli.StringFlag{Name: "tile-size", Value: strconv.Itoa(wsi.TilePixels), Usage: "edge of the tiles whose size --tiles does not give: `N` pixels"}
}

// parseTestTiles reads both flags; least is the smallest size allowed.
func parseTestTiles(ctx *cli.Context, least int) (testTiles, error) {
	t := testTiles{path: ctx.String("tiles")}
	var err error
	if t.size, err = flags.TileSizeOf(ctx, least); err != nil {
		return t, ui.Usagef("--tile-size: %v", err)
	}
	return t, nil
}

// inFolder takes the tiles of a dataset folder if no flag names them.
func (t *testTiles) inFolder(dir string) error {
	if t.path != "" {
		return nil
	}
	if dir := filepath.Join(dir, "test"); files.Exists(dir) {
		t.path = dir
		return nil
	}
	path, err := files.FindInput(dir, "sample_submission.csv")
	if err != nil {
		return ui.Failf(ui.ExitFailure, "no folder test and no sample_submission.csv in %s", dir).
			Hint("name the tiles with --tiles: a folder of their images, or a file that lists them")
	}
	t.path = path
	return nil
}

// read reads the tiles, without duplicates; in is the file, closed, or nil.
func (t *testTiles) read(c *ui.Console) (tiles []wsi.SubmissionTile, in *files.Input, err error) {
	name := t.path
	if st, serr := os.Stat(t.path); serr == nil && st.IsDir() {
		tiles, err = imageTiles(t.path)
	} else {
		if in, err = files.OpenInput(c, t.path); err != nil {
			return nil, nil, err
		}
		defer in.Close()
		name = in.Name
		tiles, err = listedTiles(in)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(tiles) == 0 {
		return nil, nil, fmt.Errorf("%s: %w: no tiles", name, ui.ErrInput)
	}
	for i := range tiles {
		if tiles[i].Height == 0 || tiles[i].Width == 0 {
			tiles[i].Height, tiles[i].Width = t.size, t.size
		}
	}
	if in != nil {
		_, err = in.ReadToEnd()
	}
	return tiles, in, err
}

// listedTiles reads a table of tiles, or the images of a COCO file.
func listedTiles(in *files.Input) ([]wsi.SubmissionTile, error) {
	r := bufio.NewReader(in)
	if !preds.IsJSON(r) {
		tiles, err := wsi.ReadSubmissionTiles(r)
		return tiles, ui.InFile(in.Name, err)
	}
	d, err := files.ReadCOCOImages(r)
	if err != nil {
		return nil, ui.InFile(in.Name, err)
	}
	tiles, err := wsi.SubmissionTiles(d)
	if err != nil {
		return nil, ui.Failf(ui.ExitBadData, "%s: %w: %w", in.Name, ui.ErrInput, err).
			Hint("give each image its own file name or member tile, or name the tiles in a table with a column id: --tiles TABLE")
	}
	return tiles, nil
}

// imageTiles are the tiles whose images are in a folder, by name.
func imageTiles(dir string) ([]wsi.SubmissionTile, error) {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return nil, err
	}
	tiles := []wsi.SubmissionTile{}
	files := map[string]string{}
	for _, e := range entries {
		suffix := filepath.Ext(e.Name())
		name := strings.TrimSuffix(e.Name(), suffix)
		if e.IsDir() || name == "" || !slices.Contains(folder.ImageSuffixes, strings.ToLower(suffix)) {
			continue
		}
		if files[name] != "" {
			return nil, fmt.Errorf("%w: %s has two images of tile %s: %s and %s", ui.ErrInput, dir, name, files[name], e.Name())
		}
		files[name] = e.Name()
		tile := wsi.SubmissionTile{ID: name}
		if tile.Height, tile.Width, err = folder.ImageSize(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
		tiles = append(tiles, tile)
	}
	return tiles, nil
}
