package changes

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// Kind is what was done to annotations.
type Kind string

// The kinds of changes. Kept annotations are not listed.
const (
	Moved        Kind = "moved"        // the same pixels elsewhere
	Reshaped     Kind = "reshaped"     // other pixels
	Reclassified Kind = "reclassified" // the same pixels, another class
	Annotated    Kind = "annotated"    // other members, such as a score
	Deleted      Kind = "deleted"
	Added        Kind = "added"
	Split        Kind = "split"   // one to several
	Merged       Kind = "merged"  // several to one
	Redrawn      Kind = "redrawn" // several to several
)

// replaces is how many annotations changes of each kind replace, and by how many: 0, 1 or,
// for several, 2.
var replaces = map[Kind][2]int{
	Moved: {1, 1}, Reshaped: {1, 1}, Reclassified: {1, 1}, Annotated: {1, 1}, Deleted: {1, 0}, Added: {0, 1},
	Split: {1, 2}, Merged: {2, 1}, Redrawn: {2, 2},
}

// several names how many annotations a change has on one side.
var several = [3]string{"none", "one", "several"}

// check fails if the change is of no kind, or not of the number of annotations of its kind.
func (c *Change) check() error {
	n, ok := replaces[c.Kind]
	if !ok {
		return fmt.Errorf("kind: found %s, expected moved, reshaped, reclassified, annotated, deleted, added, split, merged or redrawn", wtf8.Quote(string(c.Kind)))
	}
	for i, ids := range [][]coco.ID{c.From, c.To} {
		if min(len(ids), 2) != n[i] {
			return fmt.Errorf("%s: found %d ids, expected %s of a change that is %s", [2]string{"from", "to"}[i], len(ids),
				several[n[i]], c.Kind)
		}
	}
	if n == [2]int{1, 1} && c.From[0] != c.To[0] {
		return fmt.Errorf("to: found the id %s, expected %s, that of from, of a change that is %s", c.To[0], c.From[0],
			c.Kind)
	}
	return nil
}

// Change is a change of one image.
type Change struct {
	Kind  Kind      `json:"kind"`
	Image coco.ID   `json:"-"`
	From  []coco.ID `json:"-"` // the annotations that are replaced
	To    []coco.ID `json:"-"` // those that replace them; the first have the ids of From
	// IoU is that of the pixels before with those after, 0 if there are none of one.
	IoU float64 `json:"iou"`
	// DX and DY are how far the pixels moved.
	DX int `json:"dx,omitempty"`
	DY int `json:"dy,omitempty"`
	// FromClass and ToClass are those of a pair whose class changed.
	FromClass string `json:"from_class,omitempty"`
	ToClass   string `json:"to_class,omitempty"`
}

// Changes are what an edit did to a set.
type Changes struct {
	List        []Change
	Images      []coco.Image      // that were compared
	Categories  []coco.Category   // of the edited set
	Annotations []coco.Annotation // that replace others or are new, in the order of List
	Kept        int
}

// Count returns the number of changes of a kind.
func (c *Changes) Count(kind Kind) int {
	n := 0
	for i := range c.List {
		if c.List[i].Kind == kind {
			n++
		}
	}
	return n
}

// Reclassified returns how many annotations that were found again have another class,
// whatever else was done to them.
func (c *Changes) Reclassified() int {
	n := 0
	for i := range c.List {
		if c.List[i].ToClass != "" {
			n++
		}
	}
	return n
}

// ErrOtherSet is wrapped by the error for changes of another set.
var ErrOtherSet = errors.New("the changes are not those of this set")

// Apply does the changes to the set that they were found in. The set is unchanged if there
// is an error, which wraps [ErrOtherSet]. Kept must be the number of annotations of Images
// that no change replaces.
func (c *Changes) Apply(d *coco.Dataset) error {
	at := make(map[coco.ID]int, len(d.Annotations))
	for i := range d.Annotations {
		at[d.Annotations[i].ID] = i
	}
	images := map[coco.ID]bool{}
	for i := range d.Images {
		images[d.Images[i].ID] = true
	}
	record := make(map[coco.ID]*coco.Annotation, len(c.Annotations))
	for i := range c.Annotations {
		a := &c.Annotations[i]
		if _, ok := record[a.ID]; ok {
			return fmt.Errorf("%w: found two records of annotation %s", ErrOtherSet, a.ID)
		}
		record[a.ID] = a
	}
	for i := range d.Categories {
		k := slices.IndexFunc(c.Categories, func(o coco.Category) bool { return o.ID == d.Categories[i].ID })
		if k < 0 || c.Categories[k].Name != d.Categories[i].Name {
			return fmt.Errorf("%w: category %d, %q, is another one there", ErrOtherSet, d.Categories[i].ID, d.Categories[i].Name)
		}
	}
	compared := map[coco.ID]bool{}
	for i := range c.Images {
		id := c.Images[i].ID
		if !images[id] {
			return fmt.Errorf("%w: images[%d] is image %s, which the set lacks", ErrOtherSet, i, id)
		}
		compared[id] = true
	}
	removed, used := map[int]bool{}, map[coco.ID]bool{}
	replaced := map[int]*coco.Annotation{}
	var added []coco.Annotation
	for n := range c.List {
		ch := &c.List[n]
		switch {
		case !images[ch.Image]:
			return fmt.Errorf("%w: change %d is of image %s, which the set lacks", ErrOtherSet, n+1, ch.Image)
		case !compared[ch.Image]:
			return fmt.Errorf("%w: change %d is of image %s, which is not among the images that were compared", ErrOtherSet, n+1,
				ch.Image)
		}
		for _, id := range ch.From {
			i, ok := at[id]
			if !ok || removed[i] || d.Annotations[i].ImageID != ch.Image {
				return fmt.Errorf("%w: change %d is of annotation %s, which image %s lacks", ErrOtherSet, n+1, id, ch.Image)
			}
			removed[i] = true
		}
		for _, id := range ch.To {
			a := record[id]
			i, there := at[id]
			if a == nil || used[id] || a.ImageID != ch.Image || there && !slices.Contains(ch.From, id) {
				return fmt.Errorf("%w: change %d makes annotation %s, of which there is no record, or another one", ErrOtherSet,
					n+1, id)
			}
			if used[id] = true; there {
				replaced[i] = a
			} else {
				added = append(added, *a)
			}
		}
	}
	for i := range c.Annotations {
		if id := c.Annotations[i].ID; !used[id] {
			return fmt.Errorf("%w: annotations[%d] is annotation %s, which no change makes", ErrOtherSet, i, id)
		}
	}
	kept := 0
	for i := range d.Annotations {
		if compared[d.Annotations[i].ImageID] && !removed[i] {
			kept++
		}
	}
	if kept != c.Kept {
		return fmt.Errorf("%w: kept: found %d, expected %d: so many annotations of the images that were compared have no change", ErrOtherSet, c.Kept, kept)
	}
	list := make([]coco.Annotation, 0, len(d.Annotations)+len(added))
	for i := range d.Annotations {
		switch {
		case replaced[i] != nil:
			list = append(list, *replaced[i])
		case !removed[i]:
			list = append(list, d.Annotations[i])
		}
	}
	d.Annotations = append(list, added...)
	d.Categories = slices.Clone(c.Categories)
	return nil
}

