package yolo

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
)

// What becomes of instances.
const (
	droppedCrowd = "a crowd: YOLO has no regions to ignore"
	droppedClass = "its category is not one of the set"
	droppedEmpty = "it has no pixels in the image"

	changedMask    = "the mask: a row of yolo is a box"
	changedBox     = "a box without a mask, written as a rectangle"
	changedClipped = "the box, which reached beyond the image"
	changedJoined  = "parts of the mask are joined by pixels between them"
	changedLeft    = "small parts of the mask far from the others are left out"
	changedBoth    = "some parts of the mask are joined by pixels between them, small ones far away left out"
	changedRead    = "pixels of the outline, as the loader's numbers are too coarse for the image"
	changedTwin    = "it equals another row of the image, and ultralytics drops it"
)

// exporter writes rows of polygons or of boxes.
type exporter struct {
	boxes   bool
	byID    bool
	splits  []string
	classes []string
	class   map[int64]int // by category id

	mu     sync.Mutex
	labels map[string][]string // names of the images of each label file
}

func newExporter(set *formats.Set, options formats.Values, boxes bool) (formats.Exporter, error) {
	e := &exporter{
		boxes:  boxes,
		byID:   choice(options, namesOption) == namesID,
		splits: set.Splits,
		class:  map[int64]int{},
		labels: map[string][]string{},
	}
	if len(set.Categories) == 0 {
		return nil, errors.New("found no categories: a YOLO dataset needs at least one class")
	}
	owner := map[string]int64{}
	for i, c := range set.Categories {
		if err := checkClass(c.Name); err != nil {
			return nil, fmt.Errorf("category %d: %w", c.ID, err)
		}
		if first, ok := owner[c.Name]; ok {
			return nil, fmt.Errorf("categories %d and %d are both named %q: rename or merge them", first, c.ID, c.Name)
		}
		if _, ok := e.class[c.ID]; ok {
			return nil, fmt.Errorf("two categories have id %d", c.ID)
		}
		owner[c.Name], e.class[c.ID] = c.ID, i
		e.classes = append(e.classes, c.Name)
	}
	if err := checkSplits(e.splits); err != nil {
		return nil, err
	}
	return e, nil
}

// Frame returns the zero Frame: each label file is of one image.
func (e *exporter) Frame(string) formats.Frame { return formats.Frame{} }

// Image returns the label file of an image.
func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	if img.FileName == "" {
		return nil, fmt.Errorf("image %s has no file name", img.ID)
	}
	if img.Width <= 0 || img.Height <= 0 {
		return nil, fmt.Errorf("image %q: found %d x %d pixels, expected a width and a height", img.FileName, img.Width, img.Height)
	}
	if err := rle.CheckSize(img.Height, img.Width); err != nil {
		return nil, fmt.Errorf("image %q: %w", img.FileName, err)
	}
	if len(e.splits) == 0 && img.Split != "" {
		return nil, fmt.Errorf("image %q: found split %q, expected none, as the set is not divided", img.FileName, img.Split)
	}
	if len(e.splits) > 0 && !slices.Contains(e.splits, img.Split) {
		return nil, fmt.Errorf("image %q: found split %q, expected one of %q", img.FileName, img.Split, e.splits)
	}
	out := &formats.Output{ImageFile: e.imageFile(img), Fates: make([]formats.Fate, len(img.Instances))}
	if !isImage(out.ImageFile) {
		return nil, fmt.Errorf("image %q: expected a suffix that ultralytics reads, such as .png, .jpg or .tif", img.FileName)
	}
	if strings.Contains(out.ImageFile, "/.") {
		return nil, fmt.Errorf("image %q: ultralytics does not see files and folders that begin with a dot: use the option names=id", img.FileName)
	}
	w := writer{img: img, x: newAxis(img.Width), y: newAxis(img.Height), twins: map[string]bool{}}
	for i := range img.Instances {
		a := &img.Instances[i]
		class, known := e.class[a.CategoryID]
		fate := &out.Fates[i]
		*fate = formats.Fate{IoU: math.NaN()}
		w.begin(class)
		var err error
		switch {
		case a.IsCrowd:
			fate.Dropped = droppedCrowd
		case !known:
			fate.Dropped = droppedClass
		case e.boxes:
			err = w.box(a, fate)
		case a.Segmentation.Kind() == coco.KindNone:
			w.rectangle(a, fate)
		default:
			err = w.polygon(a, fate)
		}
		if err != nil {
			return nil, fmt.Errorf("image %q: annotation %s: %w", img.FileName, a.ID, err)
		}
		w.end(fate)
	}
	if err := w.measure(); err != nil {
		return nil, fmt.Errorf("image %q: %w", img.FileName, err)
	}
	label := labelFile(out.ImageFile)
	out.Parts = []formats.Part{{File: label, Text: w.text}}
	e.mu.Lock()
	e.labels[label] = append(e.labels[label], img.FileName)
	e.mu.Unlock()
	return out, nil
}

// Finish returns data.yaml.
func (e *exporter) Finish() ([]formats.Part, error) {
	var shared []string
	for label, images := range e.labels {
		if len(images) > 1 {
			shared = append(shared, label)
		}
	}
	if len(shared) > 0 {
		first := slices.Min(shared)
		images := slices.Sorted(slices.Values(e.labels[first]))
		return nil, fmt.Errorf("images %q and %q would have the same labels, %s: use the option names=id", images[0], images[1], first)
	}
	return []formats.Part{{File: dataFile, Text: appendData(nil, e.splits, e.classes)}}, nil
}

