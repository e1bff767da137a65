package mmdet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/hubdata/hubdata/internal/atomicfile"
)

// State is what is known of a step between runs.
type State struct {
	Version int     `json:"version"` // 1
	Step    string  `json:"step"`
	Status  Status  `json:"status"`
	Sum     string  `json:"sum"`    // of Inputs
	Inputs  []Input `json:"inputs"` // that it was started on
	Starts  int     `json:"starts"` // of the process, with these inputs
	Resumed string  `json:"resumed,omitempty"`
	// Choice is what later stages get of a finished training.
	Choice   *Choice  `json:"choice,omitempty"`
	Outputs  []Output `json:"outputs,omitempty"` // of another finished step
	Reason   string   `json:"reason,omitempty"`  // why it failed
	Exit     *int     `json:"exit,omitempty"`    // of the process
	Warnings []string `json:"warnings,omitempty"`
	Started  string   `json:"started,omitempty"` // RFC 3339
	Ended    string   `json:"ended,omitempty"`
	Job      string   `json:"job,omitempty"` // of Slurm
}

// Status is how far a step has come.
type Status string

// The statuses. A step whose process was killed stays at Started.
const (
	Started     Status = "started"
	Interrupted Status = "interrupted"
	Failed      Status = "failed"
	Done        Status = "done"
)

// Output is a file that a step has written.
type Output struct {
	File string  `json:"file"`
	Sum  FileSum `json:"sum"`
}

// StateError is returned for a file of hubdata's own that cannot be read.
type StateError struct{ File, Reason string }

func (e *StateError) Error() string { return e.File + ": " + e.Reason }

// statePath is the file of a step's state.
func statePath(workDir string) string { return filepath.Join(workDir, "hubdata", "stage.json") }

// ReadState reads the state of a step; nil: it was never started.
func ReadState(workDir string) (*State, error) {
	path := statePath(workDir)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	s := new(State)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, &StateError{path, fmt.Sprintf("%v: want what hubdata wrote; move the folder away to begin the stage anew", err)}
	}
	if s.Version != 1 {
		return nil, &StateError{path, fmt.Sprintf("version is %d: want 1; use the hubdata that wrote it, or move the folder away", s.Version)}
	}
	return s, nil
}

// Write writes the state whole or not at all.
func (s *State) Write(workDir string) error {
	path := statePath(workDir)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	s.Version = 1
	return atomicfile.WriteFile(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(s)
	})
}

// Begun is the state of a step whose process is about to be started.
func (step *Step) Begun(now time.Time, job string) *State {
	st := &State{Step: step.Stage.ID, Status: Started, Inputs: step.Inputs, Sum: sumInputs(step.Inputs), Starts: 1,
		Started: now.Format(time.RFC3339), Job: job}
	if old := step.State; old != nil && old.Sum == st.Sum {
		st.Starts = old.Starts + 1
		if old.Status != Done {
			st.Outputs = old.Outputs
		}
	}
	return st
}

// AddOutput notes a file that was written.
func (s *State) AddOutput(path string) error {
	sum, err := sumFile(path)
	if err != nil {
		return err
	}
	s.Outputs = slices.DeleteFunc(s.Outputs, func(o Output) bool { return o.File == path })
	s.Outputs = append(s.Outputs, Output{path, sum})
	return nil
}

// HasOutput says whether a file is there as it was noted.
func (s *State) HasOutput(path string) bool {
	i := slices.IndexFunc(s.Outputs, func(o Output) bool { return o.File == path })
	if i < 0 {
		return false
	}
	sum, err := sumFile(path)
	return err == nil && sum == s.Outputs[i].Sum
}
