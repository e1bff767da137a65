package mmdet

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// tuple is a Python tuple.
type tuple []any

var identifier = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
})

// appendAssignments appends a config: one assignment per name, _base_ first.
func appendAssignments(b []byte, config map[string]any) []byte {
	names := slices.SortedFunc(maps.Keys(config), func(a, b string) int { return firstWord("_base_", a, b) })
	for _, name := range names {
		b = append(append(b, name...), " = "...)
		b = append(appendLiteral(b, config[name], 0), '\n')
	}
	return b
}

// firstWord compares words alphabetically, except that first comes before all others.
func firstWord(first, a, b string) int {
	switch {
	case a == b:
		return 0
	case a == first:
		return -1
	case b == first:
		return 1
	}
	return cmp.Compare(a, b)
}

// appendLiteral appends a value as a Python literal. Equal values give the same text.
func appendLiteral(b []byte, v any, indent int) []byte {
	line := func(b []byte, indent int) []byte { return append(append(b, '\n'), strings.Repeat("    ", indent)...) }
	switch v := v.(type) {
	case nil:
		return append(b, "None"...)
	case bool:
		if v {
			return append(b, "True"...)
		}
		return append(b, "False"...)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return append(b, text...)
	case string:
		return appendString(b, v)
	case tuple:
		b = append(b, '(')
		for i, e := range v {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendLiteral(b, e, indent)
		}
		if len(v) == 1 {
			b = append(b, ',')
		}
		return append(b, ')')
	case []any:
		flat := !slices.ContainsFunc(v, func(e any) bool {
			switch e.(type) {
			case map[string]any, []any:
				return true
			}
			return false
		})
		b = append(b, '[')
		for i, e := range v {
			switch {
			case !flat:
				b = line(b, indent+1)
			case i > 0:
				b = append(b, ", "...)
			}
			b = appendLiteral(b, e, indent+1)
			if !flat {
				b = append(b, ',')
			}
		}
		if !flat {
			b = line(b, indent)
		}
		return append(b, ']')
	case map[string]any:
		if len(v) == 0 {
			return append(b, "{}"...)
		}
		b = append(b, '{')
		for _, key := range slices.SortedFunc(maps.Keys(v), func(a, b string) int { return firstWord("type", a, b) }) {
			b = append(appendString(line(b, indent+1), key), ": "...)
			b = append(appendLiteral(b, v[key], indent+1), ',')
		}
		return append(line(b, indent), '}')
	}
	panic(fmt.Sprintf("mmdet: no literal of %T", v)) // the decoder returns none
}

// appendString appends a string in single quotes.
func appendString(b []byte, s string) []byte {
	b = append(b, '\'')
	for _, r := range s {
		switch {
		case r == '\'' || r == '\\':
			b = append(b, '\\', byte(r))
		case unicode.IsPrint(r):
			b = append(b, string(r)...)
		case r > 0xffff:
			b = fmt.Appendf(b, `\U%08x`, r)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return append(b, '\'')
}
