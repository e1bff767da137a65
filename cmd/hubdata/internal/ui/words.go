package ui

import "github.com/hubdata/hubdata/internal/figures"

// Plural writes n, with commas, and the word for one or many.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// Thousands writes n with commas.
func Thousands(n int) string { return figures.Int(n) }
