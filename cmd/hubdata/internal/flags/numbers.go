package flags

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Numbers is a set of whole numbers as flags name it: "1,2", "6-9", "<8", ">=3", or several of these with commas. The
// zero Numbers holds all numbers, and its text is empty.
type Numbers struct {
	text   string
	ranges [][2]int // first, last
}

// MustNumbers is [ParseNumbers] for the text of a program. It panics if that is wrong.
func MustNumbers(text string) Numbers {
	n, err := ParseNumbers(text)
	if err != nil {
		panic(err)
	}
	return n
}

// ParseNumbers reads a set of numbers.
func ParseNumbers(text string) (Numbers, error) {
	n := Numbers{text: text}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		r := [2]int{0, math.MaxInt}
		number := func(s string) int {
			v, err := strconv.Atoi(strings.TrimSpace(s))
			if err != nil || v < 0 {
				return -1
			}
			return v
		}
		bad := false
		switch {
		case strings.HasPrefix(part, "<="):
			r[1] = number(part[2:])
			bad = r[1] < 0
		case strings.HasPrefix(part, "<"):
			r[1] = number(part[1:]) - 1
			bad = r[1] < -1
		case strings.HasPrefix(part, ">="):
			r[0] = number(part[2:])
			bad = r[0] < 0
		case strings.HasPrefix(part, ">"):
			r[0] = number(part[1:]) + 1
			bad = r[0] < 1
		default:
			first, last, isRange := strings.Cut(part, "-")
			r[0] = number(first)
			r[1] = r[0]
			if isRange {
				r[1] = number(last)
			}
			bad = r[0] < 0 || r[1] < r[0]
		}
		if bad {
			return Numbers{}, fmt.Errorf("%q is not a list like 1,2 or 6-9 or <8", text)
		}
		n.ranges = append(n.ranges, r)
	}
	return n, nil
}

// Has reports whether v is in the set.
func (n Numbers) Has(v int) bool {
	if n.ranges == nil {
		return true
	}
	for _, r := range n.ranges {
		if v >= r[0] && v <= r[1] {
			return true
		}
	}
	return false
}

// String is the text that the set was read from.
func (n Numbers) String() string { return n.text }
