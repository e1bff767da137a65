package mmdet

import "fmt"

// TrainingError is returned for a stage whose process succeeded, but whose expected
// output is missing.
type TrainingError struct {
	Stage  string
	Reason string
	Advice string // empty: the output of the process may say more
}

func (e *TrainingError) Error() string { return "stage " + e.Stage + ": " + e.Reason }

// Finished checks a training whose process has succeeded. Its last epoch must exist,
// and the checkpoint for later stages, which Finished returns with warnings. iterations
// is the expected number of iterations per epoch, 0 if it is not known.
func (w *WorkDir) Finished(s *Stage, iterations int) (*Choice, []string, error) {
	fail := func(reason, advice string) error { return &TrainingError{s.ID, reason, advice} }
	log := w.Log
	if len(w.Checkpoints) == 0 {
		advice := "see its output; checkpoint_config or default_hooks.checkpoint of the config may write to another folder"
		if s.Kind == CommandKind {
			advice = "see its output; output of the stage says under which names it looks for them"
		}
		return nil, nil, fail("the trainer returned 0 and left no checkpoint in "+w.Dir, advice)
	}
	epochs := s.Epochs
	if epochs == 0 {
		epochs = log.MaxEpochs
	}
	if last := w.lastEpoch(); epochs > 0 && last < epochs && (last > 0 || s.Kind != CommandKind) {
		return nil, nil, fail(fmt.Sprintf("the trainer returned 0 after epoch %d of %d", last, epochs),
			"see its output; run the stage again to resume it")
	}
	choice, err := w.Pick(s.Pick, s.Metric)
	if err != nil {
		return nil, nil, err
	}
	return choice, w.warnings(choice, iterations), nil
}

// lastEpoch returns the highest epoch that is complete according to the log or a
// checkpoint.
func (w *WorkDir) lastEpoch() int {
	last := 0
	for _, c := range w.Checkpoints {
		last = max(last, c.Epoch)
	}
	if n := len(w.Log.Epochs); n > 0 {
		last = max(last, w.Log.Epochs[n-1].Number)
	}
	return last
}

// warnings lists what looks wrong in a training that succeeded.
func (w *WorkDir) warnings(choice *Choice, iterations int) []string {
	var out []string
	warn := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	log := w.Log
	if n := log.NaN; n != nil {
		warn("the loss was %v in epoch %d (%s:%d): lower the learning rate, or check the data", n.Loss, n.Epoch, n.File, n.Line)
	}
	if m := log.Mismatch; m.Total() > 0 {
		warn("the initial weights fit only partly: %d have another shape, %d are missing, %d are unknown to the model; a few are normal if the number of classes differs",
			m.Shape, m.Missing, m.Unexpected)
	}
	if choice.Score != nil && *choice.Score <= 0 {
		warn("the score of epoch %d is %v: check that the categories of the validation set match the classes", choice.Epoch, *choice.Score)
	}
	if iterations > 0 && log.IterPerEpoch > 0 && log.IterPerEpoch != iterations {
		warn("found %d iterations in an epoch, expected %d: the number of images, GPUs or images per GPU differs", log.IterPerEpoch, iterations)
	}
	return out
}
