package masks

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/raster"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/rle"
)

// reader reads masks.
type reader struct {
	src     *formats.Source
	tree    *raster.Tree
	classes *classes
	binary  bool
	conn    rle.Connectivity
	val     map[string]bool // cases of nnU-Net's splits_final.json
	splits  raster.Splits
}

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	if err := raster.CheckChoices(src.Options, options); err != nil {
		return err
	}
	r := &reader{src: src, binary: raster.Choice(src.Options, kindOption) == "binary", conn: connectivity(src.Options)}
	var err error
	if r.classes, err = readClasses(src); err != nil {
		return err
	}
	r.binary = r.binary || r.classes.folders != nil
	if r.splits, err = raster.ReadSplits(src.FS); err != nil {
		return err
	}
	if r.tree, err = raster.List(ctx, src.FS); err != nil {
		return err
	}
	var folds int
	if r.val, folds, err = readVal(src); err != nil {
		return err
	}
	items, err := r.list()
	if err != nil {
		return err
	}
	for img, err := range parallel.Map(ctx, 0, parallel.Items(items), func(it raster.Item) (*formats.Read, error) {
		return it.Read(src, r.instances)
	}) {
		if err != nil {
			return err
		}
		if folds > 1 { // said once, with the first image
			img.Skipped = append(img.Skipped,
				formats.Skip{Where: splitsFile, What: fmt.Sprintf("%d folds, which are no split", folds)})
			folds = 0
		}
		if err := emit(img); err != nil {
			return err
		}
	}
	return nil
}

// list returns the images, by their names.
func (r *reader) list() ([]raster.Item, error) {
	items := raster.Items{}
	files := r.tree.Files
	if r.src.File != "" {
		files = []string{r.src.File}
	}
	for _, file := range files {
		if !raster.IsImage(file) {
			continue
		}
		place, ok := r.place(file)
		if !ok {
			continue
		}
		mask := raster.LabelFile{Path: file, Class: place.class}
		if first := items.Add(place.key, place.image, place.split, mask); first != "" && !r.binary {
			return nil, fmt.Errorf("%s and %s: found two masks of %s, expected one: remove one, or use kind=binary if each is of a class", first, file, place.key)
		}
	}
	if len(items) == 0 && r.binary {
		return nil, fmt.Errorf("found no masks in the source, expected images in the folders %s/CLASS", masksFolder)
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("found no masks in the source, expected images in a folder %s, or labelsTr as nnU-Net has it",
			masksFolder)
	}
	return items.List(), nil
}

// place is where a mask belongs.
type place struct {
	key   string // of its image
	image string // its file; empty: none
	split string
	class string
}

// place finds the image and the class of a file; ok is false if it is no mask.
func (r *reader) place(file string) (p place, ok bool) {
	folder, stem := path.Dir(file), raster.Stem(file)
	if images := nnunet[path.Base(folder)]; images != "" && !r.binary {
		p.split = "train"
		switch {
		case strings.HasSuffix(folder, "Ts"):
			p.split = "test"
		case r.val[stem]:
			p.split = "val"
		}
		images = path.Join(path.Dir(folder), images)
		p.image, _ = r.tree.Image(stem+channel, images)
		p.split = r.splits.Of(p.split, path.Join(images, stem+channel))
		p.key = cmp.Or(p.image, path.Join(folder, stem))
		return p, true
	}
	above, below, ok := raster.Cut(folder, masksFolder)
	folders := []string{folder}
	switch {
	case ok:
		if r.binary { // the folder below masks is the class
			if p.class, below, _ = strings.Cut(below, "/"); p.class == "" {
				return p, false
			}
			folder = path.Join(above, masksFolder, below)
		}
		folders = []string{path.Join(above, imagesFolder, below), folder}
	case r.src.File == "" || r.binary:
		return p, false
	}
	if image, found := r.tree.Image(stem, folders...); found && image != file {
		p.image = image
	}
	p.key = cmp.Or(p.image, path.Join(folder, stem))
	p.split = r.splits.Of(raster.Split(path.Join(folder, "x")), path.Join(folders[0], stem))
	return p, true
}

// instances adds the instances of a mask.
func (r *reader) instances(img *formats.Read, m raster.LabelFile, c *raster.Canvas) error {
	regions, err := c.Regions()
	if err != nil {
		return err
	}
	if r.binary && len(regions) > 1 {
		return fmt.Errorf("found %d values besides 0, such as %d and %d, expected one: save the mask without interpolation or JPEG, or use kind=index if they are classes",
			len(regions), regions[0].Number, regions[len(regions)-1].Number)
	}
	for _, region := range regions {
		class := r.className(m.Class)
		if !r.binary {
			if class, err = r.classes.name(region.Number); err != nil {
				return err
			}
			if class == ignored && r.classes.from == datasetFile {
				img.Skipped = append(img.Skipped, formats.Skip{Where: m.Path, What: "pixels that nnU-Net ignores"})
				continue
			}
		}
		for _, part := range raster.Parts(region.Mask, r.conn) {
			img.Instances = append(img.Instances, raster.Instance(class, part))
		}
	}
	return nil
}

// className is the class that an export puts into a folder.
func (r *reader) className(folder string) string {
	if name, ok := r.classes.folders[folder]; ok {
		return name
	}
	for _, number := range slices.Sorted(maps.Keys(r.classes.names)) {
		if name := r.classes.names[number]; folderName(name) == folder {
			return name
		}
	}
	return folder
}
