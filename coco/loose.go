package coco

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// The codes of what [DecodeLoose] finds.
const (
	NumberPoint  Code = "number-point"  // a whole number with a point or an exponent
	ValueQuoted  Code = "value-quoted"  // a number or a list in quotes
	TextUnquoted Code = "text-unquoted" // a number where a text is expected
	RingFlat     Code = "ring-flat"     // a single ring that is not in a list of rings
	IDMissing    Code = "id-missing"    // a record without an id
	TypeWrong    Code = "type-wrong"    // a type that has no single meaning
)

// TypeFault is a member of a record, or a record, that does not have the type which COCO
// gives it.
type TypeFault struct {
	Code  Code
	Place Place
	// Members are all members of the record that Code is about. For all codes but
	// [NumberPoint], that is the member of Place, or none.
	Members []string
	Found   json.RawMessage // compact; nil: absent, or longer than 200 bytes
	Meant   json.RawMessage // what it was read as; nil: not known, or longer than 200 bytes
	Reason  string          // what was found, and what was expected
}

// DecodeLoose reads a whole dataset as [Decode] does, and continues where a member has
// another type than COCO gives it. Where such a member has a single meaning, it is read
// as that:
//
//   - 1.0 where an integer is expected is 1, as for Decode, and is a fault;
//   - "12", "true" or "[1,2]" in quotes is what it spells; the category_id "vessel" is
//     that of the category with this id or, if there is none, with this name;
//   - 3 where a text is expected is "3";
//   - a list of numbers as a segmentation is a single ring;
//   - a missing id, or one that is neither an integer nor a string, is the lowest
//     positive one that is free. A category's id that is a text is too.
//
// Any other member is in the record's Missing, and in its Extra as it was found, so that
// it is written as it was read. An annotation without a valid image_id has the id of no
// image, and [FieldImageID] in its Missing. A record that is not an object is one of which
// everything is missing; the Place of its fault has no member.
//
// The faults are in the order of the file. The error is that of Decode if the text is not
// JSON, if it has no records, or if a member is repeated.
func DecodeLoose(r io.Reader) (*Dataset, []TypeFault, error) {
	return decodeLoose(r, runtime.GOMAXPROCS(0), blockText)
}

func decodeLoose(r io.Reader, workers, block int) (*Dataset, []TypeFault, error) {
	b := newBlocks(r, workers, block, math.MaxInt, false)
	b.s.p.loose = new(looseRecord)
	d, err := b.dataset()
	if err != nil {
		return nil, nil, err
	}
	resolve(d, b.faults)
	return d, b.faults, nil
}

// looseRecord is what a parser found in the record that it reads.
type looseRecord struct {
	faults []TypeFault
	points FieldSet // whole numbers with a point
}

func (l *looseRecord) reset() { l.faults, l.points = l.faults[:0], 0 }

// appendTo appends the faults of record i of a section.
func (l *looseRecord) appendTo(list []TypeFault, section Section, i int) []TypeFault {
	if l == nil || len(l.faults) == 0 && l.points == 0 {
		return list
	}
	at := Place{Section: section, Index: i}
	if names := fieldNames(l.points); len(names) > 0 {
		reason := "written with a point or an exponent, expected an integer"
		if last := len(names) - 1; last > 0 {
			reason = strings.Join(names[:last], ", ") + " and " + names[last] + " are written with a point or an exponent, expected integers"
		}
		list = append(list, TypeFault{Code: NumberPoint, Place: at.Within(names[0]), Members: names, Reason: reason})
	}
	for _, f := range l.faults {
		f.Place.Section, f.Place.Index = section, i
		list = append(list, f)
	}
	return list
}

// maxShown is the length of the longest value that a fault shows.
const maxShown = 200

func shown(text []byte) json.RawMessage {
	if len(text) > maxShown {
		return nil
	}
	return jsonscan.AppendCompact(nil, text)
}

// noObject reads a record that is not an object. err is why it is none.
func (p *parser) noObject(err error) error {
	text, broken := p.c.Raw()
	if broken != nil {
		return broken
	}
	p.loose.faults = append(p.loose.faults, TypeFault{Code: TypeWrong, Found: shown(text), Reason: reasonOf(err)})
	return nil
}

// reasonOf returns an error without the position.
func reasonOf(err error) string {
	var syntax *jsonscan.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Reason()
	}
	return err.Error()
}

