package mmdet

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Choice is a chosen checkpoint, with the reason.
type Choice struct {
	Pick   string   `json:"pick"`  // what was requested
	File   string   `json:"file"`  // name in the work_dir
	Epoch  int      `json:"epoch"` // 0: the name of the file does not say
	Metric string   `json:"metric,omitempty"`
	Score  *float64 `json:"score,omitempty"` // from the log
	How    string   `json:"how"`             // how it was decided
	Sum    FileSum  `json:"sum"`
}

// CheckpointError is returned if no checkpoint, or more than one, matches the request.
type CheckpointError struct {
	Dir    string
	Pick   string
	Code   CheckpointCode
	Files  []string // candidates
	Reason string   // what was found, what was expected
	Advice string   // what to do
}

// CheckpointCode is the kind of a [CheckpointError].
type CheckpointCode string

// The codes of [CheckpointError].
const (
	CheckpointMissing   CheckpointCode = "missing"
	CheckpointAmbiguous CheckpointCode = "ambiguous"    // several files
	CheckpointDisagree  CheckpointCode = "disagreement" // files and log disagree
	CheckpointBroken    CheckpointCode = "broken"       // truncated
)

func (e *CheckpointError) Error() string {
	return fmt.Sprintf("%s: checkpoint %s: %s (%s)", e.Dir, e.Pick, e.Reason, e.Code)
}

// PickError is returned for a pick that is not valid.
type PickError struct{ Pick string }

func (e *PickError) Error() string {
	return fmt.Sprintf("found pick %q, expected best, last or epoch:N", e.Pick)
}

// DefaultMetric is the metric that selects the best epoch unless a stage sets another.
const DefaultMetric = "segm_mAP"

// Pick chooses a checkpoint: best, last or epoch:N. An empty pick means best, an empty
// metric [DefaultMetric]. Files and logs must agree; otherwise a [*CheckpointError]
// reports what each says.
func (w *WorkDir) Pick(pick, metric string) (*Choice, error) {
	if pick == "" {
		pick = "best"
	}
	if metric == "" {
		metric = DefaultMetric
	}
	p := &picker{WorkDir: w, pick: pick, metric: metric}
	var (
		c   *Checkpoint
		how string
		err error
	)
	number, isEpoch := strings.CutPrefix(pick, "epoch:")
	switch {
	case pick == "best":
		c, how, err = w.trainer.best(p)
	case pick == "last":
		c, how, err = w.trainer.last(p)
	case isEpoch:
		n, convErr := strconv.Atoi(number)
		if convErr != nil || n < 1 {
			return nil, &PickError{pick}
		}
		c, how, err = p.epoch(n)
	default:
		return nil, &PickError{pick}
	}
	if err != nil {
		return nil, err
	}
	if !c.Whole {
		return nil, p.fail(CheckpointBroken, []string{c.Name}, "its file "+c.Name+" is truncated",
			"the disk may have been full, or the training was killed while writing: train the stage again")
	}
	choice := &Choice{Pick: pick, File: c.Name, Epoch: c.Epoch, Metric: metric, How: how}
	if e := w.Log.Epoch(c.Epoch); e != nil && c.Epoch > 0 {
		if v, ok := e.Score(metric); ok {
			choice.Score = &v
		}
	}
	err = w.files.withFile(c.Name, func(r io.ReaderAt, size int64) error {
		choice.Sum, err = SumEnds(r, size)
		return err
	})
	if err != nil {
		return nil, err
	}
	return choice, nil
}

// picker is the state of a choice.
type picker struct {
	*WorkDir
	pick, metric string
}

func (p *picker) fail(code CheckpointCode, files []string, reason, advice string) error {
	return &CheckpointError{Dir: p.Dir, Pick: p.pick, Code: code, Files: files, Reason: reason, Advice: advice}
}

