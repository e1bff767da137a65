package preds

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// meantBySelf is the advice for results that contradict the ground truth.
const meantBySelf = "--images FILE says what the ids mean: FILE is the COCO file that the model was run on, or the ground truth if the ids are its own"

// ownLists is the meaning that the lists of a dataset give to the ids of its records.
type ownLists struct {
	images     map[coco.ID]meant
	categories map[int64]meantClass
	file       string
	truth      map[coco.ID]int // places of the ground truth's images, for a dataset without images
}

// meant is an image of the ground truth, or the reason why there is none.
type meant struct {
	place int // -1: the ground truth does not have it
	name  string
	err   error
}

// meantClass is the same of a category.
type meantClass struct {
	id   int64
	name string
	ok   bool
	err  error
}

// ownLists matches the lists of a dataset with those of the ground truth by name. An
// image or a category without a name keeps its id. It returns nil if both have the same
// ids.
func (d *Detections) ownLists(t *Truth) (meaning, error) {
	if d.listsAgree(t) {
		return nil, nil
	}
	places := t.places()
	m := &ownLists{images: map[coco.ID]meant{}, categories: map[int64]meantClass{}, file: d.Name, truth: places}
	names := coco.NewNames(d.lists.Images)
	used, usedClasses := map[coco.ID]bool{}, map[int64]bool{}
	for _, id := range d.List.ImageIDs() {
		used[id] = true
	}
	for _, id := range d.List.CategoryIDs() {
		usedClasses[id] = true
	}
	same := contradiction{}
	for i := range d.lists.Images {
		img := &d.lists.Images[i]
		if _, twice := m.images[img.ID]; twice {
			return nil, d.fault("image id %s is used for two images", img.ID.AppendJSON(nil))
		}
		at, byID := places[img.ID]
		to := meant{place: -1, name: names.Name(i)}
		switch {
		case names.Path(i) == "" && names.Tile(i) == "", byID && img.FileName == t.Images[at].FileName:
			if byID {
				to.place = at
			}
		default:
			to.place, to.err = names.Match(i, t.Names.All)
			var ambiguous *coco.AmbiguousNameError
			if to.err != nil && !errors.As(to.err, &ambiguous) {
				to.err = nil // it is an image that the ground truth does not have
			}
			same.see(used[img.ID], byID, to.place == at, to.place >= 0, func() string {
				return fmt.Sprintf("image %s is %s, but %s in %s", img.ID.AppendJSON(nil), to.name, t.Names.All.Name(at), t.Name)
			})
		}
		m.images[img.ID] = to
	}
	if text := same.text(); text != "" {
		return nil, d.fault("%s", text)
	}
	same = contradiction{}
	for _, c := range d.lists.Categories {
		if _, twice := m.categories[c.ID]; twice {
			return nil, d.fault("category id %d is used for two classes", c.ID)
		}
		to := meantClass{name: c.Name}
		own := t.className(c.ID)
		if c.Name == "" {
			to.id, to.ok = c.ID, own != nil
		} else {
			to.id, to.ok, to.err = t.categoryNamed(c.ID, c.Name)
			same.see(usedClasses[c.ID], own != nil, to.ok && to.id == c.ID, to.ok, func() string {
				return fmt.Sprintf("category %d is %s, but %s in %s", c.ID, wtf8.Quote(c.Name), wtf8.Quote(*own), t.Name)
			})
		}
		m.categories[c.ID] = to
	}
	if text := same.text(); text != "" {
		return nil, d.fault("%s", text)
	}
	return m, nil
}

// listsAgree reports whether the ids of a dataset's lists mean the same in the ground
// truth: its records need no other.
func (d *Detections) listsAgree(t *Truth) bool {
	places := t.places()
	for i := range d.lists.Images {
		img := &d.lists.Images[i]
		if at, ok := places[img.ID]; !ok || t.Images[at].FileName != img.FileName {
			return false
		}
	}
	for _, c := range d.lists.Categories {
		if name := t.className(c.ID); name == nil || *name != c.Name {
			return false
		}
	}
	return true
}

// places returns the place of each image by its id.
func (t *Truth) places() map[coco.ID]int {
	at := make(map[coco.ID]int, len(t.Images))
	for i := range t.Images {
		at[t.Images[i].ID] = i
	}
	return at
}

// className returns the name of a category; nil: there is none.
func (t *Truth) className(id int64) *string {
	for i := range t.Categories {
		if t.Categories[i].ID == id {
			return &t.Categories[i].Name
		}
	}
	return nil
}

// A contradiction is a list that seems to have the ids of the ground truth, since what
// matches by name has them, but whose other names are others.
type contradiction struct {
	moved bool   // something has another id
	first string // what has an id of the ground truth and a name that it does not have
}

