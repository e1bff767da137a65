package cocofiles

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
)

// source is a COCO file of a folder.
type source struct {
	file   string
	split  string
	images []string // folders that may have the images; nil: names are kept as they are
}

// sources finds the COCO files of a source, in the order of their names.
func sources(src *formats.Source) ([]source, error) {
	if src.File != "" {
		return []source{{file: src.File}}, nil
	}
	var list []source
	found, err := fs.Glob(src.FS, "*/"+roboflowFile)
	if err != nil {
		return nil, err
	}
	for _, file := range found {
		dir := path.Dir(file)
		split := dir
		if split == "valid" {
			split = "val"
		}
		list = append(list, source{file, split, []string{dir}})
	}
	if list != nil {
		return list, nil
	}
	if _, err := fs.Stat(src.FS, roboflowFile); err == nil {
		return []source{{roboflowFile, "", []string{"."}}}, nil
	}
	if found, err = fs.Glob(src.FS, "annotations/*.json"); err != nil {
		return nil, err
	}
	instances := func(file string) bool { return strings.HasPrefix(path.Base(file), "instances_") }
	if slices.ContainsFunc(found, instances) { // beside those of keypoints and captions
		found = slices.DeleteFunc(found, func(file string) bool { return !instances(file) })
	}
	for _, file := range found {
		split := strings.TrimPrefix(strings.TrimSuffix(path.Base(file), ".json"), "instances_")
		if split == "default" { // datumaro's word for a set that is not divided
			list = append(list, source{file, "", []string{"images/default", "images", "."}})
			continue
		}
		list = append(list, source{file, split, []string{"images/" + split, split, "images", "."}})
	}
	return list, nil
}

// recognise reports whether a source has COCO files.
func recognise(src *formats.Source) bool {
	list, err := sources(src)
	if err != nil || len(list) == 0 {
		return false
	}
	return isCOCO(src.FS, list[0].file)
}

// sniffed is how much of a file is read to recognise it.
const sniffed = 1 << 20

// isCOCO reports whether a JSON file begins as one of COCO.
func isCOCO(from fs.FS, file string) bool {
	f, err := from.Open(file)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // only read
	dec := json.NewDecoder(io.LimitReader(bufio.NewReader(f), sniffed))
	if first, err := dec.Token(); err != nil || first != json.Delim('{') {
		return false
	}
	ours := 0
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return false
		}
		var value json.RawMessage
		cut := dec.Decode(&value) != nil // longer than what is read
		switch key {
		case "images", "annotations", "categories":
			if !cut && (len(value) == 0 || value[0] != '[') {
				return false
			}
			ours++
		}
		if cut {
			break
		}
	}
	return ours > 0
}

var errNamed = errors.New("names of classes were given, but the files have their own")

var errNone = errors.New("found no COCO file: expected annotations/*.json or */" + roboflowFile)

// read reads the COCO files of a source, one after the other.
func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	if src.Classes != nil {
		return errNamed
	}
	list, err := sources(src)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errNone
	}
	for _, s := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.read(src, emit); err != nil {
			return fmt.Errorf("%s: %w", s.file, err)
		}
	}
	return nil
}

func (s *source) read(src *formats.Source, emit func(*formats.Read) error) error {
	f, err := src.FS.Open(s.file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	d, err := coco.Decode(f)
	if err != nil {
		return err
	}
	categories := map[int64]string{}
	for i := range d.Categories {
		categories[d.Categories[i].ID] = d.Categories[i].Name
	}
	index := d.Index()
	for i := range d.Images {
		r := &formats.Read{Image: d.Images[i], Split: s.split, Categories: d.Categories}
		r.FileName = s.place(src.FS, r.FileName)
		if at, _ := index.ImageAt(d.Images[i].ID); at != i {
			return fmt.Errorf("images[%d].id: %w, the other is images[%d]", max(i, at), coco.ErrDuplicateID, min(i, at))
		}
		for _, k := range index.Annotations(d.Images[i].ID) {
			s.add(r, int(k), &d.Annotations[k], categories)
		}
		if i == 0 {
			for _, k := range index.Orphans() {
				r.Skipped = append(r.Skipped, formats.Skip{Where: s.at(int(k)), What: "an annotation of an image that the file lacks"})
			}
		}
		if err := emit(r); err != nil {
			return err
		}
	}
	return nil
}

// add adds an annotation to an image.
func (s *source) add(r *formats.Read, k int, a *coco.Annotation, categories map[int64]string) {
	class, ok := categories[a.CategoryID]
	if !ok || a.Missing.Has(coco.FieldCategoryID) {
		r.Skipped = append(r.Skipped, formats.Skip{Where: s.at(k), What: "an annotation of a category that the file lacks"})
		return
	}
	r.Instances = append(r.Instances, formats.Instance{Class: class, Annotation: *a})
}

func (s *source) at(k int) string { return fmt.Sprintf("%s: annotations[%d]", s.file, k) }

// place is the name of an image from the folder of the source: in the first of the folders that has it, else as it is.
func (s *source) place(from fs.FS, name string) string {
	for _, dir := range s.images {
		at := path.Join(dir, name)
		if _, err := fs.Stat(from, at); err == nil {
			return at
		}
	}
	return name
}
