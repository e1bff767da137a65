package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hubdata/hubdata/mmdet"
	"github.com/urfave/cli/v2"
)

const trainStatusHelp = `Tells of each stage of a recipe (default: recipe.yaml in this folder) what it
has come to, how far a running one is, and its scores, as read from its logs.
Nothing is changed.

conditions:
   fresh       not begun
   running     a process is at it
   done        on the inputs as they are now
   stale       begun on other inputs: the last column tells what has changed
   resumable   interrupted or failed, with a checkpoint to go on from
   failed      interrupted or failed without one
   blocked     by a stage before it, or by an input that is not there

examples:
   hubdata train status
   hubdata train status --watch winner.yaml
   hubdata train status --json | jq '.stages[] | select(.condition == "stale")'`

func trainStatusCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "status",
		Usage:       "tell how far the stages of a recipe are",
		UsageText:   "[flags] [RECIPE]",
		Description: trainStatusHelp,
		Flags: append(selectFlags(),
			&cli.BoolFlag{Name: "watch", Usage: "tell again and again, until nothing runs"},
			&cli.DurationFlag{Name: "every", Value: 10 * time.Second, Usage: "let `TIME` pass between two looks of --watch"},
			jsonFlag("all, with --watch an object a line,"),
		),
		Action: func(ctx *cli.Context) error {
			r, err := newTrainRun(c, ctx)
			if err != nil {
				return trainFailure(err)
			}
			for {
				st, err := r.status()
				if err != nil {
					return trainFailure(err)
				}
				if c.json && !ctx.Bool("watch") {
					return printJSON(c.out, st)
				}
				if err := st.print(c); err != nil || !ctx.Bool("watch") {
					return err
				}
				if err := c.flush(); err != nil {
					return err
				}
				if !st.running() {
					return nil
				}
				select {
				case <-ctx.Done():
					return failf(exitInterrupted, "interrupted")
				case <-time.After(max(ctx.Duration("every"), 100*time.Millisecond)):
				}
			}
		},
	}
}

// runStatus is what status tells.
type runStatus struct {
	Recipe string        `json:"recipe"`
	Stages []stageStatus `json:"stages"`
}

type stageStatus struct {
	ID        string          `json:"id"`
	Kind      mmdet.StageKind `json:"kind"`
	Condition mmdet.Condition `json:"condition"`
	Folder    string          `json:"folder"`
	Epoch     int             `json:"epoch,omitempty"`
	Epochs    int             `json:"epochs,omitempty"`
	Iteration int             `json:"iteration,omitempty"`
	PerEpoch  int             `json:"iterations_per_epoch,omitempty"`
	Score     *float64        `json:"score,omitempty"` // of the last epoch that has one
	Best      *float64        `json:"best,omitempty"`
	BestEpoch int             `json:"best_epoch,omitempty"`
	Choice    *mmdet.Choice   `json:"choice,omitempty"`
	Starts    int             `json:"starts,omitempty"`
	Job       string          `json:"job,omitempty"`
	Why       []string        `json:"why,omitempty"`
	Warnings  []string        `json:"warnings,omitempty"`
}

func (r *trainRun) status() (*runStatus, error) {
	r.survey.Forget()
	out := &runStatus{Recipe: r.survey.Recipe.Name}
	for _, s := range r.stages {
		step, err := r.survey.Step(s)
		if err != nil {
			return nil, err
		}
		out.Stages = append(out.Stages, newStageStatus(step, r.survey.Recipe.Dialect))
	}
	return out, nil
}

func newStageStatus(step *mmdet.Step, dialect mmdet.Dialect) stageStatus {
	s := stageStatus{ID: step.Stage.ID, Kind: step.Stage.Kind, Condition: step.Condition, Folder: step.WorkDir, Why: step.Why}
	if st := step.State; st != nil {
		s.Choice, s.Starts, s.Job, s.Warnings = st.Choice, st.Starts, st.Job, st.Warnings
	}
	if t := step.Training; t != nil {
		metric := cmp.Or(step.Stage.Metric, mmdet.DefaultMetric)
		p := t.Log.Position
		s.Epoch, s.Iteration, s.PerEpoch = p.Epoch, p.Iter, t.Log.IterPerEpoch
		s.Epochs = cmp.Or(step.Stage.Epochs, t.Log.MaxEpochs)
		if n := len(t.Log.Epochs); n > 0 {
			last := &t.Log.Epochs[n-1]
			s.Epoch = max(s.Epoch, last.Number)
			if v, ok := last.Score(metric); ok {
				s.Score = number(v)
			}
		}
		if best, v := t.Log.Best(metric, dialect); best != nil {
			s.Best, s.BestEpoch = number(v), best.Number
		}
	}
	return s
}

// number is a pointer to a score that JSON can hold; nil for one that it cannot.
func number(v float64) *float64 {
	if v-v != 0 {
		return nil
	}
	return &v
}

func (st *runStatus) running() bool {
	for _, s := range st.Stages {
		if s.Condition == mmdet.IsRunning {
			return true
		}
	}
	return false
}

