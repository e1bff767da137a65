package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/hubdata/hubdata/mmdet"
)

// stage runs a stage to its end, unless it is done.
func (r *Runner) stage(ctx context.Context, s *mmdet.Stage) error {
	step, act := r.surveyStage(s)
	if act.Verb == Skip {
		r.dropLock(step)
		r.emit(StageDone{Stage: s.ID, Choice: step.State.Choice, Before: true})
		return nil
	}
	if err := refusal(step, act); err != nil && act.Verb != Busy {
		return err
	}
	lock, err := r.lock(ctx, step)
	if err != nil {
		return err
	}
	defer lock.release()
	// Another run may have changed the stage before this one got the lock.
	if step, act = r.surveyStage(s); act.Verb == Skip {
		r.emit(StageDone{Stage: s.ID, Choice: step.State.Choice, Before: true})
		return nil
	}
	if err := refusal(step, act); err != nil {
		return err
	}
	return r.work(ctx, step, act, lock)
}

// dropLock removes the lock of a stage that is done. A run may have left it if it was
// killed after the stage was done.
func (r *Runner) dropLock(step *surveyed) {
	if !exists(lockPath(step.WorkDir)) {
		return
	}
	if lock, err := takeLock(step.WorkDir, self(r.job), false, nil); err == nil {
		lock.release()
	}
}

func (r *Runner) surveyStage(s *mmdet.Stage) (*surveyed, Action) {
	r.survey.forget()
	step := r.survey.step(s)
	return step, next(step, r.o.Rerun)
}

// refusal returns an error that says why a stage cannot run, or nil if it can.
func refusal(step *surveyed, act Action) error {
	switch act.Verb {
	case Wait:
		return &BlockedError{step.Stage.ID, act.Reason, step.Err}
	case Refuse:
		return &StaleError{step.Stage.ID, step.WorkDir, act.Reason}
	case Busy:
		return step.Held
	}
	return nil
}

