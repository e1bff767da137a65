package mmdet

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Log is the content of the logs in a work_dir. A training that was resumed has several
// runs, and an epoch may be in more than one of them: the last line of an epoch counts.
type Log struct {
	Runs     []Run
	Epochs   []Epoch  // validated epochs, ascending
	Position Position // position of the last line of a training iteration
	// IterPerEpoch is the number of iterations per epoch; 0: the logs do not say.
	IterPerEpoch int
	// MaxEpochs is the epoch with which the training ends; 0: the logs do not say.
	MaxEpochs int
	NaN       *Position // first iteration with a loss that is not a finite number
	Mismatch  Mismatch  // weights of the last run that did not fit
}

// Run is a run of a training, from one start.
type Run struct {
	File        string // name of the file with its scores
	First, Last int    // epochs; 0: the run did not complete one
	Validated   int    // number of validations
}

// Epoch holds the scores of a validation.
type Epoch struct {
	Number int
	Scores map[string]float64 // by the names in the log, such as coco/segm_mAP
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

// Mismatch counts the weights that do not agree between a checkpoint and a model.
// MMDetection loads the others and continues.
type Mismatch struct {
	Shape      int // weights of another shape
	Missing    int // weights that are missing in the checkpoint
	Unexpected int // weights that are not in the model
}

// Total returns the number of all such weights.
func (m Mismatch) Total() int { return m.Shape + m.Missing + m.Unexpected }

// LogError is returned for a log that cannot be parsed.
type LogError struct {
	File   string
	Line   int
	Reason string // what was found, what was expected, what to do
}

func (e *LogError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason) }

// ReadLog reads the logs of a work_dir, such as os.DirFS(dir). A folder without logs
// gives an empty Log. dir is the prefix of file names in the log and in errors.
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
	return r.done(), nil
}

// done returns the log.
func (r *logReader) done() *Log {
	r.log.Epochs = slices.SortedFunc(maps.Values(r.epochs), func(a, b Epoch) int { return cmp.Compare(a.Number, b.Number) })
	return &r.log
}

// ParseLog reads a single log file, text or JSON, and says which dialect of MMDetection
// wrote it. In a text log, scores are rounded. file is its name in the log and in errors.
func ParseLog(text []byte, file string) (*Log, Dialect, error) {
	r := &logReader{dialect: MMDet2, epochs: map[int]Epoch{}}
	run := Run{File: file}
	var err error
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		if !bytes.Contains(text, []byte(`"mode"`)) {
			r.dialect = MMDet3
		}
		err = r.scores(file, text, &run)
	} else {
		if bytes.Contains(text, []byte("Epoch(train)")) {
			r.dialect = MMDet3
		}
		r.textScores = true
		err = r.text(file, text, &run)
	}
	if err != nil {
		return nil, "", err
	}
	r.log.Runs = []Run{run}
	return r.done(), r.dialect, nil
}

// Score returns the score of an epoch. metric may omit the part up to the last slash:
// segm_mAP finds coco/segm_mAP.
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

// Best returns the epoch with the highest score of a metric, the first of equal ones,
// as MMDetection does. In the logs of 2.x it ignores scores of exactly 0, as
// MMDetection 2.x does.
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

// Epoch returns the validation of an epoch, or nil.
func (l *Log) Epoch(number int) *Epoch {
	i, ok := slices.BinarySearchFunc(l.Epochs, number, func(e Epoch, n int) int { return cmp.Compare(e.Number, n) })
	if !ok {
		return nil
	}
	return &l.Epochs[i]
}

// Last returns the highest epoch with any line in the log.
func (l *Log) Last() int {
	last := 0
	for _, r := range l.Runs {
		last = max(last, r.Last)
	}
	return last
}

// Metrics returns the sorted names of all scores.
func (l *Log) Metrics() []string {
	names := map[string]bool{}
	for _, e := range l.Epochs {
		for key := range e.Scores {
			names[key] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// beginnings returns the number of runs that began with the first epoch and got beyond
// it. Others may have been killed before there was a checkpoint to resume from.
func (l *Log) beginnings() int {
	n := 0
	for _, r := range l.Runs {
		if r.First == 1 && r.Last > 1 {
			n++
		}
	}
	return n
}

// runFiles are the files of a run in its work_dir. The text log and the config may be
// missing.
type runFiles struct{ scores, text, config string }

var stamp = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\d{8}_\d{6}`)
})

// findRuns returns the logs of a work_dir in the order of their time stamps.
func findRuns(dir folder, dialect Dialect) ([]runFiles, error) {
	entries, err := dir.entries() // sorted
	if err != nil {
		return nil, err
	}
	var runs []runFiles
	for _, e := range entries {
		name := e.Name()
		if !stamp().MatchString(name) {
			continue
		}
		var f runFiles
		if dialect == MMDet2 {
			base, ok := strings.CutSuffix(name, ".log.json")
			if !ok {
				// Of a run whose JSON log was not kept, the text log has the scores too.
				if base, ok = strings.CutSuffix(name, ".log"); ok && dir.isFile(name+".json") {
					continue
				}
			}
			if !ok || e.IsDir() {
				continue
			}
			f = runFiles{scores: base + ".log.json", text: base + ".log"}
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
				// The backend may be disabled; the hook's own file has the same lines.
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

// logReader collects the runs of a work_dir.
type logReader struct {
	dir     folder
	dialect Dialect
	log     Log
	epochs  map[int]Epoch

	textScores bool // the run has no JSON log: the text log has its scores
}

// maxLog is the largest size of a log, and maxLogLine that of a line of the JSON log: thousands of epochs, and any
// number of scores.
const (
	maxLog     = 256 << 20
	maxLogLine = 1 << 20
)

func (r *logReader) run(files runFiles) error {
	run := Run{File: r.dir.path(cmp.Or(files.scores, files.text))}
	before := r.log.Mismatch
	r.log.Mismatch = Mismatch{}
	r.textScores = files.scores == ""
	for _, part := range []struct {
		file string
		read func(string, []byte, *Run) error
	}{{files.text, r.text}, {files.config, r.config}, {files.scores, r.scores}} {
		if part.file == "" {
			continue
		}
		text, err := r.dir.read(part.file, maxLog)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				continue // in a folder that is being moved away
			}
			return err
		}
		if err := part.read(r.dir.path(part.file), text, &run); err != nil {
			return err
		}
	}
	if r.textScores && r.dialect == MMDet2 && run.Last == 0 { // a text log without an epoch
		r.log.Mismatch = before
		return nil
	}
	r.log.Runs = append(r.log.Runs, run)
	return nil
}

// reached records that a run reached an epoch.
func (run *Run) reached(epoch int) {
	if run.First == 0 || epoch < run.First {
		run.First = epoch
	}
	run.Last = max(run.Last, epoch)
}
