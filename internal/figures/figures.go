// Package figures writes numbers for readers, everywhere in the same way: with commas
// between thousands and a point before the decimals.
package figures

import (
	"strconv"
	"strings"
)

// Int writes a whole number, such as 1,234,567.
func Int(n int) string { return group(strconv.Itoa(n)) }

// Float writes a number with the given number of decimals, such as 1,234.5; with -1 as
// many as needed.
func Float(v float64, decimals int) string { return group(strconv.FormatFloat(v, 'f', decimals, 64)) }

// group puts commas between the thousands of a number in decimal notation.
func group(text string) string {
	whole, decimals, point := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0 && '0' <= whole[i-1] && whole[i-1] <= '9'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		return whole + "." + decimals
	}
	return whole
}
