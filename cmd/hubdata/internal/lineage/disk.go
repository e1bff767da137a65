package lineage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/regularfile"
	"github.com/hubdata/hubdata/mmdet"
)

// maxFiles is how many files a disk knows at most.
const maxFiles = 2_000_000

// A Disk is the files of some folders, found by name, size and checksum. A file is summed only if a record may mean it.
type Disk struct {
	c       *ui.Console
	ctx     context.Context
	byName  map[string][]*file
	bySize  map[int64][]*file
	byPath  map[string]*file
	list    []*file
	folders map[string][]string // paths by name
	wholes  map[string]summed   // folders as a whole, by path
}

// summed is the sum of a folder, or why it has none.
type summed struct {
	sum string
	err error
}

// file is a file on the disk.
type file struct {
	path   string
	size   int64
	sums   [2]string // whole, and as [mmdet.SumEnds]; "": not known yet
	err    error     // why it cannot be read
	read   bool      // record was looked for
	record *Record
}

// NewDisk lists the regular files below folders. It does not enter folders that are links or whose names begin with a dot.
func NewDisk(ctx context.Context, c *ui.Console, folders ...string) (*Disk, error) {
	d := &Disk{c: c, ctx: ctx, byName: map[string][]*file{}, bySize: map[int64][]*file{}, byPath: map[string]*file{}, folders: map[string][]string{}, wholes: map[string]summed{}}
	for _, root := range folders {
		root = filepath.Clean(root)
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil && path == root:
				return err
			case err != nil:
				return nil // what cannot be listed has no files to find
			case e.IsDir() && path != root && strings.HasPrefix(e.Name(), ".") && e.Name() != "." && e.Name() != "..":
				return fs.SkipDir
			case e.IsDir():
				d.folders[e.Name()] = append(d.folders[e.Name()], path)
				return nil
			}
			return d.add(path, e)
		})
		if err != nil {
			return nil, err
		}
	}
	return d, nil
}

// RootOf is the folder in which the inputs of a file are looked for: that with the folder coco_data that the file is in,
// or else its own.
func RootOf(path string) string {
	dir := filepath.Dir(path)
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	for up := 0; ; up++ {
		if filepath.Base(abs) == "coco_data" {
			return filepath.Join(append([]string{dir}, slices.Repeat([]string{".."}, up+1)...)...)
		}
		parent := filepath.Dir(abs)
		if parent == abs {
			return dir
		}
		abs = parent
	}
}

// Know says that the sum of a file is known already.
func (d *Disk) Know(path, sum string) {
	if f := d.byPath[filepath.Clean(path)]; f != nil {
		f.sums[0] = sum
	}
}

// Add adds a file that may lie elsewhere.
func (d *Disk) Add(path string) error {
	path = filepath.Clean(path)
	st, err := os.Lstat(path)
	if err != nil {
		return err
	}
	return d.add(path, fs.FileInfoToDirEntry(st))
}

// Has reports whether a file is one of those of the disk.
func (d *Disk) Has(path string) bool { return d.byPath[filepath.Clean(path)] != nil }

func (d *Disk) add(path string, e fs.DirEntry) error {
	if d.byPath[path] != nil {
		return nil
	}
	st, err := e.Info()
	if err == nil && st.Mode()&fs.ModeSymlink != 0 {
		st, err = os.Stat(path)
	}
	if err != nil || !st.Mode().IsRegular() {
		return nil // gone in the meantime, or no file
	}
	if len(d.list) == maxFiles {
		return ui.Failf(ui.ExitFailure, "found more than %s files below the folders, expected fewer", ui.Thousands(maxFiles)).
			Hint("name a folder further down")
	}
	f := &file{path: path, size: st.Size()}
	d.list = append(d.list, f)
	d.byPath[path] = f
	name := filepath.Base(path)
	d.byName[name] = append(d.byName[name], f)
	d.bySize[f.size] = append(d.bySize[f.size], f)
	return nil
}

// sumOf is the sum of a file, or that of its ends; an error is of reading it.
func (d *Disk) sumOf(f *file, ends bool) (string, error) {
	if f.err != nil {
		return "", f.err
	}
	sum := &f.sums[0]
	if ends {
		sum = &f.sums[1]
	}
	if *sum == "" {
		*sum, f.err = d.hash(f.path, ends)
	}
	return *sum, f.err
}

