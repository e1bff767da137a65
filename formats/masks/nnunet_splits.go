package masks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/reading"
)

// maxSplits is the largest splits_final.json that is read: 64 MiB.
const maxSplits = 64 << 20

// readVal returns the cases that the splits_final.json of the source keeps for validation. Of
// several folds each case is in one, so that they are no split of the set: folds is their
// number then, and there are no cases.
func readVal(src *formats.Source) (val map[string]bool, folds int, err error) {
	file := splitsFile
	if src.File != "" {
		file = path.Join(path.Dir(src.File), splitsFile)
	}
	text, err := reading.File(src.FS, file, maxSplits, "the cases of some folds")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", file, err)
	}
	var list []struct{ Val []string }
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, 0, fmt.Errorf("%s: %w: expected a list of folds with train and val", file, err)
	}
	if len(list) != 1 {
		return nil, len(list), nil
	}
	val = map[string]bool{}
	for _, name := range list[0].Val {
		val[name] = true
	}
	return val, 1, nil
}
