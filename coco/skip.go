package coco

import (
	"io"
	"iter"
	"runtime"
)

// ReadResultsOn is like [ReadResults] for a reader that needs the results on some of the images.
// It asks on for the id of each image, from several goroutines. A result on another image has
// its ImageID alone, and lacks all other members; its record is skipped without a check of them,
// in about a third of the time.
func ReadResultsOn(r io.Reader, on func(image ID) bool) iter.Seq2[Result, error] {
	return readResults(r, runtime.GOMAXPROCS(0), streamText, on)
}

// A skipper skips results on images that are not needed.
type skipper struct {
	on   func(image ID) bool
	last ID // that on was asked for last
	need bool
	some bool // on was asked
}

// needs asks for an image.
func (s *skipper) needs(image ID) bool {
	if !s.some || image != s.last {
		s.last, s.need, s.some = image, s.on(image), true
	}
	return s.need
}

// skipResult skips the record that comes next if it is a result on an image that is not needed.
// Otherwise the cursor does not move.
func (p *parser) skipResult(r *Result) bool {
	start := p.c.Pos()
	id, ok := p.plan.skip(p, resultPlan)
	if !ok || p.skip.needs(id) {
		p.c.SetPos(start)
		return false
	}
	*r = Result{ImageID: id, Missing: resultFields}
	return true
}

// skip skips a record of a results file, without a check of its values, and returns the id of
// its image. If it reports false the record has to be read.
func (s *plan) skip(p *parser, kind *planKind) (id ID, ok bool) {
	c := p.c
	switch {
	case s.kind == kind && s.misses > maxPlanMisses: // there is no plan
		return skipMembers(p)
	case s.kind != kind || len(s.steps) == 0: // reading the record makes one
		return id, false
	}
	for i := range s.steps {
		step := &s.steps[i]
		if !c.Literal(step.before) {
			return id, false
		}
		switch step.value {
		case planImage:
			id.num, ok = c.PlainInt()
		case planCounts:
			ok = c.PlainString()
			if ok = ok && c.Peek() == '}'; ok {
				c.SetPos(c.Pos() + 1)
			}
		default:
			ok = c.SkipPlainNumber()
		}
		if !ok {
			return id, false
		}
	}
	if ok = c.Literal(s.last); ok {
		s.misses = 0
	}
	return id, ok
}

// skipMembers is skip for a record of any shape.
func skipMembers(p *parser) (id ID, ok bool) {
	seen := false
	err := p.c.Object(func(key []byte) (err error) {
		if string(key) != "image_id" {
			return p.c.Skip()
		}
		if seen {
			return errRepeated
		}
		seen = true
		id, err = p.id()
		return err
	})
	return id, err == nil && seen
}
