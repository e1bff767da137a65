package mmdet

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func (p program) read(dir folder) (*WorkDir, error) {
	log, err := p.readScores(dir)
	if err != nil {
		return nil, err
	}
	w := &WorkDir{Dir: dir.name, Log: log, files: dir, trainer: p}
	o := p.s.Output
	first := firstEpoch(o.FirstEpoch)
	for _, name := range []struct{ pattern, best string }{{o.Checkpoints, ""}, {o.Best, "best"}} {
		if err := w.addNamed(name.pattern, name.best, first); err != nil {
			return nil, err
		}
	}
	if o.Last != "" && dir.isFile(o.Last) {
		w.Last = o.Last
		if !slices.ContainsFunc(w.Checkpoints, func(c Checkpoint) bool { return c.Name == o.Last && c.Best == "" }) {
			if err := w.add(Checkpoint{Name: o.Last}); err != nil {
				return nil, err
			}
		}
	}
	w.sort()
	return w, nil
}

// firstEpoch returns the number of the first epoch: 1, or what is set.
func firstEpoch(n *int) int {
	if n == nil {
		return 1
	}
	return *n
}

// addNamed adds the checkpoints whose names fit a pattern with {epoch}, or no number.
func (w *WorkDir) addNamed(pattern, best string, first int) error {
	if pattern == "" {
		return nil
	}
	if !strings.Contains(pattern, epochMark) {
		if !w.files.isFile(pattern) {
			return nil
		}
		return w.add(Checkpoint{Name: pattern, Best: best})
	}
	before, after, _ := strings.Cut(path.Base(pattern), epochMark)
	name := regexp.MustCompile("^" + regexp.QuoteMeta(before) + `(\d{1,9})` + regexp.QuoteMeta(after) + "$")
	entries, err := fs.ReadDir(w.files.fsys, path.Dir(pattern))
	if errors.Is(err, fs.ErrNotExist) && path.Dir(pattern) != "." {
		return nil
	} else if err != nil {
		return w.files.named(err)
	}
	for _, e := range entries {
		m := name.FindStringSubmatch(e.Name())
		file := path.Join(path.Dir(pattern), e.Name())
		if m == nil || !w.files.isFile(file) {
			continue
		}
		if err := w.add(Checkpoint{Name: file, Epoch: atoi([]byte(m[1])) + 1 - first, Best: best}); err != nil {
			return err
		}
	}
	return nil
}

// scored says that there is no score to choose by, for messages.
func (p program) scored(k *picker) string {
	if p.s.Output.Scores == nil {
		return "the recipe names no scores"
	}
	return k.unscored("the scores have")
}

func (p program) best(k *picker) (*Checkpoint, string, error) {
	epoch, score := k.Log.Best(k.metric, "")
	said := p.scored(k)
	if epoch != nil {
		said = fmt.Sprintf("the best %s is %v in epoch %d (%s:%d)", k.metric, score, epoch.Number, filepath.Base(epoch.File),
			epoch.Line)
	}
	if p.s.Output.Best == "" {
		if epoch == nil {
			return nil, "", k.fail(CheckpointMissing, nil, said+", expected a score of each epoch", k.metricsAdvice())
		}
		files := k.regular()
		if i := slices.IndexFunc(files, func(c Checkpoint) bool { return c.Epoch == epoch.Number }); i >= 0 {
			return &files[i], "the epoch with the best score", nil
		}
		return nil, "", k.fail(CheckpointMissing, names(files),
			fmt.Sprintf("%s, but there is no checkpoint of that epoch: found %s", said, orNothing(files)),
			"let the program keep the checkpoint of its best epoch, or name its best checkpoint in output.best; last chooses the last epoch")
	}
	files := slices.DeleteFunc(slices.Clone(k.Checkpoints), func(c Checkpoint) bool { return c.Best == "" })
	switch {
	case len(files) == 0:
		return nil, "", k.fail(CheckpointMissing, nil,
			fmt.Sprintf("found no %s, expected the checkpoint that the program calls its best", p.s.Output.Best),
			"see the output of the program; last chooses the last epoch")
	case len(files) > 1:
		i := slices.IndexFunc(files, func(c Checkpoint) bool { return epoch != nil && c.Epoch == epoch.Number })
		if i < 0 {
			return nil, "", k.fail(CheckpointAmbiguous, names(files),
				fmt.Sprintf("found %s, and %s, expected one best file", strings.Join(names(files), ", "), said),
				"two trainings may have written to this folder: move the files of one of them away, or name the epoch with epoch:N")
		}
		return &files[i], "the best file of the epoch with the best score", nil
	case files[0].Epoch == 0:
		return &files[0], "the file that the program calls its best; its name does not say the epoch", nil
	case epoch != nil && epoch.Number != files[0].Epoch:
		return nil, "", k.fail(CheckpointDisagree, names(files),
			fmt.Sprintf("found %s, but %s, expected the file of that epoch", files[0].Name, said),
			"the program may choose by another score: name it in metric, or name the epoch with epoch:N")
	}
	return &files[0], "the file that the program calls its best", nil
}

func (p program) last(k *picker) (*Checkpoint, string, error) {
	if name := p.s.Output.Last; name != "" {
		if i := slices.IndexFunc(k.Checkpoints, func(c Checkpoint) bool { return c.Name == name && c.Best == "" }); i >= 0 {
			return &k.Checkpoints[i], "the file that the program calls its last", nil
		}
		return nil, "", k.fail(CheckpointMissing, names(k.Checkpoints),
			fmt.Sprintf("found no %s: found %s", name, orNothing(k.Checkpoints)), "see the output of the program")
	}
	files := k.regular()
	if len(files) == 0 {
		return nil, "", k.fail(CheckpointMissing, nil,
			fmt.Sprintf("found none, expected one such as %s", p.s.Output.Checkpoints), "see the output of the program")
	}
	c := &files[len(files)-1]
	if n := len(k.Log.Epochs); n > 0 && k.Log.Epochs[n-1].Number > c.Epoch {
		e := k.Log.Epochs[n-1]
		return nil, "", k.fail(CheckpointDisagree, []string{c.Name},
			fmt.Sprintf("found %s, but the scores continue to epoch %d (%s:%d), expected the checkpoint of that epoch", c.Name,
				e.Number, filepath.Base(e.File), e.Line),
			"the training did not finish, or the file is lost: resume the training, or name the epoch with epoch:N")
	}
	return c, "the highest epoch", nil
}

// resumable returns the newest whole checkpoint whose epoch has its scores, if the
// program writes any. A kill may come between a checkpoint and its scores: then the
// epoch before it is trained again.
func (p program) resumable(w *WorkDir, _ string) *Checkpoint {
	if !p.resumes() {
		return nil
	}
	scored := p.s.Output.Scores != nil && (p.s.Val != "" || len(w.Log.Epochs) > 0)
	for i := len(w.Checkpoints) - 1; i >= 0; i-- {
		c := &w.Checkpoints[i]
		if c.Best == "" && c.Whole && c.Epoch > 0 && (!scored || w.Log.Epoch(c.Epoch) != nil || w.Log.Last() > c.Epoch) {
			return c
		}
	}
	if i := slices.IndexFunc(w.Checkpoints, func(c Checkpoint) bool {
		return c.Name == w.Last && c.Best == "" && c.Whole
	}); i >= 0 && w.Last != "" {
		return &w.Checkpoints[i]
	}
	return nil
}
