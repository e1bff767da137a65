package deflate

import (
	"encoding/binary"
	"math/bits"
)

// The alphabets of RFC 1951.
const (
	literalCodes  = 286 // bytes, the end, and lengths
	endOfBlock    = 256
	distanceCodes = 30
	lengthCodes   = 19
	maxBits       = 15
	maxLengthBits = 7 // limit for the codes of lengths

	repeatBefore = 16 // 3 to 6 times
	repeatZero   = 17 // 3 to 10 times
	repeatZeros  = 18 // 11 to 138 times
)

// The three alphabets: the extra bits from code base on, the fixed lengths, and the
// maximum length of a code.
var (
	literalAlphabet = alphabet{size: literalCodes, base: endOfBlock + 1, longest: maxBits, fixed: fixedLengths(),
		extra: []uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}}
	distanceAlphabet = alphabet{size: distanceCodes, longest: maxBits, fixed: fives(),
		extra: []uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}}
	lengthAlphabet = alphabet{size: lengthCodes, longest: maxLengthBits,
		extra: []uint8{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 7}}
)

// lengthOrder is the order in which the lengths of the codes of lengths are
// written.
var lengthOrder = [lengthCodes]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// The code for each length minus minMatch, the code for each distance minus 1 (divided by 128
// from 256 on), and the first length and distance of each code.
var (
	lengthCode            [maxMatch - minMatch + 1]uint8
	lengthBase            [29]uint8
	nearCode, farCode     [256]uint8
	distanceBase          [distanceCodes]uint16
	fixedLiteral          [literalCodes]uint16
	fixedDistance         [distanceCodes]uint16
	fixedLiteralCodeCount = [maxBits + 1]uint16{7: 24, 8: 152, 9: 112}
)

func init() {
	n := 0
	for code, extra := range literalAlphabet.extra[:28] {
		lengthBase[code] = uint8(n)
		for range 1 << extra {
			lengthCode[n] = uint8(code) // the last one is overwritten
			n++
		}
	}
	lengthCode[maxMatch-minMatch] = 28 // a code of its own
	n = 0
	for code, extra := range distanceAlphabet.extra {
		distanceBase[code] = uint16(n)
		for range 1 << extra {
			if n < 256 {
				nearCode[n] = uint8(code)
			} else {
				farCode[n>>7] = uint8(code)
			}
			n++
		}
	}
	assign(fixedLiteral[:], literalAlphabet.fixed, &fixedLiteralCodeCount)
	assign(fixedDistance[:], distanceAlphabet.fixed, &[maxBits + 1]uint16{5: 32})
}

// assign sets codes from their lengths. counts is the number of codes of each
// length.
func assign(codes []uint16, lengths []uint8, counts *[maxBits + 1]uint16) {
	next := firstCodes(counts)
	for n := range codes {
		l := lengths[n]
		codes[n] = bits.Reverse16(next[l]) >> (16 - l)
		next[l]++
	}
}

func fixedLengths() []uint8 {
	l := make([]uint8, literalCodes)
	for i := range l {
		switch {
		case i < 144:
			l[i] = 8
		case i < 256:
			l[i] = 9
		case i < 280:
			l[i] = 7
		default:
			l[i] = 8
		}
	}
	return l
}

func fives() []uint8 {
	l := make([]uint8, distanceCodes)
	for i := range l {
		l[i] = 5
	}
	return l
}

// distanceCode returns the code of a distance, given the distance minus 1.
func distanceCode(d uint16) uint8 {
	if d < 256 {
		return nearCode[d]
	}
	return farCode[d>>7]
}

// block writes the symbols as the only block of a stream, in the form that is the
// shortest of the three by zlib's computation.
func (w *Writer) block(text []byte) {
	l, d, c := &w.literals, &w.distances, &w.lengths
	l.reset(&literalAlphabet)
	d.reset(&distanceAlphabet)
	l.count[endOfBlock] = 1
	for _, s := range w.symbols {
		if s.distance == 0 {
			l.count[s.value]++
		} else {
			l.count[int(lengthCode[s.value])+endOfBlock+1]++
			d.count[distanceCode(s.distance-1)]++
		}
	}
	l.build()
	d.build()
	c.reset(&lengthAlphabet)
	w.told = d.appendLengths(l.appendLengths(w.told[:0]))
	for _, s := range w.told {
		c.count[s.code]++
	}
	c.build()
	told := lengthCodes
	for told > 4 && c.length[lengthOrder[told-1]] == 0 {
		told--
	}
	own := (l.cost + d.cost + c.cost + 3*told + 5 + 5 + 4 + 3 + 7) >> 3
	fixed := (l.fixedCost + d.fixedCost + 3 + 7) >> 3
	switch {
	case len(text)+4 <= min(own, fixed):
		w.out.add(1, 3) // last block, stored
		w.out.end()
		w.out.dst = binary.LittleEndian.AppendUint16(w.out.dst, uint16(len(text)))
		w.out.dst = binary.LittleEndian.AppendUint16(w.out.dst, ^uint16(len(text)))
		w.out.dst = append(w.out.dst, text...)
	case fixed <= own:
		w.out.add(1|1<<1, 3)
		w.send(fixedLiteral[:], literalAlphabet.fixed, fixedDistance[:], distanceAlphabet.fixed)
		w.out.end()
	default:
		w.out.add(1|2<<1, 3)
		w.out.add(uint32(l.last+1-(endOfBlock+1)), 5)
		w.out.add(uint32(d.last), 5)
		w.out.add(uint32(told-4), 4)
		for _, code := range lengthOrder[:told] {
			w.out.add(uint32(c.length[code]), 3)
		}
		for _, s := range w.told {
			w.out.add(uint32(c.code[s.code])|uint32(s.more)<<c.length[s.code], c.length[s.code]+s.bits)
		}
		w.send(l.code[:], l.length[:], d.code[:], d.length[:])
		w.out.end()
	}
}

// send writes the symbols and the end in the given codes.
func (w *Writer) send(literal []uint16, literalLen []uint8, distance []uint16, distanceLen []uint8) {
	for _, s := range w.symbols {
		if s.distance == 0 {
			w.out.add(uint32(literal[s.value]), literalLen[s.value])
			continue
		}
		k := lengthCode[s.value]
		code := int(k) + endOfBlock + 1
		w.out.add(uint32(literal[code]), literalLen[code])
		if k < 28 {
			w.out.add(uint32(s.value-lengthBase[k]), literalAlphabet.extra[k])
		}
		far := s.distance - 1
		k = distanceCode(far)
		w.out.add(uint32(distance[k]), distanceLen[k])
		w.out.add(uint32(far-distanceBase[k]), distanceAlphabet.extra[k])
	}
	w.out.add(uint32(literal[endOfBlock]), literalLen[endOfBlock])
}

// A bitWriter appends bits to bytes, the lowest first.
type bitWriter struct {
	dst  []byte
	bits uint64
	n    uint8
}

func (b *bitWriter) add(value uint32, n uint8) {
	b.bits |= uint64(value) << b.n
	if b.n += n; b.n >= 32 {
		b.dst = binary.LittleEndian.AppendUint32(b.dst, uint32(b.bits))
		b.bits >>= 32
		b.n -= 32
	}
}

// end fills the last byte with zeros.
func (b *bitWriter) end() {
	for b.n > 0 {
		b.dst = append(b.dst, byte(b.bits))
		b.bits >>= 8
		b.n -= min(b.n, 8)
	}
	b.bits = 0
}
