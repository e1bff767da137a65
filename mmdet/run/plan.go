package run

import (
	"path/filepath"
	"slices"

	"github.com/hubdata/hubdata/mmdet"
)

// Planned describes what [Runner.Run] would do with a stage.
type Planned struct {
	Stage     *mmdet.Stage
	Condition Condition
	Action    Action
	// Commands are the processes that it would start. There are none if the stage is
	// done, or if their inputs do not exist yet.
	Commands []*mmdet.Command
}

// Plan returns what [Runner.Run] would do now with each of the chosen stages. It
// changes nothing.
func (r *Runner) Plan() ([]Planned, error) {
	steps, err := r.survey.all()
	if err != nil {
		return nil, err
	}
	byID := map[string]*surveyed{}
	for _, step := range steps {
		byID[step.Stage.ID] = step
	}
	var out []Planned
	pending := map[string]bool{} // stages that will run
	for _, s := range r.stages {
		step := byID[s.ID]
		p := Planned{Stage: s, Condition: step.Condition, Action: next(step, r.o.Rerun)}
		switch p.Action.Verb {
		case Begin, Resume, Restart:
			pending[s.ID] = true
		case Wait:
			never := slices.ContainsFunc(r.recipe.Needs(s), func(id string) bool {
				return !pending[id] && byID[id] != nil && byID[id].Condition != IsDone
			})
			if step.Err == nil && !never {
				p.Action.Verb = After
				pending[s.ID] = true
			}
		}
		if p.Action.Verb != Skip {
			if p.Commands, err = r.commands(step); err != nil {
				return nil, err
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// commands returns the commands of the processes of a stage.
func (r *Runner) commands(step *surveyed) ([]*mmdet.Command, error) {
	var out []*mmdet.Command
	for _, run := range step.Runs {
		if step.Resume != nil {
			run.Resume = filepath.Join(step.WorkDir, step.Resume.Name)
		}
		path := ""
		if run.overlay != nil {
			path = r.recipe.OverlayPath(step.Stage, run.Scale)
		}
		command, err := r.command(step.Stage, &run.Resolved, path)
		if err != nil {
			return nil, err
		}
		out = append(out, command)
	}
	return out, nil
}

// command returns the command of a process as it is started here, with srun if the
// recipe says so.
func (r *Runner) command(s *mmdet.Stage, run *mmdet.Resolved, overlay string) (*mmdet.Command, error) {
	command, err := r.recipe.Command(s, run, overlay)
	if err != nil {
		return nil, err
	}
	r.srun(s, command)
	return command, nil
}
