package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/hubdata/hubdata/mmdet"
)

// The exit codes of hubdata train beside the common ones.
const (
	exitTrainer        = 4 // a process that was started failed
	exitCheckpoint     = 5 // a checkpoint is missing, or more than one would do
	exitInfrastructure = 6 // a program that is needed is not there
)

var trainExitCodes = []exitCode{
	{exitOK, "done"},
	{exitFailure, "a file could not be read or written, or another run is at it"},
	{exitUsage, "the command line or the recipe is wrong"},
	{exitBadData, "an input is wrong, missing, or has changed since a stage began"},
	{exitTrainer, "a training failed, or ended without what it should have left"},
	{exitCheckpoint, "a checkpoint is missing, or files and logs disagree about it"},
	{exitInfrastructure, "a program that is needed, such as python or sbatch, is not there"},
	{exitInterrupted, "interrupted; running again goes on"},
}

// trainFailure words an error of package mmdet for the user.
func trainFailure(err error) error {
	var (
		done       *failure
		checkpoint *mmdet.CheckpointError
		training   *mmdet.TrainingError
		input      *mmdet.InputError
		log        *mmdet.LogError
		state      *mmdet.StateError
		locked     *mmdet.LockedError
		stage      *mmdet.StageError
		recipe     *mmdet.RecipeError
		cycle      *mmdet.CycleError
		pick       *mmdet.PickError
		look       *exec.Error
	)
	wrap := func(code int) *failure { return &failure{code: code, err: err} }
	switch {
	case err == nil, errors.As(err, &done):
		return err
	case errors.As(err, &checkpoint):
		return wrap(exitCheckpoint).hint("%s", checkpoint.Advice)
	case errors.As(err, &training):
		return wrap(exitTrainer).hint("%s", training.Advice)
	case errors.As(err, &input), errors.As(err, &log), errors.As(err, &state):
		return wrap(exitBadData)
	case errors.As(err, &locked):
		f := wrap(exitFailure)
		switch {
		case locked.Orphan && locked.Owner.Trainer.PID > 0:
			return f.hint("wait for it, or stop it: kill -TERM -%d", locked.Owner.Trainer.PID)
		case locked.Elsewhere:
			return f.hint("if that run is gone, --unlock takes its place")
		}
		return f.hint("wait until it ends; hubdata train status shows how far it is")
	case errors.As(err, &stage), errors.As(err, &recipe), errors.As(err, &cycle), errors.As(err, &pick):
		return wrap(exitUsage)
	case errors.As(err, &look):
		f := failf(exitInfrastructure, "%s: %v", look.Name, look.Err)
		switch look.Name {
		case "sbatch", "srun", "scontrol", "squeue":
			return f.hint("it is part of Slurm: run this on a machine of the cluster, or set launch.engine to local in the recipe")
		}
		return f.hint("install it, put its folder into PATH, or name it in the recipe, such as tool.python")
	}
	return err
}

// lookPath finds a program; one that is named by a path must be there.
func lookPath(name, dir string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		var look *exec.Error
		if errors.As(err, &look) {
			return "", err
		}
		return "", &exec.Error{Name: name, Err: err}
	}
	if dir != "" {
		if st, err := os.Stat(dir); err != nil || !st.IsDir() {
			return "", failf(exitInfrastructure, "%s: no such folder, but %s is to run in it", dir, name).hint("tool.root in the recipe names it")
		}
	}
	return path, nil
}

// staleFailure tells what made a stage stale.
func staleFailure(step *mmdet.Step, reason string) error {
	return failf(exitBadData, "stage %s is stale: %s", step.Stage.ID, reason).
		hint("--rerun trains it anew and keeps what is there in %s.old-N; to keep the result, undo the change", step.WorkDir)
}

// blockedFailure tells what a stage waits for.
func blockedFailure(step *mmdet.Step, reason string) error {
	if step.Err != nil {
		return trainFailure(fmt.Errorf("stage %s: %w", step.Stage.ID, step.Err))
	}
	return usagef("stage %s %s", step.Stage.ID, reason).hint("--until %s runs what it needs, too", step.Stage.ID)
}