// best compares the best file with the log.
func (mmdetection) best(p *picker) (*Checkpoint, string, error) {
	files := p.bestFiles(p.metric)
	epoch, score := p.Log.Best(p.metric, p.Dialect)
	said := p.unscored("the log has")
	if epoch != nil {
		said = fmt.Sprintf("the log's best %s is %v in epoch %d (%s:%d)", p.metric, score, epoch.Number,
			filepath.Base(epoch.File), epoch.Line)
	}
	switch {
	case len(files) == 0:
		return nil, "", p.noBest(epoch, said)
	case len(files) > 1:
		return p.amongBest(files, epoch, said)
	case len(p.Log.Runs) == 0:
		return &files[0], "the only best file; there is no log to check it against", nil
	case epoch == nil && p.onlyZero():
		return nil, "", p.fail(CheckpointDisagree, names(files),
			fmt.Sprintf("found %s, but every %s in the log is 0, expected the log of the training that wrote it", files[0].Name,
				p.metric),
			"name the epoch with epoch:N, or last")
	case epoch == nil:
		return nil, "", p.fail(CheckpointDisagree, names(files),
			fmt.Sprintf("found %s, but %s, expected the log of the training that wrote it", files[0].Name, said),
			p.metricsAdvice())
	case epoch.Number != files[0].Epoch:
		return nil, "", p.fail(CheckpointDisagree, names(files),
			fmt.Sprintf("found %s, but %s, expected the same epoch", files[0].Name, said),
			"another training may have written to this folder, or a resumed one had a different result: check the folder, then name the epoch with epoch:N")
	}
	return &files[0], "the only best file, and the log's best epoch", nil
}

// amongBest chooses one of several best files. A training that was killed and resumed
// leaves several, since its checkpoints do not contain the last validation; then the
// log decides. Otherwise two trainings wrote to one folder.
func (p *picker) amongBest(files []Checkpoint, epoch *Epoch, said string) (*Checkpoint, string, error) {
	list := strings.Join(names(files), ", ")
	if epoch != nil && len(p.Log.Runs) > 1 && p.Log.beginnings() <= 1 {
		at := slices.IndexFunc(files, func(c Checkpoint) bool { return c.Epoch == epoch.Number })
		scored := !slices.ContainsFunc(files, func(c Checkpoint) bool { return p.Log.Epoch(c.Epoch) == nil })
		more := at >= 0 && slices.ContainsFunc(files[at+1:], func(c Checkpoint) bool { return c.Epoch == epoch.Number })
		if at >= 0 && scored && !more {
			return &files[at], "the log's best epoch; a resumed training left " + list, nil
		}
	}
	return nil, "", p.fail(CheckpointAmbiguous, names(files), fmt.Sprintf("found %s, and %s, expected one best file", list,
		said),
		"two trainings may have written to this folder: move the files of one of them away, or name the epoch with epoch:N")
}

// noBest returns an error that explains why there is no best file.
func (p *picker) noBest(epoch *Epoch, said string) error {
	switch {
	case epoch != nil:
		advice := "train the stage again, or choose last"
		if slices.ContainsFunc(p.regular(), func(c Checkpoint) bool { return c.Epoch == epoch.Number }) {
			advice = fmt.Sprintf("the checkpoint of that epoch exists: choose epoch:%d", epoch.Number)
		}
		return p.fail(CheckpointMissing, nil,
			fmt.Sprintf("%s, but there is no best file of that epoch, expected one that save_best wrote", said), advice)
	case p.onlyZero():
		return p.fail(CheckpointMissing, nil,
			fmt.Sprintf("every %s in the log is 0, and MMDetection 2.x then writes no best file", p.metric),
			"check the data and the initial weights; last chooses the last epoch")
	case len(p.Log.Epochs) > 0:
		return p.fail(CheckpointMissing, nil, fmt.Sprintf("%s, and there is no best file for it", said), p.metricsAdvice())
	}
	return p.fail(CheckpointMissing, nil,
		"found no best file and no validation in a log, expected a training that validates and has save_best",
		"check the folder and the dialect, "+string(p.Dialect))
}

// unscored says that what has the scores has none of the metric to choose by.
func (p *picker) unscored(has string) string {
	if slices.Contains(p.Log.Metrics(), p.metric) && !p.onlyZero() {
		return has + " no number for " + p.metric + ", only nan"
	}
	return has + " no " + p.metric
}

