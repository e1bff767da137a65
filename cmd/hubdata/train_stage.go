package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/mmdet"
)

// consolePath is where what a stage's processes print is kept.
func consolePath(workDir string) string { return filepath.Join(workDir, "hubdata", "console.log") }

// stage brings a stage to its end, unless it is there.
func (r *trainRun) stage(ctx context.Context, s *mmdet.Stage) error {
	step, act, err := r.look(s)
	if err != nil {
		return err
	}
	if act.Verb == mmdet.Skip {
		r.dropLock(step)
		r.c.note("stage %s is done%s", s.ID, choiceText(step))
		return nil
	}
	if err := refusal(step, act); err != nil && act.Verb != mmdet.Busy {
		return err
	}
	lock, err := r.lock(ctx, step)
	if err != nil {
		return err
	}
	defer lock.Release()
	// Another run may have been at it before the lock was ours.
	if step, act, err = r.look(s); err != nil {
		return err
	}
	if act.Verb == mmdet.Skip {
		r.c.note("stage %s is done%s", s.ID, choiceText(step))
		return nil
	}
	if err := refusal(step, act); err != nil {
		return err
	}
	return r.work(ctx, step, act, lock)
}

// dropLock takes the lock of a stage away that a run has left which was killed when the
// stage was done.
func (r *trainRun) dropLock(step *mmdet.Step) {
	if !exists(mmdet.LockPath(step.WorkDir)) {
		return
	}
	if lock, err := mmdet.TakeLock(step.WorkDir, mmdet.Self(), false, nil); err == nil {
		lock.Release()
	}
}

func (r *trainRun) look(s *mmdet.Stage) (*mmdet.Step, mmdet.Action, error) {
	r.survey.Forget()
	step, err := r.survey.Step(s)
	if err != nil {
		return nil, mmdet.Action{}, err
	}
	return step, mmdet.Next(step, r.rerun, r.again), nil
}

// refusal is why a stage is not run; nil: it may be.
func refusal(step *mmdet.Step, act mmdet.Action) error {
	switch act.Verb {
	case mmdet.Wait:
		return blockedFailure(step, act.Reason)
	case mmdet.Refuse:
		return staleFailure(step, act.Reason)
	case mmdet.Busy:
		return step.Held
	}
	return nil
}

