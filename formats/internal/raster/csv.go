package raster

import "strings"

// AppendField appends a field of a CSV table, in quotes if it needs them.
func AppendField(dst []byte, s string) []byte {
	if s != "" && s == strings.TrimSpace(s) && !strings.ContainsAny(s, ",\"\r\n") {
		return append(dst, s...)
	}
	return append(append(append(dst, '"'), strings.ReplaceAll(s, `"`, `""`)...), '"')
}
