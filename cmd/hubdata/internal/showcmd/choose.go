package showcmd

import (
	"context"
	"math"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/figures"
)

// sheetTiles is how many tiles are drawn by default.
const sheetTiles = 12

// chosen are the tiles that are drawn.
type chosen struct {
	tiles  []int // places of their images, in order
	folder *paint.ImageFolder
	marks  *paint.Marks // nil: without --check
}

// choose finds the tiles to draw.
func choose(ctx context.Context, c *ui.Console, o *options, in *input, to *target) (*chosen, error) {
	s := in.scene
	tiles, err := in.selected()
	if err != nil {
		return nil, err
	}
	var marks *paint.Marks
	if len(o.pick.codes) > 0 {
		found, err := findings(ctx, c, o)
		if err != nil {
			return nil, err
		}
		var elsewhere int
		if marks, elsewhere = found.marks(s, o.pick.codes); elsewhere > 0 {
			c.Note("%s to no tile", ui.Plural(elsewhere, "finding belongs", "findings belong"))
		}
		tiles = slices.DeleteFunc(tiles, func(i int) bool { return marks.Codes[i] == nil })
	}
	if len(tiles) == 0 {
		return nil, in.nothing(o)
	}
	folder, err := findImages(o, s, tiles)
	if err != nil {
		return nil, err
	}
	sheet := sheetTiles
	if o.grid[0] > 0 {
		sheet = o.grid[0] * o.grid[1]
	}
	named := len(o.rules.Images) > 0 || o.rules.ImagesFrom != ""
	switch {
	case o.pick.worst > 0:
		if tiles, err = worst(ctx, s, tiles, o.pick.worst, o.pick.worstBy); err != nil {
			return nil, err
		}
	case len(o.rules.Images) > 0:
		inOrderOfNames(s, tiles, o.rules.Images)
	case o.pick.random > 0:
		tiles = s.Sample(tiles, folder, o.pick.random, o.pick.seed)
	case o.pick.all || named || to.folder:
	case len(tiles) > sheet:
		all := len(tiles)
		if marks != nil {
			tiles = tiles[:sheet]
			c.Note("drawing the first %d of %s tiles: use --all for all", sheet, ui.Thousands(all))
		} else {
			tiles = s.Sample(tiles, folder, sheet, o.pick.seed)
			c.Note("drawing %d of %s tiles at random: use --seed for others, --all for all, --image for one", sheet, ui.Thousands(all))
		}
	}
	return &chosen{tiles: tiles, folder: folder, marks: marks}, nil
}

// selected lists the images that the rules leave in.
func (in *input) selected() ([]int, error) {
	var tiles []int
	for i := range in.scene.Images {
		reason, err := in.rules.Image(i)
		if err != nil {
			return nil, ui.InFile(in.scene.File, err)
		}
		if reason == "" {
			tiles = append(tiles, i)
		}
	}
	return tiles, nil
}

// nothing says why there is nothing to draw.
func (in *input) nothing(o *options) error {
	if len(o.pick.codes) > 0 {
		return ui.Failf(ui.ExitFailure, "check found no tile with %s in %s", wordCodes(o.pick.codes), o.in)
	}
	if len(in.scene.Images) == 0 {
		return ui.Failf(ui.ExitBadData, "%s has no images: there is nothing to draw", in.scene.File)
	}
	return ui.Failf(ui.ExitUsage, "the flags select no image of %s", in.scene.File)
}

// findImages finds the folder of the images: --image-dir, or the first near the data
// and here that has one of those that are drawn.
func findImages(o *options, s *paint.Scene, tiles []int) (*paint.ImageFolder, error) {
	return paint.FindImages(o.images, o.in, s.Images, func(f *paint.ImageFolder) bool {
		return slices.ContainsFunc(tiles, func(i int) bool { return f.Has(&s.Images[i]) })
	})
}

// inOrderOfNames brings tiles into the order in which --image names them.
func inOrderOfNames(s *paint.Scene, tiles []int, names []string) {
	place := map[int]int{}
	for k, name := range names {
		if i, err := s.Names.All.Find(name); err == nil {
			if _, ok := place[i]; !ok {
				place[i] = k
			}
		}
	}
	at := func(i int) int {
		if k, ok := place[i]; ok {
			return k
		}
		return math.MaxInt // of --images-from
	}
	slices.SortStableFunc(tiles, func(a, b int) int { return at(a) - at(b) })
}

// worst chooses the n tiles that score lowest, by ap or f1, worst first; those without
// a true instance have no AP, and come last. Tiles that were never outlined have no score.
func worst(ctx context.Context, s *paint.Scene, tiles []int, n int, by string) ([]int, error) {
	tiles = slices.DeleteFunc(tiles, s.IsUnlabelled)
	scores := make(map[int]float64, len(tiles))
	for _, i := range tiles {
		score, err := s.Score(ctx, i)
		if err != nil {
			return nil, err
		}
		if scores[i] = score.AP; by == "f1" {
			scores[i] = score.F1
		}
		if scores[i] < 0 {
			scores[i] = math.Inf(1)
		}
	}
	slices.SortStableFunc(tiles, func(a, b int) int {
		switch {
		case scores[a] < scores[b]:
			return -1
		case scores[a] > scores[b]:
			return 1
		}
		return figures.CompareNumbers(s.Names.Name(a), s.Names.Name(b))
	})
	return tiles[:min(n, len(tiles))], nil
}
