package jsonscan

import "bytes"

// HasNonFinite reports whether a value that [Cursor.Skip] accepts has NaN, Infinity or
// -Infinity outside strings.
func HasNonFinite(text []byte) bool {
	if bytes.IndexByte(text, 'N') < 0 && bytes.IndexByte(text, 'I') < 0 {
		return false
	}
	found := false
	outsideStrings(text, func(start, end int) { found = found || bytes.ContainsAny(text[start:end], "NI") })
	return found
}

// AppendFinite appends a value that [Cursor.Skip] accepts, with null for NaN, Infinity
// and -Infinity.
func AppendFinite(dst, text []byte) []byte {
	done := 0 // what was appended ends here
	outsideStrings(text, func(start, end int) {
		for at := start; at < end; at++ {
			for _, word := range []string{"-Infinity", "Infinity", "NaN"} {
				if bytes.HasPrefix(text[at:end], []byte(word)) {
					dst = append(append(dst, text[done:at]...), "null"...)
					done = at + len(word)
					at = done - 1
					break
				}
			}
		}
	})
	return append(dst, text[done:]...)
}

// outsideStrings calls yield with the bounds of each part of a valid text that is
// outside its strings.
func outsideStrings(text []byte, yield func(start, end int)) {
	for p := 0; p < len(text); {
		n := bytes.IndexByte(text[p:], '"')
		if n < 0 {
			yield(p, len(text))
			return
		}
		yield(p, p+n)
		for p += n + 1; p < len(text) && text[p] != '"'; p++ {
			if text[p] == '\\' {
				p++
			}
		}
		p++
	}
}
