package verifycmd

import (
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/lineage"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/plot"
)

// writePicture writes the graph as SVG.
func writePicture(outs *files.Outputs, path string, g *lineage.Graph, rep *report) error {
	out, err := outs.Create(path)
	if err != nil {
		return err
	}
	if err := lineagePlot(g, rep).SVG(out); err != nil {
		return out.Failed(err)
	}
	return out.Finish()
}

// colours of boxes.
const (
	goodFill   = "#d8f0d2"
	unsureFill = "#ffe6c7"
	badFill    = "#f6c9c4"
	originFill = "#eeeeee"
)

// lineagePlot has a box for each file, and a link from each input to what was made from it.
func lineagePlot(g *lineage.Graph, rep *report) *plot.Graph {
	p := &plot.Graph{Title: "lineage of " + rep.Path}
	at := map[*lineage.Node]int{}
	for i, n := range g.Nodes {
		at[n] = i
		box := plot.Box{Name: n.Name, Note: "not made by hubdata", Fill: originFill}
		f := rep.of[n]
		switch {
		case f != nil:
			box.Name, box.Note, box.Fill = f.shown(), n.Record.Made()+": "+string(f.Verdict), goodFill
			if f.Verdict.bad() {
				box.Fill = badFill
			} else if f.Verdict == incomplete {
				box.Fill = unsureFill
			}
		case n.Path == "":
			box.Note, box.Fill = "gone", unsureFill
		}
		p.Boxes = append(p.Boxes, box)
		for k := range n.Inputs {
			l := &n.Inputs[k]
			from, ok := at[l.To]
			if !ok || from == i {
				continue // a loop
			}
			link := plot.Link{From: from, To: i}
			if l.State != lineage.Unchanged {
				link.Text = string(l.State)
			}
			p.Links = append(p.Links, link)
		}
	}
	return p
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
			name, made = f.shown(), n.Record.Made()+": "+string(f.Verdict)
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
