package coco

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// A parser converts the text of records into values. Values copy what they keep of the
// text, since the text is in a buffer that is reused.
type parser struct {
	c     *jsonscan.Cursor
	boxes bool   // drop segmentations
	store []byte // memory that records share, and that still has room
	plan  plan   // of the records of the list that is read

	field string            // the field being parsed, for errors
	seen  FieldSet          // known fields of the record so far
	none  FieldSet          // those of them that are null or the like, as if they were missing
	point bool              // a whole number with a point was read
	names map[string]string // names of unknown fields so far
	slab  Fields            // the last record's unknown fields, and free space

	skip  *skipper     // nil: all results are needed
	fixed []byte       // the segmentation up to index to, if some of its numbers have a point
	to    int          // in the text
	loose *looseRecord // nil: a member of another type is an error
}

// maxNames is the maximum number of names that a parser remembers. A file usually has
// few different names; the limit bounds memory for others.
const maxNames = 256

// Fields that are not in the Missing of a record that was read by [Decode], since a
// record must have them, but that must not be repeated either.
const (
	fieldID FieldSet = 1 << (15 - iota)
	_                // FieldImageID
	fieldSupercategory
)

// errRepeated is the error for a member that a record has twice.
var errRepeated = errors.New("duplicate member in this record: delete one")

// once records a known field. A second one of the same name is an error, since JSON
// parsers differ in which one they use.
func (p *parser) once(name string, f FieldSet) error {
	p.field = name
	if p.seen&f != 0 {
		return errRepeated
	}
	p.seen |= f
	return nil
}

// optional records a known field that a record may lack. It reports false if the value
// says that there is none; it then reads it.
func (p *parser) optional(name string, f FieldSet) (some bool, err error) {
	if err := p.once(name, f); err != nil {
		return false, err
	}
	if p.absent(f != FieldFileName && f != FieldName) {
		p.none |= f
		return false, nil
	}
	return true, nil
}

// absent reads null, NaN or an empty list, which programs write for what they do not
// have, and an empty string if that is no value of the field. It reports whether one of
// them comes next.
func (p *parser) absent(text bool) bool {
	c := p.c
	switch c.Peek() {
	case 'n':
		return c.Null()
	case 'N':
		return c.Literal("NaN")
	case '"':
		return text && c.Literal(`""`)
	case '[':
		at := c.Pos()
		if some, err := c.BeginArray(); err == nil && !some {
			return true
		}
		c.SetPos(at)
	}
	return false
}

// begin starts to read a record.
func (p *parser) begin() {
	p.field, p.seen, p.none, p.point = "", 0, 0, false
	if p.loose != nil {
		p.loose.reset()
	}
}

// object reads an object member by member. It returns an error if a required field is
// missing, and the set of optional fields that are missing. extra holds the members that
// member does not know.
func (p *parser) object(required, optional FieldSet, extra *Fields, member func(key []byte) error) (FieldSet, error) {
	p.begin()
	c := p.c
	c.Peek()
	at := c.Pos()
	more, err := c.BeginObject()
	if err != nil && p.loose != nil {
		return required | optional, p.noObject(err)
	}
	for ; more && err == nil; more, err = c.NextMember() {
		key, err := c.Key()
		if err != nil {
			return 0, err
		}
		if p.loose == nil {
			err = member(key)
		} else {
			err = p.looseMember(key, extra, member)
		}
		if err != nil {
			return 0, err
		}
		p.field = ""
	}
	if err != nil {
		return 0, err
	}
	if lacks := required &^ p.seen; lacks != 0 {
		if p.loose == nil {
			c.SetPos(at)
			return 0, errors.New("found a record without " + strings.Join(fieldNames(lacks), " and "))
		}
		p.none |= lacks
		if lacks&fieldID != 0 {
			p.loose.faults = append(p.loose.faults, TypeFault{Code: IDMissing, Place: Place{Member: "id"}, Members: []string{"id"}, Reason: "found none"})
		}
	}
	return optional&^p.seen | p.none, nil
}

// The members that records may lack.
const (
	imageFields      = FieldFileName | FieldHeight | FieldWidth
	annotationFields = FieldCategoryID | FieldSegmentation | FieldArea | FieldBBox | FieldIsCrowd
	resultFields     = FieldCategoryID | FieldBBox | FieldScore | FieldSegmentation
)

