package lineage

import (
	"path/filepath"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// State is what became of a file that a record names.
type State string

// The states.
const (
	Unchanged  State = "unchanged"   // its bytes are there
	Renamed    State = "renamed"     // they are there, under another name
	Changed    State = "changed"     // its name is there, with other bytes
	Gone       State = "gone"        // neither is
	NotChecked State = "not checked" // it cannot be read, or has no sum of a file
)

// A Node is a file, or a file that is gone.
type Node struct {
	Name   string  // as the record that names it has it
	Path   string  // "": gone
	SHA256 string  // "": not needed
	Folder bool    // Path is the file in a folder that says how the folder was made
	Record *Record // how it was made; nil: nothing says that
	By     string  // the file that says it, if not the file itself; "": the file itself, or what a later file keeps
	Inputs []Link  // in the order of the record
	Others []Link  // further files that it says the sums of
}

// A Link is an input of a node.
type Link struct {
	Input
	To    *Node
	State State
	Found []string // where its bytes are, the first is used; for Changed, where its name is
	Loop  bool     // it was made from the node itself
	Why   string   // for NotChecked
}

// A Graph is files and what they were made from.
type Graph struct {
	Nodes []*Node // each after those it was made from, except in a loop
	Roots []*Node // what was asked for, in that order
	// Silent are the files of Roots that say nothing of how they were made, and that no other file says it of.
	Silent []*Node
}

// tracer builds a graph.
type tracer struct {
	disk *Disk
	of   map[string]*file // that say how a file with a sum was made
	ends map[string]*file // the same for sums of ends
	node map[string]*Node // by path
	lost map[string]*Node // by sum
	on   map[*Node]bool   // being traced
	g    *Graph
}

// Trace traces files, or without any all that say how they were made.
func (d *Disk) Trace(only ...string) (*Graph, error) {
	told, err := d.records()
	if err != nil {
		return nil, err
	}
	t := &tracer{disk: d, of: map[string]*file{}, ends: map[string]*file{}, node: map[string]*Node{}, lost: map[string]*Node{}, on: map[*Node]bool{}, g: &Graph{}}
	for _, f := range told {
		for _, of := range f.record.Of {
			by := t.of
			if of.Ends {
				by = t.ends
			}
			if by[of.SHA256] == nil {
				by[of.SHA256] = f
			}
		}
	}
	roots := told
	if len(only) > 0 {
		roots = nil
	}
	for _, path := range only {
		f := d.byPath[filepath.Clean(path)]
		if f == nil {
			return nil, ui.Failf(ui.ExitFailure, "%s: found no regular file", path)
		}
		if _, err := d.sumOf(f, false); err != nil {
			return nil, ui.InFile(path, err)
		}
		roots = append(roots, f)
	}
	for _, f := range roots {
		n, err := t.file(f, filepath.Base(f.path))
		if err != nil {
			return nil, err
		}
		t.g.Roots = append(t.g.Roots, n)
		if n.Record == nil {
			t.g.Silent = append(t.g.Silent, n)
		}
	}
	return t.g, nil
}

// file traces a file that is there.
func (t *tracer) file(f *file, name string) (*Node, error) {
	if n := t.node[f.path]; n != nil {
		return n, nil
	}
	r, err := t.disk.record(f)
	if err != nil {
		return nil, err
	}
	n := &Node{Name: name, Path: f.path, SHA256: f.sums[0], Record: r, Folder: filepath.Base(f.path) == files.MarkName}
	if r == nil {
		by := t.of[f.sums[0]]
		if f.sums[0] == "" || by == nil {
			by = t.ends[f.sums[1]]
		}
		if by != nil {
			n.Record, n.By = by.record, by.path
		}
	}
	t.node[f.path] = n
	return n, t.links(n)
}

// folder traces a folder by the file in it that says how it was made; without one, by what others keep of it.
func (t *tracer) folder(path string, in *Input) (*Node, error) {
	if f := t.disk.byPath[filepath.Join(path, files.MarkName)]; f != nil {
		return t.file(f, in.String())
	}
	return t.gone(in)
}

// gone traces a file that is not there by what others keep of it.
func (t *tracer) gone(in *Input) (*Node, error) {
	if n := t.lost[in.SHA256]; n != nil && in.SHA256 != "" && (n.Record != nil || in.Kept == nil) {
		return n, nil
	}
	n := &Node{Name: in.String(), SHA256: in.SHA256, Record: in.Kept}
	if by := t.teller(in); n.Record == nil && by != nil {
		n.Record, n.By = by.record, by.path
	}
	t.lost[in.SHA256] = n
	return n, t.links(n)
}

// teller is the file that says how an input was made that does not say it itself; nil: none.
func (t *tracer) teller(in *Input) *file {
	if by := t.ends[in.SHA256]; by != nil && in.Ends {
		return by
	}
	return t.of[in.SHA256]
}

// known is an input with the name and the size that the record of what made it has, if its own record has none.
func (t *tracer) known(in *Input) *Input {
	by := t.teller(in)
	if in.Name != "" || by == nil {
		return in
	}
	for i := range by.record.Of {
		if of := &by.record.Of[i]; of.SHA256 == in.SHA256 {
			return of
		}
	}
	return in
}

// links traces the inputs of a node.
func (t *tracer) links(n *Node) error {
	t.on[n] = true
	defer delete(t.on, n)
	if n.Record != nil {
		for i := range n.Record.Inputs {
			l, err := t.link(&n.Record.Inputs[i], true)
			if err != nil {
				return err
			}
			n.Inputs = append(n.Inputs, l)
		}
		for i := range n.Record.Of {
			if n.By != "" || n.Path == "" {
				break // the file that says it has them
			}
			l, err := t.link(&n.Record.Of[i], false)
			if err != nil {
				return err
			}
			n.Others = append(n.Others, l)
		}
	}
	t.g.Nodes = append(t.g.Nodes, n)
	return nil
}

// link finds a file that a record names, and if further is set traces it.
func (t *tracer) link(in *Input, further bool) (Link, error) {
	l := Link{Input: *in}
	at, err := t.disk.find(t.known(in))
	if err != nil {
		return l, err
	}
	var to *Node
	switch {
	case len(in.SHA256) != sumDigits:
		l.State, l.Why = NotChecked, "the record has no SHA-256 of it"
	case len(at.same) > 0:
		l.State, l.Found = Unchanged, paths(at.same)
		if in.Name != "" && filepath.Base(l.Found[0]) != in.Name {
			l.State = Renamed
		}
		if further {
			to, err = t.file(at.same[0], in.String())
		}
	case len(at.failed) > 0:
		l.State, l.Found, l.Why = NotChecked, paths(at.failed), Reason(at.failed[0].err)
	case len(at.others) > 0:
		l.State, l.Found = Changed, paths(at.others)
		for _, f := range at.others {
			l.Loop = l.Loop || t.on[t.node[f.path]]
		}
	case at.whole != "":
		l.State, l.Found = Unchanged, []string{at.whole}
		if in.Name != "" && filepath.Base(at.whole) != in.Name {
			l.State = Renamed
		}
		if further {
			to, err = t.folder(at.whole, in)
		}
	case len(at.folders) > 0 && at.faulty != nil:
		l.State, l.Found, l.Why = NotChecked, slices.Clone(at.folders), Reason(at.faulty)
	case len(at.folders) > 0 && in.Whole:
		l.State, l.Found = Changed, slices.Clone(at.folders)
	case len(at.folders) > 0:
		l.State, l.Found, l.Why = NotChecked, slices.Clone(at.folders), "a folder: the sum is of the files that were read in it"
	default:
		l.State = Gone
	}
	if further && to == nil && err == nil {
		to, err = t.gone(in)
	}
	if l.To = to; to != nil && t.on[to] {
		l.Loop = true
	}
	return l, err
}

func paths(list []*file) []string {
	var out []string
	for _, f := range list {
		out = append(out, f.path)
	}
	return out
}
