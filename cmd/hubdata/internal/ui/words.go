package ui

import (
	"strings"

	"github.com/hubdata/hubdata/internal/figures"
)

// CompareNumbers compares texts: two numbers by size, others by letters. So 9 comes before 10.
func CompareNumbers(a, b string) int {
	if len(a) != len(b) && isNumber(a) && isNumber(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Plural writes n, with commas, and the word for one or many.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// Thousands writes n with commas.
func Thousands(n int) string { return figures.Int(n) }
