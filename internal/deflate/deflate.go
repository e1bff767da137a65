// Package deflate compresses short texts to exactly the bytes that zlib writes at its
// best level, as zlib.compress(text, 9) does in Python.
//
// A submission to Kaggle holds a hundred thousand texts of some hundred bytes, each
// in a zlib stream of its own. General compressors initialise tables for 32 KiB
// before each text, which takes longer than compressing it. A [Writer] clears only
// what the previous text has touched.
package deflate

import (
	"encoding/binary"
	"hash/adler32"
	"math/bits"
)

// MaxLen is the length in bytes of the longest text that [Writer.Append] compresses.
// zlib always writes such texts in one block.
const MaxLen = 16<<10 - 2

// The parameters of zlib at level 9.
const (
	minMatch    = 3
	maxMatch    = 258
	goodMatch   = 32   // if the previous match is this long, a quarter of the chain is searched
	maxChain    = 4096 // number of places to try
	farForShort = 4096 // a match of three bytes at a larger distance is not worth it
	hashBits    = 15
	none        = 0 // end of a chain; hence zlib never finds a match at place 0
)

// A Writer compresses texts one after the other. The zero Writer is ready to use. Two goroutines
// must not use it at the same time.
type Writer struct {
	head [1 << hashBits]uint16 // the last place of three bytes, by their hash; all are none between texts
	prev [MaxLen]uint16        // the previous place with the same hash
	used []uint16              // entries of head to clear

	symbols   []symbol
	literals  tree
	distances tree
	lengths   tree           // for the code lengths of the two others
	told      []lengthSymbol // those of the two others
	out       bitWriter
}

// A symbol is a byte or a match. A match has its length minus minMatch, and its
// distance. The distance is 0 for a byte.
type symbol struct {
	distance uint16
	value    uint8
}

// Append appends a zlib stream of text to dst. It panics if text has more than [MaxLen]
// bytes.
func (w *Writer) Append(dst, text []byte) []byte {
	if len(text) > MaxLen {
		panic("deflate: text is too long")
	}
	w.match(text)
	w.out.dst = append(dst, 0x78, 0xda)
	w.block(text)
	return binary.BigEndian.AppendUint32(w.out.dst, adler32.Checksum(text))
}

func hash(text []byte, at int) uint16 {
	return (uint16(text[at])<<10 ^ uint16(text[at+1])<<5 ^ uint16(text[at+2])) & (1<<hashBits - 1)
}

// match finds the symbols of the text as zlib's deflate_slow does: it uses a match
// only if the match at the next place is not longer.
func (w *Writer) match(text []byte) {
	w.symbols, w.used = w.symbols[:0], w.used[:0]
	length, start := minMatch-1, 0 // of the match at the previous place
	waiting := false               // whether the previous byte is not yet a symbol
	for at := 0; at < len(text); {
		first := none
		if at+minMatch <= len(text) {
			first = w.insert(text, at)
		}
		before, beforeStart := length, start
		length = minMatch - 1
		if first != none && before < maxMatch {
			length, start = w.longest(text, at, first, before, start)
			if length == minMatch && at-start > farForShort {
				length = minMatch - 1
			}
		}
		switch {
		case before >= minMatch && length <= before:
			w.symbols = append(w.symbols, symbol{uint16(at - 1 - beforeStart), uint8(before - minMatch)})
			for end := at - 1 + before; ; {
				if at++; at == end {
					break
				}
				if at+minMatch <= len(text) {
					w.insert(text, at)
				}
			}
			waiting, length = false, minMatch-1
		case waiting:
			w.symbols = append(w.symbols, symbol{value: text[at-1]})
			at++
		default:
			waiting = true
			at++
		}
	}
	if waiting {
		w.symbols = append(w.symbols, symbol{value: text[len(text)-1]})
	}
	for _, h := range w.used {
		w.head[h] = none
	}
}

// insert adds a place to the chain of its three bytes and returns the previous
// place.
func (w *Writer) insert(text []byte, at int) int {
	h := hash(text, at)
	before := w.head[h]
	if before == none {
		w.used = append(w.used, h)
	}
	w.prev[at], w.head[h] = before, uint16(at)
	return int(before)
}

// longest follows a chain to find a match longer than best, which starts at
// start.
func (w *Writer) longest(text []byte, at, place, best, start int) (int, int) {
	most := min(len(text)-at, maxMatch)
	chain := maxChain
	if best >= goodMatch {
		chain >>= 2
	}
	if best >= most {
		return most, start
	}
	here := text[at : at+most]
	end := binary.LittleEndian.Uint16(here[best-1:])
	for ; place != none && chain > 0; place, chain = int(w.prev[place]), chain-1 {
		if binary.LittleEndian.Uint16(text[place+best-1:]) != end {
			continue
		}
		if n := common(here, text[place:place+most]); n > best {
			if best, start = n, place; n == most {
				break
			}
			end = binary.LittleEndian.Uint16(here[best-1:])
		}
	}
	return best, start
}

// common returns the length of the common prefix of two texts of the same
// length.
func common(a, b []byte) int {
	n := 0
	for ; n+8 <= len(a); n += 8 {
		if d := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); d != 0 {
			return n + bits.TrailingZeros64(d)/8
		}
	}
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return n
}
