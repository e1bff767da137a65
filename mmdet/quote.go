package mmdet

import "strings"

// Quote returns a command line quoted for a POSIX shell.
func Quote(words []string) string {
	var out []string
	for _, w := range words {
		out = append(out, quoteWord(w))
	}
	return strings.Join(out, " ")
}

func quoteWord(w string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("_@%+=:,./-", c)
	}
	if w != "" && strings.IndexFunc(w, func(c rune) bool { return !plain(c) }) < 0 {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
