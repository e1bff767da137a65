package coco

import (
	"errors"
	"math"
	"strings"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// A resultPlan is the shape of a record of results: the text between its values. Programs
// write all records of a file alike, so a record is read by the plan of the one before:
// the same text, and values in their usual form. It is only a faster way to read what
// [parser.resultText] reads, and leaves all else to it.
type resultPlan struct {
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
}

type planValue uint8

const (
	planImage    planValue = iota // an integer
	planCategory                  // an integer
	planNumber                    // any number: of the box, then the score
	planSize                      // an integer that is checked and skipped
	planCounts                    // compressed runs
	planScore
)

// plainResult is a record that a plan has read.
type plainResult struct {
	image, category int64
	box             [4]float64
	score           float64
	mask            []byte    // the text of the segmentation, or of its counts if size is set; nil: none
	size            [2]uint16 // height and width of the mask
}

// bbox returns the box.
func (r *plainResult) bbox() rle.Box {
	return rle.Box{X: r.box[0], Y: r.box[1], W: r.box[2], H: r.box[3]}
}

// maxPlanMisses is the number of records that a plan may fail to read before no further
// one is made: the records of the file are not alike.
const maxPlanMisses = 16

// read reads the record that comes next. If it reports false the cursor did not move.
func (s *resultPlan) read(c *jsonscan.Cursor, r *plainResult) bool {
	if len(s.steps) == 0 {
		return false
	}
	start, mask, boxed, sized := c.Pos(), -1, 0, 0
	var size [2]int64
	r.mask, r.size = nil, [2]uint16{}
	for i := range s.steps {
		step := &s.steps[i]
		if !c.Literal(step.before) {
			c.SetPos(start)
			return false
		}
		ok := false
		switch step.value {
		case planImage:
			r.image, ok = c.PlainInt()
		case planCategory:
			r.category, ok = c.PlainInt()
		case planNumber:
			r.box[boxed], ok = planFloat(c)
			boxed++
		case planScore:
			r.score, ok = planFloat(c)
		case planSize:
			if mask < 0 {
				mask = c.Pos() - (len(step.before) - step.brace)
			}
			size[sized], ok = c.PlainInt()
			sized++
		case planCounts:
			at := c.Pos()
			if ok = c.PlainString(); !ok {
				break
			}
			r.mask = c.Text(at)
			if ok = c.Peek() == '}'; !ok {
				break
			}
			c.SetPos(c.Pos() + 1)
			if h, w := size[0], size[1]; h > 0 && h <= math.MaxUint16 && w > 0 && w <= math.MaxUint16 {
				r.size = [2]uint16{uint16(h), uint16(w)}
			} else {
				r.mask = c.Text(mask)
			}
		}
		if !ok {
			c.SetPos(start)
			return false
		}
	}
	if !c.Literal(s.last) {
		c.SetPos(start)
		return false
	}
	s.misses = 0
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

// learn makes the plan of a record that was read from text, which it is all of.
func (s *resultPlan) learn(text []byte) {
	s.steps = s.steps[:0]
	if s.misses++; s.misses > maxPlanMisses {
		return
	}
	c := jsonscan.New(text)
	from := 0
	add := func(v planValue) {
		c.Peek()
		before := string(text[from:c.Pos()])
		s.steps = append(s.steps, planStep{before, strings.LastIndexByte(before, '{'), v})
		_ = c.Skip() // cannot fail, since the record was read before
		from = c.Pos()
	}
	seen := FieldSet(0)
	err := c.Object(func(key []byte) error {
		switch string(key) {
		case "image_id":
			add(planImage)
			seen |= FieldImageID
		case "category_id":
			add(planCategory)
			seen |= FieldCategoryID
		case "score":
			add(planScore)
			seen |= FieldScore
		case "bbox":
			seen |= FieldBBox
			return c.Array(func(int) error { add(planNumber); return nil })
		case "segmentation":
			seen |= FieldSegmentation
			if c.Peek() != '{' {
				return errNoPlan
			}
			return c.Object(func(key []byte) error {
				switch string(key) {
				case "size":
					return c.Array(func(int) error { add(planSize); return nil })
				case "counts":
					add(planCounts)
					if c.Peek() != '}' {
						return errNoPlan
					}
					from = c.Pos() + 1 // the brace belongs to the mask
					return nil
				}
				return errNoPlan
			})
		default:
			return errNoPlan
		}
		return nil
	})
	if err != nil || !s.valid(seen) {
		s.steps = s.steps[:0]
		return
	}
	s.last = string(text[from:])
	s.missing = (FieldCategoryID | FieldBBox | FieldScore | FieldSegmentation) &^ seen
}

// errNoPlan says that a record is not of a shape that a plan describes.
var errNoPlan = errors.New("no plan")

// valid reports whether the steps are those of a whole record with these members.
func (s *resultPlan) valid(seen FieldSet) bool {
	var n [planScore + 1]int
	for _, step := range s.steps {
		if n[step.value]++; step.value == planCounts && n[planSize] != 2 {
			return false // the mask begins with its size
		}
	}
	return n[planImage] == 1 && n[planScore] <= 1 && n[planCategory] <= 1 &&
		(n[planNumber] == 4 || n[planNumber] == 0 && !seen.Has(FieldBBox)) &&
		(n[planCounts] == 1 && n[planSize] == 2 || n[planCounts] == 0 && n[planSize] == 0 && !seen.Has(FieldSegmentation))
}
