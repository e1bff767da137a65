package mmdet

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// WorkDir is the output folder of a training.
type WorkDir struct {
	Dir         string
	Dialect     Dialect
	Log         *Log
	Checkpoints []Checkpoint // by epoch; regular ones before best ones
	// Last is the name of the checkpoint that MMDetection calls its last: for 2.x the
	// target of latest.pth, for 3.x the content of last_checkpoint. Empty: there is
	// none.
	Last string

	files   folder
	trainer trainer
}

// Checkpoint is a file of weights.
type Checkpoint struct {
	Name  string // relative to the folder, with slashes
	Epoch int    // 0: its name does not say
	Best  string // for a best checkpoint the part of the name between best_ and the epoch; otherwise empty
	Whole bool   // it is not truncated
}

// The names of checkpoints. A regular one is made from a template such as
// detectors_epoch_{}.pth.
var (
	regularName = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^((?:.*_)?epoch_)(\d{1,9})\.pth$`)
	})
	numbered = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(.*?)(\d{1,9})(\.pth)$`)
	})
)

// ReadWorkDir reads the logs of a folder, such as os.DirFS(dir), and lists its
// checkpoints. It does not read weights. The files of fsys must implement
// [io.ReaderAt], as those of os.DirFS do. dir is the folder's name for messages.
func ReadWorkDir(fsys fs.FS, dir string, dialect Dialect) (*WorkDir, error) {
	return mmdetection{dialect}.read(folder{fsys, dir})
}

func (m mmdetection) read(files folder) (*WorkDir, error) {
	dialect := m.Dialect
	log, err := readLog(files, dialect)
	if err != nil {
		return nil, err
	}
	entries, err := files.entries()
	if err != nil {
		return nil, err
	}
	w := &WorkDir{Dir: files.name, Dialect: dialect, Log: log, files: files, trainer: m}
	if w.Last, err = readLast(files, dialect); err != nil {
		return nil, err
	}
	// The name of the last checkpoint may show another template.
	template := regularName()
	if m := numbered().FindStringSubmatch(w.Last); m != nil && !regularName().MatchString(w.Last) && !strings.HasPrefix(w.Last, "best_") {
		template = regexp.MustCompile("^(" + regexp.QuoteMeta(m[1]) + `)(\d{1,9})\.pth$`)
	}
	for _, e := range entries {
		c, ok := parseCheckpoint(e.Name(), template)
		if !ok || !files.isFile(c.Name) {
			continue
		}
		if err := w.add(c); err != nil {
			return nil, err
		}
	}
	w.sort()
	return w, nil
}

// add adds a checkpoint, unless the trainer has just removed it.
func (w *WorkDir) add(c Checkpoint) error {
	err := w.files.withFile(c.Name, func(r io.ReaderAt, size int64) error {
		c.Whole = isWhole(r, size)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	w.Checkpoints = append(w.Checkpoints, c)
	return nil
}

func (w *WorkDir) sort() {
	slices.SortStableFunc(w.Checkpoints, func(a, b Checkpoint) int {
		return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Best, b.Best), cmp.Compare(a.Name, b.Name))
	})
}

// parseCheckpoint parses the name of a file.
func parseCheckpoint(name string, template *regexp.Regexp) (Checkpoint, bool) {
	if rest, best := strings.CutPrefix(name, "best_"); best {
		m := numbered().FindStringSubmatch(rest)
		if m == nil || m[1] == "" {
			return Checkpoint{}, false
		}
		return Checkpoint{Name: name, Epoch: atoi([]byte(m[2])), Best: m[1]}, true
	}
	for _, t := range []*regexp.Regexp{template, regularName()} {
		if m := t.FindStringSubmatch(name); m != nil {
			return Checkpoint{Name: name, Epoch: atoi([]byte(m[2]))}, true
		}
	}
	return Checkpoint{}, false
}

// maxPointer is the largest size of a file that has only a path.
const maxPointer = 64 << 10

