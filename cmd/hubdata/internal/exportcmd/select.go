package exportcmd

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
)

// ofNoCategory is why an annotation is dropped that no class can be given to.
const ofNoCategory = "of no category of the file"

// selected is what of a file is exported.
type selected struct {
	images     []*formats.Image
	at         []int // place of each image in the file
	categories []coco.Category
	splits     []string // nil: the set is not divided
	out        counts   // what was left out
}

// counts are images and annotations that were left out, by reason.
type counts struct{ images, annotations map[string]int }

// choose chooses the images and annotations of a file, and divides them.
func choose(c *ui.Console, o *files.Outputs, opts *options, f *files.COCOFile) (*selected, error) {
	keep, renamed, err := classMap(opts.rules.Classes, f.Categories, f.Input.Name)
	if err != nil {
		return nil, err
	}
	opts.rules.Classes = keep
	rules, err := opts.rules.Open(c, o, f)
	if err != nil {
		return nil, err
	}
	divider, err := openDivider(c, o, opts, f)
	if err != nil {
		return nil, err
	}
	known := map[int64]bool{}
	for i := range f.Categories {
		known[f.Categories[i].ID] = true
	}
	splits := make([]string, len(f.Images))
	filter := &coco.Filter{
		Image: func(i int) (reason string, err error) {
			if reason, err = rules.Image(i); err == nil && reason == "" {
				splits[i], reason, err = divider.split(i)
			}
			return reason, err
		},
		Annotation: func(i int) (string, error) {
			if a := &f.Annotations[i]; a.Missing.Has(coco.FieldCategoryID) || !known[a.CategoryID] {
				return ofNoCategory, nil
			}
			return rules.Annotation(i)
		},
		DropEmpty: opts.dropEmpty,
	}
	if len(opts.rules.Classes) > 0 {
		filter.Category = func(cat *coco.Category) bool { return slices.Contains(opts.rules.Classes, cat.Name) }
	}
	part, err := f.Filter(filter)
	if errors.Is(err, coco.ErrDuplicateID) {
		err = fmt.Errorf("%w: %w", ui.ErrInput, err)
	}
	if err != nil {
		return nil, ui.InFile(f.Input.Name, err)
	}
	rename(part.Dataset, renamed)
	s := &selected{categories: part.Dataset.Categories, out: counts{part.Images, part.Annotations}}
	s.gather(opts, f, part.Dataset, divider, splits)
	if err := oneFolder(s.splits); err != nil {
		return nil, ui.InFile(f.Input.Name, err)
	}
	return s, nil
}

// gather makes the images with their annotations. splits are those of the images of the file.
func (s *selected) gather(opts *options, f *files.COCOFile, d *coco.Dataset, divider *divider, splits []string) {
	names, all, part := files.FileNames(f.Images), f.Index(), d.Index()
	number := int64(0)
	for i := range d.Images {
		at, _ := all.ImageAt(d.Images[i].ID)
		img := &formats.Image{Image: d.Images[i], Path: d.Images[i].FileName, Split: splits[at], Fold: divider.fold(at)}
		img.FileName = names[at]
		list := part.Annotations(img.ID)
		img.Instances = slices.Grow(img.Instances, len(list))
		for _, k := range list {
			img.Instances = append(img.Instances, d.Annotations[k])
		}
		if opts.renumber {
			img.ID = coco.IntID(int64(i + 1))
			for k := range img.Instances {
				number++
				img.Instances[k].ID, img.Instances[k].ImageID = coco.IntID(number), img.ID
			}
		}
		s.images, s.at = append(s.images, img), append(s.at, at)
	}
	s.splits = opts.splitNames(s.images)
}

// splitNames are the splits of a set: both of a fold plan, even if one has no images.
func (o *options) splitNames(images []*formats.Image) []string {
	switch {
	case o.divided:
		return []string{trainSplit, valSplit}
	case o.split != "":
		return []string{o.split}
	case o.splitBy == nil:
		return nil
	}
	var splits []string
	for _, img := range images {
		if !slices.Contains(splits, img.Split) {
			splits = append(splits, img.Split)
		}
	}
	slices.Sort(splits)
	return splits
}

// annotations counts those of the images.
func (s *selected) annotations() int {
	n := 0
	for _, img := range s.images {
		n += len(img.Instances)
	}
	return n
}
