package wsi

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/hubdata/hubdata/internal/csvtable"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// class is one of the three kinds of outline.
type class uint8

const (
	bloodVessel class = iota
	glomerulus
	unsure
	numClasses
)

var classNames = [numClasses]string{BloodVessel, Glomerulus, Unsure}

// parseClass finds the class of a name.
func parseClass[S string | []byte](name S) (class, bool) {
	for c, n := range classNames {
		if string(name) == n {
			return class(c), true
		}
	}
	return 0, false
}

// lineParser parses a line of polygons.jsonl. Its fields hold the result, in
// memory that the next line reuses.
type lineParser struct {
	s    []byte
	i    int
	json jsonscan.Cursor // over s, for everything that is not specific to outlines

	tile       []byte // id, unescaped
	tileColumn int
	points     []rle.Point // of all rings
	rings      []rle.Ring  // of all outlines; slices of points
	ends       []int       // end of each ring in points
	outlines   []parsedOutline
}

// parsedOutline is an annotation of a line.
type parsedOutline struct {
	class       class
	first, last int // rings[first:last]
	column      int // position of its object
	vertices    int // in all rings
}

// errEnd is the error for a line that ends too early.
var errEnd = errors.New("the line ends inside the record")

// fail returns an error at byte offset at.
func (p *lineParser) fail(at int, format string, args ...any) error {
	return &LineError{Column: at + 1, Err: fmt.Errorf(format, args...)}
}

// unexpected returns the error that there is something other than want at p.i.
func (p *lineParser) unexpected(want string) error {
	p.json.SetPos(p.i)
	return wrapSyntax(p.json.Unexpected(want))
}

// wrapSyntax adds the column to an error of the cursor.
func wrapSyntax(err error) error {
	var se *jsonscan.SyntaxError
	if !errors.As(err, &se) {
		return err
	}
	le := &LineError{Column: int(se.Offset) + 1, Err: errors.New(se.Reason())}
	if se.End {
		le.Err = fmt.Errorf("%w: want %s", errEnd, se.Want)
	}
	return le
}

// space skips white space.
func (p *lineParser) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\r', '\n':
			p.i++
		default:
			return
		}
	}
}

