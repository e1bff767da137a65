package coco

import (
	"iter"
	"math"
	"slices"

	"github.com/hubdata/hubdata/rle"
)

// Results is a list of detections, held in columns: some 50 bytes for each, and the text
// of its mask. An image or a category is stored as its number in a list of those that
// occur. The zero Results is an empty list. A list holds fewer than 2^31 detections.
type Results struct {
	images     numbers[ID]
	categories numbers[int64]
	image      []int32
	category   []int32
	boxes      []rle.Box
	scores     []float64
	missing    []FieldSet
	masks      []maskText // may be shorter than the list: those that follow are zero
	extra      []Fields   // the same
	texts      [][]byte   // of masks
}

// maskText is the text of a mask.
type maskText struct {
	store, at, n uint32 // texts[store][at:at+n]; n 0: none
	h, w         uint16 // as in Segmentation
	kind         Kind
	read, bad    bool
}

// NewResults returns a list of detections.
func NewResults(list ...Result) *Results {
	r := new(Results)
	for i := range list {
		r.Append(list[i])
	}
	return r
}

// Append appends a detection.
func (r *Results) Append(d Result) {
	s := d.Segmentation
	r.add(r.images.of(d.ImageID), r.categories.of(d.CategoryID), d.BBox, d.Score, d.Missing)
	if len(s.raw) > 0 {
		r.addMask(s.raw, maskText{kind: s.kind, read: s.read, bad: s.bad, h: s.h, w: s.w})
	}
	if d.Extra != nil {
		r.extra = append(padded(r.extra, len(r.image)-1), d.Extra)
	}
}

// add appends a detection without a mask and unknown members.
func (r *Results) add(image, category int32, box rle.Box, score float64, missing FieldSet) {
	r.image = append(r.image, image)
	r.category = append(r.category, category)
	r.boxes = append(r.boxes, box)
	r.scores = append(r.scores, score)
	r.missing = append(r.missing, missing)
}

// masksText is the size of text of masks that is allocated together.
const masksText = 16 << 10

// addMask gives the last detection a copy of the text of its mask; m says what it is.
func (r *Results) addMask(text []byte, m maskText) {
	r.masks = append(padded(r.masks, len(r.image)-1), r.store(text, m))
}

// store keeps a copy of the text of a mask.
func (r *Results) store(text []byte, m maskText) maskText {
	last := len(r.texts) - 1
	if last < 0 || len(text) > cap(r.texts[last])-len(r.texts[last]) {
		r.texts = append(r.texts, make([]byte, 0, max(masksText, len(text))))
		last++
	}
	m.store, m.at, m.n = uint32(last), uint32(len(r.texts[last])), uint32(min(uint64(len(text)), math.MaxUint32))
	r.texts[last] = append(r.texts[last], text...)
	return m
}

// padded returns a column with zeros up to length n.
func padded[T any](column []T, n int) []T {
	if len(column) >= n {
		return column
	}
	return append(column, make([]T, n-len(column))...)
}

// Len returns the number of detections.
func (r *Results) Len() int { return len(r.image) }

// At returns a detection.
func (r *Results) At(i int) Result {
	return Result{
		ImageID: r.ImageID(i), CategoryID: r.CategoryID(i), BBox: r.boxes[i], Score: r.scores[i],
		Segmentation: r.Segmentation(i), Missing: r.missing[i], Extra: r.Extra(i),
	}
}

// All returns the detections and their places in the list.
func (r *Results) All() iter.Seq2[int, Result] {
	return func(yield func(int, Result) bool) {
		for i := range r.image {
			if !yield(i, r.At(i)) {
				return
			}
		}
	}
}

// List returns the detections as records, which take more memory.
func (r *Results) List() []Result {
	list := make([]Result, 0, r.Len())
	for _, d := range r.All() {
		list = append(list, d)
	}
	return list
}