// writer writes the rows of an image.
type writer struct {
	img   *formats.Image
	x, y  axis
	text  []byte
	start int // of the row in text
	twins map[string]bool
	// longest is the number of points of the longest row, and unsure are the rows that the
	// loader may see otherwise.
	longest int
	unsure  []unsureRow
}

type unsureRow struct {
	a          *coco.Annotation
	fate       *formats.Fate
	start, end int
}

func (w *writer) begin(class int) {
	w.start = len(w.text)
	w.text = strconv.AppendInt(w.text, int64(class), 10)
}

// end ends the row, or takes it back.
func (w *writer) end(fate *formats.Fate) {
	if fate.Dropped != "" {
		w.text = w.text[:w.start]
		fate.Changed = ""
		return
	}
	w.text = append(w.text, '\n')
	row := string(w.text[w.start:])
	if w.twins[row] {
		fate.Changed = changedTwin
	}
	w.twins[row] = true
}

func (w *writer) point(v vertex) {
	w.text = w.x.append(append(w.text, ' '), v.x, v.px)
	w.text = w.y.append(append(w.text, ' '), v.y, v.py)
}

// number appends a coordinate in pixels, or a length.
func (w *writer) number(v float64, a *axis) {
	w.text = appendFraction(append(w.text, ' '), v/a.length, a.decimals)
}

// polygon writes the outline of an instance's mask.
func (w *writer) polygon(a *coco.Annotation, fate *formats.Fate) error {
	m, err := a.Segmentation.Mask(w.img.Height, w.img.Width)
	if err != nil {
		return fmt.Errorf("segmentation: %w", err)
	}
	if m.Area() == 0 {
		fate.Dropped = droppedEmpty
		return nil
	}
	o := trace(m)
	for _, v := range o.vertices {
		w.point(v)
	}
	w.longest = max(w.longest, len(o.vertices))
	if !crisp(&w.x, &w.y, o.vertices) {
		w.unsure = append(w.unsure, unsureRow{a, fate, w.start, len(w.text)})
	}
	if err := compare(m, pixels(o.vertices), fate); err != nil {
		return err
	}
	if fate.IoU < 1 {
		switch missed, joined := o.left > 0, o.joined; {
		case missed && joined:
			fate.Changed = changedBoth
		case missed:
			fate.Changed = changedLeft
		default:
			fate.Changed = changedJoined
		}
	}
	return nil
}

// compare fills what the loader sees, and fills in the IoU with the mask.
func compare(m rle.Mask, ring rle.Ring, fate *formats.Fate) error {
	h, w := m.Size()
	seen, err := rle.FromPolygon(h, w, rle.FillOpenCV, ring)
	if err != nil {
		return err
	}
	fate.IoU = 1
	if !seen.Equal(m) {
		fate.IoU = rle.IoU(seen, m)
	}
	return nil
}

// measure reads the rows again that the loader may see otherwise, as it does. That depends on
// the longest row of the image.
func (w *writer) measure() error {
	for _, row := range w.unsure {
		m, err := row.a.Segmentation.Mask(w.img.Height, w.img.Width)
		if err != nil {
			return err
		}
		fields := strings.Fields(string(w.text[row.start:row.end]))[1:]
		points := make([]float32, len(fields))
		for i, text := range fields {
			v, err := strconv.ParseFloat(text, 32)
			if err != nil {
				return err
			}
			points[i] = float32(v)
		}
		before := row.fate.IoU
		if err := compare(m, loaderRing(points, w.img.Width, w.img.Height, w.longest), row.fate); err != nil {
			return err
		}
		if row.fate.IoU < before && row.fate.Changed == "" {
			row.fate.Changed = changedRead
		}
	}
	return nil
}

// bounds returns the corners of an instance's box, clipped to the image.
func (w *writer) bounds(box rle.Box, fate *formats.Fate) (x0, y0, x1, y1 float64) {
	x0, x1 = max(box.X, 0), min(box.X+box.W, w.x.length)
	y0, y1 = max(box.Y, 0), min(box.Y+box.H, w.y.length)
	switch {
	case !(x0 < x1 && y0 < y1):
		fate.Dropped = droppedEmpty
	case x0 > box.X || y0 > box.Y || x1 < box.X+box.W || y1 < box.Y+box.H:
		fate.Changed = changedClipped
	}
	return x0, y0, x1, y1
}

// box writes the box of an instance, which is that of its mask if it has none.
func (w *writer) box(a *coco.Annotation, fate *formats.Fate) error {
	box := a.BBox
	masked := a.Segmentation.Kind() != coco.KindNone
	if a.Missing.Has(coco.FieldBBox) && masked {
		m, err := a.Segmentation.Mask(w.img.Height, w.img.Width)
		if err != nil {
			return fmt.Errorf("segmentation: %w", err)
		}
		box = m.Bounds()
	}
	if masked {
		fate.Changed = changedMask
	}
	x0, y0, x1, y1 := w.bounds(box, fate)
	if fate.Dropped != "" {
		return nil
	}
	w.number((x0+x1)/2, &w.x)
	w.number((y0+y1)/2, &w.y)
	w.number(x1-x0, &w.x)
	w.number(y1-y0, &w.y)
	return nil
}

// rectangle writes the box of an instance without a mask as a polygon: ultralytics takes
// rows of polygons and rows of boxes in one file for corrupt.
func (w *writer) rectangle(a *coco.Annotation, fate *formats.Fate) {
	fate.Changed = changedBox
	x0, y0, x1, y1 := w.bounds(a.BBox, fate)
	if fate.Dropped != "" {
		return
	}
	for _, p := range [...][2]float64{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}} {
		w.number(p[0], &w.x)
		w.number(p[1], &w.y)
	}
	w.longest = max(w.longest, 4)
}
