package run

import (
	"fmt"

	"github.com/hubdata/hubdata/mmdet"
)

// ProcessError is returned for a process that ended with an exit code other than 0.
type ProcessError struct {
	Stage   string
	Program string   // name of the program
	Hubdata bool     // it is a hubdata command
	Code    int      // exit code; -1: it was killed by a signal
	Status  string   // such as "exit status 1" or "signal: killed"
	Tail    []string // the cause as its output shows it, otherwise the output's end; at most 20 lines
	Advice  string   // what to do, if the output shows it; otherwise empty
}

func (e *ProcessError) Error() string {
	return fmt.Sprintf("stage %s: %s ended with %s", e.Stage, e.Program, e.Status)
}

// StaleError is returned for a stage that was begun with inputs that have changed
// since.
type StaleError struct {
	Stage   string
	WorkDir string
	Reason  string // what has changed
}

func (e *StaleError) Error() string { return fmt.Sprintf("stage %s is stale: %s", e.Stage, e.Reason) }

// BlockedError is returned for a stage that needs something that does not exist.
type BlockedError struct {
	Stage  string
	Reason string // the stages that it waits for, or what is wrong
	Err    error  // error of a file or checkpoint; nil: the stage waits for others
}

func (e *BlockedError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("stage %s: %v", e.Stage, e.Err)
	}
	return fmt.Sprintf("stage %s %s", e.Stage, e.Reason)
}

func (e *BlockedError) Unwrap() error { return e.Err }

// DataError is returned for a training on whose data the trainer would fail.
type DataError struct {
	Stage  string
	Report *mmdet.DataReport
}

func (e *DataError) Error() string {
	return fmt.Sprintf("stage %s was not started: training would fail on its data", e.Stage)
}

// TimeError is returned for a stage that a Slurm job stopped before its time was over, and
// that is not requeued.
type TimeError struct {
	Stage  string
	Reason string
	Advice string // what to do
}

func (e *TimeError) Error() string {
	return fmt.Sprintf("time limit reached: stage %s was stopped: %s", e.Stage, e.Reason)
}

// InterruptedError is returned for a run that was stopped by a signal or its context.
type InterruptedError struct{ Reason string }

func (e *InterruptedError) Error() string { return "interrupted: " + e.Reason }

func interruptedf(format string, args ...any) error {
	return &InterruptedError{fmt.Sprintf(format, args...)}
}

// InfrastructureError is returned if Slurm reports an error, or if a folder of
// MMDetection does not exist. For a missing program the error is an [*exec.Error].
type InfrastructureError struct {
	Reason string
	Advice string // what to do; may be empty
}

func (e *InfrastructureError) Error() string { return e.Reason }