// image reads an image into img, which is zero.
func (p *parser) image(img *Image) error {
	p.begin()
	p.c.Peek()
	start := p.c.Pos()
	var v planned
	if p.plan.read(p, imagePlan, &v) && int64(int(v.height)) == v.height && int64(int(v.width)) == v.width {
		img.ID.num, img.Height, img.Width, img.Extra, img.Missing = v.id, int(v.height), int(v.width), v.extra, p.plan.missing
		if n := len(v.fileName); n > 0 {
			img.FileName = string(v.fileName[1 : n-1])
		}
		return nil
	}
	p.c.SetPos(start)
	err := p.anyImage(img)
	if err == nil {
		p.plan.learn(p.c.Text(start), imagePlan)
	}
	return err
}

// anyImage reads an image of any shape.
func (p *parser) anyImage(img *Image) error {
	missing, err := p.object(fieldID, imageFields, &img.Extra, func(key []byte) (err error) {
		some := false
		switch string(key) {
		case "id":
			if err = p.once("id", fieldID); err == nil {
				img.ID, err = p.id()
			}
		case "file_name":
			if some, err = p.optional("file_name", FieldFileName); some {
				img.FileName, err = p.text()
			}
		case "height":
			if some, err = p.optional("height", FieldHeight); some {
				img.Height, err = p.int()
			}
		case "width":
			if some, err = p.optional("width", FieldWidth); some {
				img.Width, err = p.int()
			}
		default:
			img.Extra, err = p.extra(img.Extra, key)
		}
		return err
	})
	img.Missing = missing
	return err
}

// annotation reads an annotation into a, which is zero.
func (p *parser) annotation(a *Annotation) error {
	p.begin()
	p.c.Peek()
	start := p.c.Pos()
	var v planned
	if p.plan.read(p, annotationPlan, &v) {
		a.ID.num, a.ImageID.num, a.CategoryID, a.Area, a.BBox, a.IsCrowd = v.id, v.image, v.category, v.area, v.bbox(), v.crowd
		a.Extra, a.Missing = v.extra, p.plan.missing
		if v.mask != nil && !p.boxes {
			a.Segmentation = Segmentation{raw: p.copy(v.mask), kind: v.kind, read: true}
		}
		return nil
	}
	err := p.anyAnnotation(a)
	if err == nil {
		p.plan.learn(p.c.Text(start), annotationPlan)
	}
	return err
}

// anyAnnotation reads an annotation of any shape.
func (p *parser) anyAnnotation(a *Annotation) error {
	missing, err := p.object(fieldID|FieldImageID, annotationFields,
		&a.Extra, func(key []byte) (err error) {
			some := false
			switch string(key) {
			case "id":
				if err = p.once("id", fieldID); err == nil {
					a.ID, err = p.id()
				}
			case "image_id":
				if err = p.once("image_id", FieldImageID); err == nil {
					a.ImageID, err = p.id()
				}
			case "category_id":
				if some, err = p.optional("category_id", FieldCategoryID); some {
					a.CategoryID, err = p.whole()
				}
			case "segmentation":
				if err = p.once("segmentation", FieldSegmentation); err == nil {
					a.Segmentation, err = p.segmentation()
				}
			case "area":
				nan := p.c.Peek() == 'N'
				if some, err = p.optional("area", FieldArea); some {
					a.Area, err = p.c.Float()
				} else if nan {
					a.Area = math.NaN()
				}
			case "bbox":
				if some, err = p.optional("bbox", FieldBBox); some {
					a.BBox, err = p.box()
				}
			case "iscrowd":
				if some, err = p.optional("iscrowd", FieldIsCrowd); some {
					a.IsCrowd, err = p.crowd()
				}
			default:
				a.Extra, err = p.extra(a.Extra, key)
			}
			return err
		})
	a.Missing = missing
	return err
}

func (p *parser) category(cat *Category) error {
	missing, err := p.object(fieldID, FieldName, &cat.Extra, func(key []byte) (err error) {
		some := false
		switch string(key) {
		case "id":
			if err = p.once("id", fieldID); err == nil {
				cat.ID, err = p.whole()
			}
		case "name":
			if some, err = p.optional("name", FieldName); some {
				cat.Name, err = p.text()
			}
		case "supercategory":
			if err = p.once("supercategory", fieldSupercategory); err != nil {
				return err
			}
			// An empty or null one is kept as an unknown field.
			if at := p.c; at.Peek() == '"' {
				start := at.Pos()
				if cat.Supercategory, err = p.text(); cat.Supercategory != "" || err != nil {
					return err
				}
				at.SetPos(start)
			}
			cat.Extra, err = p.extra(cat.Extra, key)
		default:
			cat.Extra, err = p.extra(cat.Extra, key)
		}
		return err
	})
	cat.Missing = missing
	return err
}

