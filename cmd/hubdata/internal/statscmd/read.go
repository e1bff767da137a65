package statscmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/wsi"
)

// statsTile is a tile on its way to be measured.
type statsTile struct {
	*stats.AnnotatedImage
	name     string
	keys     []stats.Key // its groups
	vertices []int       // of the annotations; nil: they tell themselves
}

// statsSet is what was measured of one input.
type statsSet struct {
	name string
	*stats.Collector
	classes map[int64]string // names of the categories
	results bool             // they are a model's
}

// statsInput is an input that is read.
type statsInput struct {
	c          *ui.Console
	o          *Scope
	aids       *statsAids
	name       string
	categories []coco.Category
	found      bool   // a tile, selected or not
	first      string // the name of the first that was measured
	results    bool
}

// Measure measures the tiles of a set and tells what they come to.
func Measure(ctx context.Context, c *ui.Console, o *Scope, path string) (*SetReport, error) {
	aids, err := o.openAids(c)
	if err != nil {
		return nil, err
	}
	set, err := readStats(ctx, c, o, aids, path)
	if err != nil {
		return nil, err
	}
	return set.report(o), nil
}

// readStats measures the tiles of an input.
func readStats(ctx context.Context, c *ui.Console, o *Scope, aids *statsAids, path string) (*statsSet, error) {
	in := &statsInput{c: c, o: o, aids: aids, name: path}
	var all *stats.Collector
	var err error
	if st, serr := os.Stat(path); path != "-" && serr == nil && st.IsDir() {
		all, err = in.folder(ctx, path)
	} else {
		all, err = in.file(ctx, path)
	}
	if err != nil {
		return nil, err
	}
	if all.Group(stats.Key{}).Tiles == 0 {
		return nil, in.nothing()
	}
	if err := in.checkGroups(all); err != nil {
		return nil, err
	}
	set := &statsSet{name: in.name, Collector: all, classes: map[int64]string{}, results: in.results}
	names := map[string]bool{}
	for _, cat := range in.categories {
		name := cat.Name
		if name == "" || names[name] {
			name = strings.TrimSpace(fmt.Sprintf("%s (id %d)", name, cat.ID))
		}
		names[name] = true
		set.classes[cat.ID] = name
	}
	for _, id := range all.Classes() {
		if _, ok := set.classes[id]; !ok {
			set.classes[id] = fmt.Sprintf("(id %d)", id)
		}
	}
	return set, nil
}

// nothing says that there is no tile to measure.
func (in *statsInput) nothing() error {
	if !in.found {
		return ui.Failf(ui.ExitBadData, "%s has no tile: nothing to measure", in.name)
	}
	var asked []string
	if in.o.datasets.String() != "" {
		asked = append(asked, "dataset "+in.o.datasets.String())
	}
	if in.o.wsis.String() != "" {
		asked = append(asked, "WSI "+in.o.wsis.String())
	}
	return ui.Failf(ui.ExitUsage, "no tile of %s is in %s", in.name, strings.Join(asked, " and ")).
		Hint("\"hubdata stats %s\" without --dataset and --wsi tells which it has", in.name)
}

// checkGroups refuses groups that were asked for and that no tile belongs to.
func (in *statsInput) checkGroups(all *stats.Collector) error {
	tiles := all.Group(stats.Key{}).Tiles
	for _, by := range []string{"dataset", "wsi"} {
		if _, named := in.o.grouped(by); named && all.Group(stats.Key{By: by, Name: none}).Tiles == tiles {
			f := ui.Failf(ui.ExitBadData, "--by %s: no image of %s says of which it is", by, in.name)
			if in.aids.table == nil {
				f = f.Hint("--tile-meta tile_meta.csv looks the tiles up")
			}
			return f
		}
	}
	if in.aids.plan != nil && all.Group(stats.Key{By: "fold", Name: notPlanned}).Tiles == tiles {
		return ui.Failf(ui.ExitBadData, "%s names no tile of %s", in.o.plan, in.name).
			Hint("the plan begins with %q, the set with %q", in.aids.plan.Entries[0].ID, in.first)
	}
	return nil
}

// measure measures tiles by several workers, each with its own memory.
func (in *statsInput) measure(ctx context.Context, tiles iter.Seq2[*statsTile, error]) (*stats.Collector, error) {
	var parts []*stats.Collector
	newWork := func() (func(*statsTile) (struct{}, error), error) {
		var m stats.Measurer
		part := &stats.Collector{}
		parts = append(parts, part)
		return func(t *statsTile) (struct{}, error) {
			tile, err := m.Measure(t.Image.Height, t.Image.Width, t.Annotations)
			var at *stats.AnnotationError
			if errors.As(err, &at) && t.Places != nil {
				err = in.fault(&stats.RecordError{List: in.list(), Place: t.Places[at.Index], Member: at.Member, Err: at.Err})
			}
			if err != nil {
				return struct{}{}, err
			}
			for i, n := range t.vertices {
				tile.Instances[i].SetVertices(n)
			}
			part.Add(tile, t.keys...)
			return struct{}{}, nil
		}, nil
	}
	counted := func(yield func(*statsTile, error) bool) {
		for t, err := range tiles {
			if err == nil && in.first == "" {
				in.first = t.name
			}
			if !yield(t, err) {
				return
			}
		}
	}
	for _, err := range parallel.MapWith(ctx, in.o.Workers, counted, newWork) {
		if err != nil {
			return nil, err
		}
	}
	all := parts[0]
	for _, p := range parts[1:] {
		all.Merge(p)
	}
	return all, nil
}

