package eval

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"

	"github.com/hubdata/hubdata/coco"
)

// ErrPartial is wrapped by errors of partials that cannot be read, or do not belong
// together.
var ErrPartial = errors.New("unusable partial evaluation")

// corrupt returns an error of a text that no version of this package writes.
func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: it is damaged: %s: make it again", ErrPartial, fmt.Sprintf(format, args...))
}

// An encoder writes the values of a partial, and sums them. Errors stick until close.
type encoder struct {
	out *bufio.Writer
	to  io.Writer
	sum hash.Hash
}

func newEncoder(w io.Writer) *encoder {
	e := &encoder{to: w, sum: sha256.New()}
	e.out = bufio.NewWriterSize(io.MultiWriter(w, e.sum), 1<<16)
	return e
}

func (e *encoder) raw(text []byte) { _, _ = e.out.Write(text) }

func (e *encoder) uint(v uint64) { e.raw(binary.AppendUvarint(e.out.AvailableBuffer(), v)) }

func (e *encoder) float(v float64) { e.word(math.Float64bits(v)) }

func (e *encoder) word(v uint64) { e.raw(binary.LittleEndian.AppendUint64(e.out.AvailableBuffer(), v)) }

func (e *encoder) bytes(text []byte) {
	e.uint(uint64(len(text)))
	e.raw(text)
}

func (e *encoder) bool(v bool) {
	b := byte(0)
	if v {
		b = 1
	}
	_ = e.out.WriteByte(b)
}

// ids writes a list of ids in rising order.
func (e *encoder) ids(list []coco.ID) {
	e.uint(uint64(len(list)))
	ids := idEncoder{e, math.MinInt64}
	for _, id := range list {
		ids.id(id)
	}
}

// An idEncoder writes ids in rising order: an integer as its distance to the one before,
// others as 0 and JSON.
type idEncoder struct {
	*encoder
	last int64
}

func (e *idEncoder) id(id coco.ID) {
	if v, whole := id.Int(); whole && v != e.last {
		e.uint(uint64(v) - uint64(e.last))
		e.last = v
		return
	}
	e.uint(0)
	e.bytes(id.AppendJSON(nil))
}

// close writes the checksum.
func (e *encoder) close() error {
	if err := e.out.Flush(); err != nil {
		return err
	}
	_, err := e.to.Write(e.sum.Sum(nil))
	return err
}

// A decoder reads what an encoder wrote. After an error, which sticks, all values are zero.
type decoder struct {
	r       io.Reader
	buf     []byte // what was read and not used is buf[at:end]
	at, end int
	summed  int // buf[:summed] is in the sum
	sum     hash.Hash
	err     error
}

