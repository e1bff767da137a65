package jsonscan

// AppendCompact appends valid JSON text to dst, without the white space outside
// strings.
func AppendCompact(dst, text []byte) []byte {
	for p := 0; p < len(text); {
		start := p
		for p < len(text) && text[p] > ' ' && text[p] != '"' {
			p++
		}
		if p < len(text) && text[p] == '"' {
			for p++; p < len(text) && text[p] != '"'; {
				if text[p] == '\\' {
					p++
				}
				p++
			}
			p = min(p+1, len(text))
		}
		dst = append(dst, text[start:p]...)
		for p < len(text) && isSpace(text[p]) {
			p++
		}
		if p == start { // a control character: not valid JSON
			dst, p = append(dst, text[p]), p+1
		}
	}
	return dst
}

// HasSpace reports whether valid JSON text has white space outside strings.
func HasSpace(text []byte) bool {
	for p := 0; p < len(text); p++ {
		switch b := text[p]; {
		case b <= ' ':
			return true
		case b == '"':
			for p++; p < len(text) && text[p] != '"'; p++ {
				if text[p] == '\\' {
					p++
				}
			}
		}
	}
	return false
}
