// Package deflate compresses short texts to the very bytes that zlib gives for them at
// its best level, as zlib.compress(text, 9) does in Python.
//
// A submission to Kaggle holds a hundred thousand texts of some hundred bytes, each a
// zlib stream of its own. General compressors make ready tables for 32 KiB
// before each, which takes longer than the compressing; a [Writer] cleans up only
// what the text before has touched.
package deflate

import (
	"encoding/binary"
	"hash/adler32"
	"math/bits"
)

// MaxLen is the most bytes of a text that [Writer.Append] compresses: what zlib always
// puts into one block.
const MaxLen = 16<<10 - 2

// What zlib looks for at level 9.
const (
	minMatch    = 3
	maxMatch    = 258
	goodMatch   = 32   // with a match as long at the place before, a quarter of the chain will do
	maxChain    = 4096 // places that are tried
	farForShort = 4096 // a match of three bytes is not worth a larger distance
	hashBits    = 15
	none        = 0 // no place in a chain; hence zlib never finds a match at place 0
)

// A Writer compresses texts one after the other. Its zero value is ready. It must not be used by two
// goroutines at once.
type Writer struct {
	head [1 << hashBits]uint16 // the last place of three bytes, by their hash; all none between texts
	prev [MaxLen]uint16        // the place before, of the same hash
	used []uint16              // entries of head to be cleared

	symbols   []symbol
	literals  tree
	distances tree
	lengths   tree // of the codes of the two others
	out       bitWriter
}

// A symbol is a byte, or a match: its length less minMatch and its distance, which is
// 0 for a byte.
type symbol struct {
	distance uint16
	value    uint8
}

// Append appends a zlib stream of text, of at most [MaxLen] bytes, to dst. A longer one
// is a panic.
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

// match finds the symbols of the text, as zlib's deflate_slow does: a match is taken
// only if that of the next place is no longer.
func (w *Writer) match(text []byte) {
	w.symbols, w.used = w.symbols[:0], w.used[:0]
	length, start := minMatch-1, 0 // of the match at the place before
	waiting := false               // the byte before is not yet a symbol
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

// insert puts a place into the chain of its three bytes and returns the one before.
func (w *Writer) insert(text []byte, at int) int {
	h := hash(text, at)
	before := w.head[h]
	if before == none {
		w.used = append(w.used, h)
	}
	w.prev[at], w.head[h] = before, uint16(at)
	return int(before)
}

// longest follows a chain for a match that is longer than best, which starts at start.
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
	for ; place != none && chain > 0; place, chain = int(w.prev[place]), chain-1 {
		there := text[place : place+most]
		if there[best] != here[best] || there[best-1] != here[best-1] || there[0] != here[0] {
			continue
		}
		n := common(here, there)
		if n > best {
			if best, start = n, place; n == most {
				break
			}
		}
	}
	return best, start
}

// common is the length of the longest common beginning of two texts of one length.
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
