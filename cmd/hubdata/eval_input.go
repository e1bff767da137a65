package main

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/wsi"
)

// truth is what detections are scored against.
type truth struct {
	*coco.Dataset
	name   string
	images fileImages
	info   []os.FileInfo
}

// truthSource says where a truth is: in a COCO file, or in the outlines of a HuBMAP
// folder.
type truthSource struct {
	path    string
	content content  // of a folder
	classes []string // of a folder; nil: those of content
	boxes   bool     // masks of a file are not needed
	workers int
}

// read reads the truth.
func (s *truthSource) read(ctx context.Context, c *console) (*truth, error) {
	t := &truth{name: s.path}
	if st, err := os.Stat(s.path); err == nil && st.IsDir() {
		if err := t.convert(ctx, c, s); err != nil {
			return nil, err
		}
	} else {
		in, err := openInput(c, s.path)
		if err != nil {
			return nil, err
		}
		in.count.sum = nil // nobody asks for it
		decode := coco.Decode
		if s.boxes {
			decode = coco.DecodeBoxes
		}
		f, err := decodeCOCO(ctx, c, in, decode)
		if err != nil {
			return nil, err
		}
		t.Dataset, t.name, t.info = f.Dataset, in.name, append(t.info, in.info)
	}
	t.images = newFileImages(t.Images)
	return t, nil
}

// convert makes the truth of a folder's outlines.
func (t *truth) convert(ctx context.Context, c *console, s *truthSource) error {
	ct := s.content
	if s.classes != nil {
		var err error
		if ct.classes, err = chooseClasses(s.classes, wsi.AllClasses(), "HuBMAP"); err != nil {
			return err
		}
	}
	src := source{dir: s.path, maxLine: wsi.DefaultMaxLine, workers: s.workers}
	folder, err := openFolder(c, &ct, &src)
	if err != nil {
		return err
	}
	defer folder.close()
	t.info = append(t.info, folder.meta.info, folder.polygons.info)
	opts := ct.options(s.path)
	opts.Workers = src.workers
	if t.Dataset, _, err = wsi.ConvertDataset(ctx, folder.table, folder.polygons, opts); err != nil {
		return inFile(folder.polygons.name, err)
	}
	if len(t.Images) == 0 {
		return folder.nothingSelected()
	}
	return nil
}

// detections are the results of one file.
type detections struct {
	name string
	list []coco.Result
	path string // of the list in the file
	info os.FileInfo
}

// readDetections reads COCO results, or a dataset whose annotations have scores.
func readDetections(c *console, path string, kind eval.Type, seen func(n int)) (*detections, error) {
	f, err := openResults(c, path, seen)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	f.count.sum = nil // nobody asks for it
	d := &detections{name: f.name, info: f.info, path: f.list}
	if f.dataset == nil {
		decode := coco.DecodeResults
		if kind == eval.BBox {
			decode = coco.DecodeResultBoxes
		}
		if d.list, err = decode(f.text); err != nil {
			return nil, inFile(f.name, err)
		}
		return d, nil
	}
	for r, err := range f.records {
		if err != nil {
			return nil, inFile(f.name, err)
		}
		d.list = append(d.list, r)
	}
	return d, nil
}

// translateDetections gives detections the ids of the truth; theirs are those of the
// file of --images.
func translateDetections(c *console, images string, categoryStart int64, t *truth, list ...*detections) error {
	ids, _, err := readImageIDs(c, images, categoryStart)
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := d.translate(ids, t); err != nil {
			return err
		}
	}
	return nil
}

// translate gives results the truth's ids; what is of a tile or a class that the truth
// does not have goes.
func (d *detections) translate(ids *imageIDs, t *truth) error {
	images := ids.in(t.images.all)
	categories := map[string]int64{}
	for _, c := range t.Categories {
		categories[c.Name] = c.ID
	}
	kept := d.list[:0]
	for i := range d.list {
		r := d.list[i]
		image, _, err := images.find(r.ImageID)
		var class string
		if err == nil {
			class, err = ids.class(r.CategoryID)
		}
		if err != nil {
			return failf(exitBadData, "%s: %s[%d].%w", d.name, d.path, i, err)
		}
		if category, ok := categories[class]; ok && image >= 0 {
			r.ImageID, r.CategoryID = t.Images[image].ID, category
			kept = append(kept, r)
		}
	}
	d.list = kept
	return nil
}

// fault says in which file an error of the evaluation is.
func (d *detections) fault(t *truth, err error) error {
	var e *eval.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.List != "results" {
		return failf(exitBadData, "%s: %w", t.name, err)
	}
	member := ""
	if e.Member != "" {
		member = "." + e.Member
	}
	f := failf(exitBadData, "%s: %s[%d]%s: %w", d.name, d.path, e.Index, member, e.Err)
	if errors.Is(err, eval.ErrIDType) || errors.Is(err, eval.ErrImage) || errors.Is(err, eval.ErrCategory) {
		f = f.hint("--images FILE, the COCO file that the model was run on, matches tiles and classes by name")
	}
	return f
}

// categories returns the ids of the classes of these names; nil: of all.
func (t *truth) categories(names []string) ([]int64, error) {
	var known []string
	for _, cat := range t.Categories {
		known = append(known, cat.Name)
	}
	chosen, err := chooseClasses(names, known, t.name)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, name := range chosen {
		ids = append(ids, t.Categories[slices.Index(known, name)].ID)
	}
	return ids, nil
}

// only drops the images of the truth that keep says no to, and what is on them.
func (t *truth) only(keep func(i int) bool) map[coco.ID]bool {
	dropped := map[coco.ID]bool{}
	images := t.Images[:0:0]
	at := []int{}
	for i := range t.Images {
		if keep(i) {
			images, at = append(images, t.Images[i]), append(at, t.images.place(i))
		} else {
			dropped[t.Images[i].ID] = true
		}
	}
	d := *t.Dataset
	d.Images = images
	d.Annotations = slices.DeleteFunc(slices.Clone(d.Annotations), func(a coco.Annotation) bool { return dropped[a.ImageID] })
	t.Dataset, t.images.at = &d, at
	return dropped
}
