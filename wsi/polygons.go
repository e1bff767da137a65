package wsi

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/hubdata/hubdata/rle"
)

// The classes of the competition's outlines.
const (
	BloodVessel = "blood_vessel" // the only one that the competition scores
	Glomerulus  = "glomerulus"
	Unsure      = "unsure" // annotators could not say whether it is a vessel
)

// AllClasses returns the classes of the competition in the order in which they
// become categories: [BloodVessel], [Glomerulus], [Unsure].
func AllClasses() []string { return append([]string(nil), classNames[:]...) }

// Outline is an annotation of polygons.jsonl.
type Outline struct {
	Class string     // one of AllClasses
	Rings []rle.Ring // at least one, each of at least three points, in tile pixels
}

// Polygons is a line of polygons.jsonl: what is outlined on a tile.
type Polygons struct {
	Line     int    // counted from 1
	Tile     string // id
	Outlines []Outline
}

// ReadOptions are the options of [ReadPolygons].
type ReadOptions struct {
	_ struct{}

	// MaxLine is the most bytes that a line may have. 0: DefaultMaxLine.
	MaxLine int
}

// ReadPolygons reads polygons.jsonl line by line. Blank lines, a byte order
// mark and carriage returns at the ends of lines do not matter, nor do unknown
// keys.
//
// A bad line gives a [*LineError]: JSON that is broken, cut off or not UTF-8, a
// key that is missing or there twice, an unknown class, a ring of fewer than
// three points, a point that is not two finite numbers, a line above the cap.
// The sequence then goes on with the next line, if the loop does. An error of
// r ends it; what r gave of a line before its error is not looked at.
func ReadPolygons(r io.Reader, opts *ReadOptions) iter.Seq2[Polygons, error] {
	var maxLine int
	if opts != nil {
		maxLine = opts.MaxLine
	}
	return func(yield func(Polygons, error) bool) {
		src := newBlocks(r, maxLine)
		var b block
		var p lineParser
		for goOn := true; goOn; {
			if !src.next(&b) {
				if src.err != nil {
					yield(Polygons{}, readError(src))
				}
				return
			}
			b.records(src.maxLine, &p, func(number int, err *LineError) bool {
				if err != nil {
					goOn = yield(Polygons{Line: number, Tile: err.Tile}, err)
				} else {
					goOn = yield(p.polygons(number), nil)
				}
				return goOn
			})
		}
	}
}

// readError tells where the reader failed.
func readError(src *blocks) error { return fmt.Errorf("reading line %d: %w", src.line, src.err) }

// records parses the lines of a block with p and calls f with the number of
// each and what is wrong with it, until f returns false.
func (b *block) records(maxLine int, p *lineParser, f func(number int, err *LineError) bool) {
	if b.tooLong {
		f(b.line, lineTooLong(b.line, maxLine))
		return
	}
	b.lines(func(number int, line []byte, open bool) bool {
		if len(line) > maxLine {
			return f(number, lineTooLong(number, maxLine))
		}
		err := p.parse(line)
		if err == nil {
			return f(number, nil)
		}
		var le *LineError
		if !errors.As(err, &le) {
			le = &LineError{Err: err}
		}
		le.Line = number
		if open && errors.Is(err, errEnd) {
			le.Err = fmt.Errorf("%w; it is the last line and has no line feed: the file seems to be cut off, fetch it again", le.Err)
		}
		return f(number, le)
	})
}

// polygons copies what was parsed.
func (p *lineParser) polygons(number int) Polygons {
	points := append([]rle.Point(nil), p.points...)
	rings := make([]rle.Ring, len(p.ends))
	begin := 0
	for k, end := range p.ends {
		rings[k] = points[begin:end:end]
		begin = end
	}
	outlines := make([]Outline, len(p.outlines))
	for k, o := range p.outlines {
		outlines[k] = Outline{Class: classNames[o.class], Rings: rings[o.first:o.last:o.last]}
	}
	return Polygons{Line: number, Tile: string(p.tile), Outlines: outlines}
}
