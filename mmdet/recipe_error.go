package mmdet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is something that is wrong in a recipe.
type Problem struct {
	Line   int    // in the file, from 1; 0: of no line
	Path   string // such as stages[2].init.stage; empty: of the file
	Reason string // what was found, what is wanted, what to do
}

// RecipeError tells all that is wrong in a recipe.
type RecipeError struct {
	Name     string // of the file
	Problems []Problem
}

// listed is how many problems the text of an error lists.
const listed = 20

// Error lists the first problems, one a line, each with file and line.
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
		text.WriteString(e.Name)
		if p.Line > 0 {
			fmt.Fprintf(&text, ":%d", p.Line)
		}
		text.WriteString(": ")
		if p.Path != "" {
			text.WriteString(p.Path + ": ")
		}
		text.WriteString(p.Reason)
	}
	return text.String()
}

// sort puts the problems into the order of the file.
func (e *RecipeError) sort() {
	slices.SortStableFunc(e.Problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
}

// nearest gives advice for a name that is none of the known ones: the one that it
// is most like, else all.
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
	return "want one of " + strings.Join(known, ", ")
}

// distance is the number of letters to put in, take out or change.
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
