package files

import (
	"path/filepath"
	"runtime"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/devicename"
)

// NotDevice reports an output that Windows takes for a device, such as con.json or lpt1: what is written there is lost.
// NUL itself, the null device, is allowed, as /dev/null is elsewhere.
func NotDevice(path string) error { return notDevice(runtime.GOOS, path) }

func notDevice(system, path string) error {
	if system != "windows" || strings.EqualFold(path, "nul") {
		return nil
	}
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	if len(name) > 2 && name[1] == ':' { // a drive
		name = name[2:]
	}
	if devicename.Is(name) {
		return ui.Usagef("output %s: Windows takes %s for a device", path, filepath.Base(name)).Hint("choose another name")
	}
	return nil
}
