package run

import (
	"fmt"

	"github.com/hubdata/hubdata/mmdet"
)

// An Event is one of the types below. Its text is one line, without the stage's id.
type Event interface {
	fmt.Stringer
	event()
}

// StageBegun reports that a process of a stage starts.
type StageBegun struct {
	Stage  string
	Resume string // name of the checkpoint that it resumes from; empty: from the start
}

// StageProgress reports the progress of a training.
type StageProgress struct {
	Stage    string
	Progress Progress
}

// StageDone reports that a stage is done, now or since an earlier run.
type StageDone struct {
	Stage    string
	Choice   *mmdet.Choice // the checkpoint for later stages; nil: it is not a training
	Warnings []string      // what looks wrong although it succeeded
	Before   bool          // it was done before this run
}

// StageFailed reports that a stage has failed. Unless [Options.KeepGoing] is set, it is
// the last event.
type StageFailed struct {
	Stage string
	Err   error // as [Runner.Run] returns it
}

// StageSkipped reports that a stage does not run because one that it needs has failed.
type StageSkipped struct{ Stage, Failed string }

// StageMoved reports that the contents of a stage's folder were moved to another
// folder.
type StageMoved struct{ Stage, To string }

// StageWaits reports that a stage waits for a training that a killed run has left
// running.
type StageWaits struct {
	Stage string
	For   *LockedError
}

func (StageBegun) event()    {}
func (StageProgress) event() {}
func (StageDone) event()     {}
func (StageFailed) event()   {}
func (StageSkipped) event()  {}
func (StageMoved) event()    {}
func (StageWaits) event()    {}

func (e StageBegun) String() string {
	if e.Resume != "" {
		return "resumes from " + e.Resume
	}
	return "begins"
}

func (e StageProgress) String() string { return "is " + e.Progress.String() }

func (e StageDone) String() string {
	text := "is done"
	if c := e.Choice; c != nil {
		text += ": " + c.File
		if c.Score != nil {
			text += fmt.Sprintf(", %s %v", c.Metric, *c.Score)
		}
	}
	return text
}

func (e StageFailed) String() string { return "failed: " + e.Err.Error() }
func (e StageSkipped) String() string {
	return fmt.Sprintf("skipped: needs %s, which failed", e.Failed)
}
func (e StageMoved) String() string { return "its previous output is now in " + e.To }
func (e StageWaits) String() string { return fmt.Sprintf("%v: waiting for it", e.For) }