// ImageIDs returns the ids of the images that have detections, in the order of their
// first one. Callers must not change it.
func (r *Results) ImageIDs() []ID { return r.images.list }

// Image returns the index in ImageIDs of the image of a detection.
func (r *Results) Image(i int) int { return int(r.image[i]) }

// ImageID returns the id of the image of a detection.
func (r *Results) ImageID(i int) ID { return r.images.list[r.image[i]] }

// CategoryIDs returns the ids of the categories of detections, in the order of their
// first one; 0 stands for detections without a category too. Callers must not change it.
func (r *Results) CategoryIDs() []int64 { return r.categories.list }

// Category returns the index in CategoryIDs of the category of a detection.
func (r *Results) Category(i int) int { return int(r.category[i]) }

// CategoryID returns the id of the category of a detection.
func (r *Results) CategoryID(i int) int64 { return r.categories.list[r.category[i]] }

// BBox returns the box of a detection, in pixels.
func (r *Results) BBox(i int) rle.Box { return r.boxes[i] }

// Score returns the score of a detection.
func (r *Results) Score(i int) float64 { return r.scores[i] }

// Missing returns the members that the record of a detection lacks.
func (r *Results) Missing(i int) FieldSet { return r.missing[i] }

// Segmentation returns the mask of a detection.
func (r *Results) Segmentation(i int) Segmentation {
	if i >= len(r.masks) || r.masks[i].n == 0 {
		return Segmentation{}
	}
	m := r.masks[i]
	end := m.at + m.n
	return Segmentation{raw: r.texts[m.store][m.at:end:end], kind: m.kind, read: m.read, bad: m.bad, h: m.h, w: m.w}
}

// ReplaceMasks gives detections other masks, or their masks in another form. It calls f
// with the masks of some of the detections, in order, and the place of the first; f writes
// what replaces them into the slice. A detection without a mask stays without one.
// ReplaceMasks ends at the first error of f; the list is not usable then.
func (r *Results) ReplaceMasks(f func(first int, masks []Segmentation) error) error {
	const most = 1 << 12
	old := *r
	r.masks, r.texts = make([]maskText, len(old.masks)), nil
	block := make([]Segmentation, 0, most)
	dropped := uint32(0)
	for first := 0; first < len(old.masks); first += most {
		block = block[:min(most, len(old.masks)-first)]
		for k := range block {
			block[k] = old.Segmentation(first + k)
		}
		if err := f(first, block); err != nil {
			return err
		}
		for k, s := range block {
			m := old.masks[first+k]
			if m.n == 0 || len(s.raw) == 0 {
				continue
			}
			r.masks[first+k] = r.store(s.raw, maskText{kind: s.kind, read: s.read, bad: s.bad, h: s.h, w: s.w})
			for ; dropped < m.store; dropped++ { // masks are in the order of their texts
				old.texts[dropped] = nil
			}
		}
		clear(block)
	}
	return nil
}

// Extra returns the unknown members of the record of a detection.
func (r *Results) Extra(i int) Fields {
	if i >= len(r.extra) {
		return nil
	}
	return r.extra[i]
}

// HasExtra reports whether the record of some detection has an unknown member of this name.
func (r *Results) HasExtra(name string) bool {
	return slices.ContainsFunc(r.extra, func(f Fields) bool { return f.Get(name) != nil })
}

// Filter keeps the detections that keep says yes to, in their order. keep may give them
// another image and category; other changes have no effect. It gets the place of each.
// Filter ends at the first error of keep; the list is not usable then.
func (r *Results) Filter(keep func(i int, d *Result) (bool, error)) error {
	if len(r.masks) > 0 {
		r.masks = padded(r.masks, r.Len())
	}
	if len(r.extra) > 0 {
		r.extra = padded(r.extra, r.Len())
	}
	old := *r
	r.images, r.categories = numbers[ID]{}, numbers[int64]{}
	n := 0
	for i := range old.image {
		d := old.At(i)
		yes, err := keep(i, &d)
		if err != nil {
			return err
		}
		if !yes {
			continue
		}
		r.image[n], r.category[n] = r.images.of(d.ImageID), r.categories.of(d.CategoryID)
		r.boxes[n], r.scores[n], r.missing[n] = r.boxes[i], r.scores[i], r.missing[i]
		if len(r.masks) > 0 {
			r.masks[n] = r.masks[i]
		}
		if len(r.extra) > 0 {
			r.extra[n] = r.extra[i]
		}
		n++
	}
	r.truncate(n)
	return nil
}

