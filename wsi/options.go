package wsi

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/csvtable"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/rle"
)

// TilePixels is the height and width of the competition's tiles.
const TilePixels = 512

// ConvertOptions are the options of [Convert]. The zero value converts the
// blood vessels of all tiles and fills them as OpenCV does.
type ConvertOptions struct {
	_ struct{}

	// Select reports whether to convert a tile. Lines of other tiles are only
	// checked. Several goroutines may call it. nil: all tiles.
	Select func(Tile) bool

	// Classes are the classes to keep. They become the categories, in this
	// order. nil: BloodVessel. For all classes use AllClasses().
	Classes []string

	// Fill determines which pixels belong to an outline. The default is
	// FillOpenCV.
	Fill rle.Rule

	// FirstRingOnly ignores all rings of an outline except the first.
	FirstRingOnly bool

	// Segmentation is the form of the segmentations: KindRLE, which is the
	// default, KindCounts, or KindPolygons. Polygons are the rings of the
	// outline itself; area and bbox are always those of the mask.
	Segmentation coco.Kind

	// TileIDs uses the names of tiles as image ids, instead of their rows in
	// tile_meta.csv counted from 1.
	TileIDs bool

	// CategoryStart is the id of the first category. nil: 1.
	CategoryStart *int64

	// DropDuplicates drops an outline whose mask equals that of an earlier
	// outline of the same class on the same tile.
	DropDuplicates bool

	// MinArea drops outlines whose mask has fewer pixels. Outlines without any
	// pixels are always dropped.
	MinArea int

	// TileSize returns the height and width of a tile's image. Several
	// goroutines may call it. nil: TilePixels.
	TileSize func(Tile) (h, w int, err error)

	// MaxLine is the limit in bytes for a line. 0: DefaultMaxLine.
	MaxLine int

	// Workers is the number of goroutines that parse and fill. The result does
	// not depend on it. 0: the number of usable CPUs.
	Workers int

	// KeepGoing is called with each bad line, in file order. Bad lines are then
	// skipped. nil: the first bad line ends the conversion.
	KeepGoing func(*LineError)
}

// settings are validated ConvertOptions with the defaults filled in.
type settings struct {
	ConvertOptions
	category [numClasses]int64 // id of each class
	keep     [numClasses]bool
}

// check validates the options and fills in the defaults.
func (o *ConvertOptions) check() (*settings, error) {
	var s settings
	if o != nil {
		s.ConvertOptions = *o
	}
	if s.Classes == nil {
		s.Classes = []string{classNames[bloodVessel]}
	}
	if len(s.Classes) == 0 {
		return nil, fmt.Errorf("wsi: no class to convert: expected one or more of %s", strings.Join(classNames[:], ", "))
	}
	start := int64(1)
	if s.CategoryStart != nil {
		start = *s.CategoryStart
	}
	for k, name := range s.Classes {
		c, ok := parseClass(name)
		if !ok {
			return nil, fmt.Errorf("wsi: unknown class %s: expected %s", csvtable.Quote(name), strings.Join(classNames[:], ", "))
		}
		if s.keep[c] {
			return nil, fmt.Errorf("wsi: duplicate class %s", name)
		}
		s.keep[c], s.category[c] = true, start+int64(k)
	}
	switch s.Segmentation {
	case coco.KindNone:
		s.Segmentation = coco.KindRLE
	case coco.KindRLE, coco.KindCounts, coco.KindPolygons:
	default:
		return nil, fmt.Errorf("wsi: unknown segmentation kind %d", s.Segmentation)
	}
	switch s.Fill {
	case rle.FillOpenCV, rle.FillCOCO, rle.FillCenter:
	default:
		return nil, fmt.Errorf("wsi: unknown fill rule %d", s.Fill)
	}
	if s.MaxLine <= 0 {
		s.MaxLine = DefaultMaxLine
	}
	return &s, nil
}

