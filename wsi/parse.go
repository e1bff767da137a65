package wsi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/hubdata/hubdata/rle"
)

// maxDepth is how deep values under unknown keys may be nested.
const maxDepth = 1000

// class is one of the three kinds of outline.
type class uint8

const (
	bloodVessel class = iota
	glomerulus
	unsure
	numClasses
)

var classNames = [numClasses]string{"blood_vessel", "glomerulus", "unsure"}

// parseClass finds the class of a name.
func parseClass[S string | []byte](name S) (class, bool) {
	for c, n := range classNames {
		if string(name) == n {
			return class(c), true
		}
	}
	return 0, false
}

// lineParser takes a line of polygons.jsonl apart. What it found lies in the
// fields, in memory that the next line reuses.
type lineParser struct {
	s []byte
	i int

	tile       []byte // id, unescaped
	tileColumn int
	points     []rle.Point // of all rings
	rings      []rle.Ring  // of all outlines, parts of points
	ends       []int       // end of each ring in points
	outlines   []parsedOutline
}

// parsedOutline is an annotation of a line.
type parsedOutline struct {
	class       class
	first, last int // rings[first:last]
	column      int // where its object begins
	vertices    int // in all rings
}

// errEnd says that a line stops too early.
var errEnd = errors.New("the line ends inside the record")

// fail makes the error at byte offset at.
func (p *lineParser) fail(at int, format string, args ...any) error {
	return &LineError{Column: at + 1, Err: fmt.Errorf(format, args...)}
}

// unexpected makes the error that something else than want stands at p.i.
func (p *lineParser) unexpected(want string) error {
	if p.i >= len(p.s) {
		return p.fail(len(p.s), "%w: want %s", errEnd, want)
	}
	r, size := utf8.DecodeRune(p.s[p.i:])
	if r == utf8.RuneError && size <= 1 {
		return p.fail(p.i, "byte 0x%02X is not UTF-8: save the file as UTF-8", p.s[p.i])
	}
	return p.fail(p.i, "found %s, want %s", quoteShort(string(p.token())), want)
}