func (c *contradiction) see(used, known, same, matched bool, text func() string) {
	switch {
	case matched && !same:
		c.moved = true
	case !matched && known && used && c.first == "":
		c.first = text()
	}
}

func (c *contradiction) text() string {
	if c.moved {
		return ""
	}
	return c.first
}

func (m *ownLists) image(r *coco.Result) (int, string, error) {
	to, ok := m.images[r.ImageID]
	switch {
	case len(m.images) == 0:
		if at, ok := m.truth[r.ImageID]; ok {
			return at, "", nil
		}
		return -1, r.ImageID.String(), nil
	case !ok:
		return -1, "", fmt.Errorf("image_id: found %s, which no image of %s has", r.ImageID.AppendJSON(nil), m.file)
	case to.err != nil:
		return -1, "", fmt.Errorf("image_id: found %s: %w", r.ImageID.AppendJSON(nil), to.err)
	}
	return to.place, to.name, nil
}

func (m *ownLists) class(r *coco.Result) (int64, string, bool, error) {
	to, ok := m.categories[r.CategoryID]
	if r.Missing.Has(coco.FieldCategoryID) { // the evaluation reports it
		return 0, "", true, nil
	}
	switch {
	case len(m.categories) == 0: // the evaluation reports one that the ground truth does not have
		return r.CategoryID, "", true, nil
	case !ok:
		return 0, "", false, fmt.Errorf("category_id: found %d, which no category of %s has", r.CategoryID, m.file)
	}
	return to.id, to.name, to.ok, to.err
}

func (m *ownLists) advice() string { return meantBySelf }

// memberFileName is the member by which records of some tools name their image.
const memberFileName = "file_name"

// recordNames is the meaning of results whose records name their images: by a member
// file_name, or by an id that is a name.
type recordNames struct {
	truth  *Truth
	places map[coco.ID]int // by id
	found  map[string]meant
}

// names returns the meaning of results that name their images; nil: none does.
func (d *Detections) names(t *Truth) meaning {
	if !slices.ContainsFunc(d.List.ImageIDs(), coco.ID.IsString) && !d.List.HasExtra(memberFileName) {
		return nil
	}
	m := newRecordNames(t)
	some := false
	for _, r := range d.List.All() {
		some = some || m.says(&r)
	}
	if !some { // the evaluation says what is wrong with an id
		return nil
	}
	return m
}

func newRecordNames(t *Truth) *recordNames {
	return &recordNames{truth: t, places: t.places(), found: map[string]meant{}}
}

// says reports whether a record names its image: one that the ground truth has, or one in addition to an id that is
// not a name. One such record says that all are to be understood so.
func (m *recordNames) says(r *coco.Result) bool {
	name := m.name(r)
	return name != "" && (!r.ImageID.IsString() || m.find(name).place >= 0)
}

// name returns the name of the image that a record gives; empty: none.
func (m *recordNames) name(r *coco.Result) (name string) {
	if text, err := jsonscan.New(r.Extra.Get(memberFileName)).String(); err == nil && len(text) > 0 {
		return string(text)
	}
	if _, known := m.places[r.ImageID]; r.ImageID.IsString() && !known {
		return r.ImageID.String()
	}
	return ""
}

// find finds the image of a name.
func (m *recordNames) find(name string) meant {
	to, ok := m.found[name]
	if !ok {
		to.name = name
		to.place, to.err = m.truth.Names.All.FindName(name)
		m.found[name] = to
	}
	return to
}

func (m *recordNames) image(r *coco.Result) (int, string, error) {
	at, known := m.places[r.ImageID]
	name := m.name(r)
	if name == "" {
		if !known {
			return -1, r.ImageID.String(), nil
		}
		return at, "", nil
	}
	to := m.find(name)
	var ambiguous *coco.AmbiguousNameError
	switch {
	case errors.As(to.err, &ambiguous):
		if known {
			return at, name, nil // the id says which
		}
		return -1, name, fmt.Errorf("image_id: found %s: %w", r.ImageID.AppendJSON(nil), to.err)
	case known && to.place != at && m.truth.Images[at].FileName != "":
		return -1, name, fmt.Errorf("image_id: found %s with the file_name %s, but that id is %s in %s: %s",
			r.ImageID.AppendJSON(nil), wtf8.Quote(name), wtf8.Quote(m.truth.Images[at].FileName), m.truth.Name, meantBySelf)
	case known:
		return at, name, nil
	}
	return to.place, name, nil
}

// class keeps the id: the evaluation reports one that the ground truth does not have.
func (m *recordNames) class(r *coco.Result) (int64, string, bool, error) {
	return r.CategoryID, "", true, nil
}

func (m *recordNames) advice() string { return meantBySelf }
