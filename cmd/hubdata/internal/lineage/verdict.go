package lineage

import (
	"path/filepath"
	"slices"
)

// Verdict is what is known of a file that something says how it was made.
type Verdict string

// The verdicts, from bad to good.
const (
	Looped     Verdict = "made from itself"
	Differs    Verdict = "other bytes"
	Outdated   Verdict = "changed"
	Incomplete Verdict = "incomplete"
	Verified   Verdict = "verified"
)

// Bad reports whether a verdict is a fault of the data.
func (v Verdict) Bad() bool { return v == Looped || v == Differs || v == Outdated }

// Verdict judges a file by those that it names.
func (n *Node) Verdict() Verdict {
	v := Verified
	for _, l := range slices.Concat(n.Inputs, n.Others) {
		switch {
		case l.Loop:
			return Looped
		case l.State == Changed:
			v = Outdated
		case v != Outdated && (l.State == Gone || l.State == NotChecked):
			v = Incomplete
		}
	}
	if v == Verified && n.Record != nil && n.Record.Unfinished != "" {
		return Incomplete
	}
	return v
}

// Shown is how a file is named to people.
func (n *Node) Shown() string { return n.shown(filepath.ToSlash) }

func (n *Node) shown(show func(path string) string) string {
	switch {
	case n.Path == "":
		return n.Name + " (gone)"
	case n.Folder:
		return show(filepath.Dir(n.Path)) + "/"
	case n.Record != nil && n.Record.Stage != "" && n.By == "":
		return "stage " + n.Record.Stage
	}
	return show(n.Path)
}
