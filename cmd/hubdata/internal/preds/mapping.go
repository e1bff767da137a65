package preds

import (
	"iter"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// A Mapping gives results the ids of the ground truth, one after another: it is [Align] of results that are not held in
// memory.
type Mapping struct {
	truth *Truth
	known map[int64]bool // categories
	m     meaning        // nil: the ids are the ground truth's
	sure  bool           // that this is what they mean

	total, kept                int
	elsewhere, others, classes outsiders
}

// NewMapping returns the mapping of results, which the file of --images gives. Without one (images is empty) the results
// are no dataset.
func NewMapping(c *ui.Console, images string, categoryStart int64, t *Truth) (*Mapping, error) {
	if images == "" {
		m := newMapping(nil, t)
		m.sure = false
		return m, nil
	}
	of, _, err := ReadImageIDs(c, images, categoryStart)
	if err != nil {
		return nil, err
	}
	return newMapping(&byFile{ids: of, images: of.In(t.Names.All), truth: t}, t), nil
}

func newMapping(m meaning, t *Truth) *Mapping {
	return &Mapping{truth: t, known: t.knownCategories(), m: m, sure: true}
}

// knownCategories are the ids of the categories.
func (t *Truth) knownCategories() map[int64]bool {
	known := map[int64]bool{}
	for i := range t.Categories {
		known[t.Categories[i].ID] = true
	}
	return known
}

// Unsure reports whether what a result means depends on the others of its file: it names its image, or the ground truth
// has no image of its id. [Mapping.Look] finds out, and the file is to be mapped from its beginning then.
func (p *Mapping) Unsure(r *coco.Result, has bool) bool {
	return !p.sure && (!has || r.Extra.Get(memberFileName) != nil)
}

// Moves reports whether [Mapping.Map] may give a result another id.
func (p *Mapping) Moves() bool { return p.m != nil }

// Look finds out what the ids of all results of a file mean.
func (p *Mapping) Look(records iter.Seq2[coco.Result, error]) error {
	m := newRecordNames(p.truth)
	some := false
	for r, err := range records {
		if err != nil {
			return err
		}
		some = some || m.says(&r)
	}
	if some {
		p.m = m
	}
	p.sure = true
	p.Begin()
	return nil
}

// Begin begins with the first result of the file again.
func (p *Mapping) Begin() {
	p.total, p.kept, p.elsewhere, p.others, p.classes = 0, 0, outsiders{}, outsiders{}, outsiders{}
}

// Map gives a result the ids of the ground truth. It reports whether the ground truth has its image and its class, as far
// as these are known by name: what it says no to is dropped. An error is of a member of the result.
func (p *Mapping) Map(r *coco.Result) (keep bool, err error) {
	p.total++
	if p.m != nil {
		at, name, err := p.m.image(r)
		if err != nil {
			return false, err
		}
		category, class, ok, err := p.m.class(r)
		switch {
		case err != nil:
			return false, err
		case at < 0:
			p.elsewhere.add(name)
			return false, nil
		case !ok:
			p.others.add(class)
			return false, nil
		}
		r.ImageID, r.CategoryID = p.truth.Images[at].ID, category
	}
	p.kept++
	if !p.known[r.CategoryID] && !r.Missing.Has(coco.FieldCategoryID) {
		p.classes.add(unknownCategory(r.CategoryID))
	}
	return true, nil
}

// Notes says what was dropped of the results of the name, and what the evaluation leaves out. It is an error if all
// were dropped.
func (p *Mapping) Notes(name string) (notes []string, err error) {
	for _, o := range []struct {
		*outsiders
		where string
	}{{&p.elsewhere, "on images"}, {&p.others, "of classes"}} {
		if o.n == 0 {
			continue
		}
		note := o.note(p.total, o.where, p.truth.Name)
		if o.n == p.total {
			err := ui.Failf(ui.ExitBadData, "%s: %s", name, note).Hint("%s", p.m.advice())
			if o.outsiders == &p.elsewhere {
				return nil, imagenames.Hint(err, p.truth.Names.All, o.first)
			}
			return nil, err
		}
		notes = append(notes, note)
	}
	if p.classes.n > 0 {
		notes = append(notes, p.classes.note(p.kept, "of classes", p.truth.Name))
	}
	return notes, nil
}