// result reads a detection, of which it may skip all but the image.
func (p *parser) result(r *Result) error {
	if p.skip != nil {
		if p.c.Peek(); p.skipResult(r) {
			return nil
		}
	}
	mask, m, err := p.resultText(r)
	if p.skip != nil && err == nil && !p.skip.needs(r.ImageID) {
		*r = Result{ImageID: r.ImageID, Missing: resultFields}
		return nil
	}
	if mask != nil {
		r.Segmentation = Segmentation{raw: p.copy(mask), kind: m.kind, read: true, h: m.h, w: m.w}
	}
	return err
}

// appendResult reads a detection and appends it to a list. After an error the list is as
// before.
func (p *parser) appendResult(list *Results) error {
	p.c.Peek()
	var v planned
	if p.plan.read(p, resultPlan, &v) {
		missing := p.plan.missing
		list.add(list.images.of(ID{num: v.image}), list.categories.of(v.category), v.bbox(), v.score, missing)
		if v.mask != nil && (!p.boxes || missing.Has(FieldBBox)) {
			list.addMask(v.maskText())
		}
		return nil
	}
	var r Result
	mask, m, err := p.unplannedResult(&r)
	if err != nil {
		return err
	}
	list.add(list.images.of(r.ImageID), list.categories.of(r.CategoryID), r.BBox, r.Score, r.Missing)
	if len(mask) > 0 {
		list.addMask(mask, m)
	}
	if r.Extra != nil {
		list.extra = append(padded(list.extra, len(list.image)-1), r.Extra)
	}
	return nil
}

// resultText reads a detection without its mask, whose text it returns. The text is valid
// until the next record is read.
func (p *parser) resultText(r *Result) (mask []byte, m maskText, err error) {
	p.c.Peek()
	var v planned
	if !p.plan.read(p, resultPlan, &v) {
		return p.unplannedResult(r)
	}
	r.ImageID.num, r.CategoryID, r.Score, r.Missing = v.image, v.category, v.score, p.plan.missing
	r.BBox = v.bbox()
	if v.mask == nil || p.boxes && !r.Missing.Has(FieldBBox) {
		return nil, maskText{kind: KindRLE, read: true}, nil
	}
	mask, m = v.maskText()
	return mask, m, nil
}

// unplannedResult is resultText for a record that the plan does not read. It makes the plan
// of the next record.
func (p *parser) unplannedResult(r *Result) (mask []byte, m maskText, err error) {
	start := p.c.Pos()
	m.read = true
	if mask, m.kind, err = p.anyResult(r); err != nil {
		return nil, m, err
	}
	p.plan.learn(p.c.Text(start), resultPlan)
	if p.boxes && !r.Missing.Has(FieldBBox) {
		mask = nil
	}
	return mask, m, nil
}

// anyResult is resultText for a record of any shape.
func (p *parser) anyResult(r *Result) (mask []byte, kind Kind, err error) {
	missing, err := p.object(FieldImageID, resultFields, &r.Extra, func(key []byte) (err error) {
		some := false
		switch string(key) {
		case "image_id":
			if err = p.once("image_id", FieldImageID); err == nil {
				r.ImageID, err = p.id()
			}
		case "category_id":
			if some, err = p.optional("category_id", FieldCategoryID); some {
				r.CategoryID, err = p.whole()
			}
		case "bbox":
			if some, err = p.optional("bbox", FieldBBox); some {
				r.BBox, err = p.box()
			}
		case "score":
			if err = p.once("score", FieldScore); err == nil {
				r.Score, err = p.c.Float()
			}
		case "segmentation":
			if err = p.once("segmentation", FieldSegmentation); err == nil {
				mask, kind, err = p.segmentationText()
			}
		default:
			r.Extra, err = p.extra(r.Extra, key)
		}
		return err
	})
	r.Missing = missing
	return mask, kind, err
}

// id reads an integer or a string.
func (p *parser) id() (ID, error) {
	switch b := p.c.Peek(); {
	case b == '"':
		s, err := p.text()
		return StringID(s), err
	case b == '-' || b-'0' <= 9:
		at := p.c.Pos()
		n, err := p.whole()
		if err == nil {
			return IntID(n), nil
		}
		p.c.SetPos(at)
		if text, number := p.c.Number(); number == nil && !bytes.ContainsAny(text, ".eE") {
			return ID{str: string(text)}, nil // of more than 64 bits
		}
		return ID{}, err
	}
	return ID{}, p.c.Unexpected("an id: an integer or a string")
}

