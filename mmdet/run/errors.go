package run

import (
	"fmt"

	"github.com/hubdata/hubdata/mmdet"
)

// ProcessError is returned for a process that ended with an exit code other than 0.
type ProcessError struct {
	Stage   string
	Program string   // its name
	Hubdata bool     // it is one of hubdata's own commands
	Code    int      // exit code; -1: it was killed by a signal
	Status  string   // such as "exit status 1" or "signal: killed"
	Tail    []string // the last lines that it printed, at most 20
	Advice  string   // what to do if the lines tell; else empty
}

func (e *ProcessError) Error() string {
	return fmt.Sprintf("stage %s: %s ended with %s", e.Stage, e.Program, e.Status)
}

// StaleError is returned for a stage that was begun on other inputs than those of now.
type StaleError struct {
	Stage   string
	WorkDir string
	Reason  string // what has changed
}

func (e *StaleError) Error() string { return fmt.Sprintf("stage %s is stale: %s", e.Stage, e.Reason) }

// BlockedError is returned for a stage that needs what is not there.
type BlockedError struct {
	Stage  string
	Reason string // which stages it waits for, or what is wrong
	Err    error  // of a file or checkpoint; nil: the stage waits for others
}

func (e *BlockedError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("stage %s: %v", e.Stage, e.Err)
	}
	return fmt.Sprintf("stage %s %s", e.Stage, e.Reason)
}

func (e *BlockedError) Unwrap() error { return e.Err }

// DataError is returned for a training whose data MMDetection would fail on.
type DataError struct {
	Stage  string
	Report *mmdet.DataReport
}

func (e *DataError) Error() string {
	return fmt.Sprintf("stage %s was not started: its data is not what MMDetection takes", e.Stage)
}

// InterruptedError is returned for a run that was asked to stop, by a signal or its
// context.
type InterruptedError struct{ Reason string }

func (e *InterruptedError) Error() string { return "interrupted: " + e.Reason }

func interruptedf(format string, args ...any) error {
	return &InterruptedError{fmt.Sprintf(format, args...)}
}

// InfrastructureError is returned where Slurm refuses, or a folder of MMDetection is not
// there. A program that is not there gives an [*exec.Error].
type InfrastructureError struct {
	Reason string
	Advice string // what to do; may be empty
}

func (e *InfrastructureError) Error() string { return e.Reason }
