package changes

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/boxindex"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// Compare says what was done to a set. The images of the edited set are those of the origin
// with the same name; others of the origin are not changed. Ids of new annotations follow
// the largest of the origin.
func Compare(ctx context.Context, origin, edited *coco.Dataset) (*Changes, error) {
	c := &comparison{origin: origin, edited: edited, changes: &Changes{}, classes: map[int64]int64{}, next: 1}
	for i := range origin.Annotations {
		if n, ok := origin.Annotations[i].ID.Int(); ok {
			c.next = max(c.next, n+1)
		}
	}
	c.categories()
	byName := map[string]int{}
	for i := range origin.Images {
		name := coco.ImageName(&origin.Images[i])
		if other, ok := byName[name]; ok {
			return nil, fmt.Errorf("images[%d] and images[%d] of the set both have the name %s, expected different names", other, i, wtf8.Quote(name))
		}
		byName[name] = i
	}
	of, in := origin.Index(), edited.Index()
	for i := range edited.Images {
		img := &edited.Images[i]
		k, ok := byName[coco.ImageName(img)]
		if !ok {
			return nil, fmt.Errorf("image %s: the set that the changes are compared with lacks it: expected one of its images, such as %s", wtf8.Quote(img.FileName), wtf8.Quote(firstName(origin)))
		}
		was := &origin.Images[k]
		if was.Width != img.Width || was.Height != img.Height {
			return nil, fmt.Errorf("image %s: found %d x %d pixels, expected the %d x %d of the set", wtf8.Quote(img.FileName), img.Width, img.Height, was.Width, was.Height)
		}
		c.changes.Images = append(c.changes.Images, *was)
		if err := c.image(ctx, was, of.Annotations(was.ID), in.Annotations(img.ID)); err != nil {
			return nil, fmt.Errorf("image %s: %w", wtf8.Quote(img.FileName), err)
		}
	}
	return c.changes, nil
}

// firstName is the name of the first image of a set.
func firstName(d *coco.Dataset) string {
	if len(d.Images) == 0 {
		return ""
	}
	return coco.ImageName(&d.Images[0])
}

type comparison struct {
	origin, edited *coco.Dataset
	changes        *Changes
	classes        map[int64]int64 // ids of the edited set's categories in the origin
	next           int64           // the id of the next new annotation
}

// categories matches categories by their names. New ones follow those of the origin.
func (c *comparison) categories() {
	list := slices.Clone(c.origin.Categories)
	next := int64(1)
	byName := map[string]int64{}
	for i := range list {
		next = max(next, list[i].ID+1)
		byName[list[i].Name] = list[i].ID
	}
	used := map[int64]bool{}
	for i := range c.edited.Annotations {
		used[c.edited.Annotations[i].CategoryID] = true
	}
	for i := range c.edited.Categories {
		cat := c.edited.Categories[i]
		id, ok := byName[cat.Name]
		if !ok && used[cat.ID] {
			id = next
			next++
			byName[cat.Name] = id
			list = append(list, coco.Category{ID: id, Name: cat.Name, Supercategory: cat.Supercategory, Extra: cat.Extra})
		}
		c.classes[cat.ID] = id
	}
	c.changes.Categories = list
}

func (c *comparison) class(id int64) string {
	k := slices.IndexFunc(c.changes.Categories, func(o coco.Category) bool { return o.ID == id })
	if k < 0 {
		return strconv.FormatInt(id, 10)
	}
	return c.changes.Categories[k].Name
}