func (p *parser) text() (string, error) {
	s, err := p.c.String()
	return string(s), err
}

// whole reads an integer, which may be written with a point or an exponent.
func (p *parser) whole() (int64, error) {
	n, point, err := p.c.Whole()
	p.point = p.point || point
	return n, err
}

func (p *parser) int() (int, error) {
	n, err := p.whole()
	if int64(int(n)) != n && err == nil {
		return 0, errors.New("found an integer that is out of range")
	}
	return int(n), err
}

// crowd reads 0, 1, false or true.
func (p *parser) crowd() (bool, error) {
	switch p.c.Peek() {
	case 't', 'f':
		return p.c.Bool()
	case '0', '1':
		at := p.c.Pos()
		n, err := p.whole()
		if err == nil && n > 1 {
			p.c.SetPos(at)
			break
		}
		return n == 1, err
	}
	return false, p.c.Unexpected("0 or 1")
}

// box reads a list of four numbers.
func (p *parser) box() (b rle.Box, err error) {
	c := p.c
	more, err := c.BeginArray()
	n := 0
	for ; more && err == nil; more, err = c.NextElement() {
		var v float64
		if n < 4 {
			if v, err = c.Float(); err != nil {
				p.field = "bbox[" + strconv.Itoa(n) + "]"
				return b, err
			}
		}
		switch n {
		case 0:
			b.X = v
		case 1:
			b.Y = v
		case 2:
			b.W = v
		case 3:
			b.H = v
		default:
			return b, errors.New("found a list of more than four numbers, expected x, y, width, height")
		}
		n++
	}
	if err == nil && n < 4 {
		err = errors.New("found a list of " + strconv.Itoa(n) + " numbers, expected four: x, y, width, height")
	}
	return b, err
}

// extra reads the value of an unknown field and appends the field.
func (p *parser) extra(fields Fields, key []byte) (Fields, error) {
	name, ok := p.names[string(key)]
	if !ok {
		name = string(key)
		if len(p.names) < maxNames {
			if p.names == nil {
				p.names = map[string]string{}
			}
			p.names[name] = name
		}
	}
	p.field = name
	value, err := p.raw()
	if err != nil {
		return fields, err
	}
	// The fields of a record are the last ones of the slab.
	if len(p.slab) == cap(p.slab) {
		p.slab = append(make(Fields, 0, max(4, 2*len(fields), min(2*cap(p.slab), slabSize))), fields...)
	} else if fields == nil {
		p.slab = p.slab[len(p.slab):]
	}
	p.slab = append(p.slab, Field{Key: name, Value: value})
	return p.slab[:len(p.slab):len(p.slab)], nil
}

// slabSize is the number of fields that are allocated together, after fewer for the first ones.
const slabSize = 256

// raw reads any value as compact text.
func (p *parser) raw() (json.RawMessage, error) {
	text, err := p.c.Raw()
	if err != nil {
		return nil, err
	}
	if jsonscan.HasSpace(text) {
		return jsonscan.AppendCompact(make([]byte, 0, len(text)), text), nil
	}
	return p.copy(text), nil
}

// storeSize is the size of text that is allocated together, after less for the first ones.
const storeSize = 64 << 10

// copy returns a copy of a part of the text.
func (p *parser) copy(text []byte) []byte {
	if len(text) > cap(p.store)-len(p.store) {
		if len(text) > storeSize/4 {
			return append(make([]byte, 0, len(text)), text...)
		}
		p.store = make([]byte, 0, max(len(text), min(2*cap(p.store), storeSize)))
	}
	n := len(p.store)
	p.store = append(p.store, text...)
	return p.store[n:len(p.store):len(p.store)]
}

// segmentation reads a segmentation of any kind and checks its form.
func (p *parser) segmentation() (Segmentation, error) {
	text, kind, err := p.segmentationText()
	if err != nil || p.boxes || text == nil {
		return Segmentation{}, err
	}
	return Segmentation{raw: p.copy(text), kind: kind, read: true}, nil
}

