package mmdet

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Log is what the logs of a work_dir say of a training. A training that was resumed
// has several runs, and an epoch may be in more than one of them: the last
// line of an epoch counts.
type Log struct {
	Runs     []Run
	Epochs   []Epoch  // validated, rising
	Position Position // of the last line of a training iteration
	// IterPerEpoch is how many iterations an epoch has; 0: no log tells.
	IterPerEpoch int
	// MaxEpochs is where the training is to end; 0: no log tells.
	MaxEpochs int
	NaN       *Position // first iteration whose loss is not a finite number
	Mismatch  Mismatch  // of the last run
}

// Run is one start of a training.
type Run struct {
	File        string // of its scores
	First, Last int    // epochs; 0: it did not get to one
	Validated   int    // validations
}

// Epoch is a validation.
type Epoch struct {
	Number int
	Scores map[string]float64 // as the log names them, such as coco/segm_mAP
	File   string
	Line   int
}

// Position is a point of a training.
type Position struct {
	Epoch, Iter int // Iter: within the epoch; 0: unknown
	Loss        float64
	File        string
	Line        int
}

// Mismatch counts what a checkpoint and a model do not share. MMDetection loads
// the rest and goes on.
type Mismatch struct {
	Shape      int // weights of another shape
	Missing    int // weights that the checkpoint lacks
	Unexpected int // weights that the model lacks
}

// Total is the sum of all.
func (m Mismatch) Total() int { return m.Shape + m.Missing + m.Unexpected }

// LogError is returned for a log that cannot be read as one.
type LogError struct {
	File   string
	Line   int
	Reason string // what was found, what was expected, what to do
}

func (e *LogError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason) }

// ReadLog reads the logs of a work_dir, such as os.DirFS(dir). A folder without any gives
// an empty Log. The names of files in it and in errors begin with dir.
func ReadLog(fsys fs.FS, dir string, dialect Dialect) (*Log, error) {
	return readLog(folder{fsys, dir}, dialect)
}

func readLog(dir folder, dialect Dialect) (*Log, error) {
	runs, err := findRuns(dir, dialect)
	if err != nil {
		return nil, err
	}
	r := &logReader{dir: dir, dialect: dialect, epochs: map[int]Epoch{}}
	for _, files := range runs {
		if err := r.run(files); err != nil {
			return nil, err
		}
	}
	r.log.Epochs = slices.SortedFunc(maps.Values(r.epochs), func(a, b Epoch) int { return cmp.Compare(a.Number, b.Number) })
	return &r.log, nil
}

// Score looks up the score of an epoch. A metric without the part before the last
// slash fits too, as segm_mAP does coco/segm_mAP.
func (e *Epoch) Score(metric string) (float64, bool) {
	if v, ok := e.Scores[metric]; ok {
		return v, true
	}
	found := ""
	for key := range e.Scores {
		if strings.HasSuffix(key, "/"+metric) && (found == "" || key < found) {
			found = key
		}
	}
	v, ok := e.Scores[found]
	return v, ok
}

// Best is the epoch with the highest score of a metric, the first one of equals: as
// MMDetection takes it, whose 2.x line takes a score of exactly 0 for none.
func (l *Log) Best(metric string, dialect Dialect) (epoch *Epoch, score float64) {
	for i := range l.Epochs {
		v, ok := l.Epochs[i].Score(metric)
		if !ok || v != v || v == 0 && dialect == MMDet2 {
			continue
		}
		if epoch == nil || v > score {
			epoch, score = &l.Epochs[i], v
		}
	}
	return epoch, score
}

// Epoch gives the validation of an epoch, or nil.
func (l *Log) Epoch(number int) *Epoch {
	i, ok := slices.BinarySearchFunc(l.Epochs, number, func(e Epoch, n int) int { return cmp.Compare(e.Number, n) })
	if !ok {
		return nil
	}
	return &l.Epochs[i]
}

// Last is the highest epoch of which there is any line.
func (l *Log) Last() int {
	last := 0
	for _, r := range l.Runs {
		last = max(last, r.Last)
	}
	return last
}

// Metrics are the names of all scores, sorted.
func (l *Log) Metrics() []string {
	names := map[string]bool{}
	for _, e := range l.Epochs {
		for key := range e.Scores {
			names[key] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// beginnings counts the runs that began with the first epoch and got beyond it. One
// that did not may have been killed before there was anything to go on from.
func (l *Log) beginnings() int {
	n := 0
	for _, r := range l.Runs {
		if r.First == 1 && r.Last > 1 {
			n++
		}
	}
	return n
}

// runFiles are the files of a run in its work_dir: text and config may be missing.
type runFiles struct{ scores, text, config string }

var stamp = regexp.MustCompile(`^\d{8}_\d{6}`)

// findRuns lists the logs of a work_dir in the order of their time stamps.
func findRuns(dir folder, dialect Dialect) ([]runFiles, error) {
	entries, err := dir.entries() // sorted
	if err != nil {
		return nil, err
	}
	var runs []runFiles
	for _, e := range entries {
		name := e.Name()
		if !stamp.MatchString(name) {
			continue
		}
		var f runFiles
		if dialect == MMDet2 {
			base, ok := strings.CutSuffix(name, ".log.json")
			if !ok || e.IsDir() {
				continue
			}
			f = runFiles{scores: name, text: base + ".log"}
		} else {
			if !e.IsDir() {
				continue
			}
			f = runFiles{
				scores: path.Join(name, "vis_data", "scalars.json"),
				text:   path.Join(name, name+".log"),
				config: path.Join(name, "vis_data", "config.py"),
			}
			if !dir.isFile(f.scores) {
				// The backend may be switched off; the hook's own file has the same lines.
				f.scores = path.Join(name, "vis_data", name+".json")
			}
		}
		for _, p := range []*string{&f.scores, &f.text, &f.config} {
			if *p != "" && !dir.isFile(*p) {
				*p = ""
			}
		}
		if f.scores != "" || f.text != "" {
			runs = append(runs, f)
		}
	}
	return runs, nil
}

// logReader gathers the runs of a work_dir.
type logReader struct {
	dir     folder
	dialect Dialect
	log     Log
	epochs  map[int]Epoch
}

func (r *logReader) run(files runFiles) error {
	run := Run{File: r.dir.path(cmp.Or(files.scores, files.text))}
	r.log.Mismatch = Mismatch{}
	for _, part := range []struct {
		file string
		read func(string, []byte, *Run) error
	}{{files.text, r.text}, {files.config, r.config}, {files.scores, r.scores}} {
		if part.file == "" {
			continue
		}
		text, err := r.dir.read(part.file)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				continue // of a folder that is being moved away
			}
			return err
		}
		if err := part.read(r.dir.path(part.file), text, &run); err != nil {
			return err
		}
	}
	r.log.Runs = append(r.log.Runs, run)
	return nil
}

// reached notes that a run got to an epoch.
func (run *Run) reached(epoch int) {
	if run.First == 0 || epoch < run.First {
		run.First = epoch
	}
	run.Last = max(run.Last, epoch)
}
