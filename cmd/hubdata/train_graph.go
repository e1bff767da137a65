package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"

	"github.com/hubdata/hubdata/mmdet"
	"github.com/urfave/cli/v2"
)

const trainGraphHelp = `Draws the stages of a recipe (default: recipe.yaml in this folder) and what each
needs of which: as text for Graphviz, or as a picture.

examples:
   hubdata train graph | dot -Tpdf > recipe.pdf
   hubdata train graph --svg > recipe.svg`

func trainGraphCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "graph",
		Usage:       "draw the stages of a recipe",
		UsageText:   "[flags] [RECIPE]",
		Description: trainGraphHelp,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "dot", Usage: "print text for Graphviz (the default)"},
			&cli.BoolFlag{Name: "svg", Usage: "print an SVG picture"},
		},
		Action: func(ctx *cli.Context) error {
			if ctx.Bool("dot") && ctx.Bool("svg") {
				return usagef("--dot and --svg: want one")
			}
			r, err := recipeArgument(ctx)
			if err != nil {
				return err
			}
			g, err := newStageGraph(r)
			if err != nil {
				return recipeFailure(err)
			}
			if ctx.Bool("svg") {
				g.svg(c)
			} else {
				g.dot(c)
			}
			return nil
		},
	}
}

// stageGraph are the stages in order, and the links between them.
type stageGraph struct {
	name  string
	nodes []stageNode
	links []stageLink
}

type stageNode struct {
	id, kind    string
	column, row int
}

// stageLink leads from a stage to one that needs it.
type stageLink struct {
	from, to int
	text     string // the checkpoint that is taken
}

func newStageGraph(r *mmdet.Recipe) (*stageGraph, error) {
	order, err := r.Order()
	if err != nil {
		return nil, err
	}
	g := &stageGraph{name: r.Name}
	at := map[string]int{}
	rows := map[int]int{} // filled in each column
	for i, s := range order {
		n := stageNode{id: s.ID, kind: string(s.Kind)}
		at[s.ID] = i
		from, pick := r.Weights(s)
		for _, id := range r.Needs(s) {
			l := stageLink{from: at[id], to: i}
			if from != nil && from.ID == id {
				l.text = pick
			}
			g.links = append(g.links, l)
			n.column = max(n.column, g.nodes[l.from].column+1)
		}
		n.row = rows[n.column]
		rows[n.column]++
		g.nodes = append(g.nodes, n)
	}
	return g, nil
}

func (g *stageGraph) dot(c *console) {
	fmt.Fprintf(c.out, "digraph %s {\n  rankdir=LR;\n  node [shape=box];\n", strconv.Quote(g.name))
	for _, n := range g.nodes {
		fmt.Fprintf(c.out, "  %q [label=\"%s\\n%s\"];\n", n.id, n.id, n.kind)
	}
	for _, l := range g.links {
		fmt.Fprintf(c.out, "  %q -> %q", g.nodes[l.from].id, g.nodes[l.to].id)
		if l.text != "" {
			fmt.Fprintf(c.out, " [label=%q]", l.text)
		}
		fmt.Fprintln(c.out, ";")
	}
	fmt.Fprintln(c.out, "}")
}

// Sizes of the picture, in its units.
const (
	charWidth = 7.2 // about a letter of the font
	boxHeight = 40
	rowHeight = 56
	columnGap = 70
)

var kindColours = map[string]string{"train": "#cfe3ff", "infer": "#e2d9ff", "fuse": "#ffe6c7", "pseudo": "#ffe6c7", "eval": "#d8f0d2", "build": "#eeeeee"}

func (g *stageGraph) svg(c *console) {
	var widths []float64 // of columns
	rows := 0
	for _, n := range g.nodes {
		for len(widths) <= n.column {
			widths = append(widths, 0)
		}
		widths[n.column] = max(widths[n.column], float64(charWidth*float64(len(n.id)))+20)
		rows = max(rows, n.row+1)
	}
	left := make([]float64, len(widths)+1)
	left[0] = 10
	for i, w := range widths {
		left[i+1] = left[i] + w + columnGap
	}
	top := func(n stageNode) float64 { return 10 + float64(rowHeight*float64(n.row)) }
	fmt.Fprintf(c.out, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%d" font-family="sans-serif" font-size="12">`+"\n", left[len(widths)]-columnGap+10, 20+rowHeight*rows)
	fmt.Fprintf(c.out, "<title>%s</title>\n", escapeXML(g.name))
	for _, l := range g.links {
		a, b := g.nodes[l.from], g.nodes[l.to]
		x1, y1 := left[a.column]+widths[a.column], top(a)+boxHeight/2
		x2, y2 := left[b.column], top(b)+boxHeight/2
		fmt.Fprintf(c.out, `<path d="M%g %g C%g %g %g %g %g %g" fill="none" stroke="#777"/>`+"\n", x1, y1, x1+columnGap/2, y1, x2-columnGap/2, y2, x2, y2)
		fmt.Fprintf(c.out, `<circle cx="%g" cy="%g" r="3" fill="#777"/>`+"\n", x2, y2)
		if l.text != "" {
			fmt.Fprintf(c.out, `<text x="%g" y="%g" fill="#555">%s</text>`+"\n", x2-columnGap/2, y2-6, escapeXML(l.text))
		}
	}
	for _, n := range g.nodes {
		x, y := left[n.column], top(n)
		fmt.Fprintf(c.out, `<rect x="%g" y="%g" width="%g" height="%d" rx="4" fill="%s" stroke="#555"/>`+"\n", x, y, widths[n.column], boxHeight, kindColours[n.kind])
		fmt.Fprintf(c.out, `<text x="%g" y="%g">%s</text><text x="%g" y="%g" fill="#555">%s</text>`+"\n", x+10, y+17, escapeXML(n.id), x+10, y+32, n.kind)
	}
	fmt.Fprintln(c.out, "</svg>")
}

func escapeXML(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes all
	return b.String()
}