// lock takes the lock of a stage. If a killed run has left a training running, it waits
// for the training to end, whose result is valid.
func (r *Runner) lock(ctx context.Context, step *surveyed) (*lock, error) {
	reported := false
	for {
		lock, err := takeLock(step.WorkDir, self(r.job), r.o.Unlock, r.jobIsGone)
		var held *LockedError
		if err == nil || !errors.As(err, &held) || !held.Orphan {
			return lock, err
		}
		if r.o.InJob && held.Owner.Job != "" && (held.Owner.Job == r.job || r.jobIsGone(held.Owner)) {
			killMarked(held.Owner.Mark) // Slurm has ended the job, and its processes outlived that
		}
		if !reported {
			reported = true
			r.emit(StageWaits{step.Stage.ID, held})
		}
		select {
		case <-ctx.Done():
			return nil, interruptedf("while waiting for a training of an earlier run")
		case <-r.o.Signals:
			return nil, interruptedf("while waiting for a training of an earlier run")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// work runs the processes of a stage one after the other, and records the outcome.
func (r *Runner) work(ctx context.Context, step *surveyed, act Action, lock *lock) error {
	s := step.Stage
	expected := 0 // iterations per epoch
	var err error
	if s.Trains() {
		if expected, err = r.checkData(ctx, s); err != nil {
			return err
		}
	}
	if act.Verb == Restart {
		to, err := moveAway(step.WorkDir)
		if err != nil {
			return err
		}
		r.emit(StageMoved{s.ID, to})
		step.State = nil
	}
	st := step.begun(time.Now(), r.job)
	if act.Verb == Resume {
		st.Resumed = act.Resume
	}
	if err := st.write(step.WorkDir); err != nil {
		return err
	}
	step.State = st
	st.begin = step.reached()
	for i := range step.Runs {
		if r.written(step, st, i) {
			continue
		}
		run := &step.Runs[i]
		if act.Verb == Resume {
			run.Resume = filepath.Join(step.WorkDir, act.Resume)
			if run.overlay, err = overlay(r.recipe, s, &run.Resolved); err != nil {
				return err
			}
		}
		if err := r.process(ctx, step, st, run, lock); err != nil {
			return err
		}
		if s.Kind == mmdet.Infer {
			if err := st.addOutput(r.survey.outputs(s)[i]); err != nil {
				return r.fail(step, st, &mmdet.TrainingError{Stage: s.ID, Reason: "the process returned 0 and did not write its results: " + err.Error()})
			}
			if err := st.write(step.WorkDir); err != nil {
				return err
			}
		}
	}
	return r.finish(step, st, expected)
}

// written reports whether the file of an infer stage's process exists from an earlier
// run.
func (r *Runner) written(step *surveyed, st *state, i int) bool {
	if step.Stage.Kind != mmdet.Infer {
		return false
	}
	return st.hasOutput(r.survey.outputs(step.Stage)[i])
}

// process runs one process of a stage to its end.
func (r *Runner) process(ctx context.Context, step *surveyed, st *state, run *prepared, lock *lock) error {
	s := step.Stage
	path := ""
	if run.overlay != nil {
		path = r.recipe.OverlayPath(s, run.Scale)
		if err := writeWithin(step.WorkDir, path, string(run.overlay)); err != nil {
			return err
		}
		if module, text := r.recipe.Module(s); module != "" {
			if err := writeWithin(step.WorkDir, module, string(text)); err != nil {
				return err
			}
		}
	}
	command, err := r.command(s, &run.Resolved, path)
	if err != nil {
		return err
	}
	out, err := openConsole(step.WorkDir)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }() // the trainer writes to it
	before, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	begun := StageBegun{Stage: s.ID}
	if run.Resume != "" {
		begun.Resume = filepath.Base(run.Resume)
	}
	r.emit(begun)
	t, err := r.start(command, lock, out)
	if err != nil {
		return r.fail(step, st, err)
	}
	stopWatch := r.watch(step)
	end, err := t.wait(ctx, r.o.Signals)
	stopWatch()
	if err != nil {
		return err
	}
	own := command.Argv[0] == hubdata
	st.Exit = &end.code
	st.Ended = time.Now().Format(time.RFC3339)
	switch {
	case end.stopped && (end.code != 0 || s.Trains()):
		// A training that is stopped by a signal may end with 0, too.
		st.Status = interrupted
		if err := st.write(step.WorkDir); err != nil {
			return err
		}
		if end.requeue && r.o.InJob {
			err := r.requeue(ctx, s, st.begin)
			if over := (*TimeError)(nil); errors.As(err, &over) {
				return r.fail(step, st, err)
			}
			return err
		}
		reason := fmt.Sprintf("stage %s was stopped", s.ID)
		if p, ok := r.progress(step); ok {
			reason += " " + p.String()
		}
		return &InterruptedError{reason}
	case end.code == skippedLines && own:
		st.Warnings = append(st.Warnings, "invalid lines were skipped: see "+consolePath(step.WorkDir))
	case end.code != 0:
		tail := causeIn(linesFrom(out, before))
		return r.fail(step, st, &ProcessError{Stage: s.ID, Program: filepath.Base(command.Argv[0]), Hubdata: own,
			Code: end.code, Status: t.text(), Tail: tail, Advice: knownFault(tail)})
	}
	if s.Kind == mmdet.Eval && r.o.Scores != nil {
		_, err := io.Copy(r.o.Scores, io.NewSectionReader(out, before, math.MaxInt64-before))
		return err
	}
	return nil
}

// skippedLines is the exit code by which hubdata reports that it skipped bad lines.
const skippedLines = 4

// knownFaults are texts in the cause of a trainer's failure, with the advice for each.
var knownFaults = []struct{ text, advice string }{
	{"No space left on device", "the disk is full: free some space; keep_checkpoints in the recipe sets how many checkpoints are kept"},
	{"CUDA out of memory", "the GPU's memory is full: lower batch_per_gpu in the recipe, or the image size"},
	{"Weights only load failed", "PyTorch 2.6 and later do not read Python objects from a checkpoint by default: if you trust the source of the weights, run again with TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1 in the environment"},
	{"No module named 'mmcv._ext'", "mmcv has no compiled operators: install mmcv, not mmcv-lite, built for this PyTorch; reference/mmcv_ops in hubdata's source has a replacement for Mask R-CNN"},
	{"albumentations is not installed", "augment needs Albumentations 1.x: pip install albumentations==1.3.1"},
	{"unexpected keyword argument 'strict'", "the augment step of onedl-mmdetection needs a newer Albumentations: pip install albumentations==1.4.24"},
	{"Signal 9 (SIGKILL)", "the system killed a process of the training, often because the machine's memory is full: fewer workers_per_gpu or num_workers need less"},
	{"oom-kill", "the memory of the job is full: launch.slurm.extra in the recipe can ask for more, such as --mem=64G"},
	{"Scale must be a number or tuple", "a list in the recipe becomes a Python list: write {_tuple_: [512, 512]} for a tuple"},
}

// knownFault returns advice if the lines show a known fault; otherwise an empty string.
func knownFault(tail []string) string {
	text := strings.Join(tail, "\n")
	for _, known := range knownFaults {
		if strings.Contains(text, known.text) {
			return known.advice
		}
	}
	return ""
}

// fail records why a stage failed.
func (r *Runner) fail(step *surveyed, st *state, why error) error {
	st.Status, st.Reason = failed, why.Error()
	if err := st.write(step.WorkDir); err != nil {
		return errors.Join(why, err)
	}
	return why
}

// finish checks the output of a stage and records that the stage is done.
func (r *Runner) finish(step *surveyed, st *state, expected int) error {
	s := step.Stage
	if s.Trains() {
		wd, err := readWorkDir(r.recipe, s)
		if err != nil {
			return r.fail(step, st, err)
		}
		if st.Choice, st.Warnings, err = wd.Finished(s, expected); err != nil {
			return r.fail(step, st, err)
		}
	} else {
		st.Outputs = nil
		for _, file := range r.survey.outputs(s) {
			if err := st.addOutput(file); err != nil {
				return r.fail(step, st, &mmdet.TrainingError{Stage: s.ID, Reason: "the process returned 0, but its file does not exist: " + err.Error()})
			}
		}
	}
	st.Status, st.Reason = done, ""
	if err := st.write(step.WorkDir); err != nil {
		return err
	}
	r.emit(StageDone{Stage: s.ID, Choice: st.Choice, Warnings: st.Warnings})
	return nil
}

// checkData checks the data of a training against MMDetection's rules, and returns the
// number of iterations per epoch, or 0 if it is not known.
func (r *Runner) checkData(ctx context.Context, s *mmdet.Stage) (int, error) {
	check := DataChecker{Recipe: r.recipe, Dataset: r.o.Dataset, ImageSize: r.o.ImageSize}
	report, _, err := check.Check(ctx, s)
	if err != nil {
		return 0, err
	}
	if report.Fatal() {
		return 0, &DataError{s.ID, report}
	}
	return report.ItersPerEpoch, nil
}

// moveAway renames a folder to the first free name of DIR.old-1, DIR.old-2, ...
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

// progress returns the progress of a training. It reports false if the stage is not a
// training, or its folder cannot be read.
func (r *Runner) progress(step *surveyed) (Progress, bool) {
	if !step.Stage.Trains() {
		return Progress{}, false
	}
	w, err := readWorkDir(r.recipe, step.Stage)
	if err != nil {
		return Progress{}, false
	}
	return newProgress(step.Stage, w), true
}

// watchEvery is the interval at which the log of a running training is read.
const watchEvery = 15 * time.Second

// watch reports the progress of a running training whenever it changes. The function
// that it returns stops it.
func (r *Runner) watch(step *surveyed) (stop func()) {
	if r.o.Events == nil || !step.Stage.Trains() {
		return func() {}
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		last, _ := r.progress(step)
		for {
			select {
			case <-quit:
				return
			case <-time.After(watchEvery):
			}
			if now, ok := r.progress(step); ok && now.String() != last.String() {
				last = now
				r.emit(StageProgress{step.Stage.ID, now})
			}
		}
	}()
	return func() { close(quit); <-ended }
}
