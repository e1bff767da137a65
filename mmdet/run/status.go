package run

import (
	"cmp"
	"fmt"

	"github.com/hubdata/hubdata/mmdet"
)

// Status is the current status of a stage.
type Status struct {
	ID        string          `json:"id"`
	Kind      mmdet.StageKind `json:"kind"`
	Condition Condition       `json:"condition"`
	Folder    string          `json:"folder"`
	Progress                  // of a training that was started
	Choice    *mmdet.Choice   `json:"choice,omitempty"` // of a finished training
	Starts    int             `json:"starts,omitempty"` // with the same inputs
	Job       string          `json:"job,omitempty"`    // of Slurm
	Why       []string        `json:"why,omitempty"`    // what it waits for, what changed, or what failed
	Warnings  []string        `json:"warnings,omitempty"`
}

// Progress is the progress of a training according to its log.
type Progress struct {
	Epoch     int      `json:"epoch,omitempty"`  // 0: its log has none
	Epochs    int      `json:"epochs,omitempty"` // number at the end of the training; 0: not known
	Iteration int      `json:"iteration,omitempty"`
	PerEpoch  int      `json:"iterations_per_epoch,omitempty"`
	Score     *float64 `json:"score,omitempty"` // of the last epoch that was validated
	Best      *float64 `json:"best,omitempty"`
	BestEpoch int      `json:"best_epoch,omitempty"`
	Metric    string   `json:"-"` // of the scores
}

// String returns the progress as part of a sentence, such as "in epoch 3 of 12,
// segm_mAP 0.3".
func (p Progress) String() string {
	if p.Epoch == 0 {
		return "before the first line of its log"
	}
	text := fmt.Sprintf("in epoch %d", p.Epoch)
	if p.Epochs > 0 {
		text += fmt.Sprintf(" of %d", p.Epochs)
	}
	if p.Score != nil {
		text += fmt.Sprintf(", %s %v", p.Metric, *p.Score)
	}
	return text
}

// newProgress returns the progress of a training from its folder.
func newProgress(s *mmdet.Stage, w *mmdet.WorkDir) Progress {
	p := Progress{Epoch: w.Log.Position.Epoch, Iteration: w.Log.Position.Iter, PerEpoch: w.Log.IterPerEpoch,
		Epochs: cmp.Or(s.Epochs, w.Log.MaxEpochs), Metric: cmp.Or(s.Metric, mmdet.DefaultMetric)}
	if n := len(w.Log.Epochs); n > 0 {
		last := &w.Log.Epochs[n-1]
		p.Epoch = max(p.Epoch, last.Number)
		if v, ok := last.Score(p.Metric); ok {
			p.Score = finite(v)
		}
	}
	if best, v := w.Log.Best(p.Metric, w.Dialect); best != nil {
		p.Best, p.BestEpoch = finite(v), best.Number
	}
	return p
}

// finite returns a pointer to a score, or nil for a score that JSON cannot represent.
func finite(v float64) *float64 {
	if v-v != 0 {
		return nil
	}
	return &v
}

// Status returns the status of the chosen stages. It changes nothing. A stage that cannot be read does not hide the others:
// it is [IsUnreadable].
func (r *Runner) Status() []Status {
	r.survey.forget()
	var out []Status
	for _, s := range r.stages {
		out = append(out, newStatus(r.survey.step(s)))
	}
	return out
}

func newStatus(step *surveyed) Status {
	s := Status{ID: step.Stage.ID, Kind: step.Stage.Kind, Condition: step.Condition, Folder: step.WorkDir, Why: step.Why}
	if st := step.State; st != nil {
		s.Choice, s.Starts, s.Job, s.Warnings = st.Choice, st.Starts, st.Job, st.Warnings
	}
	if step.Training != nil {
		s.Progress = newProgress(step.Stage, step.Training)
	}
	return s
}