// looseMember reads a member of any type by member, which knows its name.
func (p *parser) looseMember(key []byte, extra *Fields, member func(key []byte) error) error {
	c := p.c
	name := string(key)
	field := fieldNamed(name)
	start, seen, none := c.Pos(), p.seen, p.none
	p.point = false
	err := member(key)
	if err == nil {
		if p.point {
			p.loose.points |= field
		}
		return nil
	}
	if field == 0 || p.seen == seen || errors.Is(err, errRepeated) {
		return err
	}
	wrong := p.field
	c.SetPos(start)
	text, broken := c.Raw()
	if broken != nil {
		return broken
	}
	f := TypeFault{Code: TypeWrong, Place: Place{Member: name}, Members: []string{name}, Found: shown(text), Reason: reasonOf(err)}
	for _, m := range meanings(text) {
		p.seen, p.none = seen, none
		if p.from(m.text, func() error { return member(key) }) == nil {
			f.Code, f.Meant = m.code, shown(m.text)
			p.loose.faults = append(p.loose.faults, f)
			return nil
		}
	}
	p.seen, p.none = seen|field, none|field
	f.Place.Member = wrong // such as bbox[2]
	if field == fieldID {
		f.Code, p.none = IDMissing, none|field
	} else if err := p.from(text, func() (err error) { *extra, err = p.extra(*extra, key); return err }); err != nil {
		return err
	}
	p.loose.faults = append(p.loose.faults, f)
	return nil
}

// from reads from another text.
func (p *parser) from(text []byte, read func() error) error {
	outer := p.c
	defer func() { p.c = outer }()
	p.c = jsonscan.New(text)
	if err := read(); err != nil {
		return err
	}
	return p.c.End()
}

// meaning is a text that a value of another type may stand for.
type meaning struct {
	code Code
	text []byte
}

// meanings returns the texts that a value may stand for if it does not have the expected
// type.
func meanings(text []byte) []meaning {
	switch b := text[0]; {
	case b == '"':
		inner, err := jsonscan.New(text).String()
		if inner = bytes.TrimSpace(inner); err != nil || len(inner) == 0 {
			return nil
		}
		for _, word := range []string{"true", "false"} { // Python writes True
			if strings.EqualFold(string(inner), word) {
				inner = []byte(word)
			}
		}
		if c := jsonscan.New(inner); c.Skip() != nil || c.End() != nil {
			return nil
		}
		return []meaning{{ValueQuoted, inner}}
	case b == '[' || b == '{':
		list := []meaning{{ValueQuoted, appendUnquoted(nil, text)}}
		if b == '[' {
			list = append(list, meaning{RingFlat, append(append([]byte("["), text...), ']')})
		}
		return list
	case b == '-' || b-'0' <= 9:
		return []meaning{{TextUnquoted, append(append([]byte(`"`), text...), '"')}}
	}
	return nil
}

// appendUnquoted appends a valid value with numbers instead of the strings in its lists.
func appendUnquoted(dst, text []byte) []byte {
	var inList []bool // for each list and object around the position
	for p := 0; p < len(text); p++ {
		switch b := text[p]; b {
		case '[', '{':
			inList = append(inList, b == '[')
		case ']', '}':
			inList = inList[:len(inList)-1]
		case '"':
			c := jsonscan.New(text)
			c.SetPos(p)
			_ = c.Skip() // the value is valid
			quoted := c.Text(p)
			inner := quoted[1 : len(quoted)-1]
			if n := jsonscan.New(inner); len(inList) > 0 && inList[len(inList)-1] {
				if _, err := n.Float(); err == nil && n.End() == nil {
					quoted = inner
				}
			}
			dst = append(dst, quoted...)
			p = c.Pos() - 1
			continue
		}
		dst = append(dst, text[p])
	}
	return dst
}

