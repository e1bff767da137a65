package run

import "strings"

// Verb is what is to be done with a stage.
type Verb string

// The verbs.
const (
	Skip   Verb = "skip"   // it is done
	Begin  Verb = "begin"  // from the start
	GoOn   Verb = "go on"  // from its own checkpoint
	Anew   Verb = "anew"   // from the start, what is there being moved away
	After  Verb = "after"  // begin or go on, once the stages that it needs are done
	Refuse Verb = "refuse" // it is stale
	Wait   Verb = "wait"   // it is blocked
	Busy   Verb = "busy"   // another process is at it
)

// Action is the next thing to do with a stage.
type Action struct {
	Verb   Verb
	Resume string // GoOn: name of the checkpoint
	Reason string
}

// next says what is to be done with a stage.
func next(step *surveyed, rerun Rerun) Action {
	why := strings.Join(step.Why, "; ")
	switch step.Condition {
	case IsRunning:
		return Action{Verb: Busy, Reason: why}
	case IsBlocked:
		return Action{Verb: Wait, Reason: why}
	case IsDone:
		if rerun == RerunAll {
			return Action{Verb: Anew, Reason: "--rerun"}
		}
		return Action{Verb: Skip, Reason: "done"}
	case IsStale:
		if rerun != RerunNone {
			return Action{Verb: Anew, Reason: why}
		}
		return Action{Verb: Refuse, Reason: why}
	case IsResumable:
		return Action{Verb: GoOn, Resume: step.Resume.Name, Reason: why}
	}
	return Action{Verb: Begin, Reason: why}
}
