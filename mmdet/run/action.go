package run

import (
	"strings"

	"github.com/hubdata/hubdata/mmdet"
)

// Verb is an action on a stage.
type Verb string

// The verbs.
const (
	Skip    Verb = "skip"    // the stage is done
	Begin   Verb = "begin"   // start it
	Resume  Verb = "resume"  // resume it from its own checkpoint
	Restart Verb = "restart" // start it again; its current output is moved away
	After   Verb = "after"   // begin or resume it after the stages that it needs
	Refuse  Verb = "refuse"  // it is stale
	Wait    Verb = "wait"    // it is blocked or unreadable
	Busy    Verb = "busy"    // another process is running it
)

// Action is the next action on a stage.
type Action struct {
	Verb   Verb
	Resume string // name of the checkpoint
	Reason string
}

// next returns the next action on a stage.
func next(step *surveyed, rerun Rerun) Action {
	why := strings.Join(step.Why, "; ")
	switch step.Condition {
	case IsRunning:
		return Action{Verb: Busy, Reason: why}
	case IsBlocked, IsUnreadable:
		return Action{Verb: Wait, Reason: why}
	case IsDone:
		if rerun == RerunAll {
			return Action{Verb: Restart, Reason: "--rerun"}
		}
		return Action{Verb: Skip, Reason: "done"}
	case IsStale:
		if rerun != RerunNone {
			return Action{Verb: Restart, Reason: why}
		}
		return Action{Verb: Refuse, Reason: why}
	case IsFailed:
		if step.Stage.Kind == mmdet.CommandKind && step.Training != nil && len(step.Training.Checkpoints) > 0 {
			// It cannot resume, and what it has left is not to be mistaken for what it leaves now.
			return Action{Verb: Restart, Reason: why}
		}
	case IsResumable:
		return Action{Verb: Resume, Resume: step.Resume.Name, Reason: why}
	}
	return Action{Verb: Begin, Reason: why}
}