// Categories returns the categories of a conversion with these options.
func (o *ConvertOptions) Categories() ([]coco.Category, error) {
	s, err := o.check()
	if err != nil {
		return nil, err
	}
	var out []coco.Category
	for _, name := range s.Classes {
		c, _ := parseClass(name)
		out = append(out, coco.Category{ID: s.category[c], Name: name})
	}
	return out, nil
}

// Image returns the entry in images that a conversion with these options
// creates for a tile. COCO's fields are followed by tile, source_wsi, dataset,
// i and j. It is an error if the tile's id is not the name of a file inside a folder.
func (o *ConvertOptions) Image(t Tile) (coco.Image, error) {
	if !fs.ValidPath(t.ID) || strings.Contains(t.ID, `\`) {
		return coco.Image{}, fmt.Errorf("tile %s: the id cannot be the name of a file inside a folder of images", wtf8.Quote(t.ID))
	}
	h, w := TilePixels, TilePixels
	if o != nil && o.TileSize != nil {
		var err error
		if h, w, err = o.TileSize(t); err != nil {
			return coco.Image{}, fmt.Errorf("size of tile %s: %w", t.ID, err)
		}
	}
	id := coco.IntID(int64(t.Row))
	if o != nil && o.TileIDs {
		id = coco.StringID(t.ID)
	}
	name, err := jsonscan.Marshal(t.ID)
	if err != nil {
		return coco.Image{}, err
	}
	number := func(v int) json.RawMessage { return strconv.AppendInt(nil, int64(v), 10) }
	return coco.Image{
		ID: id, FileName: t.FileName(), Height: h, Width: w,
		Extra: coco.Fields{
			{Key: "tile", Value: name},
			{Key: "source_wsi", Value: number(t.WSI)},
			{Key: "dataset", Value: number(t.Dataset)},
			{Key: "i", Value: number(t.I)},
			{Key: "j", Value: number(t.J)},
		},
	}, nil
}

// Counts counts what became of outlines.
type Counts struct {
	Tiles         int     // lines converted
	Empty         int     // tiles among them without any kept outline
	Outlines      int     // outlines on them
	Vertices      int     // points of all rings of all outlines
	Kept          int     // outlines that became annotations
	Dropped       Dropped // the others: Kept + Dropped.Total() = Outlines
	OutsidePoints int     // points of the filled rings outside their tile: they are kept, and clipped by the fill
}

// Dropped counts outlines that did not become annotations, by the first reason
// that applied, in the order of the fields.
type Dropped struct {
	Class     map[string]int // the class was not selected, by class; nil: none
	EmptyMask int            // no pixels on the tile
	MinArea   int            // fewer pixels than requested
	Duplicate int            // same mask as an earlier outline of the class on the tile
}

// Total returns the number of dropped outlines.
func (d Dropped) Total() int {
	n := d.EmptyMask + d.MinArea + d.Duplicate
	for _, k := range d.Class {
		n += k
	}
	return n
}

// Add adds o to c.
func (c *Counts) Add(o Counts) {
	c.Tiles += o.Tiles
	c.Empty += o.Empty
	c.Outlines += o.Outlines
	c.Vertices += o.Vertices
	c.Kept += o.Kept
	c.OutsidePoints += o.OutsidePoints
	c.Dropped.EmptyMask += o.Dropped.EmptyMask
	c.Dropped.MinArea += o.Dropped.MinArea
	c.Dropped.Duplicate += o.Dropped.Duplicate
	if len(o.Dropped.Class) > 0 && c.Dropped.Class == nil {
		c.Dropped.Class = map[string]int{}
	}
	for name, n := range o.Dropped.Class {
		c.Dropped.Class[name] += n
	}
}

// selected reports whether a tile is to be converted.
func (s *settings) selected(t Tile) bool { return s.Select == nil || s.Select(t) }

// rings returns the rings of an outline that are filled.
func (s *settings) rings(all []rle.Ring) []rle.Ring {
	if s.FirstRingOnly {
		return all[:1]
	}
	return slices.Clip(all)
}
