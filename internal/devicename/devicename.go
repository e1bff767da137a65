// Package devicename recognises names that Windows takes for a device. No file that hubdata names has one, on any
// system, so that folders can be copied.
package devicename

import (
	"regexp"
	"sync"
)

var pattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|:|$)`)
})

// Is reports whether a name without a folder is that of a device, whatever its suffix: "nul.txt" is.
func Is(name string) bool { return pattern().MatchString(name) }