func newDecoder(r io.Reader) *decoder {
	return &decoder{r: r, buf: make([]byte, 1<<16), sum: sha256.New()}
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// more reads until n bytes, at most half of the buffer, are there or the text ends.
func (d *decoder) more(n int) bool {
	for d.end-d.at < n && d.err == nil {
		if len(d.buf)-d.at < n {
			d.sum.Write(d.buf[d.summed:d.at])
			d.end = copy(d.buf, d.buf[d.at:d.end])
			d.at, d.summed = 0, 0
		}
		k, err := d.r.Read(d.buf[d.end:])
		if d.end += k; err == io.EOF && k == 0 {
			return false
		} else if err != nil && err != io.EOF {
			d.fail(err)
		}
	}
	return d.err == nil
}

// cut says that the text ends too early.
func (d *decoder) cut() {
	d.fail(fmt.Errorf("%w: it ends in the middle: make it again: %w", ErrPartial, io.ErrUnexpectedEOF))
}

// next returns the next n bytes, at most half of the buffer; they are valid until the next call.
func (d *decoder) next(n int) []byte {
	if d.end-d.at < n && !d.more(n) {
		d.cut()
		return nil
	}
	d.at += n
	return d.buf[d.at-n : d.at]
}

func (d *decoder) uint() uint64 {
	if d.at < d.end && d.buf[d.at] < 0x80 {
		d.at++
		return uint64(d.buf[d.at-1])
	}
	d.more(binary.MaxVarintLen64) // or to the end of the text
	v, n := binary.Uvarint(d.buf[d.at:d.end])
	switch {
	case d.err != nil:
		return 0
	case n == 0:
		d.cut()
		return 0
	case n < 0:
		d.fail(corrupt("found a number of more than 64 bits"))
		return 0
	}
	d.at += n
	return v
}

// count reads a number of things up to a limit.
func (d *decoder) count(what string, most uint64) int {
	v := d.uint()
	if v > most {
		d.fail(corrupt("found %d %s, expected at most %d", v, what, most))
		return 0
	}
	return int(v)
}

func (d *decoder) word() uint64 {
	b := d.next(8)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

func (d *decoder) float() float64 { return math.Float64frombits(d.word()) }

func (d *decoder) bool() bool {
	b := d.next(1)
	if b != nil && b[0] > 1 {
		d.fail(corrupt("found the truth value %d", b[0]))
	}
	return b != nil && b[0] == 1
}

// bytes reads a text of at most that many bytes. It grows with what is really there.
func (d *decoder) bytes(what string, most uint64) []byte {
	n := d.count("bytes of "+what, most)
	var text []byte
	for n > 0 && d.err == nil {
		part := d.next(min(n, 1<<12))
		text, n = append(text, part...), n-len(part)
	}
	return text
}

// An idDecoder reads what encoder.ids wrote.
type idDecoder struct {
	*decoder
	left uint64
	last int64
	now  coco.ID
	some bool // now is an id
}

func newIDDecoder(d *decoder) *idDecoder {
	return &idDecoder{decoder: d, left: d.uint(), last: math.MinInt64}
}

// next reads the next id, and reports false at the end of the list.
func (d *idDecoder) next() bool {
	if d.left == 0 || d.err != nil {
		return false
	}
	d.left--
	before := d.now
	if distance := d.uint(); distance > 0 {
		d.last = int64(uint64(d.last) + distance)
		d.now = coco.IntID(d.last)
	} else if text := d.bytes("an id", 1<<20); d.err == nil {
		if err := json.Unmarshal(text, &d.now); err != nil {
			d.fail(corrupt("found the id %q", text))
		}
	}
	if d.some && d.err == nil && compareID(before, d.now) >= 0 {
		d.fail(corrupt("found ids out of order"))
	}
	d.some = true
	return d.err == nil
}

// close compares the checksum, which ends the text.
func (d *decoder) close() error {
	if d.err != nil {
		return d.err
	}
	d.sum.Write(d.buf[d.summed:d.at])
	d.summed = d.at
	sum := d.sum.Sum(nil)
	switch found := bytes.Clone(d.next(len(sum))); {
	case d.err != nil:
	case !bytes.Equal(found, sum):
		d.fail(corrupt("its checksum differs"))
	case d.more(1):
		d.fail(corrupt("it goes on after its end"))
	}
	return d.err
}

// A row is a detection in a partial. Rows are ordered by key, rank and order.
type row struct {
	key     uint64   // of the score
	image   uint32   // index in the images of the partial
	order   int32    // among the detections of the image
	pattern []uint64 // outcome: bits; not to be changed
	minus   bool     // the score is -0, whose key is that of 0
}

// score returns the score of a row.
func (r *row) score() float64 {
	switch {
	case r.minus:
		return math.Copysign(0, -1)
	case r.key>>63 == 1:
		return math.Float64frombits(r.key)
	}
	return math.Float64frombits(^r.key &^ (1 << 63))
}

// mostPatterns is the number of patterns after which a list of them begins again.
const mostPatterns = 1 << 14

// A rowEncoder writes the rows of one list. A pattern is written once, and has a number from
// then on.
type rowEncoder struct {
	*encoder
	last    uint64
	numbers map[string]uint64
	text    []byte
}

func (e *rowEncoder) row(r *row) {
	e.uint(r.key - e.last)
	e.last = r.key
	e.uint(uint64(r.image))
	e.uint(uint64(r.order))
	text := e.text[:0]
	for _, w := range r.pattern {
		text = binary.LittleEndian.AppendUint64(text, w)
	}
	if text = append(text, 0); r.minus {
		text[len(text)-1] = 1
	}
	e.text = text
	number, ok := e.numbers[string(text)]
	if !ok {
		if e.numbers == nil || len(e.numbers) == mostPatterns {
			e.numbers = map[string]uint64{}
		}
		e.numbers[string(text)] = uint64(len(e.numbers) + 1)
		e.uint(0)
		e.raw(text)
		return
	}
	e.uint(number)
}

// A rowDecoder reads what a rowEncoder wrote.
type rowDecoder struct {
	*decoder
	images   int // in the partial
	orders   int // rows have a lower order; 0: any
	words    int // of a pattern
	all      []uint64
	last     row
	patterns []pattern64
}

// pattern64 is a pattern, and whether the score is -0.
type pattern64 struct {
	bits  []uint64
	minus bool
}

// row reads the next row.
func (d *rowDecoder) row(r *row) {
	key := d.last.key + d.uint()
	r.image, r.order = uint32(d.count("images", math.MaxInt32)), int32(d.count("detections", math.MaxInt32))
	number := d.uint()
	if number == 0 && d.err == nil {
		d.learn()
		number = uint64(len(d.patterns))
	}
	switch {
	case d.err != nil:
		return
	case key < d.last.key || key < lowestKey || key == 1<<63 || key > highestKey:
		d.fail(corrupt("found scores out of order"))
		return
	case int(r.image) >= d.images || d.orders > 0 && int(r.order) >= d.orders:
		d.fail(corrupt("found detection %d of image %d, expected less than %d and %d", r.order, r.image, d.orders, d.images))
		return
	case number > uint64(len(d.patterns)):
		d.fail(corrupt("found pattern %d of %d", number, len(d.patterns)))
		return
	}
	p := &d.patterns[number-1]
	r.key, r.pattern, r.minus = key, p.bits, p.minus
	if p.minus && key != zeroKey {
		d.fail(corrupt("found a sign of a score that is not 0"))
	}
	d.last = *r
}

// learn reads a pattern.
func (d *rowDecoder) learn() {
	if len(d.patterns) == mostPatterns {
		d.patterns = nil // rows may refer to the old ones
	}
	p := pattern64{bits: make([]uint64, d.words)}
	for i := range p.bits {
		p.bits[i] = d.word()
		if p.bits[i]&^d.all[i] != 0 {
			d.fail(corrupt("found an outcome at a threshold that is not there"))
		}
	}
	p.minus = d.bool()
	d.patterns = append(d.patterns, p)
}

// Keys of scores: of infinity, 0 and minus infinity.
const (
	lowestKey  = ^uint64(0x7ff<<52) &^ (1 << 63)
	zeroKey    = ^uint64(0) &^ (1 << 63)
	highestKey = 0xfff << 52
)