// SetMember is the member of a file of changes that has the checksum of the set they
// belong to: the SHA-256 of its text in hexadecimal digits.
const SetMember = "set_sha256"

// The members of a COCO file of changes.
const (
	listMember = "changes"
	keptMember = "kept"
)

// listed is a change as its file has it.
type listed struct {
	Change
	Image json.RawMessage   `json:"image_id"`
	From  []json.RawMessage `json:"from"`
	To    []json.RawMessage `json:"to"`
}

// Dataset returns the changes as a COCO dataset: the images that were compared, the new
// records of annotations, all categories, and the members changes and kept.
func (c *Changes) Dataset() (*coco.Dataset, error) {
	list := make([]listed, len(c.List))
	for i := range c.List {
		ch := &c.List[i]
		list[i] = listed{Change: *ch, Image: ch.Image.AppendJSON(nil), From: texts(ch.From), To: texts(ch.To)}
	}
	text, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	return &coco.Dataset{Images: c.Images, Annotations: c.Annotations, Categories: c.Categories, Extra: coco.Fields{
		{Key: keptMember, Value: fmt.Append(nil, c.Kept)},
		{Key: listMember, Value: text},
	}}, nil
}

func texts(ids []coco.ID) []json.RawMessage {
	list := make([]json.RawMessage, len(ids))
	for i, id := range ids {
		list[i] = id.AppendJSON(nil)
	}
	return list
}

// FromDataset returns the changes that a dataset has, as [Changes.Dataset] makes it.
func FromDataset(d *coco.Dataset) (*Changes, error) {
	text := d.Extra.Get(listMember)
	if text == nil {
		return nil, fmt.Errorf("%s: found none, expected the changes that import --changes writes", listMember)
	}
	var list []listed
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("%s: found no list of changes, expected what import --changes writes: %w", listMember, err)
	}
	c := &Changes{Images: d.Images, Annotations: d.Annotations, Categories: d.Categories, List: make([]Change, len(list))}
	kept := d.Extra.Get(keptMember)
	if kept == nil {
		return nil, fmt.Errorf("%s: found none, expected how many annotations were not changed", keptMember)
	}
	if err := json.Unmarshal(kept, &c.Kept); err != nil || c.Kept < 0 || string(kept) == "null" {
		return nil, fmt.Errorf("%s: found %.40s, expected a number of annotations", keptMember, kept)
	}
	for i := range list {
		c.List[i] = list[i].Change
		ids := make([]coco.ID, 0, 1+len(list[i].From)+len(list[i].To))
		for _, text := range slices.Concat([]json.RawMessage{list[i].Image}, list[i].From, list[i].To) {
			id, err := idOf(text)
			if err != nil {
				return nil, fmt.Errorf("%s[%d]: %w", listMember, i, err)
			}
			ids = append(ids, id)
		}
		n := len(list[i].From)
		c.List[i].Image, c.List[i].From, c.List[i].To = ids[0], ids[1:1+n], ids[1+n:]
		if err := c.List[i].check(); err != nil {
			return nil, fmt.Errorf("%s[%d].%w", listMember, i, err)
		}
	}
	return c, nil
}

// idOf reads an id.
func idOf(text json.RawMessage) (coco.ID, error) {
	var n int64
	if json.Unmarshal(text, &n) == nil && len(text) > 0 && text[0] != 'n' {
		return coco.IntID(n), nil
	}
	var s string
	if json.Unmarshal(text, &s) == nil && len(text) > 0 && text[0] == '"' {
		return coco.StringID(s), nil
	}
	return coco.ID{}, fmt.Errorf("found the id %s, expected an integer or a text", text)
}
