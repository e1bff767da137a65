package yolo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
)

// readPredictions reads the predictions.json that ultralytics' validation writes: COCO
// results whose image_id is the stem of the image file, as a number if it is one, and whose
// category_id is the number of the class from 1. Images without detections are not in it.
func readPredictions(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	d, err := findData(src)
	if err != nil {
		return err
	}
	names, err := classes(src, d)
	if err != nil {
		return err
	}
	first, err := strconv.ParseInt(choice(src.Options, firstClassOption), 10, 64)
	if err != nil {
		return err
	}
	f, err := src.FS.Open(src.File)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	results, err := coco.DecodeResults(f)
	if err != nil {
		return fmt.Errorf("%s: %w", src.File, err)
	}
	images, err := candidates(src, d)
	if err != nil {
		return err
	}
	byImage := make([][]int, len(results.ImageIDs()))
	for i := range results.Len() {
		byImage[results.Image(i)] = append(byImage[results.Image(i)], i)
	}
	for _, detections := range byImage {
		if err := ctx.Err(); err != nil {
			return err
		}
		img, err := readDetections(src, results, detections, images)
		if err != nil {
			return err
		}
		for _, i := range detections {
			d := results.At(i)
			class := d.CategoryID - first
			if class < 0 || class >= int64(len(names)) {
				return fmt.Errorf("%s: [%d].category_id: found %d, expected %d to %d, as there are %d names and the first is %[4]d (option first-class)",
					src.File, i, d.CategoryID, first, first+int64(len(names))-1, len(names), first)
			}
			a := coco.Annotation{BBox: d.BBox, Segmentation: d.Segmentation,
				Missing: coco.FieldArea | d.Missing&(coco.FieldBBox|coco.FieldSegmentation)}
			if d.Segmentation.Kind() == coco.KindNone {
				a.Area, a.Missing = d.BBox.W*d.BBox.H, a.Missing&^coco.FieldArea
			}
			for _, field := range d.Extra {
				if field.Key != "file_name" {
					a.Extra = append(a.Extra, field)
				}
			}
			score, err := json.Marshal(d.Score)
			if err != nil {
				return fmt.Errorf("%s: [%d].score: %w", src.File, i, err)
			}
			a.Extra = append(a.Extra, coco.Field{Key: "score", Value: score})
			img.Instances = append(img.Instances, formats.Instance{Class: names[class], Annotation: a})
		}
		if err := emit(img); err != nil {
			return err
		}
	}
	return nil
}

// candidates returns the images that detections may be of: all of the source, or those of a
// split.
func candidates(src *formats.Source, d *data) (*stems, error) {
	split := choice(src.Options, splitOption)
	if split == "" {
		files, err := readTree(src.FS, ".")
		if err != nil {
			return nil, err
		}
		return newStems(files.images), nil
	}
	images, err := list(src, d)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, img := range images {
		if img.split == split {
			files = append(files, img.file)
		}
	}
	return newStems(files), nil
}

// readDetections returns the image of detections: its file, if the source has it, and its
// size, which is that of a mask otherwise.
func readDetections(src *formats.Source, results *coco.Results, detections []int, images *stems) (*formats.Read,
	error) {
	i := detections[0]
	id := results.ImageID(i)
	where := fmt.Sprintf("%s: [%d].image_id", src.File, i)
	name, _ := results.Extra(i).Text("file_name")
	img := &formats.Read{}
	file, err := images.find(name, id)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	if file != "" {
		img.FileName, img.Split = file, splitOf(file)
		if img.Height, img.Width, err = src.Size(file); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return img, nil
	}
	if img.FileName = name; name == "" {
		img.FileName = id.String()
	}
	for _, i := range detections {
		if h, w, ok := results.Segmentation(i).Size(); ok {
			img.Height, img.Width = h, w
			return img, nil
		}
	}
	return nil, fmt.Errorf("%s: found no image file of %q and no mask, expected either to know the image's size: put the images next to the file", where, img.FileName)
}

// stems finds image files by the names that predictions have for them.
type stems struct {
	names  coco.Names
	files  []string
	number map[string][]string // by the stem as a number
}

func newStems(files []string) *stems {
	s := &stems{files: files, number: map[string][]string{}}
	for _, file := range files {
		s.names.Add(&coco.Image{FileName: file})
		stem := strings.TrimSuffix(path.Base(file), path.Ext(file))
		if n, ok := wholeNumber(stem); ok {
			s.number[n] = append(s.number[n], file)
		}
	}
	return s
}

// wholeNumber returns a text of digits as Python's int prints it.
func wholeNumber(stem string) (string, bool) {
	if stem == "" || strings.Trim(stem, "0123456789") != "" {
		return "", false
	}
	n := strings.TrimLeft(stem, "0")
	if n == "" {
		n = "0"
	}
	return n, true
}

// find returns the file of an image by its name, or by its id if that is empty; empty: none.
func (s *stems) find(name string, id coco.ID) (string, error) {
	if n, ok := wholeNumber(id.String()); ok && name == "" && !id.IsString() {
		switch same := s.number[n]; len(same) {
		case 0:
		case 1:
			return same[0], nil
		default:
			return "", notOne(n, same)
		}
	}
	if name == "" {
		name = id.String()
	}
	i, err := s.names.FindName(name)
	var ambiguous *coco.AmbiguousNameError
	switch {
	case err == nil:
		return s.files[i], nil
	case errors.As(err, &ambiguous):
		return "", notOne(name, ambiguous.Candidates)
	}
	return "", nil
}

func notOne(name string, images []string) error {
	return fmt.Errorf("found %q, expected the name of one image, but %q and %q have it: use the option split", name,
		images[0], images[1])
}

// recognisePredictions reports whether a file begins as a list of results, and whether they
// have masks.
func recognisePredictions(src *formats.Source) (polygons, ok bool) {
	f, err := src.FS.Open(src.File)
	if err != nil {
		return false, false
	}
	defer func() { _ = f.Close() }() // only read
	dec := json.NewDecoder(bufio.NewReader(f))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') || !dec.More() {
		return false, false
	}
	var first struct {
		ImageID      json.RawMessage `json:"image_id"`
		Score        *float64        `json:"score"`
		Segmentation json.RawMessage `json:"segmentation"`
	}
	if err := dec.Decode(&first); err != nil || first.ImageID == nil || first.Score == nil {
		return false, false
	}
	return first.Segmentation != nil, true
}
