package traincmd

import (
	"cmp"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/mmdet"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
)

// The exit codes of hubdata train, in addition to the common ones.
const (
	ExitTrainer        = 4 // a process that was started failed
	ExitCheckpoint     = 5 // a checkpoint is missing or ambiguous
	ExitInfrastructure = 6 // a required program is not installed
)

// failure gives an error of the packages mmdet and mmdet/run its exit code and advice.
func failure(err error) error {
	var (
		done           *ui.Failure
		stale          *mmrun.StaleError
		blocked        *mmrun.BlockedError
		stopped        *mmrun.InterruptedError
		over           *mmrun.TimeError
		infrastructure *mmrun.InfrastructureError
		data           *mmrun.DataError
		input          *mmrun.InputError
		state          *mmrun.StateError
		locked         *mmrun.LockedError
		selection      *mmrun.SelectError
		checkpoint     *mmdet.CheckpointError
		training       *mmdet.TrainingError
		log            *mmdet.LogError
		stage          *mmdet.StageError
		recipe         *mmdet.RecipeError
		cycle          *mmdet.CycleError
		pick           *mmdet.PickError
		look           *exec.Error
	)
	wrap := func(code int) *ui.Failure { return &ui.Failure{Code: code, Err: err} }
	advise := func(code int, advice string) error {
		if advice == "" {
			return wrap(code)
		}
		return wrap(code).Hint("%s", advice)
	}
	switch {
	case err == nil, errors.As(err, &done):
		return err
	case errors.As(err, &stale):
		return wrap(ui.ExitBadData).Hint("--rerun trains it again and keeps the old folder as %s.old-N; to keep the result, undo the change", stale.WorkDir)
	case errors.As(err, &blocked) && blocked.Err == nil:
		return wrap(ui.ExitUsage).Hint("--until %s runs what it needs too", blocked.Stage)
	case errors.As(err, &stopped):
		return wrap(ui.ExitInterrupted).Hint("run again to continue")
	case errors.As(err, &over):
		return advise(ExitTrainer, over.Advice)
	case errors.As(err, &infrastructure):
		return advise(ExitInfrastructure, infrastructure.Advice)
	case errors.As(err, &data):
		return wrap(ui.ExitBadData).Hint("hubdata train check lists all faults")
	case errors.As(err, &selection):
		return selectFailure(selection)
	case errors.As(err, &checkpoint):
		return advise(ExitCheckpoint, checkpoint.Advice)
	case errors.As(err, &training):
		return advise(ExitTrainer, cmp.Or(training.Advice, "hubdata train logs RECIPE "+training.Stage+" shows its output"))
	case errors.As(err, &input), errors.As(err, &log), errors.As(err, &state):
		return wrap(ui.ExitBadData)
	case errors.As(err, &locked):
		f := wrap(ui.ExitFailure)
		switch {
		case locked.Orphan && len(locked.Processes) > 0:
			return f.Hint("wait for them to end, or stop them: kill %s", strings.Trim(fmt.Sprint(locked.Processes), "[]"))
		case locked.Elsewhere && locked.Owner.Job != "":
			return f.Hint("if job %s has ended, hubdata train run --unlock takes over its lock", locked.Owner.Job)
		case locked.Elsewhere:
			return f.Hint("if that run has ended, hubdata train run --unlock takes over its lock")
		}
		return f.Hint("wait until it ends; hubdata train status shows how far it is")
	case errors.As(err, &stage), errors.As(err, &recipe), errors.As(err, &cycle), errors.As(err, &pick):
		return wrap(ui.ExitUsage)
	case errors.As(err, &look):
		f := ui.Failf(ExitInfrastructure, "%s: %v", look.Name, look.Err)
		switch look.Name {
		case "sbatch", "srun", "scontrol", "squeue", "scancel":
			return f.Hint("it is part of Slurm: run this on a machine of the cluster, or set launch.engine to local in the recipe")
		}
		return f.Hint("install it, add its folder to PATH, or name it in the recipe, such as in tool.python")
	}
	return err
}

// selectFailure names the flag that selects wrongly.
func selectFailure(err *mmrun.SelectError) error {
	flags := map[string]string{"Only": "--stage", "Until": "--until", "From": "--from"}
	if err.Field == "" {
		return ui.Usagef("--stage, --until and --from leave no stage")
	}
	return ui.Usagef("%s: no stage %q", flags[err.Field], err.ID).Hint("the stages are %s", strings.Join(err.Known, ", "))
}