func (st *runStatus) print(c *console) error {
	if c.json {
		return json.NewEncoder(c.out).Encode(st)
	}
	tw := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "stage\tkind\tcondition\tepoch\tscore\tbest\tgives\tremark")
	for _, s := range st.Stages {
		epoch, score, best, gives := "", "", "", ""
		if s.Epoch > 0 {
			epoch = fmt.Sprint(s.Epoch)
			if s.Epochs > 0 {
				epoch += fmt.Sprintf("/%d", s.Epochs)
			}
		}
		if s.Score != nil {
			score = fmt.Sprintf("%.4f", *s.Score)
		}
		if s.Best != nil {
			best = fmt.Sprintf("%.4f (%d)", *s.Best, s.BestEpoch)
		}
		if s.Choice != nil {
			gives = s.Choice.File
		}
		why := strings.Join(s.Why, "; ")
		if len(s.Warnings) > 0 && why == "" {
			why = "warning: " + strings.Join(s.Warnings, "; ")
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, s.Kind, s.Condition, epoch, score, best, gives, why)
	}
	return tw.Flush()
}

// progressText tells how far a training has come; empty for what is none.
func (r *trainRun) progressText(step *mmdet.Step) string {
	if step.Stage.Kind != mmdet.Train {
		return ""
	}
	wd, err := mmdet.ReadWorkDir(step.WorkDir, r.survey.Recipe.Dialect)
	if err != nil {
		return ""
	}
	now := *step
	now.Training = wd
	s := newStageStatus(&now, r.survey.Recipe.Dialect)
	if s.Epoch == 0 {
		return " before the first line of its log"
	}
	text := fmt.Sprintf(" in epoch %d", s.Epoch)
	if s.Epochs > 0 {
		text += fmt.Sprintf(" of %d", s.Epochs)
	}
	if s.Score != nil {
		text += fmt.Sprintf(", %s %v", cmp.Or(step.Stage.Metric, mmdet.DefaultMetric), *s.Score)
	}
	return text
}

// watchEvery is the time between two looks at the log of a running training.
const watchEvery = 15 * time.Second

// watch tells of a running training whenever it has got further; the function that it
// returns ends that.
func (r *trainRun) watch(step *mmdet.Step) (stop func()) {
	if r.c.quiet || step.Stage.Kind != mmdet.Train {
		return func() {}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		last := r.progressText(step)
		for {
			select {
			case <-quit:
				return
			case <-time.After(watchEvery):
			}
			if now := r.progressText(step); now != last {
				last = now
				r.c.note("stage %s is%s", step.Stage.ID, now)
			}
		}
	}()
	return func() { close(quit); <-done }
}

// printActions prints what a run would do.
func (r *trainRun) printActions(steps []*mmdet.Step) error {
	byID := map[string]*mmdet.Step{}
	for _, step := range steps {
		byID[step.Stage.ID] = step
	}
	tw := tabwriter.NewWriter(r.c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "stage\tkind\tcondition\taction\treason")
	pending := map[string]bool{}
	for _, s := range r.stages {
		step := byID[s.ID]
		act := mmdet.Next(step, r.rerun, r.again)
		verb := string(act.Verb)
		switch act.Verb {
		case mmdet.Wait:
			verb = "cannot run"
			after := step.Err == nil
			for _, id := range r.survey.Recipe.Needs(s) {
				after = after && (pending[id] || byID[id] == nil || byID[id].Condition == mmdet.IsDone)
			}
			if after {
				verb = "run after those"
				pending[s.ID] = true
			}
		case mmdet.GoOn:
			verb = "go on from " + act.Resume
			pending[s.ID] = true
		case mmdet.Begin, mmdet.Anew:
			pending[s.ID] = true
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", s.ID, s.Kind, step.Condition, verb, act.Reason)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, s := range r.stages {
		step := byID[s.ID]
		for i := range step.Runs {
			if mmdet.Next(step, r.rerun, r.again).Verb == mmdet.Skip {
				continue
			}
			run := step.Runs[i]
			if step.Resume != nil {
				run.Resume = filepath.Join(step.WorkDir, step.Resume.Name)
			}
			path := ""
			if step.Overlays[i] != nil {
				path = r.survey.Recipe.OverlayPath(s, run.Scale)
			}
			command, err := r.survey.MakeCommand(s, &run, path)
			if err != nil {
				return trainFailure(err)
			}
			r.slurmWords(s, command)
			fmt.Fprintf(r.c.out, "\n%s:\n  cd %s\n", s.ID, quoteWord(command.Dir))
			for _, kv := range command.Env {
				fmt.Fprintf(r.c.out, "  export %s\n", quoteWord(kv))
			}
			fmt.Fprintf(r.c.out, "  %s\n", quoteWords(command.Argv))
		}
	}
	return nil
}

// lastLines reads the last lines of a file.
func lastLines(path string, n int) []string {
	const most = 64 << 10
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }() // only read
	st, err := f.Stat()
	if err != nil {
		return nil
	}
	from := max(0, st.Size()-most)
	text, err := io.ReadAll(io.NewSectionReader(f, from, most))
	if err != nil {
		return nil
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return lines[max(0, len(lines)-n):]
}
