package coco

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// ErrNoMask is returned if a segmentation has no mask, or no rings when rings are
// requested.
var ErrNoMask = errors.New("coco: no mask")

// errEmpty is made once: files of boxes have it at each annotation.
var errEmpty = fmt.Errorf("%w: the segmentation is empty", ErrNoMask)

// SegmentationFromJSON returns the segmentation in a text: a list of rings, an object
// with size and counts, null, or an empty list. The text is copied.
func SegmentationFromJSON(text []byte) (Segmentation, error) {
	p := parser{c: jsonscan.New(text), field: "segmentation"}
	s, err := p.segmentation()
	if err == nil {
		err = p.c.End()
	}
	if err != nil {
		return Segmentation{}, p.error("", err)
	}
	return s, nil
}

// Rings returns all rings of a KindPolygons segmentation. It returns an error if a ring
// has an odd number of coordinates, and [ErrNoMask] if the segmentation is of another
// kind.
func (s Segmentation) Rings() ([]rle.Ring, error) {
	var r RingReader
	if err := r.Read(s); err != nil {
		return nil, err
	}
	for i, n := range r.Numbers {
		if n%2 == 1 {
			return nil, fmt.Errorf("coco: segmentation[%d]: found %d numbers, expected an even number: x and y of each point", i, n)
		}
	}
	return r.Rings, nil
}

// RingReader reads rings into memory that it reuses: the rings are valid until the next
// Read. The zero RingReader is ready to use.
type RingReader struct {
	Rings   []rle.Ring // in tile pixels
	Numbers []int      // number of coordinates of each ring as written
	points  []rle.Point
	flat    []float64
}

// ringReaders are reused for masks of polygons, which need the rings only for a short
// time.
var ringReaders = sync.Pool{New: func() any { return new(RingReader) }}

// release returns a reader to the pool, unless it is so large that keeping it would
// waste memory.
func (r *RingReader) release() {
	if cap(r.points) <= 1<<16 {
		ringReaders.Put(r)
	}
}

// Read reads the rings of a [KindPolygons] segmentation. Unlike [Segmentation.Rings] it
// accepts rings with an odd number of coordinates, and drops the last one. It returns
// [ErrNoMask] if the segmentation is of another kind.
func (r *RingReader) Read(s Segmentation) error {
	if s.kind != KindPolygons {
		return fmt.Errorf("%w: found a segmentation of kind %s, expected polygons", ErrNoMask, s.kind)
	}
	r.Rings, r.Numbers, r.points = r.Rings[:0], r.Numbers[:0], r.points[:0]
	var c jsonscan.Cursor
	c.Reset(s.raw, 0)
	more, err := c.BeginArray()
	for i := 0; more && err == nil; more, err = c.NextElement() {
		if r.flat, err = c.AppendFloats(r.flat[:0]); err != nil {
			return fmt.Errorf("coco: segmentation[%d]: %w", i, err)
		}
		n := len(r.flat) / 2
		if cap(r.points)-len(r.points) < n { // earlier rings stay in the old memory
			r.points = make([]rle.Point, 0, max(n, 2*cap(r.points)))
		}
		start := len(r.points)
		for k := range n {
			r.points = append(r.points, rle.Point{r.flat[2*k], r.flat[2*k+1]})
		}
		r.Rings = append(r.Rings, r.points[start:len(r.points):len(r.points)])
		r.Numbers = append(r.Numbers, len(r.flat))
		i++
	}
	return err
}

// Size returns the height and width stored with runs. It reports false if the
// segmentation has none.
func (s Segmentation) Size() (h, w int, ok bool) {
	if s.kind != KindCounts && s.kind != KindRLE {
		return 0, 0, false
	}
	if s.h != 0 {
		return int(s.h), int(s.w), true
	}
	_ = s.runs(func(key string, c *jsonscan.Cursor) error {
		if key != "size" {
			return c.Skip()
		}
		h64, w64, _, err := readSize(c)
		h, w = clampInt(h64), clampInt(w64)
		return err
	})
	return h, w, true
}

// clampInt limits a size to the range of int, which may have 32 bits.
func clampInt(n int64) int { return int(min(n, math.MaxInt32)) }

// runs reads an object of runs.
func (s Segmentation) runs(member func(key string, c *jsonscan.Cursor) error) error {
	c := jsonscan.New(s.text())
	return c.Object(func(key []byte) error { return member(string(key), c) })
}

// Mask returns the pixels of the instance on an h x w image, as pycocotools' annToRLE
// does: it fills polygons by the coco rule, and decodes runs. As in pycocotools, the
// last of an odd number of coordinates is dropped, and rings after the first may have
// any length.
//
// Mask returns an error where pycocotools fails or continues with a wrong mask: no
// segmentation ([ErrNoMask]); a first ring of fewer than five numbers (pycocotools
// takes four for a box, which it then rejects); a coordinate beyond the limits of the
// fill rule; runs of another size, or that do not add up to it ([rle.ErrSize],
// [rle.ErrCorrupt]).
func (s Segmentation) Mask(h, w int) (rle.Mask, error) {
	switch s.kind {
	case KindPolygons:
		r := ringReaders.Get().(*RingReader)
		defer r.release()
		if err := r.readFillable(s); err != nil {
			return rle.Mask{}, err
		}
		return rle.FromPolygon(h, w, rle.FillCOCO, r.Rings...)
	case KindRLE:
		var short [512]byte // most texts fit
		text, _, err := s.textRLE(short[:0], h, w)
		if err != nil {
			return rle.Mask{}, err
		}
		return rle.ParseText(h, w, text)
	case KindCounts:
		if sh, sw, _ := s.Size(); sh != h || sw != w {
			return rle.Mask{}, sizeError(sh, sw, h, w)
		}
		return s.countsMask(h, w)
	}
	return rle.Mask{}, errEmpty
}