// regions returns the pixels of annotations of an image.
func regions(ctx context.Context, img *coco.Image, all []coco.Annotation, list []int32) ([]slide.Region, error) {
	out := make([]slide.Region, len(list))
	err := parallel.Each(ctx, 0, len(list), func(i int) (err error) {
		a := &all[list[i]]
		if a.Segmentation.Kind() != coco.KindNone {
			out[i], err = slide.RegionOf(a.Segmentation, img.Height, img.Width)
		} else if b := a.BBox; b.W > 0 && b.H > 0 {
			out[i], err = slide.Outline(rle.FillCenter, rle.Ring{{b.X, b.Y}, {b.X + b.W, b.Y}, {b.X + b.W, b.Y + b.H}, {b.X, b.Y + b.H}})
		}
		if err != nil {
			return fmt.Errorf("annotation %s: %w", a.ID, err)
		}
		return nil
	})
	return out, err
}

// shared is how many pixels an annotation and an object share.
type shared struct{ o, e, n int }

// matching finds the objects of one image.
type matching struct {
	o, e         []slide.Region
	overlaps     []shared
	ofO, ofE     []int // what an annotation and an object are; -1: not found
	parent       []int // of nodes: annotations, then objects
	gain, loss   map[int]slide.Region
	origin       []int // the annotation that an object says it is; -1: none
	sharedByPair map[[2]int]int
}

func (c *comparison) image(ctx context.Context, img *coco.Image, was, is []int32) error {
	m := &matching{gain: map[int]slide.Region{}, loss: map[int]slide.Region{}, sharedByPair: map[[2]int]int{}}
	var err error
	if m.o, err = regions(ctx, img, c.origin.Annotations, was); err != nil {
		return err
	}
	if m.e, err = regions(ctx, img, c.edited.Annotations, is); err != nil {
		return err
	}
	byID := map[string]int{}
	for i, k := range was {
		byID[string(c.origin.Annotations[k].ID.AppendJSON(nil))] = i
	}
	m.origin = make([]int, len(is))
	for i, k := range is {
		m.origin[i] = -1
		if text := c.edited.Annotations[k].Extra.Get(slide.OriginMember); text != nil {
			if o, ok := byID[string(text)]; ok {
				m.origin[i] = o
			}
		}
	}
	m.findOverlaps()
	m.match()
	m.link()
	for _, g := range m.groups() {
		c.group(img, was, is, m, g)
	}
	return ctx.Err()
}

func boxOf(r slide.Region) boxindex.Box {
	if r.Area() == 0 {
		return boxindex.Box{X0: 1, X1: 0}
	}
	b := r.Bounds()
	return boxindex.Box{X0: b.X, Y0: b.Y, X1: b.X + b.W, Y1: b.Y + b.H}
}

func (m *matching) findOverlaps() {
	boxes := make([]boxindex.Box, len(m.o))
	var index boxindex.Index
	for i, r := range m.o {
		boxes[i] = boxOf(r)
	}
	index.Reset(boxes)
	for i := range boxes {
		index.Add(i)
	}
	var near []int32
	for e, r := range m.e {
		near = index.AppendMeeting(near[:0], boxOf(r))
		slices.Sort(near)
		for _, o := range near {
			if n := slide.Shared(m.o[o], r); n > 0 {
				m.overlaps = append(m.overlaps, shared{int(o), e, n})
				m.sharedByPair[[2]int{int(o), e}] = n
			}
		}
	}
}

// match finds objects by their ids, then those of equal pixels.
func (m *matching) match() {
	m.ofO, m.ofE = fill(len(m.o), -1), fill(len(m.e), -1)
	for e, o := range m.origin {
		if o < 0 {
			continue
		}
		if best := m.ofO[o]; best < 0 || m.sharedByPair[[2]int{o, e}] > m.sharedByPair[[2]int{o, best}] {
			m.ofO[o] = e
		}
	}
	for o, e := range m.ofO {
		if e >= 0 {
			m.ofE[e] = o
		}
	}
	for _, s := range m.overlaps {
		if m.ofO[s.o] < 0 && m.ofE[s.e] < 0 && s.n == m.o[s.o].Area() && s.n == m.e[s.e].Area() {
			m.ofO[s.o], m.ofE[s.e] = s.e, s.o
		}
	}
}