// token returns what stands at p.i, for messages: a word or number whole, else
// one character.
func (p *lineParser) token() []byte {
	rest := p.s[p.i:min(len(p.s), p.i+80)]
	n := 0
	for n < len(rest) && (rest[n]|0x20 >= 'a' && rest[n]|0x20 <= 'z' || rest[n] >= '0' && rest[n] <= '9' ||
		rest[n] == '-' || rest[n] == '+' || rest[n] == '.') {
		n++
	}
	if n == 0 {
		_, n = utf8.DecodeRune(rest)
	}
	return rest[:n]
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

// expect takes the byte c behind white space.
func (p *lineParser) expect(c byte, want string) error {
	if p.peek() != c {
		return p.unexpected(want)
	}
	p.i++
	return nil
}

// more is called behind an element of a list and says whether another follows.
// It takes the comma or the closing byte.
func (p *lineParser) more(closing byte, what string) (bool, error) {
	switch c := p.peek(); {
	case c == ',':
		p.i++
		return true, nil
	case c == closing && c != 0:
		p.i++
		return false, nil
	}
	return false, p.unexpected(fmt.Sprintf(`"," or %q %s`, string(closing), what))
}

// parse takes a line apart. Errors are *LineError without the line.
func (p *lineParser) parse(line []byte) error {
	p.s, p.i = line, 0
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
	for _, end := range p.ends { // only now do the points stay where they are
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
	end, err := p.members("of the record", func(key []byte, at int) error {
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
		return p.skip(1)
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

// members reads the members of an object behind its "{": f is called behind
// each colon, with the key and its place, and takes the value. The place of
// the "}" is returned.
func (p *lineParser) members(what string, f func(key []byte, at int) error) (end int, err error) {
	if p.peek() == '}' {
		p.i++
		return p.i - 1, nil
	}
	for more := true; more; {
		p.space()
		at := p.i
		key, err := p.text("a key " + what)
		if err != nil {
			return 0, err
		}
		if err := p.expect(':', `":"`); err != nil {
			return 0, err
		}
		if err := f(key, at); err != nil {
			return 0, err
		}
		if more, err = p.more('}', "behind a value "+what); err != nil {
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
		if more, err = p.more(']', "behind an annotation"); err != nil {
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
	end, err := p.members("of an annotation", func(key []byte, at int) error {
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
				return p.fail(at, "annotation %d: unknown class %s: want blood_vessel, glomerulus or unsure", number, quoteShort(string(name)))
			}
			return nil
		case "coordinates":
			if haveCoordinates {
				return p.fail(at, `annotation %d: the key "coordinates" is there twice`, number)
			}
			haveCoordinates = true
			return p.coordinates(number)
		}
		return p.skip(3)
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
		if more, err = p.more(']', "behind a ring"); err != nil {
			return err
		}
	}
	return nil
}

// count spells a number of things.
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
		p.points, p.i = scanPoints(p.points, p.s, p.i)
		if p.i < len(p.s) && p.s[p.i] == ']' {
			p.i++
			return nil
		}
		err := p.point(number)
		if err != nil {
			return err
		}
		if more, err = p.more(']', "behind a point"); err != nil {
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
			if more, err = p.more(']', "behind a coordinate"); err != nil {
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
	p.space()
	at := p.i
	if !p.skipNumber() {
		p.i = at
		return 0, p.unexpected("a number")
	}
	v, err := strconv.ParseFloat(string(p.s[at:p.i]), 64)
	if err != nil || math.IsInf(v, 0) {
		return 0, p.fail(at, "%s is out of range", quoteShort(string(p.s[at:p.i])))
	}
	return v, nil
}

// skipNumber takes a number, by JSON's grammar.
func (p *lineParser) skipNumber() bool {
	some := func() bool {
		from := p.i
		for p.i < len(p.s) && p.s[p.i]-'0' <= 9 {
			p.i++
		}
		return p.i > from
	}
	at := func(c string) bool { return p.i < len(p.s) && bytes.IndexByte([]byte(c), p.s[p.i]) >= 0 }
	if at("-") {
		p.i++
	}
	if at("0") {
		p.i++
	} else if !some() {
		return false
	}
	if at(".") {
		p.i++
		if !some() {
			return false
		}
	}
	if at("eE") {
		p.i++
		if at("+-") {
			p.i++
		}
		if !some() {
			return false
		}
	}
	return true
}

// text reads a string and returns it unescaped, in memory that is not its own.
func (p *lineParser) text(want string) ([]byte, error) {
	if p.peek() != '"' {
		return nil, p.unexpected(want)
	}
	at := p.i
	plain := true
	for i := p.i + 1; i < len(p.s); i++ {
		switch c := p.s[i]; {
		case c == '"':
			p.i = i + 1
			if plain {
				return p.s[at+1 : i], nil
			}
			return p.unescape(at, p.s[at:p.i])
		case c == '\\':
			plain = false
			i++
		case c < 0x20:
			return nil, p.fail(i, "control character 0x%02X in a string", c)
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	return nil, p.fail(len(p.s), "%w: a string has no closing quote", errEnd)
}

// unescape decodes a string literal with escapes or characters beyond ASCII.
func (p *lineParser) unescape(at int, literal []byte) ([]byte, error) {
	for i := 0; i < len(literal); {
		r, size := utf8.DecodeRune(literal[i:])
		if r == utf8.RuneError && size == 1 {
			return nil, p.fail(at+i, "byte 0x%02X is not UTF-8: save the file as UTF-8", literal[i])
		}
		i += size
	}
	var s string
	if err := json.Unmarshal(literal, &s); err != nil {
		return nil, p.fail(at, "bad string: %w", err)
	}
	return []byte(s), nil
}

// skip takes a value of any kind, at the given depth of nesting.
func (p *lineParser) skip(depth int) error {
	if depth > maxDepth {
		return p.fail(p.i, "nested deeper than %d", maxDepth)
	}
	switch c := p.peek(); c {
	case '{':
		p.i++
		_, err := p.members("of an object", func([]byte, int) error { return p.skip(depth + 1) })
		return err
	case '[':
		p.i++
		if p.peek() == ']' {
			p.i++
			return nil
		}
		for more := true; more; {
			err := p.skip(depth + 1)
			if err != nil {
				return err
			}
			if more, err = p.more(']', "behind an element"); err != nil {
				return err
			}
		}
		return nil
	case '"':
		_, err := p.text("a string")
		return err
	default:
		for _, word := range []string{"true", "false", "null"} {
			if bytes.HasPrefix(p.s[p.i:], []byte(word)) {
				p.i += len(word)
				return nil
			}
		}
		_, err := p.number()
		return err
	}
}
