// Package origins says what the files on the page were made from, by their records: what "hubdata verify --graph" draws,
// for the page.
package origins

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/lineage"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/plot"
)

// A Looked is a file that the page shows.
type Looked struct {
	Path  string      // "-": standard input
	Shows string      // what the page has of it
	Read  fs.FileInfo // what it was when it was read; nil: not known
}

// Origins traces the files of a page. Its methods may be called in parallel.
type Origins struct {
	looked []Looked

	tracing sync.Mutex // held while files are read
	mu      sync.Mutex
	chain   *Chain      // nil: not traced yet
	drawn   *plot.Graph // of the chain
	traced  map[string]*Made
}

// New traces files, once it is asked.
func New(looked []Looked) *Origins { return &Origins{looked: looked, traced: map[string]*Made{}} }

// A Chain is the files that are shown, and those that they were made from.
type Chain struct {
	Shown   []Shown  `json:"shown"` // in the order of the command line
	Files   []File   `json:"files"` // each after those it was made from, except in a loop
	Below   []string `json:"below"` // folders in which inputs were looked for
	Picture bool     `json:"picture"`
}

// Shown is a file that the page shows.
type Shown struct {
	Name  string        `json:"name"`
	Shows string        `json:"shows"`
	File  int           `json:"file"`  // index in [Chain.Files]; -1: none
	State lineage.State `json:"state"` // compared with what was read
	Why   string        `json:"why"`
}

// Made is how a file was made, as far as something says it.
type Made struct {
	By      string `json:"made"`    // command and version, or stage; empty: nothing says it
	Options string `json:"options"` // of the command
}

// File is a file of a chain.
type File struct {
	Made
	Name    string          `json:"name"`    // as verify shows it
	Verdict lineage.Verdict `json:"verdict"` // empty: nothing says how it was made
	Said    string          `json:"said"`    // the file that says how it was made, if not the file itself
	Inputs  []Input         `json:"inputs"`
}

// Input is what a file was made from.
type Input struct {
	Name  string        `json:"name"` // in the record
	File  int           `json:"file"` // index in [Chain.Files]
	State lineage.State `json:"state"`
	Why   string        `json:"why"`
	Loop  bool          `json:"loop"`
}

// silent is a console for files that are looked at again and again: it remembers none of them.
func silent() *ui.Console { return ui.NewConsole(nil, io.Discard, io.Discard) }

// Chain traces the files, or with again set traces them once more.
func (o *Origins) Chain(ctx context.Context, again bool) (*Chain, error) {
	o.tracing.Lock()
	defer o.tracing.Unlock()
	o.mu.Lock()
	known := o.chain
	o.mu.Unlock()
	if known != nil && !again {
		return known, nil
	}
	chain, drawn, err := o.trace(ctx)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.chain, o.drawn = chain, drawn
	return chain, nil
}

// Picture draws the chain as SVG; nil: it was not traced yet, or has too many files.
func (o *Origins) Picture() ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.chain == nil || !o.chain.Picture {
		return nil, nil
	}
	var b bytes.Buffer
	err := o.drawn.SVG(&b)
	return b.Bytes(), err
}

// Of is how a file that the page shows was made: what the chain says of it or, before it was traced, the file itself.
func (o *Origins) Of(path string) Made {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.chain != nil {
		for i, l := range o.looked {
			if at := o.chain.Shown[i].File; l.Path == path && at >= 0 {
				return o.chain.Files[at].Made
			}
		}
	}
	if m := o.traced[path]; m != nil {
		return *m
	}
	m := &Made{}
	if path != "-" {
		if r, ok, err := lineage.Read(silent(), path); err == nil && ok {
			*m = newMade(r)
		}
	}
	o.traced[path] = m
	return *m
}

func newMade(r *lineage.Record) Made {
	return Made{By: r.Made(), Options: lineage.WordOptions(r.Options)}
}

// trace looks for the files and for those they were made from.
func (o *Origins) trace(ctx context.Context) (*Chain, *plot.Graph, error) {
	out := &Chain{Shown: []Shown{}, Files: []File{}, Below: []string{}}
	var roots, paths []string
	for _, l := range o.looked {
		s := l.compare()
		if s.State == lineage.Unchanged || s.State == lineage.Changed {
			s.File = len(paths)
			paths = append(paths, l.Path)
			if root := lineage.RootOf(l.Path); !slices.Contains(roots, root) {
				roots = append(roots, root)
				out.Below = append(out.Below, filepath.ToSlash(root))
			}
		}
		out.Shown = append(out.Shown, s)
	}
	if len(paths) == 0 {
		return out, nil, nil
	}
	disk, err := lineage.NewDisk(ctx, silent(), roots...)
	if err != nil {
		return nil, nil, err
	}
	for _, path := range paths {
		if err := disk.Add(path); err != nil {
			return nil, nil, err
		}
	}
	g, err := disk.Trace(paths...)
	if err != nil {
		return nil, nil, err
	}
	at := map[*lineage.Node]int{}
	for i, n := range g.Nodes {
		at[n] = i
	}
	for _, n := range g.Nodes {
		out.Files = append(out.Files, newFile(n, at))
	}
	for i := range out.Shown {
		if s := &out.Shown[i]; s.File >= 0 {
			s.File = at[g.Roots[s.File]]
			s.Name = out.Files[s.File].Name
		}
	}
	drawn := g.Plot("What the files on the page were made from", (*lineage.Node).Verdict, filepath.ToSlash)
	out.Picture = len(drawn.Links) > 0 && len(drawn.Boxes) <= lineage.MostBoxes
	return out, drawn, nil
}

// compare compares a file with what it was when it was read.
func (l *Looked) compare() Shown {
	s := Shown{Name: filepath.ToSlash(l.Path), Shows: l.Shows, File: -1, State: lineage.Unchanged}
	if l.Path == "-" {
		s.Name, s.State, s.Why = "standard input", lineage.NotChecked, "it cannot be read again"
		return s
	}
	st, err := os.Stat(l.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.State = lineage.Gone
	case err != nil:
		s.State, s.Why = lineage.NotChecked, lineage.Reason(err)
	case !st.Mode().IsRegular():
		s.State, s.Why = lineage.NotChecked, "it is no regular file"
	case l.Read != nil && (st.Size() != l.Read.Size() || !st.ModTime().Equal(l.Read.ModTime())):
		s.State = lineage.Changed
	}
	return s
}

func newFile(n *lineage.Node, at map[*lineage.Node]int) File {
	f := File{Name: n.Shown(), Inputs: []Input{}, Said: filepath.ToSlash(n.By)}
	if n.Record == nil {
		return f
	}
	f.Made, f.Verdict = newMade(n.Record), n.Verdict()
	for i := range n.Inputs {
		l := &n.Inputs[i]
		f.Inputs = append(f.Inputs, Input{Name: l.String(), File: at[l.To], State: l.State, Why: l.Why, Loop: l.Loop})
	}
	return f
}
