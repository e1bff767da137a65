package run

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/mmdet"
)

// Options are the options of a run. With the zero value, all stages run that are not
// done.
type Options struct {
	// Select restricts the stages; the zero value selects all.
	Select Selection
	// Rerun says which stages start again although they were run before. Their output
	// is kept, in FOLDER.old-N.
	Rerun Rerun
	// KeepGoing continues after a failure with stages that do not need the failed one.
	KeepGoing bool
	// Unlock takes over the lock of a run on another machine. Set it only if that run
	// has ended.
	Unlock bool

	// Signals are passed on to the running process, to stop the run; a second one kills
	// the process. See [StopSignals]. The context of [Runner.Run] stops a run, too.
	Signals <-chan os.Signal
	// Grace is the time that a process has to end after a signal, before it is killed;
	// 0: a minute.
	Grace time.Duration

	// InJob says that this process is a job of Slurm. At SIGUSR1, which Slurm sends
	// before the job's time is over, it stops and requeues the job, unless it has made no
	// progress. The time of Grace is at most half of the recipe's launch.slurm.lead.
	InJob bool
	// Env is the environment of all programs that are started; nil: that of this
	// process.
	Env []string
	// Hubdata is the program that runs the stages without a GPU; empty: hubdata, found
	// in PATH.
	Hubdata string

	// Dataset and ImageSize are passed to [DataChecker], which checks the data of a
	// training before it begins.
	Dataset   func(ctx context.Context, path string) (*coco.Dataset, error)
	ImageSize func(path string) (width, height int, err error)

	// Events is called for each event, one at a time; nil: events are dropped.
	Events func(Event)
	// Scores receives the output of eval stages; nil: the output is only in their
	// console.log.
	Scores io.Writer
}

// Rerun says which stages start again.
type Rerun int

// The ways to rerun.
const (
	RerunNone  Rerun = iota // none: a stale stage is an error
	RerunStale              // those whose inputs have changed
	RerunAll                // those that are done, too
)

// A Runner runs the stages of a recipe.
type Runner struct {
	recipe *mmdet.Recipe
	o      Options
	stages []*mmdet.Stage // chosen stages, in order
	survey *survey
	job    string // Slurm job that this process runs in; empty: none
}

// New selects the stages of a recipe. An error is a [*SelectError] or a
// [*mmdet.CycleError].
func New(recipe *mmdet.Recipe, o Options) (*Runner, error) {
	order, err := recipe.Order()
	if err != nil {
		return nil, err
	}
	stages, err := o.Select.stages(recipe, order)
	if err != nil {
		return nil, err
	}
	if o.Env == nil {
		o.Env = os.Environ()
	}
	if o.Grace == 0 {
		o.Grace = time.Minute
	}
	if o.InJob { // there is to be time left to requeue the job
		o.Grace = min(o.Grace, time.Duration(recipe.Launch.Slurm.Lead)*time.Second/2)
	}
	r := &Runner{recipe: recipe, o: o, stages: stages, job: getenv(o.Env, "SLURM_JOB_ID")}
	r.survey = &survey{recipe: recipe, pythonPath: getenv(o.Env, "PYTHONPATH"), job: r.job}
	return r, nil
}

// getenv returns the value of a variable. If there are several of a name, the last
// counts.
func getenv(env []string, name string) string {
	for _, kv := range slices.Backward(env) {
		if key, value, _ := strings.Cut(kv, "="); key == name {
			return value
		}
	}
	return ""
}

// Stages returns the chosen stages in the order in which they run.
func (r *Runner) Stages() []*mmdet.Stage { return slices.Clone(r.stages) }

// Run runs the chosen stages, each after those that it needs. It skips a stage that is
// done with the same inputs, and resumes one that was interrupted from its own last
// checkpoint. The error is that of the first stage that failed, of one of the types in
// the package comment. [StageFailed] reports each failure.
func (r *Runner) Run(ctx context.Context) error {
	if r.o.InJob {
		if err := r.findHead(ctx); err != nil {
			return err
		}
	}
	var first error
	failed := map[string]bool{}
	for _, s := range r.stages {
		needs := r.recipe.Needs(s)
		if i := slices.IndexFunc(needs, func(id string) bool { return failed[id] }); i >= 0 {
			failed[s.ID] = true
			r.emit(StageSkipped{s.ID, needs[i]})
			continue
		}
		err := r.stage(ctx, s)
		if err == nil {
			continue
		}
		var stopped *InterruptedError
		if errors.As(err, &stopped) {
			return err
		}
		r.emit(StageFailed{s.ID, err})
		if ctx.Err() != nil || !r.o.KeepGoing {
			return err
		}
		failed[s.ID] = true
		if first == nil {
			first = err
		}
	}
	return first
}

func (r *Runner) emit(e Event) {
	if r.o.Events != nil {
		r.o.Events(e)
	}
}