// resolve gives ids to the records without one, and finds the categories that are named
// by text.
func resolve(d *Dataset, faults []TypeFault) {
	if len(faults) == 0 && !lacksIDs(d) {
		return
	}
	categories, images, annotations := map[int64]bool{}, map[int64]bool{}, map[int64]bool{}
	for i := range d.Categories {
		if d.Categories[i].Missing&fieldID == 0 {
			categories[d.Categories[i].ID] = true
		}
	}
	mark := func(used map[int64]bool, id ID, missing bool) {
		if n, ok := id.Int(); ok && !missing {
			used[n] = true
		}
	}
	noImage := false
	for i := range d.Images {
		mark(images, d.Images[i].ID, d.Images[i].Missing&fieldID != 0)
	}
	for i := range d.Annotations {
		a := &d.Annotations[i]
		mark(categories, IntID(a.CategoryID), a.Missing.Has(FieldCategoryID))
		mark(images, a.ImageID, a.Missing.Has(FieldImageID))
		mark(annotations, a.ID, a.Missing&fieldID != 0)
		noImage = noImage || a.Missing.Has(FieldImageID)
	}
	if noImage {
		taken := map[ID]bool{}
		for i := range d.Images {
			taken[d.Images[i].ID] = true
		}
		none := "none"
		for taken[StringID(none)] {
			none += " "
		}
		for i := range d.Annotations {
			if a := &d.Annotations[i]; a.Missing.Has(FieldImageID) {
				a.ImageID = StringID(none)
			}
		}
	}
	given := map[Place]int64{}
	nextCategory, nextImage, nextAnnotation := freeIDs(categories), freeIDs(images), freeIDs(annotations)
	for i := range d.Categories {
		if c := &d.Categories[i]; c.Missing&fieldID != 0 {
			c.Missing &^= fieldID
			c.ID = nextCategory()
			given[Place{Section: SectionCategories, Index: i}] = c.ID
		}
	}
	for i := range d.Images {
		if img := &d.Images[i]; img.Missing&fieldID != 0 {
			n := nextImage()
			img.Missing &^= fieldID
			img.ID = IntID(n)
			given[Place{Section: SectionImages, Index: i}] = n
		}
	}
	for i := range d.Annotations {
		if a := &d.Annotations[i]; a.Missing&fieldID != 0 {
			n := nextAnnotation()
			a.Missing &^= fieldID
			a.ID = IntID(n)
			given[Place{Section: SectionAnnotations, Index: i}] = n
		}
	}
	named := categoriesByText(d, faults, given)
	for i := range faults {
		f := &faults[i]
		switch {
		case f.Code == IDMissing:
			f.Meant = IntID(given[f.Place.Within("")]).AppendJSON(nil)
			f.Reason = fmt.Sprintf("%s: %s is the lowest one that is free", f.Reason, f.Meant)
		case f.Code == TypeWrong && f.Place.Section == SectionAnnotations && f.Place.Member == "category_id":
			if id, ok := named[string(f.Found)]; ok {
				a := &d.Annotations[f.Place.Index]
				a.CategoryID = id
				a.Missing &^= FieldCategoryID
				a.Extra = a.Extra.without("category_id")
				f.Code, f.Meant = ValueQuoted, IntID(id).AppendJSON(nil)
			}
		}
	}
}

// lacksIDs reports whether a record has no id, or an annotation no image.
func lacksIDs(d *Dataset) bool {
	return slices.ContainsFunc(d.Categories, func(c Category) bool { return c.Missing&fieldID != 0 }) ||
		slices.ContainsFunc(d.Images, func(img Image) bool { return img.Missing&fieldID != 0 }) ||
		slices.ContainsFunc(d.Annotations, func(a Annotation) bool { return a.Missing&(fieldID|FieldImageID) != 0 })
}

// categoriesByText returns the categories that a text in quotes means: by its id that is a
// text or, if there is none, by its name. given are the ids of records that had none.
func categoriesByText(d *Dataset, faults []TypeFault, given map[Place]int64) map[string]int64 {
	named, twice := map[string]int64{}, map[string]bool{}
	add := func(text string, id int64) {
		if _, ok := named[text]; ok {
			twice[text] = true
		}
		named[text] = id
	}
	for i := range faults {
		if f := &faults[i]; f.Code == IDMissing && f.Place.Section == SectionCategories && len(f.Found) > 0 && f.Found[0] == '"' {
			add(string(f.Found), given[f.Place.Within("")])
		}
	}
	byID := len(named)
	if byID == 0 {
		for i := range d.Categories {
			if c := &d.Categories[i]; c.Name != "" {
				add(string(jsonscan.AppendString(nil, c.Name)), c.ID)
			}
		}
	}
	for text := range twice {
		delete(named, text)
	}
	return named
}

// freeIDs returns a function that returns the lowest positive integer that is not used,
// and marks it as used.
func freeIDs(used map[int64]bool) func() int64 {
	next := int64(0)
	return func() int64 {
		for next++; used[next]; next++ {
		}
		used[next] = true
		return next
	}
}

// without returns the fields of other names.
func (f Fields) without(key string) Fields {
	var kept Fields
	for _, m := range f {
		if m.Key != key {
			kept = append(kept, m)
		}
	}
	return kept
}
