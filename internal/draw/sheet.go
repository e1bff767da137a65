package draw

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"

	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/internal/typeface"
)

// Key is an entry of a legend: a line as it is drawn, and its meaning.
type Key struct {
	Style Style
	Text  string
}

// Scale is an entry of a legend for a range of values: a bar of colours, dark
// to light, between two texts.
type Scale struct {
	Text, From, To string
	Color          func(v float64) color.RGBA // for v from 0 to 1
}

// Legend explains colours and lines.
type Legend struct {
	Keys   []Key
	Scales []Scale
	Note   string // a sentence below, on as many lines as it needs
}

// Cell is a picture of a sheet.
type Cell struct {
	Picture *image.RGBA
	Caption []string // below the picture: the first in bold on one line, the others on as many as they need
}

// Sheet is a grid of pictures with captions, a title and a legend.
type Sheet struct {
	Title   string
	Columns int // at least 1
	Cells   []Cell
	Legend  Legend
}

// The layout of a sheet in pixels.
const (
	sheetMargin, sheetGap = 12, 12
	captionGap            = 3
	captionSize           = 12.5
	titleSize             = 16.0
	swatch                = 26 // width of a line in the legend
	barWidth              = 120
)

// Picture draws the sheet. The error is an [*ErrSize].
func (s *Sheet) Picture() (*image.RGBA, error) {
	columns := max(1, min(s.Columns, len(s.Cells)))
	small, bold, title := typeface.New(captionSize, false), typeface.New(captionSize, true), typeface.New(titleSize, true)
	var cell image.Point
	lines := 0
	for _, c := range s.Cells {
		cell.X, cell.Y = max(cell.X, c.Picture.Rect.Dx()), max(cell.Y, c.Picture.Rect.Dy())
	}
	captions := make([][]string, len(s.Cells))
	for i, c := range s.Cells {
		for k, text := range c.Caption {
			if k == 0 {
				captions[i] = append(captions[i], bold.Fit(typeface.Plain(text), cell.X))
			} else {
				captions[i] = append(captions[i], small.Lines(typeface.Plain(text), cell.X)...)
			}
		}
		lines = max(lines, len(captions[i]))
	}
	rows := (len(s.Cells) + columns - 1) / columns
	caption := lines * small.Height
	if lines > 0 {
		caption += captionGap
	}
	w := 2*sheetMargin + columns*cell.X + (columns-1)*sheetGap
	if columns == 1 && (len(s.Legend.Keys) > 0 || len(s.Legend.Scales) > 0 || s.Legend.Note != "") {
		w = max(w, 2*sheetMargin+320) // a narrower legend would be a single column
	}
	legend, legendHeight := s.Legend.lay(small, w-2*sheetMargin)
	top := sheetMargin
	if s.Title != "" {
		top += title.Height + 6
	}
	h := top + rows*(cell.Y+caption) + max(0, rows-1)*sheetGap + legendHeight + sheetMargin
	if rows > 0 && (cell.X > maxPixels/columns || cell.Y > maxPixels/rows) {
		return nil, &ErrSize{w, h}
	}
	if err := sized(w, h); err != nil {
		return nil, err
	}
	c := newCanvas(w, h, palette.White)
	if s.Title != "" {
		c.text(title, sheetMargin, sheetMargin-2, palette.Black, title.Fit(typeface.Plain(s.Title), w-2*sheetMargin))
	}
	for i, one := range s.Cells {
		x := sheetMargin + i%columns*(cell.X+sheetGap)
		y := top + i/columns*(cell.Y+caption+sheetGap)
		b := one.Picture.Rect
		to := image.Rect(x, y, x+b.Dx(), y+b.Dy()).Add(image.Pt((cell.X-b.Dx())/2, (cell.Y-b.Dy())/2))
		draw.Draw(c.RGBA, to, one.Picture, b.Min, draw.Src)
		for k, line := range captions[i] {
			f, ink := small, inkGrey
			if k == 0 {
				f, ink = bold, palette.Black
			}
			c.text(f, x, y+cell.Y+captionGap+k*small.Height, ink, line)
		}
	}
	for _, e := range legend {
		e.draw(c, small, image.Pt(sheetMargin, h-sheetMargin-legendHeight))
	}
	return c.RGBA, nil
}