// onlyZero reports whether the log has the metric, and its score is always 0.
func (p *picker) onlyZero() bool {
	found := false
	for i := range p.Log.Epochs {
		if v, ok := p.Log.Epochs[i].Score(p.metric); ok {
			if found = true; v != 0 {
				return false
			}
		}
	}
	return found
}

func (p *picker) metricsAdvice() string {
	if m := p.Log.Metrics(); len(m) > 0 {
		return "the log has " + strings.Join(m, ", ")
	}
	return "the log has no validation"
}

// last compares the checkpoint that MMDetection calls its last with the files and the
// log.
func (mmdetection) last(p *picker) (*Checkpoint, string, error) {
	files := p.regular()
	pointer := "last_checkpoint"
	if p.Dialect == MMDet2 {
		pointer = "latest.pth"
	}
	at := slices.IndexFunc(files, func(c Checkpoint) bool { return c.Name == p.Last })
	switch {
	case len(files) == 0 && p.Last == "":
		return nil, "", p.fail(CheckpointMissing, nil, "found none, expected one such as epoch_12.pth", "check the folder")
	case p.Last != "" && at < 0:
		return nil, "", p.fail(CheckpointMissing, names(files),
			fmt.Sprintf("%s names %s, which does not exist: found %s", pointer, p.Last, orNothing(files)),
			"put the file back, or name the epoch with epoch:N")
	}
	c, how := &files[len(files)-1], "the highest epoch"
	switch {
	case at >= 0 && files[at].Epoch != c.Epoch:
		return nil, "", p.fail(CheckpointDisagree, []string{p.Last, c.Name},
			fmt.Sprintf("%s names %s, but there is also %s, expected the same epoch", pointer, p.Last, c.Name),
			"another training may have written to this folder: check the folder, then name the epoch with epoch:N")
	case at >= 0:
		c, how = &files[at], pointer+" names it"
	case len(files) > 1 && files[len(files)-2].Epoch == c.Epoch:
		return nil, "", p.fail(CheckpointAmbiguous, names(files[len(files)-2:]),
			fmt.Sprintf("found %s for one epoch, expected one file", strings.Join(names(files[len(files)-2:]), " and ")),
			"two trainings may have written to this folder: move the files of one of them away")
	}
	if last := p.Log.Epochs; len(last) > 0 && last[len(last)-1].Number > c.Epoch {
		e := last[len(last)-1]
		return nil, "", p.fail(CheckpointDisagree, []string{c.Name},
			fmt.Sprintf("found %s, but the log continues to epoch %d (%s:%d), expected the checkpoint of that epoch", c.Name,
				e.Number, filepath.Base(e.File), e.Line),
			"the training did not finish, or the file is lost: resume the training, or name the epoch with epoch:N")
	}
	return c, how, nil
}

// epoch returns the file of an epoch. A best file serves as well as a regular one.
func (p *picker) epoch(n int) (*Checkpoint, string, error) {
	of := slices.DeleteFunc(slices.Clone(p.Checkpoints), func(c Checkpoint) bool { return c.Epoch != n })
	regular := slices.DeleteFunc(slices.Clone(of), func(c Checkpoint) bool { return c.Best != "" })
	switch {
	case len(regular) == 1:
		return &regular[0], "the file of that epoch", nil
	case len(regular) > 1:
		return nil, "", p.fail(CheckpointAmbiguous, names(regular),
			fmt.Sprintf("found %s, expected one file of that epoch", strings.Join(names(regular), ", ")),
			"two trainings may have written to this folder: move the files of one of them away")
	case len(of) > 0:
		return &of[0], "the best file of that epoch", nil
	}
	return nil, "", p.fail(CheckpointMissing, names(p.Checkpoints),
		fmt.Sprintf("found %s, expected one of epoch %d", orNothing(p.Checkpoints), n),
		"the training keeps only its last checkpoints: keep_checkpoints in the recipe sets how many")
}

func names(files []Checkpoint) []string {
	var out []string
	for _, c := range files {
		out = append(out, c.Name)
	}
	return out
}

func orNothing(files []Checkpoint) string {
	if len(files) == 0 {
		return "nothing"
	}
	return strings.Join(names(files), ", ")
}
