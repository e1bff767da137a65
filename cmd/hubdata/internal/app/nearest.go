package app

import "strings"

// nearest is the name that a word may stand for: the one with the fewest edits, if they are no more than a third of the
// word's letters; else the only one that begins with the word, or the longest that the word begins with. "": none is that
// near.
func nearest(names []string, word string) string {
	best, most := "", len(word)/3+1
	for _, name := range names {
		if d := edits(name, word); d < most && d < len(name) {
			best, most = name, d
		}
	}
	if best != "" || word == "" {
		return best
	}
	longer := 0
	for _, name := range names {
		if strings.HasPrefix(name, word) {
			best, longer = name, longer+1
		}
	}
	switch longer {
	case 1:
		return best
	case 0:
		for _, name := range names {
			if len(name) > max(1, len(best)) && strings.HasPrefix(word, name) {
				best = name
			}
		}
		return best
	}
	return ""
}

// edits is the number of letters to insert, delete, replace or swap with their neighbour that makes b of a.
func edits(a, b string) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := range len(a) {
		before, above, row := rows[0], rows[1], rows[2]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above[j+1]+1, row[j]+1, above[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		rows = [3][]int{above, row, before}
	}
	return rows[1][len(b)]
}