// truncate drops all detections from the n-th on.
func (r *Results) truncate(n int) {
	r.image, r.category, r.boxes = r.image[:n], r.category[:n], r.boxes[:n]
	r.scores, r.missing = r.scores[:n], r.missing[:n]
	r.masks = r.masks[:min(n, len(r.masks))]
	if n < len(r.extra) {
		clear(r.extra[n:])
		r.extra = r.extra[:n]
	}
}

// grow makes room for n more detections.
func (r *Results) grow(n int) {
	r.image, r.category = grown(r.image, n), grown(r.category, n)
	r.boxes, r.scores, r.missing = grown(r.boxes, n), grown(r.scores, n), grown(r.missing, n)
}

// grown returns a column with room for n more. Unlike [slices.Grow] it does not touch the room.
func grown[T any](column []T, n int) []T {
	return append(make([]T, 0, len(column)+n), column...)
}

// move appends the detections of another list, and empties that, which keeps the memory for
// text that it has not used.
func (r *Results) move(from *Results) {
	n := len(r.image)
	r.image = r.images.appendTo(r.image, &from.images, from.image)
	r.category = r.categories.appendTo(r.category, &from.categories, from.category)
	r.boxes = append(r.boxes, from.boxes...)
	r.scores = append(r.scores, from.scores...)
	r.missing = append(r.missing, from.missing...)
	if len(from.masks) > 0 {
		if len(r.masks) == 0 {
			r.masks = make([]maskText, 0, cap(r.boxes))
		}
		first := uint32(len(r.texts))
		r.masks = append(padded(r.masks, n), from.masks...)
		for i := range r.masks[n:] {
			r.masks[n+i].store += first
		}
		last := from.texts[len(from.texts)-1]
		from.texts[len(from.texts)-1] = slices.Clip(last) // what follows belongs to from
		r.texts = append(r.texts, from.texts...)
		clear(from.texts)
		from.texts = append(from.texts[:0], last[len(last):])
	}
	if len(from.extra) > 0 {
		r.extra = append(padded(r.extra, n), from.extra...)
		clear(from.extra)
	}
	from.images.reset()
	from.categories.reset()
	from.truncate(0)
}

// numbers gives values numbers from 0, in the order of their first use.
type numbers[T comparable] struct {
	list []T
	at   map[T]int32
	last int32 // number of the value that was asked for last
}

// of returns the number of a value.
func (s *numbers[T]) of(v T) int32 {
	if int(s.last) < len(s.list) && s.list[s.last] == v {
		return s.last
	}
	at, ok := s.at[v]
	if !ok {
		if s.at == nil {
			s.at = map[T]int32{}
		}
		at = int32(len(s.list))
		s.at[v], s.list = at, append(s.list, v)
	}
	s.last = at
	return at
}

// appendTo appends to dst the numbers in s of values whose numbers in other are in list.
func (s *numbers[T]) appendTo(dst []int32, other *numbers[T], list []int32) []int32 {
	to := make([]int32, len(other.list))
	for i, v := range other.list {
		to[i] = s.of(v)
	}
	for _, at := range list {
		dst = append(dst, to[at])
	}
	return dst
}

// reset forgets all values.
func (s *numbers[T]) reset() {
	s.list, s.last = s.list[:0], 0
	clear(s.at)
}
