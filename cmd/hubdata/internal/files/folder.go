package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/atomicfile"
)

// MarkName is the file in a folder of a run that says how the folder was made: its info object, as in a COCO file. Readers
// of folders skip hidden files.
const MarkName = ".hubdata.json"

// CheckFolder reports why a run may not write a folder: something is in it, unless Force is set and hubdata made the
// folder, or an input is. Also are other folders that the run reads, or empty.
func (o *Outputs) CheckFolder(path string, also ...string) error {
	if path == "-" {
		return ui.Usagef("a folder cannot be written to standard output").Hint("name it with -o DIR")
	}
	if err := NotDevice(path); err != nil {
		return err
	}
	target := atomicfile.Target(filepath.Clean(path))
	for _, in := range o.Inputs {
		if in.stat != nil {
			also = append(also, in.Name)
		}
	}
	for _, in := range also {
		if in != "" && below(target, atomicfile.Target(in)) {
			return ui.Usagef("the output folder %s has the input %s in it", path, in).Hint("name another folder with -o DIR")
		}
	}
	list, err := os.ReadDir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if ext := filepath.Ext(path); slices.Contains(fileSuffixes, strings.ToLower(ext)) {
			return ui.Usagef("%s: found the name of a file, expected that of a folder, as several files are written", path).
				Hint("leave out %s; or make the folder first", ext)
		}
		return nil
	case err != nil:
		if st, serr := os.Stat(path); serr == nil && !st.IsDir() {
			return ui.Usagef("%s is a file, expected a folder", path)
		}
		return err
	case len(list) == 0:
		return nil
	}
	_, ours := MadeFrom(o.Console, filepath.Join(path, MarkName))
	switch {
	case !ours:
		return ui.Failf(ui.ExitFailure, "%s is not empty, and hubdata did not make it", path).Hint("name another folder, or remove it")
	case !o.Force:
		return ui.Failf(ui.ExitFailure, "%s is not empty", path).Hint("--force replaces it, with everything in it; or name another folder")
	}
	return nil
}

// fileSuffixes are the ends of names of files, which a new folder of files does not have.
var fileSuffixes = []string{".csv", ".geojson", ".gz", ".json", ".jsonl", ".tar", ".txt", ".xml", ".yaml", ".yml", ".zip", ".zst"}

// below reports whether a path is a folder or in it. Both are absolute.
func below(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// CreateFolder begins a folder that [Outputs.CheckFolder] allows. [Outputs.Commit] makes it visible, with what is in it.
func (o *Outputs) CreateFolder(path string) (*atomicfile.Folder, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.mkdir(filepath.Dir(atomicfile.Target(filepath.Clean(path)))); err != nil {
		return nil, err
	}
	f, err := atomicfile.CreateFolder(path, o.Force)
	if err != nil {
		return nil, err
	}
	o.folders = append(o.folders, f)
	o.Console.Begun()
	return f, nil
}

// commitFolders makes the folders visible.
func (o *Outputs) commitFolders() error {
	for _, f := range o.folders {
		if err := f.Commit(); err != nil {
			return err
		}
	}
	o.folders = nil
	return nil
}
