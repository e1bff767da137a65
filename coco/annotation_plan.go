package coco

import (
	"bytes"
	"strings"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// An annotationPlan is the shape of an annotation: the text between its values, as a
// [resultPlan] is that of a result. It is only a faster way to read what
// [parser.anyAnnotation] reads, and leaves all else to it.
type annotationPlan struct {
	steps   []annotationStep
	last    string // the text after the last value
	missing FieldSet
	misses  int // records that the plan did not read, since it last read one
}

// An annotationStep is the text before a value, and what the value is.
type annotationStep struct {
	before string
	brace  int // index in before of the last '{', with which a mask begins
	value  annotationValue
	key    []byte // of another member
}

type annotationValue uint8

const (
	annotationID       annotationValue = iota // an integer
	annotationImage                           // an integer
	annotationCategory                        // an integer
	annotationArea
	annotationNumber // any number: of the box
	annotationCrowd  // 0 or 1
	annotationShape  // any segmentation
	annotationSize   // an integer that is checked and skipped
	annotationCounts // compressed runs
	annotationOther  // the value of another member
)

// annotationFields are the members that an annotation may lack.
const annotationFields = FieldCategoryID | FieldSegmentation | FieldArea | FieldBBox | FieldIsCrowd

// read reads the annotation that comes next into a, which is zero. If it reports false the
// cursor did not move, and a is zero.
func (s *annotationPlan) read(p *parser, a *Annotation) bool {
	if len(s.steps) == 0 {
		return false
	}
	c := p.c
	start := c.Pos()
	if s.readSteps(p, a) && c.Literal(s.last) {
		a.Missing = s.missing
		s.misses = 0
		return true
	}
	c.SetPos(start)
	*a = Annotation{}
	return false
}

// readSteps reads the values.
func (s *annotationPlan) readSteps(p *parser, a *Annotation) (ok bool) {
	c := p.c
	mask, boxed := 0, 0
	var box [4]float64
	for i := range s.steps {
		step := &s.steps[i]
		if !c.Literal(step.before) {
			return false
		}
		switch step.value {
		case annotationID:
			a.ID.num, ok = c.PlainInt()
		case annotationImage:
			a.ImageID.num, ok = c.PlainInt()
		case annotationCategory:
			a.CategoryID, ok = c.PlainInt()
		case annotationArea:
			a.Area, ok = planFloat(c)
		case annotationNumber:
			box[boxed], ok = planFloat(c)
			if boxed++; boxed == len(box) {
				a.BBox = rle.Box{X: box[0], Y: box[1], W: box[2], H: box[3]}
			}
		case annotationCrowd:
			var n int64
			n, ok = c.PlainInt()
			ok = ok && n <= 1
			a.IsCrowd = n == 1
		case annotationShape:
			ok = p.planShape(a)
		case annotationSize:
			if mask == 0 {
				mask = c.Pos() - (len(step.before) - step.brace)
			}
			_, ok = c.PlainInt()
		case annotationCounts:
			if ok = c.PlainString() && c.Literal("}"); ok && !p.boxes {
				a.Segmentation = Segmentation{raw: p.copy(c.Text(mask)), kind: KindRLE, read: true}
			}
		case annotationOther:
			var err error
			a.Extra, err = p.extra(a.Extra, step.key)
			ok = err == nil
		}
		if !ok {
			return false
		}
	}
	return true
}

// planShape reads a segmentation of any kind that has its usual form.
func (p *parser) planShape(a *Annotation) bool {
	text, kind, err := p.segmentationText()
	if err != nil || text == nil || p.point {
		return false
	}
	if !p.boxes {
		a.Segmentation = Segmentation{raw: p.copy(text), kind: kind, read: true}
	}
	return true
}

// learn makes the plan of an annotation that was read from text, which it is all of.
func (s *annotationPlan) learn(text []byte) {
	s.steps = s.steps[:0]
	if s.misses++; s.misses > maxPlanMisses {
		return
	}
	c := jsonscan.New(text)
	from := 0
	var count [annotationOther + 1]int
	add := func(v annotationValue, key []byte) {
		c.Peek()
		before := string(text[from:c.Pos()])
		s.steps = append(s.steps, annotationStep{before, strings.LastIndexByte(before, '{'), v, bytes.Clone(key)})
		_ = c.Skip() // cannot fail, since the annotation was read before
		from = c.Pos()
		count[v]++
	}
	seen := FieldSet(0)
	known := func(v annotationValue, f FieldSet) {
		add(v, nil)
		seen |= f
	}
	err := c.Object(func(key []byte) error {
		switch string(key) {
		case "id":
			known(annotationID, fieldID)
		case "image_id":
			known(annotationImage, FieldImageID)
		case "category_id":
			known(annotationCategory, FieldCategoryID)
		case "area":
			known(annotationArea, FieldArea)
		case "iscrowd":
			known(annotationCrowd, FieldIsCrowd)
		case "bbox":
			seen |= FieldBBox
			return c.Array(func(int) error { add(annotationNumber, nil); return nil })
		case "segmentation":
			seen |= FieldSegmentation
			at := c.Pos()
			if c.Peek() != '{' || !learnRuns(c, add, &from) {
				c.SetPos(at)
				add(annotationShape, nil)
			}
		default:
			add(annotationOther, key)
		}
		return nil
	})
	if err != nil || count[annotationID] != 1 || count[annotationImage] != 1 || seen.Has(FieldBBox) != (count[annotationNumber] == 4) {
		s.steps = s.steps[:0]
		return
	}
	s.last = string(text[from:])
	s.missing = annotationFields &^ seen
}

// learnRuns adds the steps of compressed runs with size and counts, in this order, if the
// segmentation is that. The brace at its end, which *from is behind, belongs to the mask.
func learnRuns(c *jsonscan.Cursor, add func(annotationValue, []byte), from *int) bool {
	at, n := c.Pos(), 0
	err := c.Object(func(key []byte) error {
		n++
		if n == 1 && string(key) == "size" {
			return c.Skip()
		}
		if n == 2 && string(key) == "counts" && c.Peek() == '"' {
			if _ = c.Skip(); c.Literal("}") {
				c.SetPos(c.Pos() - 1)
				return nil
			}
		}
		return errNoPlan
	})
	if err != nil || n != 2 {
		return false
	}
	c.SetPos(at)
	_ = c.Object(func(key []byte) error {
		if string(key) == "size" {
			return c.Array(func(int) error { add(annotationSize, nil); return nil })
		}
		add(annotationCounts, nil)
		return nil
	})
	*from = c.Pos()
	return true
}
