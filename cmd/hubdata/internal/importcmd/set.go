package importcmd

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// What an instance is that has no place in a COCO set.
const (
	noPixel   = "an instance without a pixel on its image"
	noOutline = "an instance without a mask and without a box"
)

// set is what was read of all inputs.
type set struct {
	images      []coco.Image
	annotations []coco.Annotation // their categories are missing
	classes     []string          // of each annotation
	names       map[string]bool   // of images
	splits      map[string]int
	declared    []coco.Category
	clash       bool // inputs give a class several ids, or several an id
	skipped     map[string]*skips
	noted       map[string]*skips
}

// skips are equal things that were skipped or noted.
type skips struct {
	What  string `json:"what"`
	Count int    `json:"count"`
	First string `json:"first"` // its place
}

func newSet() *set {
	return &set{names: map[string]bool{}, splits: map[string]int{}, skipped: map[string]*skips{}, noted: map[string]*skips{}}
}

// add adds an image.
func (s *set) add(format *formats.Format, r *formats.Read, src *formats.Source) error {
	s.declare(r.Categories)
	for _, k := range r.Skipped {
		count(s.skipped, k)
	}
	for _, k := range r.Noted {
		count(s.noted, k)
	}
	img := r.Image
	if img.FileName != "" {
		if s.names[img.FileName] {
			return (&ui.Failure{Code: ui.ExitBadData, Err: fmt.Errorf("two images are called %s", wtf8.Quote(img.FileName))}).
				Hint("import the inputs one by one, and merge what belongs together")
		}
		s.names[img.FileName] = true
	}
	if img.Height <= 0 || img.Width <= 0 || img.Missing.Has(coco.FieldHeight) || img.Missing.Has(coco.FieldWidth) {
		var err error
		if img.Height, img.Width, err = src.Size(img.FileName); err != nil {
			return (&ui.Failure{Code: ui.ExitBadData, Err: fmt.Errorf("the size of image %s is not known: %w", wtf8.Quote(img.FileName), err)}).
				Hint("name the folder of the images with --image-dir DIR")
		}
		img.Missing &^= coco.FieldHeight | coco.FieldWidth
	}
	if err := format.CheckSize(img.Height, img.Width); err != nil {
		return fmt.Errorf("image %s: %w", wtf8.Quote(img.FileName), err)
	}
	img.ID = coco.IntID(int64(len(s.images) + 1))
	if r.Split != "" {
		s.splits[r.Split]++
		if img.Extra.Get("split") == nil {
			img.Extra = append(slices.Clip(img.Extra), coco.Field{Key: "split", Value: jsonscan.AppendString(nil, r.Split)})
		}
	}
	s.images = append(s.images, img)
	for k := range r.Instances {
		if err := s.addInstance(&img, &r.Instances[k]); err != nil {
			return fmt.Errorf("image %s: instance %d: %w", wtf8.Quote(img.FileName), k+1, err)
		}
	}
	return nil
}

// addInstance adds an instance of an image, and fills in its area and box.
func (s *set) addInstance(img *coco.Image, in *formats.Instance) error {
	a := in.Annotation
	noArea := a.Missing.Has(coco.FieldArea) || math.IsNaN(a.Area) || a.Area == 0
	noBox := a.Missing.Has(coco.FieldBBox) || a.BBox == rle.Box{}
	skip := func(what string) {
		count(s.skipped, formats.Skip{Where: "image " + wtf8.Quote(img.FileName), What: what})
	}
	if a.Segmentation.Kind() == coco.KindNone {
		switch {
		case noBox:
			skip(noOutline)
			return nil
		case !(a.BBox.W > 0 && a.BBox.H > 0): // or NaN
			skip(noPixel)
			return nil
		}
		if noArea {
			a.Area = a.BBox.W * a.BBox.H
		}
	} else {
		r, err := slide.RegionOf(a.Segmentation, img.Height, img.Width)
		if err != nil {
			return err
		}
		if r.Area() == 0 {
			skip(noPixel)
			return nil
		}
		if noArea {
			a.Area = float64(r.Area())
		}
		if noBox {
			a.BBox = r.Bounds()
		}
	}
	a.Missing &^= coco.FieldArea | coco.FieldBBox | coco.FieldIsCrowd | coco.FieldCategoryID
	a.ID, a.ImageID = coco.IntID(int64(len(s.annotations)+1)), img.ID
	s.annotations, s.classes = append(s.annotations, a), append(s.classes, in.Class)
	return nil
}

// count counts something by what it is.
func count(all map[string]*skips, k formats.Skip) {
	if all[k.What] == nil {
		all[k.What] = &skips{What: k.What, First: k.Where}
	}
	all[k.What].Count++
}

// declare adds the classes that a source declares, by their names.
func (s *set) declare(list []coco.Category) {
	for _, c := range list {
		same := func(d coco.Category) bool { return d.Name == c.Name }
		if k := slices.IndexFunc(s.declared, same); k >= 0 {
			s.clash = s.clash || s.declared[k].ID != c.ID
			continue
		}
		s.clash = s.clash || slices.ContainsFunc(s.declared, func(d coco.Category) bool { return d.ID == c.ID && c.ID != 0 })
		s.declared = append(s.declared, c)
	}
}

// categories are those of the set.
func (s *set) categories(c *ui.Console, opts *options) []coco.Category {
	list := slices.Clone(s.declared)
	if list == nil {
		for _, name := range opts.classes {
			list = append(list, coco.Category{Name: name})
		}
	}
	known, more := map[string]bool{}, map[string]bool{}
	for i := range list {
		known[list[i].Name] = true
	}
	for _, class := range s.classes {
		if !known[class] {
			more[class] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(more)) {
		list = append(list, coco.Category{Name: name})
	}
	if opts.byName {
		slices.SortStableFunc(list, func(a, b coco.Category) int { return cmp.Compare(a.Name, b.Name) })
	}
	given := slices.ContainsFunc(list, func(c coco.Category) bool { return c.ID != 0 })
	kept := given && !s.clash && !opts.renumber && !slices.ContainsFunc(list, func(c coco.Category) bool { return c.ID < 1 })
	if given && !kept && !opts.renumber {
		c.Note("the categories are numbered from %d: the inputs give no ids from 1 that differ", opts.start)
	}
	for i := range list {
		if !kept {
			list[i].ID = opts.start + int64(i)
		}
		list[i].Missing = 0
	}
	return list
}

// dataset makes the COCO set.
func (s *set) dataset(c *ui.Console, opts *options) *coco.Dataset {
	d := &coco.Dataset{Images: s.images, Annotations: s.annotations, Categories: s.categories(c, opts)}
	ids := map[string]int64{}
	for i := range d.Categories {
		ids[d.Categories[i].Name] = d.Categories[i].ID
	}
	for i := range d.Annotations {
		d.Annotations[i].CategoryID = ids[s.classes[i]]
	}
	return d
}
