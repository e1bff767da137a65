package lineage

import (
	"fmt"

	"github.com/hubdata/hubdata/internal/plot"
)

// Colours of boxes.
const (
	goodFill   = "#d8f0d2"
	unsureFill = "#ffe6c7"
	badFill    = "#f6c9c4"
	originFill = "#eeeeee"
)

// MostBoxes is how many boxes a picture has on a page at most.
const MostBoxes = 60

// Plot has a box for each file, and a link from each input to what was made from it. Files that were made alike, and that
// nothing was made from, share a box. show is the path of a file as it is shown.
func (g *Graph) Plot(title string, verdict func(*Node) Verdict, show func(path string) string) *plot.Graph {
	p := &plot.Graph{Title: title}
	used := map[*Node]State{}
	for _, n := range g.Nodes {
		for i := range n.Inputs {
			used[n.Inputs[i].To] = n.Inputs[i].State
		}
	}
	at := map[*Node]int{}
	alike := map[string]int{} // box of files that were made alike
	more := map[int]int{}     // files of a box after the first
	for _, n := range g.Nodes {
		key := ""
		if n.Record != nil && used[n] == "" {
			key = fmt.Sprint(n.Record.Made(), "\x00", verdict(n))
			for i := range n.Inputs {
				key += fmt.Sprint("\x00", n.Inputs[i].SHA256, n.Inputs[i].State)
			}
			if box, ok := alike[key]; ok {
				at[n] = box
				more[box]++
				continue
			}
			alike[key] = len(p.Boxes)
		}
		at[n] = len(p.Boxes)
		p.Boxes = append(p.Boxes, n.box(used[n], verdict, show))
		for i := range n.Inputs {
			l := &n.Inputs[i]
			from, ok := at[l.To]
			if !ok || from == at[n] {
				continue // a loop
			}
			link := plot.Link{From: from, To: at[n]}
			if l.State != Unchanged {
				link.Text = string(l.State)
			}
			p.Links = append(p.Links, link)
		}
	}
	for i := range p.Boxes {
		if more[i] > 0 {
			p.Boxes[i].Name += fmt.Sprintf(" and %d more", more[i])
		}
	}
	return p
}

func (n *Node) box(state State, verdict func(*Node) Verdict, show func(string) string) plot.Box {
	switch {
	case n.Record != nil:
		box := plot.Box{Name: n.shown(show), Note: n.Record.Made() + ": " + string(verdict(n)), Fill: goodFill}
		if v := verdict(n); v.Bad() {
			box.Fill = badFill
		} else if v == Incomplete {
			box.Fill = unsureFill
		}
		return box
	case n.Path == "" && state == NotChecked:
		return plot.Box{Name: n.Name, Note: "not checked", Fill: unsureFill}
	case n.Path == "":
		return plot.Box{Name: n.Name, Note: "gone", Fill: unsureFill}
	}
	return plot.Box{Name: n.Name, Note: "not made by hubdata", Fill: originFill}
}
