package imagefolder

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
)

// maxLine is the longest line of metadata.jsonl that is read, in bytes.
const maxLine = 64 << 20

const metadata = "metadata.jsonl"

// line is a line of metadata.jsonl. Tools call the list of classes category or categories.
type line struct {
	FileName string `json:"file_name"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	Objects  *struct {
		BBox         [][]float64       `json:"bbox"`
		Category     []json.RawMessage `json:"category"`
		Categories   []json.RawMessage `json:"categories"`
		Area         []float64         `json:"area"`
		IsCrowd      []int             `json:"iscrowd"`
		Segmentation []json.RawMessage `json:"segmentation"`
	} `json:"objects"`
}

// tables finds the tables of a source, in the order of their names.
func tables(src *formats.Source) ([]string, error) {
	if src.File != "" {
		return []string{src.File}, nil
	}
	found, err := fs.Glob(src.FS, "*/"+metadata)
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(src.FS, metadata); err == nil {
		found = append([]string{metadata}, found...)
	}
	return found, nil
}

// recognise reports whether a source has a table whose first line has objects.
func recognise(src *formats.Source) bool {
	list, err := tables(src)
	if err != nil || len(list) == 0 || path.Base(list[0]) != metadata {
		return false
	}
	f, err := src.FS.Open(list[0])
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // only read
	text, err := bufio.NewReader(io.LimitReader(f, maxLine)).ReadBytes('\n')
	var l line
	return (err == nil || errors.Is(err, io.EOF)) && json.Unmarshal(text, &l) == nil && l.FileName != "" && l.Objects != nil
}

// splitOf is the split of a table, by its folder.
func splitOf(table string) string {
	switch split := path.Base(path.Dir(table)); split {
	case ".":
		return ""
	case "validation", "valid", "dev":
		return "val"
	default:
		return split
	}
}

// read reads the tables of a source, one after the other.
func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	list, err := tables(src)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("found no " + metadata + ", nor one in a folder below")
	}
	labels, err := readLabels(src)
	if err != nil {
		return err
	}
	for _, table := range list {
		if err := readTable(ctx, src, table, labels, emit); err != nil {
			return err
		}
	}
	return nil
}

func readTable(ctx context.Context, src *formats.Source, table string, labels []coco.Category, emit func(*formats.Read) error) error {
	f, err := src.FS.Open(table)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 0, 1<<16), maxLine)
	for n := 1; lines.Scan(); n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		var l line
		err := json.Unmarshal(lines.Bytes(), &l)
		if err == nil && l.FileName == "" {
			err = errors.New("file_name: found none, expected the name of an image")
		}
		var img *formats.Read
		if err == nil {
			img, err = l.image(labels)
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", table, n, err)
		}
		img.Split, img.Categories = splitOf(table), labels
		img.FileName = path.Join(path.Dir(table), strings.ReplaceAll(l.FileName, `\`, "/"))
		if err := emit(img); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	return nil
}

// image makes the image of a line.
func (l *line) image(labels []coco.Category) (*formats.Read, error) {
	r := &formats.Read{Image: coco.Image{Width: l.Width, Height: l.Height}}
	o := l.Objects
	if o == nil {
		return r, nil
	}
	classes, of := o.Category, "category"
	if classes == nil {
		classes, of = o.Categories, "categories"
	}
	n := len(classes)
	for _, list := range []struct {
		name string
		n    int
		must bool
	}{{"bbox", len(o.BBox), true}, {"area", len(o.Area), o.Area != nil}, {"iscrowd", len(o.IsCrowd), o.IsCrowd != nil}, {"segmentation", len(o.Segmentation), o.Segmentation != nil}} {
		if list.must && list.n != n {
			return nil, fmt.Errorf("objects.%s: found %d values, expected %d, as %s has", list.name, list.n, n, of)
		}
	}
	for k := range n {
		in, err := l.instance(k, classes[k], labels)
		if err != nil {
			return nil, fmt.Errorf("objects.%w", err)
		}
		r.Instances = append(r.Instances, in)
	}
	return r, nil
}

func (l *line) instance(k int, class json.RawMessage, labels []coco.Category) (in formats.Instance, err error) {
	o := l.Objects
	if in.Class, err = className(class, labels); err != nil {
		return in, fmt.Errorf("category[%d]: %w", k, err)
	}
	b := o.BBox[k]
	if len(b) != 4 {
		return in, fmt.Errorf("bbox[%d]: found %d numbers, expected 4", k, len(b))
	}
	in.BBox = rle.Box{X: b[0], Y: b[1], W: b[2], H: b[3]}
	in.Missing = coco.FieldArea | coco.FieldSegmentation
	if o.Area != nil {
		in.Area, in.Missing = o.Area[k], in.Missing&^coco.FieldArea
	}
	in.IsCrowd = o.IsCrowd != nil && o.IsCrowd[k] != 0
	if o.Segmentation != nil {
		if in.Segmentation, err = coco.SegmentationFromJSON(o.Segmentation[k]); err != nil {
			return in, fmt.Errorf("segmentation[%d]: %w", k, err)
		}
		if in.Segmentation.Kind() != coco.KindNone {
			in.Missing &^= coco.FieldSegmentation
		}
	}
	return in, nil
}

// className is the name of a class: a text, or the number of a label.
func className(text json.RawMessage, labels []coco.Category) (string, error) {
	var name string
	if json.Unmarshal(text, &name) == nil {
		return name, nil
	}
	var k int
	if err := json.Unmarshal(text, &k); err != nil {
		return "", fmt.Errorf("found %s, expected a name or a whole number", text)
	}
	if labels == nil {
		return strconv.Itoa(k), nil
	}
	if k < 0 || k >= len(labels) {
		return "", fmt.Errorf("found %d, expected a number from 0 to %d, as the names of the classes have", k, len(labels)-1)
	}
	return labels[k].Name, nil
}

// idToLabel is the file with the names of the labels.
const idToLabel = "id2label.json"

// readLabels reads the names of the labels, by their numbers from 0: those of the user, else those of the folder; nil:
// there are none.
func readLabels(src *formats.Source) ([]coco.Category, error) {
	names := src.Classes
	if names == nil && src.File == "" {
		text, err := fs.ReadFile(src.FS, idToLabel)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		byID := map[int]string{}
		if err := json.Unmarshal(text, &byID); err != nil {
			return nil, fmt.Errorf("%s: %w", idToLabel, err)
		}
		names = make([]string, len(byID))
		for _, id := range slices.Sorted(maps.Keys(byID)) {
			if id < 0 || id >= len(names) {
				return nil, fmt.Errorf("%s: found label %d of %d labels, expected numbers from 0 on", idToLabel, id, len(names))
			}
			names[id] = byID[id]
		}
	}
	var labels []coco.Category
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("two labels are called %q", name)
		}
		labels = append(labels, coco.Category{Name: name})
	}
	return labels, nil
}
