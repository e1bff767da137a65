package check

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// FixOptions are the options of [Fix].
type FixOptions struct {
	// Faults are those of [coco.DecodeLoose]. Fix lists them as changes, whatever Skip
	// reports, since the dataset has what was meant.
	Faults []coco.TypeFault
	// Files describes the file of each element of Images; see [ReadImages]. nil: not
	// known.
	Files []ImageFile
	// Skip reports whether to leave all findings of a code as they are. It may be
	// called by several goroutines. nil: skip none.
	Skip func(coco.Code) bool
	// Workers is the number of goroutines. The result does not depend on it. 0: the
	// number of available processors.
	Workers int
}

// A Change describes what [Fix] did about a finding.
type Change struct {
	Code   coco.Code       `json:"code"`
	Place  coco.Place      `json:"path"`             // in the input dataset
	Image  string          `json:"tile,omitempty"`   // full name of the image that it belongs to, see [coco.Names]; empty: none
	Action string          `json:"action"`           // set, removed, or merged: into the record at the path After
	Before json.RawMessage `json:"before,omitempty"` // nil: absent, or too long to show
	After  json.RawMessage `json:"after,omitempty"`
	// IoU is the IoU of the masks before and after, as read by pycocotools. nil: the
	// mask was not changed, or there was none.
	IoU *float64 `json:"iou,omitempty"`
}

// Lossy reports whether the change removed a record, not because another one equals it.
func (c *Change) Lossy() bool { return c.Action == actionRemoved }

// The actions of changes.
const (
	actionSet     = "set"
	actionRemoved = "removed"
	actionMerged  = "merged"
)

// maxPasses is the maximum number of passes over a dataset.
const maxPasses = 8

// Fix returns a dataset in which the faults that [Rules] has a fix for are fixed, and
// lists every change. It makes no change that needs a person's decision, such as which
// of two sizes is correct. Fixing the result again changes nothing. The input is not
// changed; the result shares memory with it.
func Fix(d *coco.Dataset, o *FixOptions) (*coco.Dataset, []Change) {
	if o == nil {
		o = &FixOptions{}
	}
	c := *d
	c.Images, c.Annotations, c.Categories = slices.Clone(d.Images), slices.Clone(d.Annotations), slices.Clone(d.Categories)
	f := &fixer{d: &c, o: o, ids: map[int64]bool{}, files: make([]ImageFile, len(d.Images)), called: newLabels(d.Images)}
	for i := range f.files {
		f.files[i].Missing = true
	}
	copy(f.files, o.Files)
	for i := range d.Annotations {
		if n, isInt := d.Annotations[i].ID.Int(); isInt {
			f.ids[n] = true
		}
	}
	f.images, f.annotations, f.categories = upTo(len(d.Images)), upTo(len(d.Annotations)), upTo(len(d.Categories))
	f.types()
	for range maxPasses {
		n := len(f.changes)
		f.fileNames()
		f.sameImages()
		f.imageIDs()
		f.sizes()
		f.classes()
		f.references()
		f.masks()
		f.annotationIDs()
		if len(f.changes) == n {
			break
		}
	}
	return f.d, f.changes
}

