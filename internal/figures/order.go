package figures

import (
	"cmp"
	"strings"
)

// CompareNumbers compares texts: two numbers by size, others by letters. So 9 comes before 10.
func CompareNumbers(a, b string) int {
	if len(a) != len(b) && isNumber(a) && isNumber(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// CompareNatural compares texts with numbers in them: A7 comes before A12.
func CompareNatural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		m, n := digits(x), digits(y)
		if m == 0 || n == 0 {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		if c := CompareNumbers(strings.TrimLeft(x[:m], "0"), strings.TrimLeft(y[:n], "0")); c != 0 {
			return c
		}
		x, y = x[m:], y[n:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

// digits is how many digits a text begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
