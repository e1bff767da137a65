package paint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/palette"
)

// Style says how instances are drawn.
type Style struct {
	Color  string   // one of Colors; empty: match with predictions, else class
	Shape  string   // one of Shapes; empty: outline
	Alpha  float64  // of filled masks
	Width  float64  // of outlines in pixels; 0: by the size of the pictures
	Labels []string // each of LabelParts; nil: scores where there are some
}

// What a Style can say.
var (
	Colors     = []string{"match", "class", "instance", "score", "source", "agreement"}
	Shapes     = []string{"outline", "mask", "both"}
	LabelParts = []string{"score", "class", "id", "iou", "source", "votes"}
)

// The colours of matching: most eyes tell them apart, and lines and marks differ too.
var (
	foundStyle   = draw.Style{Color: palette.Green}
	falseStyle   = draw.Style{Color: palette.Vermilion, Mark: draw.Cross}
	missedStyle  = draw.Style{Color: palette.Yellow, Line: draw.Dashed, Mark: draw.Ring}
	unknownStyle = draw.Style{Color: palette.Orange}
	ignoredStyle = draw.Style{Color: palette.Grey, Line: draw.Dotted}
	hitStyle     = draw.Style{Color: palette.Sky, Line: draw.Dashed}
	truthStyle   = draw.Style{Color: palette.White, Line: draw.Dashed}
	markedStyle  = draw.Style{Color: palette.Vermilion, Width: 2.6}
)

// MatchStyles returns the styles of matching by what they mean.
func MatchStyles() map[string]draw.Style {
	return map[string]draw.Style{"found": foundStyle, "false": falseStyle, "missed": missedStyle, "unknown": unknownStyle, "ignored": ignoredStyle, "hit": hitStyle,
		"truth": truthStyle, "marked": markedStyle}
}

// ClassStyles is the number of different styles of [ClassStyle].
const ClassStyles = palette.Overlays * 6

// ClassStyle is the style of class, source or model i. After [ClassStyles] they repeat.
func ClassStyle(i int) draw.Style { return nthStyle(i) }

// nthStyle is the style of class or source i. Where the colours repeat, the lines differ.
func nthStyle(i int) draw.Style {
	lines := []draw.Line{draw.Solid, draw.Dashed, draw.Dotted, draw.LongDashed, draw.DashDotted, draw.Sparse}
	return draw.Style{Color: palette.Overlay(i), Line: lines[i/palette.Overlays%len(lines)]}
}

// shaped draws an instance as an outline, a mask or both.
func (s *Style) shaped(st draw.Style) draw.Style {
	switch s.Shape {
	case "mask":
		st.Fill, st.Line = s.Alpha, draw.NoLine
	case "both":
		st.Fill = s.Alpha
	}
	return st
}

// style says how an instance of an image is drawn.
func (p *Painter) style(image, order int, s *instance) draw.Style {
	st := draw.Style{}
	switch {
	case s.truth && p.legend.color != "match":
		st = truthStyle
	case s.truth && s.state == eval.Ignored:
		st = ignoredStyle
	case s.truth && s.state == eval.Matched:
		st = hitStyle
	case s.truth:
		st = missedStyle
	default:
		st = p.colored(image, order, s)
	}
	if p.opts.Marks != nil && (s.truth || !p.scene.HasPredictions()) && p.opts.Marks.Places[image][s.at] {
		st = markedStyle
	}
	st.Width = max(st.Width, p.opts.Style.Width)
	if s.truth && p.opts.Style.Shape != "outline" && !p.opts.Beside {
		return st // predictions are filled, the truth is drawn over them
	}
	return p.opts.Style.shaped(st)
}

// colored is the style of a label or a prediction by the colour that was chosen.
func (p *Painter) colored(image, order int, s *instance) draw.Style {
	l := &p.legend
	switch l.color {
	case "match":
		if p.scene.IsUnlabelled(image) {
			return unknownStyle
		}
		switch s.state {
		case eval.Matched:
			return foundStyle
		case eval.Ignored:
			return ignoredStyle
		}
		return falseStyle
	case "instance":
		return draw.Style{Color: palette.Overlay(order)}
	case "score":
		if !s.scored {
			return draw.Style{Color: palette.Grey}
		}
		return draw.Style{Color: l.scoreColor(s.score)}
	case "source":
		return nthStyle(slices.Index(l.sources, s.source()))
	case "agreement":
		return draw.Style{Color: l.modelColor(s.agreement())}
	}
	k, ok := p.scene.classes[s.category]
	if !ok {
		return draw.Style{Color: palette.Grey}
	}
	return nthStyle(k)
}

// label is the text next to an instance.
func (p *Painter) label(s *instance) string {
	parts := p.opts.Style.Labels
	if parts == nil {
		if s.truth || !s.scored {
			return ""
		}
		parts = []string{"score"}
	}
	var out []string
	for _, part := range parts {
		switch part {
		case "score":
			if s.scored {
				out = append(out, strconv.FormatFloat(s.score, 'f', 2, 64))
			}
		case "class":
			if k, ok := p.scene.classes[s.category]; ok {
				out = append(out, p.scene.Categories[k].Name)
			}
		case "id":
			out = append(out, s.id)
		case "iou":
			if p.scene.HasPredictions() && !s.truth && s.state == eval.Matched {
				out = append(out, "IoU "+strconv.FormatFloat(s.iou, 'f', 2, 64))
			}
		case "source":
			if name := s.source(); name != "" {
				out = append(out, name)
			}
		case "votes":
			if n := s.votes(); n > 0 {
				out = append(out, ui.Plural(n, "vote", "votes"))
			}
		}
	}
	return strings.Join(out, " ")
}
