package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/mmdet"
)

// A survey determines the condition of the stages of a recipe. It reads files, and
// changes none.
type survey struct {
	recipe     *mmdet.Recipe
	pythonPath string // $PYTHONPATH of the processes
	job        string // Slurm job that this process runs in
	head       string // head of several nodes; see [mmdet.Resolved]
	// gone reports whether an owner of a lock on another host has ended; nil: that is not
	// asked.
	gone func(Owner) bool

	steps map[string]*surveyed
	sums  map[string]summed
}

// summed is the sum of a file, with the file's attributes at that time.
type summed struct {
	info fs.FileInfo
	sum  mmdet.FileSum
}

// surveyed is the result of a survey for one stage.
type surveyed struct {
	Stage     *mmdet.Stage
	WorkDir   string
	Condition Condition
	Why       []string          // what it waits for, what changed, or what failed
	Err       error             // error that blocks it
	State     *state            // nil: never started
	Held      *LockedError      // lock held by another run; nil: none
	Runs      []prepared        // the processes to start; nil if blocked
	Inputs    []input           // nil if blocked
	Training  *mmdet.WorkDir    // of a training that was started
	Resume    *mmdet.Checkpoint // checkpoint that a training resumes from; nil: none
}

// prepared is a process that is ready to start.
type prepared struct {
	mmdet.Resolved
	overlay []byte // its config; nil: it has none
}

// Condition is the condition of a stage.
type Condition string

// The conditions.
const (
	IsFresh      Condition = "fresh"      // not begun
	IsRunning    Condition = "running"    // another process is running it
	IsDone       Condition = "done"       // done with the current inputs
	IsStale      Condition = "stale"      // begun with other inputs
	IsResumable  Condition = "resumable"  // begun, with a checkpoint to resume from
	IsFailed     Condition = "failed"     // begun, without a checkpoint to resume from
	IsBlocked    Condition = "blocked"    // by a stage that it needs, or by a missing input
	IsUnreadable Condition = "unreadable" // what an earlier run has left of it cannot be read
	IsQueued     Condition = "queued"     // a job of Slurm is to run it; see [Runner.QueueStatus]
)

// all surveys all stages, in order.
func (v *survey) all() ([]*surveyed, error) {
	order, err := v.recipe.Order()
	if err != nil {
		return nil, err
	}
	v.forget()
	var out []*surveyed
	for _, s := range order {
		out = append(out, v.step(s))
	}
	return out, nil
}

// forget drops all results except sums of files.
func (v *survey) forget() { v.steps = map[string]*surveyed{} }

// step surveys a stage, and those that it needs. It returns earlier results until
// forget is called.
func (v *survey) step(s *mmdet.Stage) *surveyed {
	if v.steps == nil {
		v.forget()
	}
	if step := v.steps[s.ID]; step != nil {
		return step
	}
	step := &surveyed{Stage: s, WorkDir: v.recipe.WorkDir(s)}
	v.surveyStage(step)
	v.steps[s.ID] = step
	return step
}

func (v *survey) surveyStage(step *surveyed) {
	if err := v.read(step); err != nil {
		step.unreadable(err)
		return
	}
	blocked := v.blocked(step)
	if !blocked {
		if err := v.inputs(step); err != nil {
			step.Err = err
			step.Why = append(step.Why, err.Error())
			blocked = true
		}
	}
	switch {
	case step.Held != nil:
		step.Condition = IsRunning
		step.Why = []string{step.Held.status()}
	case blocked:
		step.Condition = IsBlocked
	default:
		if err := v.judge(step); err != nil {
			step.unreadable(err)
		}
	}
}