// readLast returns the name of the checkpoint that MMDetection calls its last. The
// stored path may be that of another mount, so only the name counts.
func readLast(dir folder, dialect Dialect) (string, error) {
	if dialect == MMDet2 {
		target, err := fs.ReadLink(dir.fsys, "latest.pth")
		if err != nil {
			return "", nil // none, or a copy on a system without links
		}
		return baseName(target), nil
	}
	text, err := dir.read("last_checkpoint", maxPointer)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return baseName(strings.TrimSpace(string(text))), nil
}

// baseName returns the last part of a path of this or another operating system.
func baseName(p string) string {
	if p == "" {
		return ""
	}
	return path.Base(strings.ReplaceAll(p, `\`, "/"))
}

// regular returns the regular checkpoints in ascending order of their epochs.
func (w *WorkDir) regular() []Checkpoint {
	return slices.DeleteFunc(slices.Clone(w.Checkpoints), func(c Checkpoint) bool { return c.Best != "" })
}

// bestFiles returns the best checkpoints of a metric.
func (w *WorkDir) bestFiles(metric string) []Checkpoint {
	// The part before the epoch consists of the metric and, with 3.x, of the template.
	templates := []string{"epoch_"}
	for _, c := range w.regular() {
		if m := numbered().FindStringSubmatch(c.Name); m != nil {
			templates = append(templates, m[1])
		}
	}
	name := strings.ReplaceAll(metric, "/", "_")
	names := []string{name}
	if w.Dialect != MMDet2 && !strings.HasPrefix(name, "coco_") {
		names = append(names, "coco_"+name)
	}
	return slices.DeleteFunc(slices.Clone(w.Checkpoints), func(c Checkpoint) bool {
		rest, ok := "", false
		for _, n := range names {
			if r, has := strings.CutPrefix(c.Best, n+"_"); has {
				rest, ok = r, true
			}
		}
		return !ok || !slices.Contains(templates, rest)
	})
}

// Resumable returns the checkpoint to resume from, or nil if there is none and the
// training must begin from the start.
func (w *WorkDir) Resumable(metric string) *Checkpoint { return w.trainer.resumable(w, metric) }

// resumable considers what a kill may leave. A kill may leave an epoch without a score, without its best file, or with a truncated
// checkpoint: a checkpoint is written before its epoch is validated. 3.x logs the
// scores first, then writes the best file, and then writes the epoch's checkpoint again
// so that it contains the score. So resumable returns the newest checkpoint after which
// nothing is missing, even if one epoch has to be trained again. With 3.x a best file
// contains no state of the optimizer.
func (m mmdetection) resumable(w *WorkDir, metric string) *Checkpoint {
	var newest *Checkpoint
	for i := len(w.Checkpoints) - 1; i >= 0; i-- {
		c := &w.Checkpoints[i]
		if !c.Whole || c.Epoch == 0 || c.Best != "" && m.Dialect != MMDet2 {
			continue
		}
		if w.Log.Last() > c.Epoch || w.Log.Epoch(c.Epoch) != nil && w.hasBest(metric, c.Epoch) {
			if i > 0 && w.Checkpoints[i-1].Epoch == c.Epoch && w.Checkpoints[i-1].Best == "" && w.Checkpoints[i-1].Whole {
				c = &w.Checkpoints[i-1] // the regular one of that epoch
			}
			return c
		}
		if newest == nil {
			newest = c
		}
	}
	if newest != nil && newest.Epoch > 1 {
		return newest
	}
	return nil
}

// hasBest reports whether the best file of an epoch exists, or is not needed.
func (w *WorkDir) hasBest(metric string, number int) bool {
	best, _ := w.Log.Best(cmp.Or(metric, DefaultMetric), w.Dialect)
	if best == nil || best.Number != number {
		return true
	}
	return slices.ContainsFunc(w.bestFiles(cmp.Or(metric, DefaultMetric)), func(c Checkpoint) bool { return c.Epoch == number && c.Whole })
}

// DialectOf returns the dialect of MMDetection that wrote the logs of a folder, and
// whether it could be determined.
func DialectOf(fsys fs.FS) (Dialect, bool) {
	for _, d := range []Dialect{MMDet2, MMDet3} {
		if runs, err := findRuns(folder{fsys: fsys}, d); err == nil && len(runs) > 0 {
			return d, true
		}
	}
	return "", false
}
