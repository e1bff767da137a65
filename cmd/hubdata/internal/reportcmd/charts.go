package reportcmd

import (
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/plot"
)

// Charts of the report are as wide as a third of the page on a wide screen. They are
// shown in this size, so that their text is as large as the page's small text.
const (
	chartWidth, chartHeight = 312, 240
)

func bars(b *plot.Bars) htmlreport.Chart {
	b.Width, b.Height = chartWidth, chartHeight
	return htmlreport.Chart{SVG: htmlreport.SVG(b.SVG)}
}

func lines(c *plot.Chart) htmlreport.Chart {
	c.Width, c.Height = chartWidth, chartHeight
	return htmlreport.Chart{SVG: htmlreport.SVG(c.SVG)}
}

func ranges(r *plot.Ranges) htmlreport.Chart {
	r.Width = chartWidth
	return htmlreport.Chart{SVG: htmlreport.SVG(r.SVG)}
}
