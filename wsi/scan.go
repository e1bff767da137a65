package wsi

import (
	"encoding/binary"
	"math/bits"

	"github.com/hubdata/hubdata/rle"
)

// scanPoints appends to dst the points of a ring that have the form of the
// competition's files: "[x, y]" with whole numbers of one to four digits, and a
// comma and at most one space between points. s[i:] begins with a point. It
// returns the position of the first byte that it did not read: the "]" after
// the ring, or the "[" of a point that has another form or ends near the end of
// s.
//
// It is equivalent to matching the expression
//
//	\[(0|[1-9][0-9]{0,3}), ?(0|[1-9][0-9]{0,3})\](, ?(?=\[)|(?=\]))
//
// repeatedly. It examines eight bytes together: the first byte that is not a
// digit gives the number of digits, and the digits become a number without a
// branch on how many there are.
func scanPoints(dst []rle.Point, s []byte, i int) ([]rle.Point, int) {
	const farthest = 24 // the loads below stay within s[i:i+farthest]
	for i+farthest <= len(s) && s[i] == '[' {
		j := i + 1
		word := binary.LittleEndian.Uint64(s[j:])
		n := digits(word)
		if uint(n-1) > 3 || s[j+n] != ',' || n > 1 && s[j] == '0' {
			break
		}
		x := decimal(uint32(word), n)
		j += n + 1
		if s[j] == ' ' {
			j++
		}
		word = binary.LittleEndian.Uint64(s[j:])
		n = digits(word)
		if uint(n-1) > 3 || s[j+n] != ']' || n > 1 && s[j] == '0' {
			break
		}
		y := decimal(uint32(word), n)
		j += n + 1
		if s[j] == ',' {
			j++
			if s[j] == ' ' {
				j++
			}
			if s[j] != '[' {
				break
			}
		} else if s[j] != ']' {
			break
		}
		dst = append(dst, rle.Point{float64(x), float64(y)})
		i = j
	}
	return dst, i
}

// digits returns the number of decimal digits in the eight bytes of word, from
// the lowest byte up to the first that is not a digit.
func digits(word uint64) int {
	const (
		zeros = 0x3030303030303030 // '0' in each byte
		high  = 0x8080808080808080
		sixes = 0x7676767676767676 // 0x80 - 10: lifts 10 and more to the high bit
	)
	v := word ^ zeros // digits become 0 to 9, everything else 10 or more
	other := (v&^high + sixes | v) & high
	return bits.TrailingZeros64(other) / 8
}

// decimal returns the number that the n lowest bytes of word spell, 1 <= n <= 4.
func decimal(word uint32, n int) uint32 {
	v := word << (32 - 8*n) & 0x0F0F0F0F // leading zeros below: the lowest byte comes first
	v = (v*10 + v>>8) & 0x00FF00FF       // two numbers of two digits
	return (v*100 + v>>16) & 0xFFFF
}
