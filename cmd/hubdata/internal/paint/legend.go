package paint

import (
	"fmt"
	"image/color"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/internal/typeface"
)

// legend is what the colours mean, over all images that are drawn.
type legend struct {
	color      string // of Colors
	sources    []string
	models     int // the most that agree
	scored     bool
	low        float64        // the score of the darkest colour
	classes    map[int64]bool // that are drawn
	unlabelled bool           // an image is
}

// newLegend looks at all that is drawn, for colours that mean the same on each image.
func newLegend(s *Scene, color string, images []int) legend {
	l := legend{color: color, classes: map[int64]bool{}, low: max(s.MinScore, 0)}
	if l.color == "" {
		if l.color = "class"; s.HasPredictions() {
			l.color = "match"
		}
	}
	for _, i := range images {
		l.unlabelled = l.unlabelled || s.IsUnlabelled(i)
		labels, predicted := s.instances(i)
		for _, in := range slices.Concat(labels, predicted) {
			l.classes[in.category] = true
			if in.truth {
				continue // has a colour of its own
			}
			if name := in.source(); !slices.Contains(l.sources, name) {
				l.sources = append(l.sources, name)
			}
			l.models = max(l.models, in.agreement())
			l.scored = l.scored || in.scored
		}
	}
	slices.Sort(l.sources)
	return l
}

func (l *legend) scoreColor(v float64) color.RGBA {
	return palette.Ramp((v - l.low) / max(1-l.low, 1e-9))
}

func (l *legend) modelColor(n int) color.RGBA {
	if n == 0 {
		return palette.Grey
	}
	return palette.Ramp(float64(n-1) / float64(max(l.models-1, 1)))
}

// note names what is drawn, and the rule by which it is counted.
func (p *Painter) note() string {
	s := p.scene
	name := filepath.Base(s.File)
	if name == "." {
		name = "this folder"
	}
	if !s.HasPredictions() {
		return "Instances of " + name + "."
	}
	text := fmt.Sprintf("%s on %s: a prediction is correct from an IoU of %v on", filepath.Base(s.predictions.Name), name, s.matches.iou)
	if s.MatchesBoxes() {
		text += ", of boxes"
	}
	if s.matches.minScore > 0 {
		text += fmt.Sprintf("; drawn and counted from a score of %.4g on, while AP counts all scores", s.matches.minScore)
	}
	return text + "."
}

// className is the name of a class, with its id if the font of pictures lacks a character of the name.
func className(c *coco.Category) string {
	if typeface.Has(c.Name) {
		return c.Name
	}
	return fmt.Sprintf("%s (id %d)", c.Name, c.ID)
}

// Legend says what the colours mean.
func (p *Painter) Legend() draw.Legend {
	l := &p.legend
	out := draw.Legend{Note: p.note()}
	add := func(st draw.Style, text string) {
		st.Width = max(st.Width, p.opts.Style.Width)
		out.Keys = append(out.Keys, draw.Key{Style: st, Text: text})
	}
	fill := func(c color.RGBA) draw.Style { return p.opts.Style.shaped(draw.Style{Color: c}) }
	switch l.color {
	case "match":
		add(foundStyle, "correct prediction")
		add(falseStyle, "false prediction")
		what := "outline"
		if p.scene.MatchesBoxes() {
			what = "box"
		}
		add(hitStyle, what+" found")
		add(missedStyle, what+" missed")
		if l.unlabelled {
			add(unknownStyle, "prediction on an unlabelled tile")
		}
	case "class":
		for k, cat := range p.scene.Categories {
			if l.classes[cat.ID] {
				add(p.opts.Style.shaped(nthStyle(k)), className(&cat))
			}
		}
	case "score":
		if l.scored {
			out.Scales = append(out.Scales, draw.Scale{Text: "score", From: strconv.FormatFloat(l.low, 'g', 3, 64), To: "1", Color: palette.Ramp})
		}
	case "source":
		for k, name := range l.sources {
			if name == "" {
				name = "no source"
			}
			add(p.opts.Style.shaped(nthStyle(k)), name)
		}
	case "agreement":
		for n := 1; n <= l.models && l.models <= 8; n++ {
			add(fill(l.modelColor(n)), ui.Plural(n, "model", "models"))
		}
		if l.models > 8 {
			out.Scales = append(out.Scales, draw.Scale{Text: "models that agree", From: "1", To: strconv.Itoa(l.models), Color: palette.Ramp})
		}
	}
	if p.scene.HasPredictions() && l.color != "match" {
		add(truthStyle, "outline")
	}
	if p.opts.Marks != nil {
		marked := fill(markedStyle.Color)
		marked.Width = markedStyle.Width
		add(marked, p.opts.Marks.Text)
	}
	return out
}