// LocalMask is [Segmentation.Mask] for an image that may have more than [rle.MaxPixels],
// such as a slide, if the instance has polygons: it returns the part of the mask that has
// all its pixels, whose top left pixel is (x, y) of the image. For runs it returns the mask.
func (s Segmentation) LocalMask(h, w int) (m rle.Mask, x, y int, err error) {
	if s.kind != KindPolygons {
		m, err = s.Mask(h, w)
		return m, 0, 0, err
	}
	r := ringReaders.Get().(*RingReader)
	defer r.release()
	if err := r.readFillable(s); err != nil {
		return rle.Mask{}, 0, 0, err
	}
	return rle.FromPolygonLocal(h, w, rle.FillCOCO, r.Rings...)
}

// readFillable reads the rings. It returns an error unless pycocotools can fill the
// first one.
func (r *RingReader) readFillable(s Segmentation) error {
	if err := r.Read(s); err != nil {
		return err
	}
	if r.Numbers[0] == 4 {
		return errors.New("coco: segmentation[0]: found 4 numbers, which pycocotools takes for a box and rejects, expected at least 3 points")
	}
	if r.Numbers[0] < 4 {
		return fmt.Errorf("coco: segmentation[0]: found %d numbers, expected at least 6: 3 points", r.Numbers[0])
	}
	return nil
}

// countsMask decodes uncompressed runs of a known size.
func (s Segmentation) countsMask(h, w int) (m rle.Mask, err error) {
	err = s.runs(func(key string, c *jsonscan.Cursor) error {
		if key != "counts" {
			return c.Skip()
		}
		var runs []uint32
		err := c.Array(func(i int) error {
			n, err := c.Int()
			if err == nil && (n < 0 || n > math.MaxUint32) {
				err = fmt.Errorf("%w: run %d is %d, expected 0 to %d", rle.ErrCorrupt, i, n, uint32(math.MaxUint32))
			}
			runs = append(runs, uint32(n))
			return err
		})
		if err == nil {
			m, err = rle.FromRuns(h, w, runs)
		}
		return err
	})
	return m, err
}

// AddTo adds the pixels of the instance to o, like those that [Segmentation.Mask]
// returns for an h x w image. o must have been started for this size. Polygons and
// compressed runs take no memory of their own. buf is scratch memory, which AddTo
// returns for the next call.
func (s Segmentation) AddTo(o *rle.Overlaps, h, w int, buf []byte) ([]byte, error) {
	switch s.kind {
	case KindPolygons:
		r := ringReaders.Get().(*RingReader)
		defer r.release()
		if err := r.readFillable(s); err != nil {
			return buf, err
		}
		return buf, o.AddPolygon(rle.FillCOCO, r.Rings...)
	case KindRLE:
		return s.addRLE(o, h, w, buf)
	}
	m, err := s.Mask(h, w)
	if err != nil {
		return buf, err
	}
	return buf, o.Add(m)
}

// addRLE is AddTo for compressed runs.
func (s Segmentation) addRLE(o *rle.Overlaps, h, w int, buf []byte) ([]byte, error) {
	text, buf, err := s.textRLE(buf, h, w)
	if err != nil {
		return buf, err
	}
	return buf, o.AddText(text)
}

// textRLE returns the text of compressed runs of an h x w image, which the caller must not
// change, and buf, which holds it where it differs from what is in the file.
func (s Segmentation) textRLE(buf []byte, h, w int) (text, scratch []byte, err error) {
	var c jsonscan.Cursor
	c.Reset(s.raw, 0)
	buf = buf[:0]
	if s.h != 0 {
		if int(s.h) != h || int(s.w) != w {
			return nil, buf, sizeError(int(s.h), int(s.w), h, w)
		}
		if text := s.raw[1 : len(s.raw)-1]; bytes.IndexByte(text, '\\') < 0 {
			return text, buf, nil
		}
		buf, err = c.AppendString(buf)
		return buf, buf, err
	}
	var sh, sw int64
	more, err := c.BeginObject()
	for ; more && err == nil; more, err = c.NextMember() {
		key, err := c.Key()
		if err != nil {
			return nil, buf, err
		}
		switch string(key) {
		case "size":
			sh, sw, _, err = readSize(&c)
		case "counts":
			buf, err = c.AppendString(buf[:0])
		default:
			err = c.Skip()
		}
		if err != nil {
			return nil, buf, err
		}
	}
	if err != nil {
		return nil, buf, err
	}
	if sh != int64(h) || sw != int64(w) {
		return nil, buf, sizeError(clampInt(sh), clampInt(sw), h, w)
	}
	return buf, buf, nil
}

// sizeError returns an error for runs of another size than the image.
func sizeError(sh, sw, h, w int) error {
	return fmt.Errorf("%w: found a segmentation of size [%d, %d], but the image's height and width are %d and %d", rle.ErrSize, sh, sw, h, w)
}