func fill(n, v int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = v
	}
	return list
}

func (m *matching) find(i int) int {
	for m.parent[i] != i {
		m.parent[i] = m.parent[m.parent[i]]
		i = m.parent[i]
	}
	return i
}

// join makes an annotation and an object parts of one change. The smaller node is the root.
func (m *matching) join(o, e int) {
	a, b := m.find(o), m.find(len(m.o)+e)
	m.parent[max(a, b)] = min(a, b)
}

// link links what was found, and what was not found with what it became.
func (m *matching) link() {
	m.parent = make([]int, len(m.o)+len(m.e))
	for i := range m.parent {
		m.parent[i] = i
	}
	for o, e := range m.ofO {
		if e >= 0 {
			m.join(o, e)
		}
	}
	for _, s := range m.overlaps {
		o, e := m.ofO[s.o], m.ofE[s.e]
		switch {
		case o < 0 && e < 0:
			if 2*s.n >= min(m.o[s.o].Area(), m.e[s.e].Area()) {
				m.join(s.o, s.e)
			}
		case o < 0:
			if 2*slide.Shared(m.o[s.o], difference(m.gain, s.e, m.e[s.e], m.o[e])) >= m.o[s.o].Area() {
				m.join(s.o, s.e)
			}
		case e < 0:
			if 2*slide.Shared(m.e[s.e], difference(m.loss, s.o, m.o[s.o], m.e[o])) >= m.e[s.e].Area() {
				m.join(s.o, s.e)
			}
		}
	}
}

// difference returns the pixels of a that b lacks, and keeps them.
func difference(known map[int]slide.Region, key int, a, b slide.Region) slide.Region {
	if r, ok := known[key]; ok {
		return r
	}
	r := a
	h, w := a.Mask.Size()
	if part, ok := b.In(a.X, a.Y, h, w); ok {
		left, err := rle.Difference(a.Mask, part)
		if err != nil {
			panic(err) // they have one size
		}
		r = slide.NewRegion(a.X, a.Y, left)
	}
	known[key] = r
	return r
}

// group is what is linked.
type group struct{ o, e []int }

// groups returns what is linked, in the order of the annotations, then of the objects.
func (m *matching) groups() []group {
	at := map[int]int{}
	var list []group
	for i := range m.parent {
		root := m.find(i)
		k, ok := at[root]
		if !ok {
			k = len(list)
			at[root] = k
			list = append(list, group{})
		}
		if i < len(m.o) {
			list[k].o = append(list[k].o, i)
		} else {
			list[k].e = append(list[k].e, i-len(m.o))
		}
	}
	return list
}

// group notes what became of what is linked.
func (c *comparison) group(img *coco.Image, was, is []int32, m *matching, g group) {
	ch := Change{Image: img.ID}
	for _, o := range g.o {
		ch.From = append(ch.From, c.origin.Annotations[was[o]].ID)
	}
	switch {
	case len(g.e) == 0:
		ch.Kind = Deleted
	case len(g.o) == 0:
		ch.Kind = Added
	case len(g.o) == 1 && len(g.e) == 1:
		c.pair(img, &c.origin.Annotations[was[g.o[0]]], &c.edited.Annotations[is[g.e[0]]], m.o[g.o[0]], m.e[g.e[0]], ch)
		return
	case len(g.o) == 1:
		ch.Kind = Split
	case len(g.e) == 1:
		ch.Kind = Merged
	default:
		ch.Kind = Redrawn
	}
	if len(g.o) > 0 && len(g.e) > 0 {
		ch.IoU = iouOf(m, g)
	}
	// An object that was found keeps its id; the others get those that are left.
	ids := make([]coco.ID, len(g.e))
	given := make([]bool, len(g.e))
	var free []coco.ID
	for i, o := range g.o {
		if k := slices.Index(g.e, m.ofO[o]); k >= 0 {
			ids[k], given[k] = ch.From[i], true
		} else {
			free = append(free, ch.From[i])
		}
	}
	for k, e := range g.e {
		if !given[k] {
			if len(free) > 0 {
				ids[k], free = free[0], free[1:]
			} else {
				ids[k] = coco.IntID(c.next)
				c.next++
			}
		}
		a := c.edited.Annotations[is[e]]
		a.ID, a.ImageID, a.CategoryID = ids[k], img.ID, c.classes[a.CategoryID]
		a.Extra = without(a.Extra, slide.OriginMember)
		c.changes.Annotations = append(c.changes.Annotations, a)
	}
	ch.To = ids
	c.changes.List = append(c.changes.List, ch)
}

