package coco

import (
	"bytes"
	"errors"
	"math"
	"strings"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// A plan is the shape of a record: the text between its values. Programs write all records of
// a list alike, so a record is read by the plan of the one before: the same text, and values
// in their usual form. It is only a faster way to read what [parser.anyImage],
// [parser.anyAnnotation] and [parser.anyResult] read, and leaves all else to them.
type plan struct {
	kind    *planKind
	steps   []planStep
	last    string // the text after the last value
	missing FieldSet
	misses  int // records that the plan did not read, since it last read one
}

// A planStep is the text before a value, and what the value is.
type planStep struct {
	before string
	brace  int // index in before of the last '{', with which a mask begins
	value  planValue
	key    []byte // of another member
}

type planValue uint8

const (
	planID       planValue = iota // an integer
	planImage                     // an integer
	planCategory                  // an integer
	planHeight                    // an integer
	planWidth                     // an integer
	planFileName                  // a text without escapes
	planArea                      // a number
	planScore                     // a number
	planNumber                    // a number of the box
	planCrowd                     // 0 or 1
	planSize                      // an integer of the size of a mask
	planCounts                    // compressed runs after their size
	planShape                     // any other segmentation
	planOther                     // the value of another member
)

// A planKind says which members a plan knows.
type planKind struct {
	known    map[string]planMember
	required FieldSet // a record without them has no plan
	optional FieldSet
	others   bool // other members are read too, and segmentations of any kind
}

// A planMember is a member that a plan knows, and its field.
type planMember struct {
	value planValue
	field FieldSet
}

var imagePlan = &planKind{
	known: map[string]planMember{
		"id": {planID, fieldID}, "file_name": {planFileName, FieldFileName},
		"height": {planHeight, FieldHeight}, "width": {planWidth, FieldWidth},
	},
	required: fieldID, optional: imageFields, others: true,
}

var annotationPlan = &planKind{
	known: map[string]planMember{
		"id": {planID, fieldID}, "image_id": {planImage, FieldImageID}, "category_id": {planCategory, FieldCategoryID},
		"area": {planArea, FieldArea}, "iscrowd": {planCrowd, FieldIsCrowd}, "bbox": {planNumber, FieldBBox},
		"segmentation": {planCounts, FieldSegmentation},
	},
	required: fieldID | FieldImageID, optional: annotationFields, others: true,
}

var resultPlan = &planKind{
	known: map[string]planMember{
		"image_id": {planImage, FieldImageID}, "category_id": {planCategory, FieldCategoryID}, "score": {planScore, FieldScore},
		"bbox": {planNumber, FieldBBox}, "segmentation": {planCounts, FieldSegmentation},
	},
	required: FieldImageID, optional: resultFields,
}

// planned is what a plan has read of a record.
type planned struct {
	id, image, category int64
	height, width       int64
	fileName            []byte // with quotes
	area, score         float64
	box                 [4]float64
	crowd               bool
	mask                []byte   // the text of the segmentation, valid until the next record; nil: none
	kind                Kind     // of it
	counts              []byte   // the text of its compressed runs, with quotes; nil: it is another one
	size                [2]int64 // height and width of the mask
	extra               Fields
}

// bbox returns the box.
func (v *planned) bbox() rle.Box {
	return rle.Box{X: v.box[0], Y: v.box[1], W: v.box[2], H: v.box[3]}
}

// maskText returns the text of the mask as [Results] hold it.
func (v *planned) maskText() ([]byte, maskText) {
	m := maskText{kind: KindRLE, read: true}
	if h, w := v.size[0], v.size[1]; h > 0 && h <= math.MaxUint16 && w > 0 && w <= math.MaxUint16 {
		m.h, m.w = uint16(h), uint16(w)
		return v.counts, m
	}
	return v.mask, m
}

// maxPlanMisses is the number of records that a plan may fail to read before no further
// one is made: the records of the file are not alike.
const maxPlanMisses = 16

// read reads the record that comes next into v, of which it sets what the record has. If it
// reports false the cursor did not move.
func (s *plan) read(p *parser, kind *planKind, v *planned) bool {
	if len(s.steps) == 0 || s.kind != kind {
		return false
	}
	start := p.c.Pos()
	if !s.readSteps(p, v) || !p.c.Literal(s.last) {
		p.c.SetPos(start)
		return false
	}
	s.misses = 0
	return true
}

// readSteps reads the values.
func (s *plan) readSteps(p *parser, v *planned) (ok bool) {
	c := p.c
	mask, boxed, sized := -1, 0, 0
	for i := range s.steps {
		step := &s.steps[i]
		if !c.Literal(step.before) {
			return false
		}
		switch step.value {
		case planID:
			v.id, ok = c.PlainInt()
		case planImage:
			v.image, ok = c.PlainInt()
		case planCategory:
			v.category, ok = c.PlainInt()
		case planHeight:
			v.height, ok = c.PlainInt()
		case planWidth:
			v.width, ok = c.PlainInt()
		case planFileName:
			at := c.Pos()
			ok = c.PlainString()
			v.fileName = c.Text(at)
			ok = ok && bytes.IndexByte(v.fileName, '\\') < 0
		case planArea:
			v.area, ok = planFloat(c)
		case planScore:
			v.score, ok = planFloat(c)
		case planNumber:
			v.box[boxed], ok = planFloat(c)
			boxed++
		case planCrowd:
			var n int64
			n, ok = c.PlainInt()
			ok = ok && n <= 1
			v.crowd = n == 1
		case planSize:
			if mask < 0 {
				mask = c.Pos() - (len(step.before) - step.brace)
			}
			v.size[sized], ok = c.PlainInt()
			sized++
		case planCounts:
			at := c.Pos()
			if ok = c.PlainString(); !ok {
				break
			}
			v.counts = c.Text(at)
			if ok = c.Peek() == '}'; ok {
				c.SetPos(c.Pos() + 1)
				v.mask, v.kind = c.Text(mask), KindRLE
			}
		case planShape:
			var err error
			v.mask, v.kind, err = p.segmentationText()
			ok = err == nil && v.mask != nil && !p.point
		case planOther:
			var err error
			v.extra, err = p.extra(v.extra, step.key)
			ok = err == nil
		}
		if !ok {
			return false
		}
	}
	return true
}

// planFloat reads a number; one with an exponent too.
func planFloat(c *jsonscan.Cursor) (float64, bool) {
	if f, ok := c.PlainFloat(); ok {
		return f, true
	}
	if b := c.Peek(); b != '-' && b-'0' > 9 {
		return 0, false
	}
	f, err := c.Float()
	return f, err == nil
}

// errNoPlan says that a record is not of a shape that a plan describes.
var errNoPlan = errors.New("no plan")

// learn makes the plan of a record that was read from text, which it is all of.
func (s *plan) learn(text []byte, kind *planKind) {
	if s.kind != kind {
		*s = plan{kind: kind}
	}
	s.steps = s.steps[:0]
	if s.misses++; s.misses > maxPlanMisses {
		return
	}
	c := jsonscan.New(text)
	from, numbers := 0, 0
	add := func(v planValue, key []byte) {
		c.Peek()
		before := string(text[from:c.Pos()])
		s.steps = append(s.steps, planStep{before, strings.LastIndexByte(before, '{'), v, bytes.Clone(key)})
		_ = c.Skip() // cannot fail, since the record was read before
		from = c.Pos()
	}
	seen := FieldSet(0)
	err := c.Object(func(key []byte) error {
		m, ok := kind.known[string(key)]
		seen |= m.field
		switch {
		case !ok && !kind.others:
			return errNoPlan
		case !ok:
			add(planOther, key)
		case m.value == planNumber:
			return c.Array(func(int) error { numbers++; add(planNumber, nil); return nil })
		case m.value == planCounts:
			at := c.Pos()
			if c.Peek() == '{' && learnRuns(c, add, &from) {
				return nil
			}
			if !kind.others {
				return errNoPlan
			}
			c.SetPos(at)
			add(planShape, nil)
		default:
			add(m.value, nil)
		}
		return nil
	})
	if err != nil || kind.required&^seen != 0 || seen.Has(FieldBBox) != (numbers == len(planned{}.box)) {
		s.steps = s.steps[:0]
		return
	}
	s.last = string(text[from:])
	s.missing = kind.optional &^ seen
}

// learnRuns adds the steps of compressed runs with size and counts, in this order, if the
// segmentation is that. The brace at its end, which *from is behind, belongs to the mask.
func learnRuns(c *jsonscan.Cursor, add func(planValue, []byte), from *int) bool {
	at, n, sizes := c.Pos(), 0, 0
	err := c.Object(func(key []byte) error {
		n++
		if n == 1 && string(key) == "size" {
			return c.Array(func(int) error { sizes++; return c.Skip() })
		}
		if n == 2 && string(key) == "counts" && c.Peek() == '"' {
			if _ = c.Skip(); c.Peek() == '}' {
				return nil
			}
		}
		return errNoPlan
	})
	if err != nil || n != 2 || sizes != len(planned{}.size) {
		return false
	}
	c.SetPos(at)
	_ = c.Object(func(key []byte) error {
		if string(key) == "size" {
			return c.Array(func(int) error { add(planSize, nil); return nil })
		}
		add(planCounts, nil)
		return nil
	})
	*from = c.Pos()
	return true
}
