package exportcmd

import (
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// splitNameExpected is what the name of a split must be.
const splitNameExpected = `the name of a folder: without < > : " / \ | ? *, not begun by a point, - or space, not ended by a point or space`

// isSplitName reports whether a split may have a name: it is that of a folder on every system, and part of the names of
// files.
func isSplitName(name string) bool {
	return name != "" && len(name) <= 100 && files.SafeName(name) == name
}

// oneFolder returns an error for splits that are one folder on some systems.
func oneFolder(splits []string) error {
	first := map[string]string{}
	for _, split := range splits {
		key := coco.FoldName(split)
		if twin, ok := first[key]; ok {
			return fmt.Errorf("%w: the splits %s and %s differ in nothing but the case of letters or the Unicode form: rename one", ui.ErrInput, wtf8.Quote(twin), wtf8.Quote(split))
		}
		first[key] = split
	}
	return nil
}
