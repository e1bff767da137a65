package wsi

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/internal/csvtable"
	"github.com/hubdata/hubdata/rle"
)

// ReadSubmissionTiles reads the tiles that a table lists: the column id and, if
// present, height and width. It can read both sample_submission.csv and
// tile_meta.csv. Duplicate ids and more than [MaxTiles] rows are errors.
func ReadSubmissionTiles(r io.Reader) ([]SubmissionTile, error) {
	t, err := csvtable.NewLimit(r, MaxSubmissionRow, "id")
	if err != nil {
		return nil, err
	}
	height, width := slices.Index(t.Header(), "height"), slices.Index(t.Header(), "width")
	rows := map[string]int{}
	tiles := []SubmissionTile{}
	for {
		err := t.Next()
		if errors.Is(err, io.EOF) {
			return tiles, nil
		}
		if err != nil {
			return nil, err
		}
		var tile SubmissionTile
		if tile.ID, err = t.Text(0); err != nil {
			return nil, err
		}
		if first, ok := rows[tile.ID]; ok {
			return nil, t.Errorf("id", "tile %s is already in row %d: remove one", csvtable.Quote(tile.ID), first)
		}
		if len(tiles) == MaxTiles {
			return nil, t.Errorf("", "more than %d tiles", MaxTiles)
		}
		if height >= 0 && width >= 0 {
			for k, v := range []*int{&tile.Height, &tile.Width} {
				text := t.Field([]int{height, width}[k])
				if *v, err = strconv.Atoi(strings.TrimSpace(text)); err != nil || checkEdge(*v) != nil {
					return nil, t.Errorf(submissionColumns[k+1], "found %s, want a number of pixels from 1 to %d", csvtable.Quote(text), rle.MaxPixels)
				}
			}
			if tile.Height > rle.MaxPixels/tile.Width {
				return nil, t.Errorf("", "height %d and width %d: a mask has at most %d pixels", tile.Height, tile.Width, rle.MaxPixels)
			}
		}
		rows[tile.ID] = len(tiles) + 1
		tiles = append(tiles, tile)
	}
}
