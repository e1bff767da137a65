package app

// nearest is the name that a misspelt word may stand for: the one with the fewest edits, if they are no more than a third
// of the word's letters; "": none is that near.
func nearest(names []string, word string) string {
	best, most := "", len(word)/3+1
	for _, name := range names {
		if d := edits(name, word); d < most && d < len(name) {
			best, most = name, d
		}
	}
	return best
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
