// Package convertcmd is the command hubdata convert, which makes COCO sets of the outlines of a HuBMAP folder.
package convertcmd

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
)

// Options are what sets to make of a folder, and where to write them.
type Options struct {
	folder.SetOptions
	folder.Location
	Out             string // a folder; a file, if there is one set; - is standard output
	perTier, perWSI bool   // a set for each of these; neither: one set of all tiles
}

// DefaultOptions are those of hubdata convert DIR, without flags.
func DefaultOptions(dir string) *Options {
	return &Options{
		SetOptions: folder.DefaultSetOptions(),
		Location:   folder.Location{Dir: dir, MaxLine: wsi.DefaultMaxLine},
		Out:        defaultOut(dir),
		perTier:    true,
		perWSI:     true,
	}
}

func defaultOut(dir string) string { return filepath.Join(dir, "coco_data", "coco") }

// Run reads the outlines and writes the sets. It prints no summary: c is for progress and remarks.
func Run(ctx context.Context, c *ui.Console, o *Options) (*folder.Summary, error) {
	conversion, err := folder.OpenConversion(c, &o.SetOptions, &o.Location)
	if err != nil {
		return nil, err
	}
	defer conversion.Close()
	if err := addSets(conversion, o); err != nil {
		return nil, err
	}
	if err := conversion.Read(ctx); err != nil {
		return nil, err
	}
	if err := conversion.Divided.AddUnlabelled(conversion.Table, conversion.Rules); err != nil {
		return nil, err
	}
	return conversion.Write(ctx, func(s *folder.Set) files.Provenance { return o.provenance(s, conversion.Inputs()) })
}

// tierWSI is a tier of the dataset and a whole-slide image.
type tierWSI struct{ dataset, wsi int }

// addSets adds a set for each tier and each slide that the options choose, and reports early which of them could not be
// written.
func addSets(conversion *folder.Conversion, o *Options) error {
	var groups wsi.Tally
	for t := range conversion.Table.All() {
		if o.Selected(t) {
			groups.Add(t, wsi.Counts{Tiles: 1})
		}
	}
	categories, err := conversion.Rules.Categories()
	if err != nil {
		return err
	}
	routes := map[tierWSI][]*coco.Builder{}
	byPath := map[string]*folder.Set{}
	add := func(path string, of, from tierWSI) { // tiles of from go into the set of these
		s := byPath[path]
		if s == nil {
			s = conversion.AddSet(path, categories)
			s.Dataset, s.Wsi = of.dataset, of.wsi
			byPath[path] = s
		}
		routes[from] = append(routes[from], &s.Builder)
	}
	for _, g := range groups.Groups() {
		from := tierWSI{g.Dataset, g.WSI}
		if o.perTier {
			add(filepath.Join(o.Out, fmt.Sprintf("ds%d.json", g.Dataset)), tierWSI{dataset: g.Dataset}, from)
		}
		if o.perWSI {
			add(filepath.Join(o.Out, fmt.Sprintf("ds%d_wsi%d.json", g.Dataset, g.WSI)), from, from)
		}
		if !o.perTier && !o.perWSI {
			add(o.Out, tierWSI{}, from)
		}
	}
	if len(conversion.Sets) == 0 {
		return conversion.NothingSelected()
	}
	conversion.Divided.Route = func(t wsi.Tile) []*coco.Builder { return routes[tierWSI{t.Dataset, t.WSI}] }
	return conversion.Prepare()
}

// provenance is how a set is made.
func (o *Options) provenance(s *folder.Set, inputs []files.FileInfo) files.Provenance {
	p := files.Provenance{
		Version: ui.Version,
		Command: "convert",
		Dataset: o.Datasets.String(),
		Options: o.Provenance(),
		Inputs:  inputs,
	}
	if o.Wsis.String() != "" {
		p.WSI = o.Wsis.String()
	}
	if s.Dataset != 0 {
		p.Dataset = s.Dataset
	}
	if s.Wsi != 0 {
		p.WSI = s.Wsi
	}
	return p
}
