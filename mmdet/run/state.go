package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/mmdet"
)

// state is what is stored of a stage between runs.
type state struct {
	Version int     `json:"version"` // 1
	Step    string  `json:"step"`    // id of the stage
	Status  status  `json:"status"`
	Sum     string  `json:"sum"`    // of Inputs
	Inputs  []input `json:"inputs"` // inputs that it was started with
	Starts  int     `json:"starts"` // starts of the process with these inputs
	Resumed string  `json:"resumed,omitempty"`
	// Choice is the checkpoint of a finished training for later stages.
	Choice   *mmdet.Choice `json:"choice,omitempty"`
	Outputs  []output      `json:"outputs,omitempty"` // files of another finished stage
	Reason   string        `json:"reason,omitempty"`  // why it failed
	Exit     *int          `json:"exit,omitempty"`    // of the process
	Warnings []string      `json:"warnings,omitempty"`
	Started  string        `json:"started,omitempty"` // RFC 3339
	Ended    string        `json:"ended,omitempty"`
	Job      string        `json:"job,omitempty"` // of Slurm

	begin string // how far the stage was at this start; see reached
}

// status is the progress of a stage.
type status string

// The statuses. A stage whose process was killed remains at started.
const (
	started     status = "started"
	interrupted status = "interrupted"
	failed      status = "failed"
	done        status = "done"
)

// output is a file that a stage has written.
type output struct {
	File string        `json:"file"`
	Sum  mmdet.FileSum `json:"sum"`
}

// StateError is returned for a file of a stage that is not what hubdata or a training writes.
type StateError struct{ File, Reason string }

func (e *StateError) Error() string { return e.File + ": " + e.Reason }

// statePath returns the file with a stage's state.
func statePath(workDir string) string { return filepath.Join(workDir, "hubdata", "stage.json") }

// readState reads the state of a stage. It returns nil if the stage was never started.
func readState(workDir string) (*state, error) {
	path := statePath(workDir)
	text, err := readFile(path, maxState)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	s := new(state)
	if err := s.decode(text); err != nil {
		return nil, &StateError{path, fmt.Sprintf("%v, expected a file that hubdata wrote: move the folder away to restart the stage", err)}
	}
	if s.Version != 1 {
		return nil, &StateError{path, fmt.Sprintf("found version %d, expected 1: use the hubdata that wrote it, or move the folder away", s.Version)}
	}
	if c := s.Choice; c != nil && !isName(c.File) {
		return nil, &StateError{path, fmt.Sprintf("found choice.file %q, expected the name of a file in %s: move the folder away to restart the stage", c.File, workDir)}
	}
	return s, nil
}

// decode reads the text of a state.
func (s *state) decode(text []byte) error {
	if err := json.Unmarshal(text, s); err != nil {
		return err
	}
	if !bytes.Contains(bytes.ToLower(text), []byte(`\ud`)) {
		return nil
	}
	// encoding/json reads U+FFFD for what is not UTF-8 in a name.
	var exact struct {
		Inputs   []struct{ Name osText }
		Resumed  osText
		Choice   struct{ File, How osText }
		Outputs  []struct{ File osText }
		Reason   osText
		Warnings []osText
	}
	if err := json.Unmarshal(text, &exact); err != nil {
		return err
	}
	s.Resumed, s.Reason = string(exact.Resumed), string(exact.Reason)
	if s.Choice != nil {
		s.Choice.File, s.Choice.How = string(exact.Choice.File), string(exact.Choice.How)
	}
	for i := range s.Inputs {
		s.Inputs[i].Name = string(exact.Inputs[i].Name)
	}
	for i := range s.Outputs {
		s.Outputs[i].File = string(exact.Outputs[i].File)
	}
	for i := range s.Warnings {
		s.Warnings[i] = string(exact.Warnings[i])
	}
	return nil
}

// osText is a text with names of files as the operating system has them: in JSON, a byte that is not UTF-8 is a
// surrogate.
type osText string

func (t *osText) UnmarshalJSON(text []byte) error {
	c := jsonscan.New(text)
	if c.Null() {
		return nil
	}
	s, err := c.String()
	*t = osText(coco.FileNameBytes(string(s)))
	return err
}

// isName reports whether a name is that of a file in a folder or in a folder below it,
// and leads nowhere else.
func isName(name string) bool {
	local := filepath.FromSlash(name)
	return filepath.IsLocal(local) && filepath.Clean(local) == local && local != "."
}

// write writes the state atomically.
func (s *state) write(workDir string) error {
	path := statePath(workDir)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	s.Version = 1
	text, err := jsonscan.Marshal(s)
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	if err := json.Indent(&lines, append(text, '\n'), "", "  "); err != nil {
		return err
	}
	return writeWithin(workDir, path, lines.String())
}

// begun returns the state of a stage whose process is about to start.
func (step *surveyed) begun(now time.Time, job string) *state {
	st := &state{Step: step.Stage.ID, Status: started, Inputs: step.Inputs, Sum: sumInputs(step.Inputs), Starts: 1,
		Started: now.Format(time.RFC3339), Job: job}
	if old := step.State; old != nil && old.Sum == st.Sum {
		st.Starts = old.Starts + 1
		if old.Status != done {
			st.Outputs = old.Outputs
		}
	}
	return st
}

// addOutput records a file that was written.
func (s *state) addOutput(path string) error {
	sum, err := sumFile(path)
	if err != nil {
		return err
	}
	s.Outputs = slices.DeleteFunc(s.Outputs, func(o output) bool { return o.File == path })
	s.Outputs = append(s.Outputs, output{path, sum})
	return nil
}

// hasOutput reports whether a file exists unchanged since it was recorded.
func (s *state) hasOutput(path string) bool {
	i := slices.IndexFunc(s.Outputs, func(o output) bool { return o.File == path })
	if i < 0 {
		return false
	}
	sum, err := sumFile(path)
	return err == nil && sum == s.Outputs[i].Sum
}