// folder measures the outlines of a HuBMAP folder as they are converted.
func (in *statsInput) folder(ctx context.Context, dir string) (*stats.Collector, error) {
	ct := folder.DefaultSetOptions()
	ct.Datasets, ct.Wsis, ct.TileSize, ct.Classes = in.o.datasets, in.o.wsis, in.o.TileSize, wsi.AllClasses()
	if in.o.classes != nil {
		var err error
		if ct.Classes, err = flags.ChooseClasses(in.o.classes, wsi.AllClasses(), dir); err != nil {
			return nil, err
		}
	}
	src := folder.Location{Dir: dir, Polygons: in.o.Polygons, Tiles: in.o.TileMeta, Workers: in.o.Workers, MaxLine: wsi.DefaultMaxLine}
	folder, err := folder.Open(in.c, &ct, &src)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	folder.Polygons.WithoutChecksum()
	add, stop := in.c.Progress("reading outlines", folder.Polygons.Size)
	defer stop()
	folder.Polygons.OnRead(add)
	opts := ct.Options(dir)
	opts.Workers = src.Workers
	if in.categories, err = opts.Categories(); err != nil {
		return nil, err
	}
	if in.o.SkipBad {
		opts.KeepGoing = func(*wsi.LineError) {}
	}
	in.found = folder.Table.Len() > 0
	names := selection.TableNames(folder.Table)
	uses, err := in.aids.usesOf(names)
	if err != nil {
		return nil, err
	}
	return in.measure(ctx, func(yield func(*statsTile, error) bool) {
		for tile, err := range wsi.Convert(ctx, folder.Table, folder.Polygons, opts) {
			if err != nil {
				yield(nil, ui.InFile(folder.Polygons.Name, err))
				return
			}
			joined := &stats.AnnotatedImage{Image: &tile.Image, Annotations: tile.Annotations}
			keys := in.aids.keys(&tile.Image, names, tile.Tile.Row-1, uses)
			if !yield(&statsTile{AnnotatedImage: joined, name: tile.Tile.ID, keys: keys, vertices: tile.Vertices}, nil) {
				return
			}
		}
	})
}

// file measures a COCO file, or results.
func (in *statsInput) file(ctx context.Context, path string) (*stats.Collector, error) {
	all, err := in.open(ctx, path, path != "-" && in.o.classes == nil)
	if errors.Is(err, stats.ErrOrder) { // the file is not in the order in which it can stream
		in.first, in.categories = "", nil
		return in.open(ctx, path, false)
	}
	return all, err
}

// open opens a file and measures it, in a stream or held in memory.
func (in *statsInput) open(ctx context.Context, path string, stream bool) (*stats.Collector, error) {
	f, err := files.OpenInput(in.c, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in.name = f.Name
	f.WithoutChecksum()
	add, stop := in.c.Progress("reading", f.Size)
	defer stop()
	f.OnRead(add)
	text := files.Peeked{Reader: bufio.NewReaderSize(f, 4096), In: f}
	first := preds.FirstByte(text.Reader)
	switch {
	case first == '[':
		if in.aids.images == nil {
			return nil, ui.Failf(ui.ExitBadData, "%s is a list of results, which does not say what tiles there are", in.name).
				Hint("--images FILE names the COCO file of the tiles that the model was run on")
		}
		in.results = true
		list, err := coco.DecodeResults(text)
		if err != nil {
			return nil, ui.InFile(in.name, err)
		}
		in.categories = in.aids.images.Categories
		return in.joined(ctx, func(j *stats.Join) joinedImages { return j.Results(in.aids.images.Images, list) })
	case stream:
		return in.joined(ctx, func(j *stats.Join) joinedImages { return j.Stream(in.categoriesOf(coco.NewReader(text).Records())) })
	}
	d, err := coco.Decode(text)
	if err != nil {
		return nil, ui.InFile(in.name, err)
	}
	in.categories = d.Categories
	return in.joined(ctx, func(j *stats.Join) joinedImages { return j.Dataset(d) })
}

// classIDs are the ids of the classes that are asked for; nil: all.
func (in *statsInput) classIDs() (map[int64]bool, error) {
	if in.o.classes == nil {
		return nil, nil
	}
	var known []string
	for _, cat := range in.categories {
		known = append(known, cat.Name)
	}
	names, err := flags.ChooseClasses(in.o.classes, known, in.name)
	if err != nil {
		return nil, err
	}
	ids := map[int64]bool{}
	for _, cat := range in.categories {
		if slices.Contains(names, cat.Name) {
			ids[cat.ID] = true
		}
	}
	return ids, nil
}