// peek skips white space and returns the byte there, 0 at the end.
func (p *lineParser) peek() byte {
	p.space()
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

// expect skips white space and reads the byte c.
func (p *lineParser) expect(c byte, want string) error {
	if p.peek() != c {
		return p.unexpected(want)
	}
	p.i++
	return nil
}

// more is called after an element of a list and reports whether another
// follows. It reads the comma or the closing byte.
func (p *lineParser) more(closing byte, what string) (bool, error) {
	switch c := p.peek(); {
	case c == ',':
		p.i++
		return true, nil
	case c == closing && c != 0:
		p.i++
		return false, nil
	}
	return false, p.unexpected(fmt.Sprintf("',' or %q behind %s", closing, what))
}

// parse parses a line. Errors are *LineError without the line number.
func (p *lineParser) parse(line []byte) error {
	p.s, p.i = line, 0
	p.json.Reset(line, 0)
	p.tile, p.tileColumn = nil, 0
	p.points, p.rings, p.ends, p.outlines = p.points[:0], p.rings[:0], p.ends[:0], p.outlines[:0]
	if err := p.record(); err != nil {
		var le *LineError
		if errors.As(err, &le) {
			le.Tile = string(p.tile)
		}
		return err
	}
	begin := 0
	for _, end := range p.ends { // only now is points no longer reallocated
		p.rings = append(p.rings, p.points[begin:end:end])
		begin = end
	}
	return nil
}

// record reads {"id": ..., "annotations": [...]}.
func (p *lineParser) record() error {
	if err := p.expect('{', `"{": every line is a JSON object`); err != nil {
		return err
	}
	var haveID, haveAnnotations bool
	end, err := p.members("a member of the record", func(key []byte, at int) error {
		switch string(key) {
		case "id":
			if haveID {
				return p.fail(at, `the key "id" is there twice`)
			}
			haveID = true
			return p.id()
		case "annotations":
			if haveAnnotations {
				return p.fail(at, `the key "annotations" is there twice`)
			}
			haveAnnotations = true
			return p.annotations()
		}
		return p.skip()
	})
	if err != nil {
		return err
	}
	if !haveID {
		return p.fail(end, `no key "id": want {"id": ..., "annotations": [...]}`)
	}
	if !haveAnnotations {
		return p.fail(end, `no key "annotations": want {"id": ..., "annotations": [...]}`)
	}
	if p.space(); p.i < len(p.s) {
		return p.unexpected("the end of the line behind the record")
	}
	return nil
}

// members reads the members of an object after its "{". It calls f after each
// colon, with the key and its position, and f reads the value. It returns the
// position of the "}".
func (p *lineParser) members(what string, f func(key []byte, at int) error) (end int, err error) {
	if p.peek() == '}' {
		p.i++
		return p.i - 1, nil
	}
	for more := true; more; {
		p.space()
		at := p.i
		key, err := p.text("a member's name in quotes")
		if err != nil {
			return 0, err
		}
		if err := p.expect(':', `":"`); err != nil {
			return 0, err
		}
		if err := f(key, at); err != nil {
			return 0, err
		}
		if more, err = p.more('}', what); err != nil {
			return 0, err
		}
	}
	return p.i - 1, nil
}

// id reads the tile's name.
func (p *lineParser) id() error {
	p.space()
	p.tileColumn = p.i + 1
	id, err := p.text("the tile's id, a string")
	if err != nil {
		return err
	}
	if len(id) == 0 {
		return p.fail(p.tileColumn-1, "the id is empty")
	}
	p.tile = id
	return nil
}

// annotations reads [{...}, ...].
func (p *lineParser) annotations() error {
	if err := p.expect('[', `"[", the list of annotations`); err != nil {
		return err
	}
	if p.peek() == ']' {
		p.i++
		return nil
	}
	for more := true; more; {
		err := p.annotation()
		if err != nil {
			return err
		}
		if more, err = p.more(']', "an annotation"); err != nil {
			return err
		}
	}
	return nil
}

// annotation reads {"type": ..., "coordinates": [...]}.
func (p *lineParser) annotation() error {
	if err := p.expect('{', `"{", an annotation`); err != nil {
		return err
	}
	number := len(p.outlines) + 1
	o := parsedOutline{column: p.i, first: len(p.ends)}
	vertices := len(p.points)
	var haveType, haveCoordinates bool
	end, err := p.members("a member of an annotation", func(key []byte, at int) error {
		switch string(key) {
		case "type":
			if haveType {
				return p.fail(at, `annotation %d: the key "type" is there twice`, number)
			}
			haveType = true
			p.space()
			at := p.i
			name, err := p.text("the class, a string")
			if err != nil {
				return err
			}
			var ok bool
			if o.class, ok = parseClass(name); !ok {
				return p.fail(at, "annotation %d: unknown class %s: want blood_vessel, glomerulus or unsure", number, csvtable.Quote(string(name)))
			}
			return nil
		case "coordinates":
			if haveCoordinates {
				return p.fail(at, `annotation %d: the key "coordinates" is there twice`, number)
			}
			haveCoordinates = true
			return p.coordinates(number)
		}
		return p.skip()
	})
	if err != nil {
		return err
	}
	if !haveType {
		return p.fail(end, `annotation %d: no key "type"`, number)
	}
	if !haveCoordinates {
		return p.fail(end, `annotation %d: no key "coordinates"`, number)
	}
	o.last, o.vertices = len(p.ends), len(p.points)-vertices
	p.outlines = append(p.outlines, o)
	return nil
}

// coordinates reads the rings of an annotation: [[[x, y], ...], ...].
func (p *lineParser) coordinates(number int) error {
	if err := p.expect('[', `"[", the list of rings`); err != nil {
		return err
	}
	if p.peek() == ']' {
		return p.fail(p.i, "annotation %d: no ring: want [[[x, y], ...]]", number)
	}
	for more := true; more; {
		p.space()
		at, begin := p.i, len(p.points)
		err := p.ring(number)
		if err != nil {
			return err
		}
		if n := len(p.points) - begin; n < 3 {
			return p.fail(at, "annotation %d: ring has %s: want 3 or more", number, count(n, "point"))
		}
		p.ends = append(p.ends, len(p.points))
		if more, err = p.more(']', "a ring"); err != nil {
			return err
		}
	}
	return nil
}

// count formats a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// ring reads [[x, y], ...] and appends the points.
func (p *lineParser) ring(number int) error {
	if err := p.expect('[', `"[", a ring of points [x, y]`); err != nil {
		return err
	}
	if p.peek() == ']' {
		p.i++
		return nil
	}
	for more := true; more; {
		p.space()
		at := p.i
		p.points, p.i = scanPoints(p.points, p.s, p.i)
		if p.i > at && p.s[p.i] == ']' { // but not if no points were read: there may be a comma before
			p.i++
			return nil
		}
		err := p.point(number)
		if err != nil {
			return err
		}
		if more, err = p.more(']', "a point"); err != nil {
			return err
		}
	}
	return nil
}

// point reads [x, y] in any way JSON allows.
func (p *lineParser) point(number int) error {
	if err := p.expect('[', `"[", a point [x, y]`); err != nil {
		return err
	}
	at := p.i - 1
	var point rle.Point
	n := 0
	if p.peek() != ']' {
		for more := true; more; n++ {
			v, err := p.number()
			if err != nil {
				return err
			}
			if n < len(point) {
				point[n] = v
			}
			if more, err = p.more(']', "a coordinate"); err != nil {
				return err
			}
		}
	} else {
		p.i++
	}
	if n != len(point) {
		return p.fail(at, "annotation %d: point has %s: want x and y", number, count(n, "number"))
	}
	p.points = append(p.points, point)
	return nil
}

// number reads a JSON number.
func (p *lineParser) number() (float64, error) {
	p.json.SetPos(p.i)
	v, err := p.json.Float()
	p.i = p.json.Pos()
	return v, wrapSyntax(err)
}

// text reads a string and returns it unescaped, which may be a slice of the
// line.
func (p *lineParser) text(want string) ([]byte, error) {
	if p.peek() != '"' {
		return nil, p.unexpected(want)
	}
	p.json.SetPos(p.i)
	s, err := p.json.String()
	p.i = p.json.Pos()
	return s, wrapSyntax(err)
}

// skip reads over a value of any kind.
func (p *lineParser) skip() error {
	p.json.SetPos(p.i)
	err := p.json.Skip()
	p.i = p.json.Pos()
	return wrapSyntax(err)
}
