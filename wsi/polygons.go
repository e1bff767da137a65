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
	BloodVessel = "blood_vessel" // the only class that the competition scores
	Glomerulus  = "glomerulus"
	Unsure      = "unsure" // annotators could not decide whether it is a vessel
)

// AllClasses returns the classes of the competition in the order in which they
// become categories: [BloodVessel], [Glomerulus], [Unsure].
func AllClasses() []string { return append([]string(nil), classNames[:]...) }

// Outline is an annotation of polygons.jsonl.
type Outline struct {
	Class string     // one of AllClasses
	Rings []rle.Ring // at least one, each of at least three points, in tile pixels
}

// Polygons is a line of polygons.jsonl: the outlines on a tile.
type Polygons struct {
	Line     int    // counted from 1
	Tile     string // id
	Outlines []Outline
}

// ReadOptions are the options of [ReadPolygons].
type ReadOptions struct {
	_ struct{}

	// MaxLine is the limit in bytes for a line. 0: DefaultMaxLine.
	MaxLine int
}

// ReadPolygons reads polygons.jsonl line by line. It ignores blank lines, a
// byte order mark, carriage returns at the ends of lines, and unknown keys.
//
// A bad line gives a [*LineError]: for JSON that is malformed, cut off or not
// UTF-8, a missing or duplicate key, an unknown class, a ring of fewer than
// three points, a point that is not two finite numbers, or a line above the
// limit. If the caller's loop continues, the sequence continues with the next
// line. An error of r ends the sequence; a partial line before the error is
// discarded.
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

// readError adds to an error of the reader the line at which it occurred.
func readError(src *blocks) error { return fmt.Errorf("reading line %d: %w", src.line, src.err) }

// records parses the lines of a block with p. It calls f with the number of
// each line and its error, if any, until f returns false.
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

// polygons returns a copy of the parsed line.
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
