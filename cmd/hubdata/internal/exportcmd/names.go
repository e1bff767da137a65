package exportcmd

import (
	"unicode"

	"github.com/hubdata/hubdata/internal/devicename"
)

// isSplitName reports whether a split may have a name: it is that of a folder, and part of the names of files.
func isSplitName(name string) bool {
	for _, r := range name {
		if r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return name != "" && name[0] != '-' && len(name) <= 100 && !devicename.Is(name)
}
