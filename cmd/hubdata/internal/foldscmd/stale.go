package foldscmd

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// setOf is what the names of the sets of a plan end in, as by setSuffix.
var setOf = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(.*)(_train_fold\d+|_train_buffer\d+_fold\d+|_valid_fold\d+|_train_full_includes_valid)\.json`)
})

// refuseStale refuses to write sets next to those of another plan, which a training could mix up: the files in a folder
// that hubdata folds wrote from other options, and that are not among those to be written. of says whether a name before
// its fold is that of the same images, made the options of a set that decided its plan.
func refuseStale(c *ui.Console, dir string, written []string, plan map[string]any, of func(name string) bool, made func(options map[string]any) map[string]any) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var stale []string
	for _, e := range entries {
		m := setOf().FindStringSubmatch(e.Name())
		path := filepath.Join(dir, e.Name())
		if m == nil || !of(m[1]) || slices.Contains(written, path) {
			continue
		}
		from, ok := files.MadeFrom(c, path)
		if ok && from.Command == "folds" && !samePlan(made(from.Options), plan) {
			stale = append(stale, path)
		}
	}
	if len(stale) == 0 {
		return nil
	}
	return ui.Failf(ui.ExitFailure, "%s has %s of other folds, which these would be mixed with: %s", filepath.ToSlash(dir), ui.Plural(len(stale), "set", "sets"), listFiles(stale)).
		Hint("remove them, or write into another folder with -o")
}

// samePlan says whether options divide equally: a buffer, images that are always in training, or what an audit looks
// for leave the folds as they are.
func samePlan(a, b map[string]any) bool {
	text := func(m map[string]any) string {
		folds := map[string]any{}
		for k, v := range m {
			if k != "buffer" && k != "always_train" && k != "audit_by" {
				folds[k] = v
			}
		}
		data, _ := json.Marshal(folds) // numbers and texts: no error
		return string(data)
	}
	return text(a) == text(b)
}

// mostStale is how many files a message lists.
const mostStale = 3

// listFiles lists the first files by their base names.
func listFiles(paths []string) string {
	text := ""
	for i, path := range paths[:min(len(paths), mostStale)] {
		if i > 0 {
			text += ", "
		}
		text += filepath.Base(path)
	}
	if len(paths) > mostStale {
		text += " ..."
	}
	return text
}