func (d *Disk) hash(path string, ends bool) (string, error) {
	in, st, err := regularfile.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }() // only read
	if ends {
		sum, err := mmdet.SumEnds(in, st.Size())
		return sum.SHA256, err
	}
	h := sha256.New()
	if _, err := io.Copy(h, ending{in, d.ctx}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// ending is a reader that fails once a run is to end.
type ending struct {
	r   io.Reader
	ctx context.Context
}

func (e ending) Read(p []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.r.Read(p)
}

// found is where a file of a record is.
type found struct {
	same    []*file // have its sum, those with its name first
	others  []*file // have its name and another sum
	failed  []*file // may have its sum, and cannot be read
	folders []string
	whole   string // one of folders, or another if the name is not known, that has its sum
	faulty  error  // why one of folders has no sum
}

// find looks for a file.
func (d *Disk) find(want *Input) (found, error) {
	var out found
	seen := map[*file]bool{}
	look := func(list []*file) error {
		for _, f := range list {
			if seen[f] {
				continue
			}
			seen[f] = true
			named := want.Name != "" && filepath.Base(f.path) == want.Name
			if want.Bytes >= 0 && f.size != want.Bytes {
				if named {
					out.others = append(out.others, f)
				}
				continue
			}
			switch sum, err := d.sumOf(f, want.Ends); {
			case d.ctx.Err() != nil:
				return d.ctx.Err()
			case err != nil:
				out.failed = append(out.failed, f)
			case sum == want.SHA256:
				out.same = append(out.same, f)
			case named:
				out.others = append(out.others, f)
			}
		}
		return nil
	}
	if want.Name == "" && want.Bytes < 0 { // a dataset of a recipe, or weights of a stage
		if err := look(d.json()); err != nil || len(out.same) > 0 || !want.Whole {
			return out, err
		}
		return out, d.findWhole(want, &out)
	}
	if err := look(d.byName[want.Name]); err != nil {
		return out, err
	}
	if len(out.same) == 0 && want.Bytes >= 0 {
		if err := look(d.bySize[want.Bytes]); err != nil {
			return out, err
		}
	}
	out.folders = d.folders[want.Name]
	if len(out.same) == 0 && want.Whole {
		return out, d.findWhole(want, &out)
	}
	return out, nil
}

// findWhole looks for a folder with a sum: among those of its name, then among all that an export wrote.
func (d *Disk) findWhole(want *Input, out *found) error {
	list := slices.Clone(out.folders)
	for _, f := range d.byName[files.MarkName] {
		list = append(list, filepath.Dir(f.path))
	}
	for k, folder := range list {
		if d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		s, ok := d.wholes[folder]
		if !ok {
			sum, err := mmdet.SumFolder(regularfile.DirFS(folder))
			s = summed{sum.SHA256, err}
			d.wholes[folder] = s
		}
		switch {
		case s.err != nil && k < len(out.folders):
			out.faulty = s.err
		case s.sum == want.SHA256:
			out.whole = folder
			return nil
		}
	}
	return nil
}

// json are the files that are JSON by their names.
func (d *Disk) json() []*file {
	var out []*file
	for _, f := range d.list {
		if isJSON(f.path) {
			out = append(out, f)
		}
	}
	return out
}

func isJSON(path string) bool {
	return strings.EqualFold(filepath.Ext(files.UnpackedName(path)), ".json")
}

// record is what a file says of itself; nil: nothing.
func (d *Disk) record(f *file) (*Record, error) {
	if f.read {
		return f.record, nil
	}
	f.read = true
	if !isJSON(f.path) {
		return nil, nil
	}
	r, ok, err := Read(d.c, f.path)
	if err := d.ctx.Err(); err != nil {
		return nil, err
	}
	switch {
	case err != nil:
		f.err = cmp.Or(f.err, err)
	case ok:
		f.record = r
	}
	return f.record, nil
}

// records reads what all files say, in the order of their paths.
func (d *Disk) records() ([]*file, error) {
	var out []*file
	for _, f := range d.list {
		if err := d.ctx.Err(); err != nil {
			return nil, err
		}
		r, err := d.record(f)
		if err != nil {
			return nil, err
		}
		if r != nil {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b *file) int { return strings.Compare(a.path, b.path) })
	return out, nil
}

// Reason words why a file cannot be read, without its path.
func Reason(err error) string {
	if of := (*fs.PathError)(nil); errors.As(err, &of) {
		err = of.Err
	}
	return fmt.Sprint(err)
}