// read reads what earlier runs have left of a stage.
func (v *survey) read(step *surveyed) error {
	var err error
	if step.Held, err = readLock(step.WorkDir, self(v.job), v.gone); err != nil {
		return err
	}
	if step.Held != nil && step.Held.Owner.PID == os.Getpid() && !step.Held.Elsewhere {
		step.Held = nil
	}
	if step.State, err = readState(step.WorkDir); err != nil {
		return err
	}
	if step.Stage.Trains() {
		if step.Training, err = readWorkDir(v.recipe, step.Stage); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// unreadable makes a stage one of which nothing is known. The others are surveyed all the same.
func (step *surveyed) unreadable(err error) {
	step.Condition, step.Err, step.Why = IsUnreadable, err, []string{err.Error()}
	if step.Held != nil {
		step.Condition = IsRunning
	}
}

// blocked reports whether a stage waits for others.
func (v *survey) blocked(step *surveyed) bool {
	for _, id := range v.recipe.Needs(step.Stage) {
		s := v.recipe.Stage(id)
		if s == nil {
			continue
		}
		if need := v.step(s); need.Condition != IsDone {
			step.Why = append(step.Why, fmt.Sprintf("waits for %s, which is %s", id, need.Condition))
		}
	}
	return len(step.Why) > 0
}

// judge determines the condition of a stage that nothing blocks.
func (v *survey) judge(step *surveyed) error {
	st := step.State
	if st == nil {
		step.Condition = IsFresh
		if t := step.Training; t != nil && (len(t.Log.Runs) > 0 || len(t.Checkpoints) > 0) {
			step.Condition = IsStale
			step.Why = []string{"the folder contains a training that hubdata did not start"}
		}
		return nil
	}
	if now := sumInputs(step.Inputs); st.Sum != now && (st.Status == done || step.produced()) {
		step.Condition = IsStale
		step.Why = changes(st.Inputs, step.Inputs)
		return nil
	}
	if st.Status == done {
		lost, err := v.lost(step)
		if err != nil {
			return err
		}
		step.Condition, step.Why = IsDone, lost
		if len(lost) > 0 {
			step.Condition = IsStale
		}
		return nil
	}
	step.Condition = IsFailed
	step.Why = []string{st.Reason}
	switch {
	case st.Reason != "":
	case st.Status == interrupted:
		step.Why = []string{"it was interrupted"}
	default:
		step.Why = []string{"it was killed"}
	}
	if step.Training != nil {
		if step.Resume = step.Training.Resumable(step.Stage.Metric); step.Resume != nil {
			step.Condition = IsResumable
		}
	}
	return nil
}

// produced reports whether something exists that was made with the inputs of an earlier
// start. A start that failed before that is simply tried again, with other inputs too.
func (step *surveyed) produced() bool {
	if t := step.Training; t != nil && (len(t.Checkpoints) > 0 || len(t.Log.Epochs) > 0 || t.Log.Position != mmdet.Position{}) {
		return true
	}
	return len(step.State.Outputs) > 0
}

// lost lists the files of a finished stage that are missing or have changed.
func (v *survey) lost(step *surveyed) ([]string, error) {
	var out []string
	check := func(path string, want mmdet.FileSum, sum func(string) (mmdet.FileSum, error)) error {
		got, err := v.sum(path, sum)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			out = append(out, path+" no longer exists")
		case err != nil:
			return err
		case got != want:
			out = append(out, path+" has changed since it was written")
		}
		return nil
	}
	if c := step.State.Choice; c != nil {
		if err := check(filepath.Join(step.WorkDir, c.File), c.Sum, sumEnds); err != nil {
			return nil, err
		}
	}
	for _, o := range step.State.Outputs {
		if !v.writes(step.Stage, o.File) {
			out = append(out, o.File+" is not a file that the stage writes")
			continue
		}
		if err := check(o.File, o.Sum, sumFile); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sum returns the sum of a file. It reads the file again only if its attributes have
// changed.
func (v *survey) sum(path string, sum func(string) (mmdet.FileSum, error)) (mmdet.FileSum, error) {
	info, err := os.Stat(path)
	if err != nil {
		return mmdet.FileSum{}, err
	}
	if old, ok := v.sums[path]; ok && !info.IsDir() && old.info.Size() == info.Size() && old.info.ModTime().Equal(info.ModTime()) && os.SameFile(old.info, info) {
		return old.sum, nil
	}
	s, err := sum(path)
	if err != nil {
		return mmdet.FileSum{}, err
	}
	if v.sums == nil {
		v.sums = map[string]summed{}
	}
	v.sums[path] = summed{info, s}
	return s, nil
}

// outputs returns the files that a stage other than a training is to write.
func (v *survey) outputs(s *mmdet.Stage) []string { return v.recipe.Outputs(s, &mmdet.Resolved{}) }

// writes reports whether a path is that of a file that a stage is to write, which the folder of the recipe may reach by
// another name.
func (v *survey) writes(s *mmdet.Stage, path string) bool {
	files := v.outputs(s)
	if slices.Contains(files, path) {
		return true
	}
	st, err := os.Stat(path)
	return err == nil && slices.ContainsFunc(files, func(file string) bool {
		other, err := os.Stat(file)
		return err == nil && os.SameFile(st, other)
	})
}

// inputs resolves the inputs of a stage whose needs are done, and computes their sums.
func (v *survey) inputs(step *surveyed) error {
	s := step.Stage
	base := mmdet.Resolved{WorkDir: step.WorkDir, PythonPath: v.pythonPath, Head: v.head}
	var list []input
	add := func(in input) {
		if !slices.ContainsFunc(list, func(old input) bool { return old.Name == in.Name }) {
			list = append(list, in)
		}
	}
	if err := v.weights(step, &base, add); err != nil {
		return err
	}
	for _, id := range v.recipe.Uses(s) {
		file, _ := v.recipe.DataPath(id)
		if file == "" {
			continue
		}
		if err := v.file("dataset "+id, file, "dataset "+id, add); err != nil {
			return err
		}
	}
	for _, id := range s.Inputs {
		if from := v.recipe.Stage(id); from != nil {
			for _, file := range v.outputs(from) {
				if err := v.file("result "+filepath.Base(file)+" of "+id, file, "stage "+id, add); err != nil {
					return err
				}
			}
		}
	}
	for _, file := range v.recipe.StageFiles(s) {
		if err := v.file("file "+file, file, "files of stage "+s.ID, add); err != nil {
			return err
		}
	}
	if config := v.recipe.ConfigPath(s); config != "" && !strings.Contains(config, "::") {
		text, err := readFile(config, maxConfig)
		if errors.Is(err, fs.ErrNotExist) {
			return &InputError{config, fmt.Sprintf("no such file, but it is the config of stage %s: put it there, or change config or roots.configs", s.ID)}
		} else if err != nil {
			return err
		}
		base.Config = text
		if err := configInputs(config, add); err != nil {
			return err
		}
	}
	scales := []int{0}
	if s.Kind == mmdet.Infer && len(s.Scales) > 0 {
		scales = s.Scales
	}
	var runs []prepared
	for _, scale := range scales {
		run := base
		run.Scale = scale
		overlay, err := v.process(step, &run, add)
		if err != nil {
			return err
		}
		runs = append(runs, prepared{run, overlay})
	}
	step.Runs, step.Inputs = runs, list
	return nil
}

// weights resolves the checkpoint that a stage begins with.
func (v *survey) weights(step *surveyed, in *mmdet.Resolved, add func(input)) error {
	init := step.Stage.Init
	if step.Stage.Predicts() {
		init = step.Stage.From
	}
	switch {
	case init == nil:
	case init.URL != "":
		add(input{"weights " + init.URL, "of a URL"})
	case init.File != "":
		path := v.recipe.InitFile(init)
		sum, err := v.sum(path, sumEnds)
		if errors.Is(err, fs.ErrNotExist) {
			return &InputError{path, fmt.Sprintf("no such file, but stage %s starts from it: put the weights there", step.Stage.ID)}
		} else if err != nil {
			return err
		}
		add(input{"weights " + path, sum.SHA256})
	case init.Stage != "":
		choice, err := v.choice(init)
		if err != nil {
			return err
		}
		in.LoadFrom = filepath.Join(v.recipe.WorkDir(v.recipe.Stage(init.Stage)), choice.File)
		add(input{"weights of " + init.Stage, choice.Sum.SHA256})
	}
	return nil
}

// choice picks a checkpoint of a finished stage.
func (v *survey) choice(init *mmdet.Init) (*mmdet.Choice, error) {
	from := v.step(v.recipe.Stage(init.Stage))
	pick := init.Pick
	if c := from.State.Choice; c != nil && (pick == "" || pick == c.Pick) {
		return c, nil
	}
	return from.Training.Pick(pick, from.Stage.Metric)
}

// file adds the sum of a whole input file.
func (v *survey) file(name, path, of string, add func(input)) error {
	sum, err := v.sum(path, sumFile)
	if errors.Is(err, fs.ErrNotExist) {
		return &InputError{path, fmt.Sprintf("no such file, but it is the file of %s: put it there, or let a stage write it", of)}
	} else if err != nil {
		return err
	}
	add(input{name, sum.SHA256})
	return nil
}

// process adds the sums of the overlay and the command line of a process, and returns
// the overlay.
func (v *survey) process(step *surveyed, run *mmdet.Resolved, add func(input)) ([]byte, error) {
	s := step.Stage
	config, err := overlay(v.recipe, s, run)
	if err != nil {
		return nil, err
	}
	path := ""
	if config != nil {
		path = v.recipe.OverlayPath(s, run.Scale)
		add(textInput("overlay"+ofScale(run.Scale), string(config)))
		if module, text := v.recipe.Module(s); module != "" {
			add(textInput(filepath.Base(module), string(text)))
		}
	}
	stable := *run
	stable.Head = "" // it differs between jobs
	cmd, err := v.recipe.Command(s, &stable, path)
	if err != nil {
		return nil, err
	}
	add(textInput("command line"+ofScale(run.Scale), strings.Join(stableArgs(cmd.Argv), "\x00")))
	if s.Kind == mmdet.CommandKind && len(s.Env) > 0 {
		add(textInput("env", strings.Join(cmd.Env, "\x00")))
	}
	return config, nil
}

// overlay returns the config of a stage's process, or nil if it has none.
func overlay(r *mmdet.Recipe, s *mmdet.Stage, in *mmdet.Resolved) ([]byte, error) {
	if r.ConfigPath(s) == "" {
		return nil, nil
	}
	return r.Overlay(s, in)
}

// ofScale returns a suffix that distinguishes the inputs of an infer stage's processes.
func ofScale(scale int) string {
	if scale == 0 {
		return ""
	}
	return fmt.Sprintf(" of scale %d", scale)
}

// stableArgs returns a command line without the words that differ between jobs: the
// port and the host where processes meet.
func stableArgs(argv []string) []string {
	var out []string
	for i := 0; i < len(argv); i++ {
		flag, _, joined := strings.Cut(argv[i], "=")
		switch strings.ReplaceAll(flag, "_", "-") {
		case "--rdzv-endpoint", "--master-port", "--master-addr", "--rdzv-id", "--node-rank":
			if !joined {
				i++
			}
		default:
			out = append(out, argv[i])
		}
	}
	return out
}