// iouOf returns the IoU of all pixels before with all after.
func iouOf(m *matching, g group) float64 {
	var before, after []slide.Region
	for _, o := range g.o {
		before = append(before, m.o[o])
	}
	for _, e := range g.e {
		after = append(after, m.e[e])
	}
	a, errA := slide.Unite(before...)
	b, errB := slide.Unite(after...)
	if errA != nil || errB != nil {
		return 0 // larger than a mask may be
	}
	return iou(a, b)
}

func iou(a, b slide.Region) float64 {
	both := slide.Shared(a, b)
	if both == 0 {
		return 0
	}
	return float64(both) / float64(a.Area()+b.Area()-both)
}

// pair notes what became of an annotation that was found again.
func (c *comparison) pair(img *coco.Image, a, b *coco.Annotation, was, is slide.Region, ch Change) {
	ch.IoU = iou(was, is)
	record := *a
	kind := Kind("")
	dx, dy := is.X-was.X, is.Y-was.Y
	switch same := was.Mask.Equal(is.Mask); {
	case !same:
		kind = Reshaped
	case dx != 0 || dy != 0:
		kind, ch.DX, ch.DY = Moved, dx, dy
	}
	if kind != "" {
		record.Segmentation, record.BBox, record.Area = b.Segmentation, b.BBox, b.Area
		record.Missing &^= coco.FieldSegmentation | coco.FieldBBox | coco.FieldArea
	}
	if class := c.classes[b.CategoryID]; class != a.CategoryID {
		record.CategoryID, ch.FromClass, ch.ToClass = class, c.class(a.CategoryID), c.class(class)
		if kind == "" {
			kind = Reclassified
		}
	}
	extra, changed := overlaid(a.Extra, b.Extra)
	if record.Extra = extra; changed || a.IsCrowd != b.IsCrowd {
		record.IsCrowd = b.IsCrowd
		if kind == "" {
			kind = Annotated
		}
	}
	if kind == "" {
		c.changes.Kept++
		return
	}
	ch.Kind, ch.To = kind, []coco.ID{a.ID}
	record.ImageID = img.ID
	c.changes.List = append(c.changes.List, ch)
	c.changes.Annotations = append(c.changes.Annotations, record)
}

// overlaid returns members with those of an edit, and whether they differ. Numbers of one
// value do not. What the edit lacks stays.
func overlaid(was, is coco.Fields) (coco.Fields, bool) {
	list, changed := slices.Clone(was), false
	for _, f := range is {
		if f.Key == slide.OriginMember || f.Key == slide.EditorMember {
			continue
		}
		k := slices.IndexFunc(list, func(o coco.Field) bool { return o.Key == f.Key })
		switch {
		case k < 0:
			list, changed = append(list, f), true
		case !sameValue(list[k].Value, f.Value):
			list[k], changed = f, true
		}
	}
	return list, changed
}

func sameValue(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, errX := strconv.ParseFloat(string(a), 64)
	y, errY := strconv.ParseFloat(string(b), 64)
	return errX == nil && errY == nil && x == y
}

func without(list coco.Fields, key string) coco.Fields {
	return slices.DeleteFunc(slices.Clone(list), func(f coco.Field) bool { return f.Key == key })
}
