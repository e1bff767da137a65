package reportcmd

import (
	"html/template"
	"io"
	"strings"

	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/plot"
)

// Charts of the report are as wide as a third of the page on a wide screen. They are
// shown in this size, so that their text is as large as the page's small text.
const (
	chartWidth, chartHeight = 312, 240
	mapWidth                = 312
)

// svg is a drawing of package plot, which escapes what it writes.
func svg(draw func(io.Writer) error) template.HTML {
	var b strings.Builder
	_ = draw(&b) // a builder takes all
	return template.HTML(b.String())
}

func bars(b *plot.Bars) htmlreport.Chart {
	b.Width, b.Height = chartWidth, chartHeight
	return htmlreport.Chart{SVG: svg(b.SVG)}
}

func lines(c *plot.Chart) htmlreport.Chart {
	c.Width, c.Height = chartWidth, chartHeight
	return htmlreport.Chart{SVG: svg(c.SVG)}
}

func ranges(r *plot.Ranges) htmlreport.Chart {
	r.Width = chartWidth
	return htmlreport.Chart{SVG: svg(r.SVG)}
}

func tileMap(m *plot.Map) htmlreport.Chart { return htmlreport.Chart{SVG: svg(m.SVG)} }

func legendKey(c plot.Class, text string) htmlreport.Key {
	return htmlreport.Key{Sample: svg(func(w io.Writer) error { return plot.Key(w, c) }), Text: text}
}