// A fixer fixes its own copy of a dataset.
type fixer struct {
	d                               *coco.Dataset
	o                               *FixOptions
	files                           []ImageFile    // of the images that are kept
	images, annotations, categories []int          // index in the input of each record that is kept
	ids                             map[int64]bool // ids that annotations have or had
	called                          *labels        // the images of the input
	changes                         []Change
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func (f *fixer) on(code coco.Code) bool { return f.o.Skip == nil || !f.o.Skip(code) }

// The places of records in the input.
func (f *fixer) imageAt(i int) coco.Place      { return imageAt(f.images[i]) }
func (f *fixer) annotationAt(i int) coco.Place { return annotationAt(f.annotations[i]) }
func (f *fixer) categoryAt(i int) coco.Place   { return categoryAt(f.categories[i]) }

// label is what image i is called.
func (f *fixer) label(i int) string { return f.called.of(f.images[i]) }

// labelOf is what the image of an id is called; empty: there is none.
func (f *fixer) labelOf(ix *coco.Index, id coco.ID) string {
	if i, ok := ix.ImageAt(id); ok {
		return f.label(i)
	}
	return ""
}

func (f *fixer) add(c Change) { f.changes = append(f.changes, c) }

// keepImages, keepAnnotations and keepCategories remove the records marked in drop.
func (f *fixer) keepImages(drop []bool) {
	f.d.Images, f.images, f.files = without(f.d.Images, drop), without(f.images, drop), without(f.files, drop)
}

func (f *fixer) keepAnnotations(drop []bool) {
	f.d.Annotations, f.annotations = without(f.d.Annotations, drop), without(f.annotations, drop)
}

func (f *fixer) keepCategories(drop []bool) {
	f.d.Categories, f.categories = without(f.d.Categories, drop), without(f.categories, drop)
}

func without[T any](list []T, drop []bool) []T {
	if !slices.Contains(drop, true) {
		return list
	}
	kept := list[:0]
	for i, v := range list {
		if !drop[i] {
			kept = append(kept, v)
		}
	}
	return kept
}

// rawID, rawInt, rawFloat, rawString, rawBox and rawPlace encode values for a change.
func rawID(id coco.ID) json.RawMessage      { return id.AppendJSON(nil) }
func rawInt(n int64) json.RawMessage        { return strconv.AppendInt(nil, n, 10) }
func rawPlace(p coco.Place) json.RawMessage { return rawString(p.String()) }
func rawString(s string) json.RawMessage    { return jsonscan.AppendString(nil, s) }

func rawFloat(v float64) json.RawMessage {
	if !finite(v) {
		return rawString(strconv.FormatFloat(v, 'g', -1, 64))
	}
	return jsonscan.AppendFloat(nil, v)
}

func rawBox(b rle.Box) json.RawMessage {
	out := json.RawMessage("[")
	for i, v := range []float64{b.X, b.Y, b.W, b.H} {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, rawFloat(v)...)
	}
	return append(out, ']')
}

// newIDs returns a function that returns the lowest positive integer that is not used,
// and marks it as used.
func newIDs(used map[int64]bool) func() int64 {
	next := int64(0)
	return func() int64 {
		for next++; used[next]; next++ {
		}
		used[next] = true
		return next
	}
}

// overlap returns the IoU of two masks, or nil if it is not known.
func overlap(before rle.Mask, known bool, after rle.Mask) *float64 {
	if !known {
		return nil
	}
	iou, err := rle.AppendIoU(nil, []rle.Mask{before}, []rle.Mask{after}, nil)
	if err != nil {
		return nil
	}
	if before.Area() == 0 && after.Area() == 0 {
		iou[0] = 1
	}
	return &iou[0]
}

// exactInt reports whether every consumer can represent n exactly and use it as an
// index.
func exactInt(n int64) bool { return n >= 0 && n <= maxExact }

// canonicalInt returns the integer that a string represents, if it is written in its
// only canonical form.
func canonicalInt(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == s && exactInt(n)
}

// soundBox reports whether an annotation has a finite box of positive size.
func soundBox(a *coco.Annotation) bool {
	b := a.BBox
	return !a.Missing.Has(coco.FieldBBox) && finiteBox(b) && b.W > 0 && b.H > 0
}

// clip cuts a box at the borders of an image.
func clip(b rle.Box, img *coco.Image) rle.Box {
	x0, y0 := max(b.X, 0), max(b.Y, 0)
	x1, y1 := math.Min(b.X+b.W, float64(img.Width)), math.Min(b.Y+b.H, float64(img.Height))
	return rle.Box{X: x0, Y: y0, W: x1 - x0, H: y1 - y0}
}
