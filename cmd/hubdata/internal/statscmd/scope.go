package statscmd

import (
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
)

// Scope says what is measured. The zero Scope measures all there is.
type Scope struct {
	choice
	Files
	by       []string        // groups; nil: all that the set can be grouped by
	keys     []coco.Key      // of images, of by
	measures []stats.Measure // to report; nil: all
	TileSize int             // height and width of a folder's tiles; 0: those of their images
	SkipBad  bool            // lines of a folder's outlines that are wrong
	Workers  int             // 0: as many as processors
}

// choice says of which tiles and instances measures are taken.
type choice struct {
	datasets, wsis flags.Numbers
	classes        []string // nil: all
	score          selection.Bounds
}

// Files are the files in addition to a set; empty: none.
type Files struct {
	plan, TileMeta string
	images         string // of results
	table          string // of further values of images
	Polygons       string // of a folder; empty: found in it
}

// imageKeys are the keys by which images are grouped.
func (o *Scope) imageKeys() []coco.Key {
	if o.by == nil {
		return defaultKeys()
	}
	return o.keys
}

// grouped says whether groups by this are requested, and whether by name.
func (o *Scope) grouped(by string) (wanted, named bool) {
	named = slices.Contains(o.by, by)
	return named || o.by == nil, named
}

// shown are the measures that are reported.
func (o *Scope) shown() []stats.Measure {
	if o.measures != nil {
		return o.measures
	}
	return stats.Measures()
}
