package coco

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"slices"
)

// JSON lines have a value per line, without brackets and commas around them: such a text can
// be cut between lines, and continued.

// ResultLines returns a reader that gives JSON lines, each with a result, as the list of
// results that [ReadResults] and [DecodeResults] read. Lines that are empty are skipped; a
// text without lines is an empty list.
func ResultLines(r io.Reader) io.Reader { return &lineReader{in: r} }

// lineReader puts a comma in place of the white space before each record but the first.
type lineReader struct {
	in    io.Reader
	buf   []byte
	ready []byte // of buf: not given yet
	held  int    // 1: the byte of white space after ready may become a comma
	some  bool   // a record has begun
	gap   bool   // between lines
	err   error  // of in
}

// Added is the number of bytes that the list has before those of the text: see newBlocks.
func (l *lineReader) Added() int { return 1 }

const (
	lineSpace = " \t\r\n"
	byteOrder = "\xef\xbb\xbf"
)

func (l *lineReader) Read(p []byte) (int, error) {
	for len(l.ready) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		l.fill()
	}
	n := copy(p, l.ready)
	l.ready = l.ready[n:]
	return n, nil
}

// fill makes some text ready, or sets err.
func (l *lineReader) fill() {
	if l.buf == nil {
		l.buf = make([]byte, 1<<16)
		l.buf[0] = '['
		n := 0
		for n < len(byteOrder) && l.err == nil {
			var k int
			k, l.err = l.in.Read(l.buf[1+n : 1+len(byteOrder)])
			n += k
		}
		if n == len(byteOrder) && string(l.buf[1:1+n]) == byteOrder {
			n = 0
		}
		l.gap = true
		l.pass(1+n, 1, 1)
		return
	}
	last := len(l.buf) - 1
	if l.held == 1 {
		l.buf[0] = l.buf[last]
	}
	var k int
	k, l.err = l.in.Read(l.buf[l.held:last])
	l.pass(l.held+k, l.held, 0)
}

// pass makes buf[:n] ready, of which buf[:from] was looked at before, and buf[:first] is no
// white space.
func (l *lineReader) pass(n, from, first int) {
	l.join(l.buf[:n], from)
	l.held = 0
	switch {
	case errors.Is(l.err, io.EOF):
		l.buf[n] = ']'
		n++
	case l.err == nil && l.gap && n > first:
		l.held = 1
		n--
		l.buf[len(l.buf)-1] = l.buf[n]
	}
	l.ready = l.buf[:n]
}

// join puts the commas in. text[:from] was looked at before.
func (l *lineReader) join(text []byte, from int) {
	for at := from; at < len(text); {
		if !l.gap {
			k := bytes.IndexByte(text[at:], '\n')
			if k < 0 {
				return
			}
			at += k + 1
			l.gap = true
			continue
		}
		if at = len(text) - len(bytes.TrimLeft(text[at:], lineSpace)); at == len(text) {
			return
		}
		if text[at] == '{' && l.some {
			text[at-1] = ','
		}
		l.gap, l.some = false, true
	}
}

// AreResultLines reports whether a text begins as JSON lines of results do: with an object
// whose first member is one that results have and datasets do not.
func AreResultLines(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte(byteOrder)), lineSpace)
	if len(head) == 0 || head[0] != '{' {
		return false
	}
	head = bytes.TrimLeft(head[1:], lineSpace)
	return slices.ContainsFunc([]string{"image_id", "category_id", "bbox", "segmentation", "score"}, func(name string) bool {
		return bytes.HasPrefix(head, []byte(`"`+name+`"`))
	})
}

// WriteResultLines writes the results of a sequence as [WriteResults] does, but as JSON lines.
func WriteResultLines(w io.Writer, results iter.Seq2[Result, error]) error {
	return writeResults(w, results, "", "", "\n", "")
}
