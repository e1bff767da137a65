package eval

import (
	"math"
	"slices"
)

// A ranked is a detection with a key that orders it by score.
type ranked struct {
	key   uint64 // the higher the score, the lower the key
	at    int32
	order int32 // in its cell
}

// scoreKey returns a key whose ascending order is the descending order of scores.
// Positive and negative zero are equal.
func scoreKey(score float64) uint64 {
	if score == 0 {
		score = 0
	}
	bits := math.Float64bits(score)
	if bits>>63 == 0 {
		return ^bits &^ (1 << 63)
	}
	return bits
}

// sortRanked sorts by key and keeps the order of equal keys. spare is scratch memory of
// the same length; the sorted list is in one of the two. It sorts byte by byte from the
// lowest, and skips bytes that are equal in all keys.
func sortRanked(list, spare []ranked) []ranked {
	if len(list) < 64 {
		slices.SortStableFunc(list, func(a, b ranked) int {
			if a.key < b.key {
				return -1
			}
			if a.key > b.key {
				return 1
			}
			return 0
		})
		return list
	}
	var counts [8][256]int32
	for i := range list {
		k := list[i].key
		for b := range counts {
			counts[b][byte(k>>(8*b))]++
		}
	}
	for b := range counts {
		count, shift := &counts[b], 8*b
		if int(count[byte(list[0].key>>shift)]) == len(list) {
			continue
		}
		sum := int32(0)
		for v, n := range count {
			count[v] = sum
			sum += n
		}
		for i := range list {
			v := byte(list[i].key >> shift)
			spare[count[v]] = list[i]
			count[v]++
		}
		list, spare = spare, list
	}
	return list
}