// segmentationText skips a segmentation of any kind and checks its form. It returns the
// text, which is valid until the record ends; nil: there is none.
func (p *parser) segmentationText() ([]byte, Kind, error) {
	c := p.c
	b := c.Peek()
	start := c.Pos()
	kind := KindNone
	var err error
	p.fixed, p.to = p.fixed[:0], start
	switch b {
	case '[':
		kind, err = p.rings()
	case '{':
		kind, err = p.runs()
	default:
		switch {
		case c.Null():
		case p.absent(true):
			p.none |= FieldSegmentation
			return nil, KindNone, nil
		default:
			err = c.Unexpected("polygons [[x1, y1, x2, y2, ...], ...] or an object with size and counts")
		}
	}
	if err != nil {
		return nil, KindNone, err
	}
	if len(p.fixed) > 0 {
		p.fixed = append(p.fixed, c.Text(p.to)...)
		return p.fixed, kind, nil
	}
	return c.Text(start), kind, nil
}

// rings skips polygons and checks their form.
func (p *parser) rings() (Kind, error) {
	c := p.c
	more, err := c.BeginArray()
	if !more {
		return KindNone, err
	}
	for i := 0; more && err == nil; more, err = c.NextElement() {
		if b := c.Peek(); b != '[' {
			want := "a ring: a list of numbers x1, y1, x2, y2, ..."
			if b == '-' || b-'0' <= 9 {
				want += "; write even a single ring as a list of rings: [[x1, y1, ...]]"
			}
			p.field = "segmentation[" + strconv.Itoa(i) + "]"
			return 0, c.Unexpected(want)
		}
		if n, err := c.SkipNumbers(); err != nil {
			p.field = "segmentation[" + strconv.Itoa(i) + "][" + strconv.Itoa(n) + "]"
			return 0, err
		}
		i++
	}
	return KindPolygons, err
}

// runs skips an object with size and counts and checks its form.
func (p *parser) runs() (Kind, error) {
	c := p.c
	kind, size, counts := KindNone, false, false
	more, err := c.BeginObject()
	for ; more && err == nil; more, err = c.NextMember() {
		key, err := c.Key()
		if err != nil {
			return 0, err
		}
		switch string(key) {
		case "size":
			p.field = "segmentation.size"
			if size {
				return 0, errors.New("duplicate member: delete one")
			}
			size = true
			c.Peek()
			at := c.Pos()
			_, _, point, err := readSize(c)
			if err != nil {
				return 0, err
			}
			if point {
				p.writeWhole(at)
			}
		case "counts":
			p.field = "segmentation.counts"
			if counts {
				return 0, errors.New("duplicate member: delete one")
			}
			counts = true
			switch c.Peek() {
			case '"':
				kind, err = KindRLE, c.Skip()
			case '[':
				kind = KindCounts
				at := c.Pos()
				if _, err = c.SkipNumbers(); err == nil && bytes.ContainsAny(c.Text(at), ".eE") {
					p.writeWhole(at)
				}
			default:
				err = c.Unexpected("a list of run lengths or a string")
			}
			if err != nil {
				return 0, err
			}
		default:
			if err := c.Skip(); err != nil {
				return 0, err
			}
		}
		p.field = "segmentation"
	}
	if err == nil && (!size || !counts) {
		err = errors.New("found an object without size and counts")
	}
	return kind, err
}

// writeWhole writes the list of numbers from index at to the cursor, which is part of a
// segmentation, with integers instead of whole numbers with a point or an exponent. A list
// of which a number is not whole stays as it is.
func (p *parser) writeWhole(at int) {
	list := jsonscan.New(p.c.Text(at))
	out := append(append(p.fixed, p.c.Text(p.to)[:at-p.to]...), '[')
	more, err := list.BeginArray()
	for first := true; more && err == nil; more, err = list.NextElement() {
		if !first {
			out = append(out, ',')
		}
		first = false
		n, _, werr := list.Whole()
		if werr != nil {
			return
		}
		out = strconv.AppendInt(out, n, 10)
	}
	p.fixed, p.to, p.point = append(out, ']'), p.c.Pos(), true
}

// readSize reads [height, width]. point reports whether a number has a point.
func readSize(c *jsonscan.Cursor) (h, w int64, point bool, err error) {
	var other bool
	if err = c.Expect('['); err == nil {
		if h, point, err = c.Whole(); err == nil {
			if err = c.Expect(','); err == nil {
				if w, other, err = c.Whole(); err == nil {
					err = c.Expect(']')
				}
			}
		}
	}
	if err == nil && (h < 0 || w < 0) {
		err = errors.New("found a negative size")
	}
	return h, w, point || other, err
}
