package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
)

// spoolMemory bounds what all sets of a run keep in memory.
const spoolMemory = 16 << 20

// A set is one COCO file in the making. Images and annotations are encoded as
// they come and wait in spools: the images stand before the annotations in the file,
// and before both the sums of inputs that are not read to the end yet.
type set struct {
	path        string
	dataset     int // 0: several
	wsi         int // 0: several
	categories  []coco.Category
	images      records
	annotations records
}

// spoolTo sets how much of a set is kept in memory, and where the rest goes.
func (s *set) spoolTo(disk *scratch, limit int) {
	s.images.limit, s.images.scratch = limit/2, disk
	s.annotations.limit, s.annotations.scratch = limit/2, disk
}

// records are encoded records with a comma and a newline between two.
type records struct {
	count int
	spool
}

// next counts a record and returns the buffer to append it to.
func (r *records) next(buf []byte) []byte {
	r.count++
	if r.count > 1 {
		buf = append(buf, ",\n"...)
	}
	return buf
}

// encoded is a tile ready for sets: its annotations as JSON, each without the
// id, which is counted in every set anew.
type encoded struct {
	image  []byte
	bodies [][]byte // what follows {"id":N
	text   []byte   // behind all bodies
}

// encode encodes a tile's annotations, reusing e's memory.
func (e *encoded) encode(img *coco.Image, annotations []coco.Annotation) error {
	var err error
	if e.image, err = coco.AppendImage(e.image[:0], img); err != nil {
		return err
	}
	e.bodies, e.text = e.bodies[:0], e.text[:0]
	for i := range annotations {
		start := len(e.text)
		if e.text, err = coco.AppendAnnotation(e.text, &annotations[i]); err != nil {
			return err
		}
		// The id is the first member and an integer, so the first comma ends it.
		comma := start + bytes.IndexByte(e.text[start:], ',')
		e.bodies = append(e.bodies, e.text[comma:len(e.text):len(e.text)])
	}
	return nil
}

// add takes a tile; its annotations are counted on from the set's last.
func (s *set) add(e *encoded) error {
	if err := s.images.grown(append(s.images.next(s.images.buf), e.image...)); err != nil {
		return err
	}
	buf := s.annotations.buf
	for _, body := range e.bodies {
		buf = append(s.annotations.next(buf), `{"id":`...)
		buf = strconv.AppendInt(buf, int64(s.annotations.count), 10)
		buf = append(buf, body...)
	}
	return s.annotations.grown(buf)
}

// setInfo is the info object of a written set.
type setInfo struct {
	Description string  `json:"description"`
	Hubdata     setFrom `json:"hubdata"`
}

// setFrom says what made a set.
type setFrom struct {
	Version string         `json:"version"`
	Command string         `json:"command"`
	Dataset any            `json:"dataset"` // a number, or the flag's text
	WSI     any            `json:"source_wsi,omitempty"`
	Options map[string]any `json:"options"`
	Inputs  []inputInfo    `json:"inputs"`
	// Accounting is what a command says of the making, besides.
	Accounting json.RawMessage `json:"accounting,omitempty"`
}

// write writes the set to out.
func (s *set) write(out *output, from setFrom) error {
	if err := s.encode(out, from); err != nil {
		return out.failed(err)
	}
	return out.close()
}

// encode writes the set as JSON.
func (s *set) encode(to io.Writer, from setFrom) error {
	info, err := json.Marshal(setInfo{Description: from.describe(), Hubdata: from})
	if err != nil {
		return err
	}
	w := coco.NewWriter(to)
	if err := w.Header(info, json.RawMessage(`[]`)); err != nil {
		return err
	}
	for i := range s.categories {
		if err := w.Category(&s.categories[i]); err != nil {
			return err
		}
	}
	if err := w.Images(s.images.reader()); err != nil {
		return err
	}
	if err := w.Annotations(s.annotations.reader()); err != nil {
		return err
	}
	return w.Close()
}

func (from setFrom) describe() string {
	text := "HuBMAP - Hacking the Human Vasculature"
	if from.Dataset != nil {
		text += fmt.Sprintf(", dataset %v", from.Dataset)
	}
	if from.WSI != nil {
		text += fmt.Sprintf(", WSI %v", from.WSI)
	}
	return text
}

// openSets is how many sets are written side by side: enough to keep cores and disk
// busy, while few files are open.
const openSets = 16

// writeSets writes the sets that hold an image, some side by side, and makes all
// visible together.
func writeSets(o *outputs, sets []*set, from func(*set) setFrom) error {
	errs := make([]error, len(sets))
	slots := make(chan struct{}, openSets)
	var wg sync.WaitGroup
	for i, s := range sets {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			out, err := o.create(s.path)
			if err == nil {
				err = s.write(out, from(s))
			}
			errs[i] = err
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return o.commit()
}

// tally adds up what became of the outlines of one tier and WSI.
type tally struct {
	Dataset     int            `json:"dataset,omitempty"` // 0: all
	WSI         int            `json:"source_wsi,omitempty"`
	Tiles       int            `json:"tiles"`
	Empty       int            `json:"tiles_without_annotations"`
	Outlines    int            `json:"outlines"`
	Vertices    int            `json:"vertices"`
	Annotations int            `json:"annotations"`
	Dropped     map[string]int `json:"dropped"` // outlines, by reason
	Outside     int            `json:"points_outside"`
}

func newTally() *tally { return &tally{Dropped: map[string]int{}} }

// add adds a converted tile.
func (t *tally) add(c wsi.Counts) {
	t.Tiles += c.Tiles
	t.Empty += c.Empty
	t.Outlines += c.Outlines
	t.Vertices += c.Vertices
	t.Annotations += c.Kept
	t.Outside += c.OutsidePoints
	for class, n := range c.Dropped.Class {
		t.Dropped["of class "+class] += n
	}
	for reason, n := range map[string]int{
		"without a pixel on the tile": c.Dropped.EmptyMask,
		"below the least area":        c.Dropped.MinArea,
		"duplicate":                   c.Dropped.Duplicate,
	} {
		if n > 0 {
			t.Dropped[reason] += n
		}
	}
}

// merge adds another tally.
func (t *tally) merge(o *tally) {
	t.Tiles += o.Tiles
	t.Empty += o.Empty
	t.Outlines += o.Outlines
	t.Vertices += o.Vertices
	t.Annotations += o.Annotations
	t.Outside += o.Outside
	for reason, n := range o.Dropped {
		t.Dropped[reason] += n
	}
}

// tallies are kept by tier and WSI.
type tallies map[[2]int]*tally

func (t tallies) of(tile wsi.Tile) *tally {
	key := [2]int{tile.Dataset, tile.WSI}
	if t[key] == nil {
		t[key] = newTally()
		t[key].Dataset, t[key].WSI = tile.Dataset, tile.WSI
	}
	return t[key]
}

// sorted gives them by tier, then WSI.
func (t tallies) sorted() []*tally {
	var out []*tally
	for _, v := range t {
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b *tally) int {
		return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.WSI, b.WSI))
	})
	return out
}
