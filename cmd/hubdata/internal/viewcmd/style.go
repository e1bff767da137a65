package viewcmd

import (
	"fmt"
	"image/color"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/palette"
)

// styleSheet is the colours and lines of "hubdata show", for the page.
type styleSheet struct {
	Match   map[string]lineStyle `json:"match"`
	Classes []lineStyle          `json:"classes"` // in the order of use; then they repeat
	Ramp    []string             `json:"ramp"`    // from 0, dark, to 1
	Grey    string               `json:"grey"`
}

// lineStyle is how an outline is drawn.
type lineStyle struct {
	Color  string    `json:"color"`
	Casing string    `json:"casing"` // under the line
	Dash   []float64 `json:"dash"`   // pieces and gaps in pixels, of a line 1.8 pixels wide; empty: solid
	Mark   string    `json:"mark"`   // cross, ring or empty
}

// rampSteps is how many colours of the ramp the page has.
const rampSteps = 64

func styles() styleSheet {
	out := styleSheet{Match: map[string]lineStyle{}, Grey: hex(palette.Grey)}
	for name, st := range paint.MatchStyles() {
		out.Match[name] = newLineStyle(st)
	}
	for i := range paint.ClassStyles {
		out.Classes = append(out.Classes, newLineStyle(paint.ClassStyle(i)))
	}
	for i := range rampSteps {
		out.Ramp = append(out.Ramp, hex(palette.Ramp(float64(i)/(rampSteps-1))))
	}
	return out
}

func newLineStyle(st draw.Style) lineStyle {
	out := lineStyle{Color: hex(st.Color), Casing: "#000000", Dash: append([]float64{}, st.Dashes()...), Mark: map[draw.Mark]string{draw.Cross: "cross", draw.Ring: "ring"}[st.Mark]}
	if palette.Dark(st.Color) {
		out.Casing = "#ffffff"
	}
	return out
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
