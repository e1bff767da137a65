package coco

import (
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// plainAnnotation reads the members of an annotation as long as they are known members
// in the order of [AppendAnnotation] and in their usual form. It reports whether there
// are more members; the cursor is then at the first one that it did not read. It is
// only a faster path for texts that the general code accepts. It leaves anything else
// to the general code, from the start of the member.
func (p *parser) plainAnnotation(a *Annotation) (more bool) {
	c := p.c
	at := c.Pos()
	var err error
	if !c.Literal(`"id":`) || !plainDigit(c) {
		c.SetPos(at)
		return true
	}
	if a.ID.num, err = c.Int(); err != nil || !p.plainNext(&at, fieldID) {
		c.SetPos(at)
		return true
	}
	if !c.Literal(`"image_id":`) || !plainDigit(c) {
		c.SetPos(at)
		return true
	}
	if a.ImageID.num, err = c.Int(); err != nil || !p.plainNext(&at, FieldImageID) {
		c.SetPos(at)
		return true
	}
	if c.Literal(`"category_id":`) {
		if a.CategoryID, err = c.Int(); err != nil || !p.plainNext(&at, FieldCategoryID) {
			c.SetPos(at)
			return true
		}
	}
	if c.Literal(`"segmentation":`) {
		if !p.plainSegmentation(&a.Segmentation) || !p.plainNext(&at, FieldSegmentation) {
			c.SetPos(at)
			p.field = ""
			return true
		}
	}
	if c.Literal(`"area":`) {
		if a.Area, err = c.Float(); err != nil || !p.plainNext(&at, FieldArea) {
			c.SetPos(at)
			return true
		}
	}
	if c.Literal(`"bbox":`) {
		var b [4]float64
		if c.ShortFloats(b[:]) {
			a.BBox = rle.Box{X: b[0], Y: b[1], W: b[2], H: b[3]}
		} else if a.BBox, err = p.box(); err != nil {
			c.SetPos(at)
			p.field = ""
			return true
		}
		if !p.plainNext(&at, FieldBBox) {
			c.SetPos(at)
			p.field = ""
			return true
		}
	}
	if c.Literal(`"iscrowd":0}`) {
		p.seen |= FieldIsCrowd
		return false
	}
	return true
}

// plainDigit reports whether a digit comes next.
func plainDigit(c *jsonscan.Cursor) bool { return c.Peek()-'0' <= 9 }

// plainNext skips the comma before another member. It records that the field before was
// read, and where the member begins.
func (p *parser) plainNext(at *int, f FieldSet) bool {
	if !p.c.Literal(`,"`) {
		return false
	}
	*at = p.c.Pos() - 1
	p.c.SetPos(*at)
	p.seen |= f
	return true
}

// plainSegmentation reads compressed runs in the form of the writer. It reads other
// segmentations by the general code.
func (p *parser) plainSegmentation(s *Segmentation) bool {
	c := p.c
	start := c.Pos()
	if !c.Literal(`{"size":[`) {
		var err error
		*s, err = p.segmentation()
		return err == nil && !p.point
	}
	for i := range 2 {
		if !plainDigit(c) {
			return false
		}
		if _, err := c.Int(); err != nil || i == 0 && !c.Literal(`,`) {
			return false
		}
	}
	if !c.Literal(`],"counts":"`) {
		return false
	}
	c.SetPos(c.Pos() - 1)
	if c.Skip() != nil || !c.Literal(`}`) {
		return false
	}
	if !p.boxes {
		*s = Segmentation{raw: p.copy(c.Text(start)), kind: KindRLE, read: true}
	}
	return true
}
