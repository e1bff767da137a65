package slide

import (
	"errors"
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Pattern reads places from the names of image files, such as {slide}_x{x}_y{y}. Between
// its fields a name has the same text, and {*} is any text. The fields are
//
//	{slide}       the name of the slide
//	{x} {y}       the left and top edge, in slide pixels
//	{col} {row}   the column and row of the tile, from 0, where tiles do not overlap
//	{scale}       slide pixels per pixel of the image
type Pattern struct {
	text   string
	re     *regexp.Regexp
	fields []string // of the groups
}

// knownNames are the patterns of names that other programs give to tiles, which say
// what their numbers are: QuPath's tile exporter, and names with x and y.
var knownNames = []string{
	"{slide} [x={x},y={y},w={*},h={*}]",
	"{slide} [d={scale},x={x},y={y},w={*},h={*}]",
	"{slide}_x{x}_y{y}",
	"{slide}-x{x}-y{y}",
}

var patternFields = map[string]string{
	"slide": `(.+?)`, "x": `(-?\d+)`, "y": `(-?\d+)`, "col": `(\d+)`, "row": `(\d+)`, "scale": `(\d+(?:\.\d+)?)`, "*": `.*?`,
}

// ParsePattern reads a pattern.
func ParsePattern(text string) (*Pattern, error) {
	p := &Pattern{text: text}
	var re strings.Builder
	re.WriteString("^")
	for rest := text; rest != ""; {
		literal, after, field := strings.Cut(rest, "{")
		re.WriteString(regexp.QuoteMeta(literal))
		if !field {
			break
		}
		name, tail, closed := strings.Cut(after, "}")
		group, known := patternFields[name]
		switch {
		case !closed:
			return nil, fmt.Errorf("found { without }")
		case !known:
			return nil, fmt.Errorf("found {%s}, expected {slide}, {x}, {y}, {col}, {row}, {scale} or {*}", name)
		case name != "*" && slices.Contains(p.fields, name):
			return nil, fmt.Errorf("found {%s} twice", name)
		case name != "*":
			p.fields = append(p.fields, name)
		}
		re.WriteString(group)
		rest = tail
	}
	re.WriteString("$")
	has := func(name string) bool { return slices.Contains(p.fields, name) }
	if !has("slide") || has("x") == has("col") || has("y") == has("row") || has("x") != has("y") {
		return nil, errors.New("expected {slide}, and {x} and {y} or {col} and {row}")
	}
	p.re = regexp.MustCompile(re.String())
	return p, nil
}

// String returns the text of the pattern.
func (p *Pattern) String() string { return p.text }

// counts reports whether the numbers are those of tiles, not of pixels.
func (p *Pattern) counts() bool { return slices.Contains(p.fields, "col") }

// Place reads the place of an image from the last part of its path, without the
// extension. It reports false if the name is not of this pattern.
func (p *Pattern) Place(name string, height, width int) (Place, bool) {
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	if ext := path.Ext(base); len(ext) > 1 && len(ext) < 7 && !strings.ContainsAny(ext, "]= ") {
		if _, err := strconv.ParseFloat(ext, 64); err != nil {
			base = strings.TrimSuffix(base, ext)
		}
	}
	found := p.re.FindStringSubmatch(base)
	if found == nil {
		return Place{}, false
	}
	at := Place{Width: width, Height: height}
	for i, field := range p.fields {
		text := found[i+1]
		if field == "slide" {
			at.Slide = text
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.Abs(v) > MaxCoordinate {
			return Place{}, false
		}
		switch field {
		case "x":
			at.X = int(v)
		case "y":
			at.Y = int(v)
		case "col":
			at.X = int(min(v*float64(width), MaxCoordinate))
		case "row":
			at.Y = int(min(v*float64(height), MaxCoordinate))
		case "scale":
			at.Scale = v
		}
	}
	if p.counts() && at.Scale != 0 {
		at.X, at.Y = at.span(at.X), at.span(at.Y)
	}
	return at, true
}
