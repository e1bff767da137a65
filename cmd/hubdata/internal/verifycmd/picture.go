package verifycmd

import (
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/lineage"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// writePicture writes the graph as SVG.
func writePicture(outs *files.Outputs, path string, g *lineage.Graph, rep *report) error {
	out, err := outs.Create(path)
	if err != nil {
		return err
	}
	drawn := g.Plot("lineage of "+rep.Path, func(n *lineage.Node) lineage.Verdict { return rep.of[n].Verdict }, filepath.ToSlash)
	if err := drawn.SVG(out); err != nil {
		return out.Failed(err)
	}
	return out.Finish()
}

// maxTree is how deep a tree is drawn.
const maxTree = 100

// writeTree prints the files that nothing else was made from, with what they were made from below them. A file that is
// drawn already is not opened again.
func writeTree(text *strings.Builder, rep *report) {
	used := map[*lineage.Node]bool{}
	for _, n := range rep.graph.Nodes {
		for i := range n.Inputs {
			used[n.Inputs[i].To] = true
		}
	}
	drawn := map[*lineage.Node]bool{}
	var draw func(n *lineage.Node, l *lineage.Link, head, below string, depth int)
	draw = func(n *lineage.Node, l *lineage.Link, head, below string, depth int) {
		name, made := n.Name, "not made by hubdata"
		if f := rep.of[n]; f != nil {
			name, made = n.Shown(), n.Record.Made()+": "+string(f.Verdict)
		}
		if l != nil && l.State != lineage.Unchanged {
			made += ", " + string(l.State)
		}
		again := drawn[n] && len(n.Inputs) > 0
		if again {
			made += ", see above"
		}
		ui.Fprintf(text, "%s%s: %s\n", head, name, made)
		if again || depth == maxTree {
			return
		}
		drawn[n] = true
		for i := range n.Inputs {
			to := &n.Inputs[i]
			if i+1 < len(n.Inputs) {
				draw(to.To, to, below+"├─ ", below+"│  ", depth+1)
			} else {
				draw(to.To, to, below+"└─ ", below+"   ", depth+1)
			}
		}
	}
	for _, n := range rep.graph.Nodes {
		if !used[n] {
			draw(n, nil, "", "", 0)
		}
	}
	for _, n := range rep.graph.Nodes { // what is in a loop
		if !drawn[n] {
			draw(n, nil, "", "", 0)
		}
	}
}
