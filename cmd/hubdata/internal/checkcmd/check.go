package checkcmd

import (
	"context"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
)

// Options say what is checked, and by which rules.
type Options struct {
	In       string         // COCO file, HuBMAP folder, or - for standard input
	TileMeta string         // the tiles' table; empty: of a file none, of a folder the one in it
	Truth    string         // ground truth of results; empty: none
	Polygons string         // outlines of a folder; empty: those in it
	Images   string         // folder of the images' files; empty: they are not read
	Consumer check.Consumer // whose losses the report counts; empty: of none
	Least    coco.Severity  // of the findings that the report lists
	Ignore   []coco.Code    // codes that are left out
	Tiny     int            // masks of fewer pixels are tiny; 0: [check.DefaultTiny]
	Near     float64        // IoU from which masks are nearly equal; 0: [check.DefaultNear]
	// MaxDetections is how many results of an image and category are scored. 0:
	// [check.DefaultMaxDetections].
	MaxDetections int
	Most          int // findings of a code that the report lists, of any number that it counts; 0: all
	Workers       int // 0: one per core
}

// ignores reports whether a code is left out.
func (o *Options) ignores(code coco.Code) bool { return slices.Contains(o.Ignore, code) }

// Check checks the dataset, and the files of its images if [Options.Images] names their folder.
func (s *Subject) Check(ctx context.Context) (*Report, error) {
	found := &findings{most: s.o.Most}
	var order func(a, b coco.Finding) int // nil: after those in the table
	if s.results != nil {
		s.addKept(found, check.Results(s.results, s.resultOptions()))
	}
	if s.Dataset != nil {
		opts := s.options()
		opts.Faults = s.faults
		if dir := s.o.Images; dir != "" {
			var err error
			if s.files, err = readImageFiles(ctx, s.c, dir, s.Dataset.Images); err != nil {
				return nil, err
			}
			opts.Files = s.files
		}
		list := check.Dataset(s.Dataset, opts)
		if s.IsFolder() {
			s.locate(found, list)
			order = byLine
		} else {
			s.addKept(found, list)
		}
	}
	return s.report(s.found.merged(found, order)), ctx.Err()
}

// options are those of the library.
func (s *Subject) options() *check.Options {
	opts := &check.Options{Tiny: s.o.Tiny, Near: s.o.Near, Workers: s.o.Workers, OpenCV: s.IsFolder()}
	if s.table != nil && !s.IsFolder() { // the tiles of a folder are placed by the table
		names := coco.NewNames(s.Dataset.Images)
		opts.Origin = func(i int) (check.Origin, error) {
			t, err := s.table.Find(names, i)
			if err != nil {
				return check.Origin{}, err
			}
			return check.Origin{Subset: t.Dataset, Members: []check.OriginMember{
				{Name: "dataset", Value: t.Dataset}, {Name: "source_wsi", Value: t.WSI}, {Name: "i", Value: t.I}, {Name: "j", Value: t.J}}}, nil
		}
	}
	return opts
}

// addKept adds the findings whose codes are not left out.
func (s *Subject) addKept(found *findings, list []coco.Finding) {
	for i := range list {
		if !s.o.ignores(list[i].Code) {
			found.add(list[i])
		}
	}
}

// kept are the findings whose codes are not left out.
func (s *Subject) kept(list []coco.Finding) []coco.Finding {
	return slices.DeleteFunc(list, func(f coco.Finding) bool { return s.o.ignores(f.Code) })
}