// inkGrey is the colour of less important text.
var inkGrey = color.RGBA{0x44, 0x44, 0x44, 0xff}

// legendEntry is an entry with its place relative to the top left of a legend.
type legendEntry struct {
	key   *Key
	scale *Scale
	note  string // a line of it
	at    image.Point
}

// legendGap is the space above a legend.
const legendGap = 12

// lay lays out a legend in rows of the given width.
func (l *Legend) lay(f *typeface.Face, width int) (entries []legendEntry, height int) {
	row := f.Height + 6
	x, y := 0, legendGap
	add := func(e legendEntry, w int) {
		if x > 0 && x+w > width {
			x, y = 0, y+row
		}
		e.at = image.Pt(x, y)
		entries = append(entries, e)
		x += w + 22
	}
	for i := range l.Keys {
		add(legendEntry{key: &l.Keys[i]}, swatch+7+f.Width(typeface.Plain(l.Keys[i].Text)))
	}
	for i := range l.Scales {
		s := &l.Scales[i]
		add(legendEntry{scale: s}, f.Width(typeface.Plain(s.Text))+8+f.Width(s.From)+6+barWidth+6+f.Width(s.To))
	}
	for _, line := range f.Lines(typeface.Plain(l.Note), width) {
		if x > 0 {
			x, y = 0, y+row
		}
		entries = append(entries, legendEntry{note: line, at: image.Pt(0, y)})
		x = width
	}
	if len(entries) == 0 {
		return nil, 0
	}
	return entries, y + row
}

// draw draws the entry. origin is the top left of the legend.
func (e *legendEntry) draw(c *canvas, f *typeface.Face, origin image.Point) {
	p := origin.Add(e.at)
	middle := float64(p.Y) + float64(float64(f.Height)/2)
	if e.key != nil {
		s := e.key.Style
		x0, x1 := float64(p.X), float64(p.X+swatch)
		if s.Fill > 0 || s.Line == NoLine {
			c.fill([][]point{rectangle(x0+2, middle-6, x1-2, middle+6)}, translucent(s.Color, max(s.Fill, 0.3)))
		}
		if s.Line != NoLine {
			path := []point{{x0, middle}, {x1, middle}}
			if s.Fill > 0 {
				path = append(rectangle(x0+2, middle-6, x1-2, middle+6), point{x0 + 2, middle - 6})
			}
			pieces := s.pieces(path)
			c.stroke(pieces, s.casingWidth(), s.casing())
			c.stroke(pieces, s.width(), s.Color)
		}
		c.mark(&s, point{(x0 + x1) / 2, middle}, markSize)
		c.text(f, p.X+swatch+7, p.Y, palette.Black, typeface.Plain(e.key.Text))
		return
	}
	if e.scale == nil {
		c.text(f, p.X, p.Y, inkGrey, e.note)
		return
	}
	s := e.scale
	c.text(f, p.X, p.Y, palette.Black, typeface.Plain(s.Text))
	x := p.X + f.Width(typeface.Plain(s.Text)) + 8
	c.text(f, x, p.Y, inkGrey, s.From)
	x += f.Width(s.From) + 6
	for i := range barWidth {
		bar := image.Rect(x+i, int(middle)-5, x+i+1, int(middle)+6)
		draw.Draw(c.RGBA, bar, image.NewUniform(s.Color(float64(i)/(barWidth-1))), image.Point{}, draw.Src)
	}
	c.text(f, x+barWidth+6, p.Y, inkGrey, s.To)
}

// SideBySide puts pictures of the same height next to each other, with a gap in
// pixels.
func SideBySide(gap int, parts ...*image.RGBA) *image.RGBA {
	w, h := -gap, 0
	for _, p := range parts {
		w, h = w+gap+p.Rect.Dx(), max(h, p.Rect.Dy())
	}
	c := newCanvas(max(w, 0), h, palette.White)
	x := 0
	for _, p := range parts {
		draw.Draw(c.RGBA, image.Rect(x, 0, x+p.Rect.Dx(), p.Rect.Dy()), p, p.Rect.Min, draw.Src)
		x += p.Rect.Dx() + gap
	}
	return c.RGBA
}
