package coco

import (
	"runtime"
	"strings"
	"unicode/utf8"
)

// FileNameBytes returns a file name, or a path, as the operating system has it. A byte of
// a name that is not UTF-8 is a surrogate in JSON, as Python writes it: "\udce9" is byte
// 0xe9. On Windows, whose names have surrogates of their own, the name is returned as it
// is.
func FileNameBytes(name string) string {
	if runtime.GOOS == "windows" || utf8.ValidString(name) {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		// U+DC80 to U+DCFF in three bytes: 0xed 0xb2 or 0xb3, and the last one.
		if i+2 < len(name) && name[i] == 0xed && name[i+1]&0xfe == 0xb2 && name[i+2]&0xc0 == 0x80 {
			b.WriteByte(0x80 | name[i+1]&1<<6 | name[i+2]&0x3f)
			i += 2
			continue
		}
		b.WriteByte(name[i])
	}
	return b.String()
}