// lock takes the lock of a stage. A training that a killed run has left behind is waited
// for: what it has trained is good.
func (r *trainRun) lock(ctx context.Context, step *mmdet.Step) (*mmdet.Lock, error) {
	told := false
	for {
		lock, err := mmdet.TakeLock(step.WorkDir, mmdet.Self(), r.unlock, r.jobIsGone)
		var held *mmdet.LockedError
		if err == nil || !errors.As(err, &held) || !held.Orphan {
			return lock, err
		}
		if !told {
			told = true
			r.c.note("%v: waiting for it", held)
		}
		select {
		case <-ctx.Done():
			return nil, interrupted("while waiting for a training of an earlier run")
		case <-r.signals:
			return nil, interrupted("while waiting for a training of an earlier run")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// work starts the processes of a stage one after the other, and writes down how it ends.
func (r *trainRun) work(ctx context.Context, step *mmdet.Step, act mmdet.Action, lock *mmdet.Lock) error {
	s := step.Stage
	expected := 0 // iterations of an epoch
	var err error
	if s.Kind == mmdet.Train {
		if expected, err = r.checkData(ctx, s); err != nil {
			return err
		}
	}
	if act.Verb == mmdet.Anew {
		to, err := moveAway(step.WorkDir)
		if err != nil {
			return err
		}
		r.c.note("stage %s: what was there is now in %s", s.ID, to)
		step.State = nil
	}
	st := step.Begun(time.Now(), os.Getenv("SLURM_JOB_ID"))
	if act.Verb == mmdet.GoOn {
		st.Resumed = act.Resume
	}
	if err := st.Write(step.WorkDir); err != nil {
		return err
	}
	for i := range step.Runs {
		if r.written(step, st, i) {
			continue
		}
		run := &step.Runs[i]
		overlay := step.Overlays[i]
		if act.Verb == mmdet.GoOn {
			run.Resume = filepath.Join(step.WorkDir, act.Resume)
			if overlay, err = r.survey.MakeOverlay(s, run); err != nil {
				return err
			}
		}
		if err := r.process(ctx, step, st, run, overlay, lock); err != nil {
			return err
		}
		if s.Kind == mmdet.Infer {
			if err := st.AddOutput(r.survey.Outputs(s)[i]); err != nil {
				return r.fail(step, st, &mmdet.TrainingError{Stage: s.ID, Reason: "the process returned 0 and did not write its results: " + err.Error(),
					Advice: "hubdata train logs shows its output"})
			}
			if err := st.Write(step.WorkDir); err != nil {
				return err
			}
		}
	}
	return r.finish(step, st, expected)
}

// written says whether the file of an infer stage's process is there from an earlier run.
func (r *trainRun) written(step *mmdet.Step, st *mmdet.State, i int) bool {
	if step.Stage.Kind != mmdet.Infer {
		return false
	}
	return st.HasOutput(r.survey.Outputs(step.Stage)[i])
}

// process runs one process of a stage to its end.
func (r *trainRun) process(ctx context.Context, step *mmdet.Step, st *mmdet.State, run *mmdet.Resolved, overlay []byte, lock *mmdet.Lock) error {
	s := step.Stage
	path := ""
	if overlay != nil {
		path = r.survey.Recipe.OverlayPath(s, run.Scale)
		if err := writeText(path, string(overlay)); err != nil {
			return err
		}
		if module, text := r.survey.Recipe.Module(s); module != "" {
			if err := writeText(module, string(text)); err != nil {
				return err
			}
		}
	}
	command, err := r.survey.MakeCommand(s, run, path)
	if err != nil {
		return err
	}
	argv0 := command.Argv[0]
	r.slurmWords(s, command)
	out, err := os.OpenFile(consolePath(step.WorkDir), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }() // the trainer writes to it
	before, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if run.Resume != "" {
		r.c.note("stage %s goes on from %s", s.ID, filepath.Base(run.Resume))
	} else {
		r.c.note("stage %s begins", s.ID)
	}
	t, err := startTrainer(command, lock, out, r.grace)
	if err != nil {
		return r.fail(step, st, err)
	}
	stopWatch := r.watch(step)
	end, err := t.wait(ctx, r.signals)
	stopWatch()
	if err != nil {
		return err
	}
	st.Exit = &end.code
	st.Ended = time.Now().Format(time.RFC3339)
	switch {
	case end.stopped && (end.code != 0 || s.Kind == mmdet.Train):
		// A training that a signal stops may end with 0 as well.
		st.Status = mmdet.Interrupted
		if err := st.Write(step.WorkDir); err != nil {
			return err
		}
		if end.requeue && r.inJob {
			return r.requeue(ctx, s)
		}
		return interrupted("stage %s was stopped%s", s.ID, r.progressText(step))
	case end.code == exitSkipped && argv0 == "hubdata":
		st.Warnings = append(st.Warnings, "bad lines were skipped: "+consolePath(step.WorkDir)+" names them")
	case end.code != 0:
		f := failf(exitTrainer, "stage %s: %s ended with %s", s.ID, filepath.Base(command.Argv[0]), t.text())
		tail := lastLines(consolePath(step.WorkDir), 20)
		for _, line := range tail {
			fmt.Fprintf(r.c.stderr, "  | %s\n", line)
		}
		for _, known := range knownFaults {
			if strings.Contains(strings.Join(tail, "\n"), known.text) {
				f = f.hint("%s", known.hint)
				break
			}
		}
		if argv0 == "hubdata" { // it has the same exit codes
			f.code = end.code
			if end.code != exitBadData && end.code != exitUsage {
				f.code = exitFailure
			}
			return r.fail(step, st, f.hint("hubdata train logs %s %s shows all it printed", r.file, s.ID))
		}
		return r.fail(step, st, f.hint("hubdata train logs %s %s shows all it printed; run again to go on from the last checkpoint", r.file, s.ID))
	}
	if s.Kind == mmdet.Eval {
		return r.showFrom(consolePath(step.WorkDir), before)
	}
	return nil
}

// knownFaults are what the last lines of a trainer may hold, and what to do then.
var knownFaults = []struct{ text, hint string }{
	{"No space left on device", "the disk is full: make room; keep_checkpoints in the recipe sets how many are kept"},
	{"CUDA out of memory", "the GPU's memory is full: lower batch_per_gpu in the recipe, or the image size"},
	{"Weights only load failed", "PyTorch 2.6 and later read no Python objects from a checkpoint unless told: if you trust where the weights come from, run again with TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1 in the environment"},
	{"No module named 'mmcv._ext'", "mmcv has no compiled operators: install mmcv, not mmcv-lite, built for this PyTorch; reference/mmcv_ops of hubdata's source has a stand-in for Mask R-CNN"},
	{"albumentations is not installed", "augment needs Albumentations 1.x: pip install albumentations==1.3.1"},
	{"Scale must be a number or tuple", "a list in the recipe stands for a list: write {_tuple_: [512, 512]} for a tuple of Python"},
}

// showFrom prints what was written to a file from a place on: the scores of an eval
// stage.
func (r *trainRun) showFrom(path string, from int64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(r.c.out, f); err != nil {
		return err
	}
	return r.c.flush()
}

// fail writes down why a stage failed.
func (r *trainRun) fail(step *mmdet.Step, st *mmdet.State, why error) error {
	st.Status, st.Reason = mmdet.Failed, why.Error()
	if err := st.Write(step.WorkDir); err != nil {
		return errors.Join(trainFailure(why), err)
	}
	return why
}

// finish checks what a stage has left and writes down that it is done.
func (r *trainRun) finish(step *mmdet.Step, st *mmdet.State, expected int) error {
	s := step.Stage
	if s.Kind == mmdet.Train {
		wd, err := mmdet.ReadWorkDir(step.WorkDir, r.survey.Recipe.Dialect)
		if err != nil {
			return r.fail(step, st, err)
		}
		if st.Choice, st.Warnings, err = wd.Finished(s, expected); err != nil {
			return r.fail(step, st, err)
		}
	} else {
		st.Outputs = nil
		for _, file := range r.survey.Outputs(s) {
			if err := st.AddOutput(file); err != nil {
				return r.fail(step, st, &mmdet.TrainingError{Stage: s.ID, Reason: "the process returned 0, but its file is not there: " + err.Error(),
					Advice: "hubdata train logs shows its output"})
			}
		}
	}
	st.Status, st.Reason = mmdet.Done, ""
	if err := st.Write(step.WorkDir); err != nil {
		return err
	}
	for _, w := range st.Warnings {
		r.c.note("stage %s: warning: %s", s.ID, w)
	}
	step.State = st
	r.c.note("stage %s is done%s", s.ID, choiceText(step))
	return nil
}

// checkData holds the data of a training against MMDetection's rules, and returns how
// many iterations an epoch will have; 0: that is not known.
func (r *trainRun) checkData(ctx context.Context, s *mmdet.Stage) (int, error) {
	report, _, err := newRecipeData(r.c, r.survey.Recipe, true).check(ctx, s)
	if err != nil {
		return 0, err
	}
	for _, f := range report.Findings {
		if f.Severity == coco.SeverityError {
			r.c.problem(fmt.Sprintf("stage %s: %v", s.ID, f))
		}
	}
	if report.Fatal() {
		return 0, failf(exitBadData, "stage %s was not started: its data is not what MMDetection takes", s.ID).hint("hubdata train check tells all of it")
	}
	return report.ItersPerEpoch, nil
}

// moveAway gives a folder the first free name of DIR.old-1, DIR.old-2, ...
func moveAway(dir string) (string, error) {
	for n := 1; ; n++ {
		to := dir + ".old-" + strconv.Itoa(n)
		if _, err := os.Lstat(to); errors.Is(err, os.ErrNotExist) {
			if err := os.Rename(dir, to); err != nil && !errors.Is(err, os.ErrNotExist) {
				return "", err
			}
			return to, nil
		} else if err != nil {
			return "", err
		}
	}
}

// choiceText tells what a finished training gives to others.
func choiceText(step *mmdet.Step) string {
	if step.State == nil || step.State.Choice == nil {
		return ""
	}
	c := step.State.Choice
	text := ": " + c.File
	if c.Score != nil {
		text += fmt.Sprintf(", %s %v", c.Metric, *c.Score)
	}
	return text
}

// interrupted is the failure of a run that was asked to stop.
func interrupted(format string, args ...any) error {
	return failf(exitInterrupted, "interrupted: "+format, args...).hint("run again to go on")
}
