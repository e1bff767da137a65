package mmdet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/internal/printable"
)

// Problem is a fault in a recipe.
type Problem struct {
	Line   int    // in the file, from 1; 0: none
	Path   string // such as stages[2].init.stage; empty: the file
	Reason string // what was found, what was expected, what to do
}

// RecipeError lists all problems of a recipe.
type RecipeError struct {
	Name     string // name of the file
	Problems []Problem
}

// listed is the maximum number of problems in the text of an error.
const listed = 20

// Error lists the first problems, one per line, each with file and line.
func (e *RecipeError) Error() string {
	var text strings.Builder
	for i, p := range e.Problems {
		if i == listed {
			fmt.Fprintf(&text, "\nand %d more", len(e.Problems)-listed)
			break
		}
		if i > 0 {
			text.WriteByte('\n')
		}
		text.WriteString(printable.Text(e.Name))
		if p.Line > 0 {
			fmt.Fprintf(&text, ":%d", p.Line)
		}
		text.WriteString(": ")
		if p.Path != "" {
			text.WriteString(printable.Text(p.Path) + ": ")
		}
		text.WriteString(printable.Text(p.Reason))
	}
	return text.String()
}

// sort sorts the problems in the order of the file.
func (e *RecipeError) sort() {
	slices.SortStableFunc(e.Problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
}

// nearest returns advice for an unknown name: the most similar of the known names, or
// all of them.
func nearest(name string, known []string) string {
	best, least := "", max(2, len(name)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %s?", best)
	case len(known) == 0:
		return "there are none"
	}
	return "expected one of " + strings.Join(known, ", ")
}

// distance returns the number of letters to insert, delete or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
