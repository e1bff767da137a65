package traincmd

import (
	"fmt"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/plot"
	"github.com/hubdata/hubdata/mmdet"
	"github.com/urfave/cli/v2"
)

const graphHelp = `Draws the stages of a recipe (default: recipe.yaml in this folder) and their
dependencies, as text for Graphviz or as a picture.

examples:
   hubdata train graph | dot -Tpdf > recipe.pdf
   hubdata train graph --svg > recipe.svg`

func graphCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "graph",
		Usage:       "draw the stages of a recipe",
		UsageText:   "[flags] [RECIPE]",
		Description: graphHelp,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "dot", Usage: "print text for Graphviz (the default)"},
			&cli.BoolFlag{Name: "svg", Usage: "print an SVG picture"},
		},
		Action: func(ctx *cli.Context) error {
			if ctx.Bool("dot") && ctx.Bool("svg") {
				return ui.Usagef("--dot and --svg exclude each other")
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
				return g.SVG(c.Out)
			}
			printDot(c, g)
			return nil
		},
	}
}

// kindColours are those of the boxes of stages.
var kindColours = map[mmdet.StageKind]string{
	mmdet.Train: "#cfe3ff", mmdet.Infer: "#e2d9ff", mmdet.CommandKind: "#cfe3ff", mmdet.Fuse: "#ffe6c7", mmdet.Pseudo: "#ffe6c7", mmdet.Eval: "#d8f0d2", mmdet.BuildData: "#eeeeee",
}

// newStageGraph has the stages in order, and a link from each to those that need it,
// with the checkpoint that they take.
func newStageGraph(r *mmdet.Recipe) (*plot.Graph, error) {
	order, err := r.Order()
	if err != nil {
		return nil, err
	}
	g := &plot.Graph{Title: r.Name}
	at := map[string]int{}
	for i, s := range order {
		at[s.ID] = i
		g.Boxes = append(g.Boxes, plot.Box{Name: s.ID, Note: string(s.Kind), Fill: kindColours[s.Kind]})
		from, pick := r.Weights(s)
		for _, id := range r.Needs(s) {
			l := plot.Link{From: at[id], To: i}
			if from != nil && from.ID == id {
				l.Text = pick
			}
			g.Links = append(g.Links, l)
		}
	}
	return g, nil
}

// printDot prints a graph as Graphviz reads it.
func printDot(c *ui.Console, g *plot.Graph) {
	ui.Fprintf(c.Out, "digraph %s {\n  rankdir=LR;\n  node [shape=box];\n", strconv.Quote(g.Title))
	for _, b := range g.Boxes {
		ui.Fprintf(c.Out, "  %q [label=\"%s\\n%s\"];\n", b.Name, b.Name, b.Note)
	}
	for _, l := range g.Links {
		ui.Fprintf(c.Out, "  %q -> %q", g.Boxes[l.From].Name, g.Boxes[l.To].Name)
		if l.Text != "" {
			ui.Fprintf(c.Out, " [label=%q]", l.Text)
		}
		fmt.Fprintln(c.Out, ";")
	}
	fmt.Fprintln(c.Out, "}")
}
