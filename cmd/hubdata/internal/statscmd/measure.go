package statscmd

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// set is what was read and measured of one input.
type set struct {
	name string
	*stats.Collector
	categories []coco.Category
	classes    map[int64]string // names of the categories
	results    bool             // they are a model's
	hasTiles   bool             // there is a tile, selected or not
	first      string           // the name of the first that was measured
	notes      []string
}

// Measure measures the tiles of a set and reports on them and their groups.
func Measure(ctx context.Context, c *ui.Console, o *Scope, path string) (*SetReport, error) {
	aids, err := o.openAids(c)
	if err != nil {
		return nil, err
	}
	set, err := readSet(ctx, c, o, aids, path, nil)
	if err != nil {
		return nil, err
	}
	return set.report(o), nil
}

// readSet measures the tiles of an input, and writes rows of their instances if rows is not nil.
func readSet(ctx context.Context, c *ui.Console, o *Scope, aids *aids, path string, rows *rowsFile) (*set, error) {
	in := &reader{c: c, o: o, aids: aids, rows: rows, set: &set{name: path}}
	var err error
	if st, serr := os.Stat(path); path != "-" && serr == nil && st.IsDir() {
		in.Collector, err = in.folder(ctx, path)
	} else {
		in.Collector, err = in.file(ctx, path)
	}
	if err != nil {
		return nil, err
	}
	if in.Group(stats.Key{}).Tiles == 0 {
		return nil, in.nothing()
	}
	if err := in.checkGroups(); err != nil {
		return nil, err
	}
	in.nameClasses()
	return in.set, nil
}

// nameClasses names the classes by their categories, no two alike.
func (s *set) nameClasses() {
	s.classes = map[int64]string{}
	names := map[string]bool{}
	for _, cat := range s.categories {
		name := cat.Name
		if name == "" || names[name] {
			name = strings.TrimSpace(fmt.Sprintf("%s (id %d)", name, cat.ID))
		}
		names[name] = true
		s.classes[cat.ID] = name
	}
	for _, id := range s.Classes() {
		if _, ok := s.classes[id]; !ok {
			s.classes[id] = fmt.Sprintf("(id %d)", id)
		}
	}
}

// reader reads an input into a set.
type reader struct {
	c    *ui.Console
	o    *Scope
	aids *aids
	rows *rowsFile // nil: none are written
	*set
	grouping *grouping // of the images; nil: they are not known yet
}

// nothing says that there is no tile to measure.
func (in *reader) nothing() error {
	if !in.hasTiles {
		return ui.Failf(ui.ExitBadData, "%s has no tiles: nothing to measure", in.name)
	}
	var asked []string
	if in.o.datasets.String() != "" {
		asked = append(asked, "dataset "+in.o.datasets.String())
	}
	if in.o.wsis.String() != "" {
		asked = append(asked, "WSI "+in.o.wsis.String())
	}
	return ui.Failf(ui.ExitUsage, "no tile of %s is in %s", in.name, strings.Join(asked, " and ")).
		Hint("\"hubdata stats %s\" without --dataset and --wsi lists those it has", in.name)
}

// checkGroups refuses groups that were requested and that no tile belongs to.
func (in *reader) checkGroups() error {
	tiles := in.Group(stats.Key{}).Tiles
	for _, k := range in.o.imageKeys() {
		none := in.grouping.none[k.Name]
		if _, named := in.o.grouped(k.Name); !named || none == 0 {
			continue
		}
		if none == tiles {
			return in.grouping.values.Absent("by", k, in.grouping.members)
		}
		in.notes = append(in.notes, in.name+": "+imagekey.Note(k, none, tiles))
	}
	if in.aids.plan != nil && in.Group(stats.Key{By: "fold", Name: notPlanned}).Tiles == tiles {
		return ui.Failf(ui.ExitBadData, "%s names no image of %s", in.o.plan, in.name).
			Hint("the plan begins with %s, the set with %s", wtf8.Quote(in.aids.plan.Entries[0].ID), wtf8.Quote(in.first))
	}
	return nil
}

// tile is a tile on its way to be measured.
type tile struct {
	*stats.AnnotatedImage
	name     string
	keys     []stats.Key // its groups
	vertices []int       // of the annotations; nil: the annotations have them
}

// measure measures tiles by several workers, each with its own memory.
func (in *reader) measure(ctx context.Context, tiles iter.Seq2[*tile, error]) (*stats.Collector, error) {
	var parts []*stats.Collector
	newWork := func() (func(*tile) ([]instanceRow, error), error) {
		var m stats.Measurer
		part := &stats.Collector{}
		parts = append(parts, part)
		return func(t *tile) ([]instanceRow, error) {
			tile, err := m.Measure(t.Image.Height, t.Image.Width, t.Annotations)
			var at *stats.AnnotationError
			if errors.As(err, &at) && t.Places != nil {
				err = in.fault(&stats.RecordError{List: in.list(), Place: t.Places[at.Index], Member: at.Member, Err: at.Err})
			}
			if err != nil {
				return nil, err
			}
			for i, n := range t.vertices {
				tile.Instances[i].SetVertices(n)
			}
			part.Add(tile, t.keys...)
			if in.rows == nil {
				return nil, nil
			}
			return in.rows.rows(t, tile.Instances)
		}, nil
	}
	counted := func(yield func(*tile, error) bool) {
		for t, err := range tiles {
			if err == nil && in.first == "" {
				in.first = t.name
			}
			if !yield(t, err) {
				return
			}
		}
	}
	for rows, err := range parallel.MapWith(ctx, in.o.Workers, counted, newWork) {
		if err == nil && rows != nil {
			err = in.rows.write(rows)
		}
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

// list is what messages call the list of the annotations.
func (in *reader) list() string {
	if in.results {
		return ""
	}
	return "annotations"
}

// fault says what is wrong with a record of the reader.
func (in *reader) fault(err *stats.RecordError) error {
	return ui.Failf(ui.ExitBadData, "%s: %w", in.name, err).Hint("\"hubdata check\" lists everything that is wrong with the file")
}
