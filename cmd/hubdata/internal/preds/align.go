package preds

import (
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// Align gives detections the ids of the ground truth. Which image and class their ids
// mean is said by the file of --images; without one (images is empty) by the results
// themselves: the lists of a dataset, the members file_name of records, and ids that are
// names. Detections on images and of classes that the ground truth does not have are
// dropped, and counted in Notes; it is an error if all are.
func Align(c *ui.Console, images string, categoryStart int64, t *Truth, list ...*Detections) error {
	var of *ImageIDs
	if images != "" {
		var err error
		if of, _, err = ReadImageIDs(c, images, categoryStart); err != nil {
			return err
		}
	}
	for _, d := range list {
		m, err := d.meaning(of, t)
		if err != nil {
			return err
		}
		if m == nil {
			d.noteOtherClasses(t)
			continue
		}
		to := newMapping(m, t)
		if err := d.Keep(to.Map); err != nil {
			return err
		}
		notes, err := to.Notes(d.Name)
		if err != nil {
			return err
		}
		d.Notes = append(d.Notes, notes...)
	}
	return nil
}

// meaning returns what the ids of the detections mean; nil: they are the ground truth's.
func (d *Detections) meaning(of *ImageIDs, t *Truth) (meaning, error) {
	switch {
	case of != nil:
		return &byFile{ids: of, images: of.In(t.Names.All), truth: t}, nil
	case d.lists != nil:
		return d.ownLists(t)
	}
	return d.names(t), nil
}

// A meaning says which image and class of the ground truth a detection is of.
type meaning interface {
	// image returns the place of the image, or -1 if the ground truth does not have it, and its name.
	image(r *coco.Result) (place int, name string, err error)
	// class returns the category of the ground truth, if it has the class, and its name.
	class(r *coco.Result) (id int64, name string, ok bool, err error)
	// advice is what to do if nothing is of the ground truth.
	advice() string
}

// outsiders counts detections that the ground truth has no place for.
type outsiders struct {
	n     int
	first string
}

func (o *outsiders) add(name string) {
	if o.n++; o.n == 1 {
		o.first = name
	}
}

// note says how many there are.
func (o *outsiders) note(of int, where, truth string) string {
	return fmt.Sprintf("%s of %s %s that %s does not have, the first is %s", ui.Thousands(o.n), ui.Plural(of, "detection is", "detections are"), where, truth, o.first)
}

// unknownCategory names a category that the ground truth does not have.
func unknownCategory(id int64) string { return fmt.Sprint("category ", id) }

// noteOtherClasses counts the detections whose category the ground truth does not have: the evaluation leaves them out.
func (d *Detections) noteOtherClasses(t *Truth) {
	known := t.knownCategories()
	if !slices.ContainsFunc(d.List.CategoryIDs(), func(id int64) bool { return !known[id] }) {
		return
	}
	var others outsiders
	for i := range d.List.Len() {
		if id := d.List.CategoryID(i); !d.List.Missing(i).Has(coco.FieldCategoryID) && !known[id] {
			others.add(unknownCategory(id))
		}
	}
	if others.n > 0 {
		d.Notes = append(d.Notes, others.note(d.List.Len(), "of classes", t.Name))
	}
}

// categoryNamed finds the category of a name: that of the id if it has the name, else
// the only one of the name. ok is false if there is none.
func (t *Truth) categoryNamed(id int64, name string) (found int64, ok bool, err error) {
	n := 0
	for _, c := range t.Categories {
		if c.Name != name {
			continue
		}
		if c.ID == id {
			return id, true, nil
		}
		found = c.ID
		n++
	}
	if n > 1 {
		return 0, false, fmt.Errorf("category_id: found %d, the class %s, but %s has %d categories of that name: rename them", id, wtf8.Quote(name), t.Name, n)
	}
	return found, n == 1, nil
}

// byFile is the meaning that the file of --images gives.
type byFile struct {
	ids    *ImageIDs
	images *IdsIn
	truth  *Truth
}

func (m *byFile) image(r *coco.Result) (int, string, error) { return m.images.Find(r.ImageID) }

func (m *byFile) class(r *coco.Result) (int64, string, bool, error) {
	name, err := m.ids.Class(r.CategoryID)
	if err != nil {
		return 0, "", false, err
	}
	id, ok, err := m.truth.categoryNamed(r.CategoryID, name)
	return id, name, ok, err
}

func (m *byFile) advice() string {
	return "check that --images names the file that the model was run on, and that it is of the same dataset"
}
