package statscmd

import (
	"fmt"
	"math"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/stats"
	"golang.org/x/term"
)

// paper is what bars are drawn on: so many characters wide, and with eighths of
// a character or without.
type paper struct {
	width   int
	eighths bool
}

// The width of output that does not go to a terminal, and the limits of one that
// does.
const (
	plainWidth = 80
	leastWidth = 40
	mostWidth  = 110
)

// newPaper looks at standard output: block characters are for terminals that show
// UTF-8.
func newPaper(c *ui.Console) paper {
	f := c.Terminal()
	if f == nil {
		return paper{width: plainWidth}
	}
	p := paper{width: plainWidth, eighths: showsUTF8()}
	if w, _, err := term.GetSize(int(f.Fd())); err == nil {
		p.width = min(max(w, leastWidth), mostWidth)
	}
	return p
}

// showsUTF8 says whether the locale is of UTF-8.
func showsUTF8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToUpper(v)
			return strings.Contains(v, "UTF-8") || strings.Contains(v, "UTF8")
		}
	}
	return false
}

// bar draws a part of most as a bar of at most width characters. A part above 0
// is always visible.
func (p paper) bar(part, most float64, width int) string {
	if part <= 0 || most <= 0 || width < 1 {
		return ""
	}
	if !p.eighths {
		return strings.Repeat("#", max(1, int(math.Round(part/most*float64(width)))))
	}
	n := max(1, int(math.Round(part/most*float64(width)*8)))
	text := strings.Repeat("█", n/8)
	if n%8 > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[n%8-1])
	}
	return text
}

// A barRow is a bin of a histogram with a bar for each set.
type barRow struct {
	label string
	bars  []float64
	notes []string // the text after each
}

// bars draws rows of bars, which share a scale.
func (p paper) bars(text *strings.Builder, rows []barRow) {
	most, labels, notes, columns := 0.0, 0, 0, 1
	for _, r := range rows {
		labels, columns = max(labels, utf8.RuneCountInString(r.label)), len(r.bars)
		for i, v := range r.bars {
			most, notes = max(most, v), max(notes, utf8.RuneCountInString(r.notes[i]))
		}
	}
	column := (p.width - labels) / columns
	width := max(column-notes-3, 4) // two before it, one after it
	for _, r := range rows {
		line := fmt.Sprintf("%*s", labels, r.label)
		for i, v := range r.bars {
			line += strings.Repeat(" ", max(0, labels+i*column-utf8.RuneCountInString(line))) + "  "
			if bar := p.bar(v, most, width); bar != "" {
				line += bar + " "
			}
			line += r.notes[i]
		}
		text.WriteString(line + "\n")
	}
}

// binLabel names the values of a bin.
func binLabel(b stats.Bin, m stats.Measure) string {
	if m.Unit() == "share" || m == stats.Eccentricity || m == stats.Score {
		return fmt.Sprintf("%.2f to %.2f", b.From, b.To)
	}
	if b.To == b.From+1 && m != stats.Diameter {
		return ui.Thousands(int(b.From))
	}
	if m == stats.Diameter {
		return fmt.Sprintf("%s to %s", ui.Thousands(int(b.From)), ui.Thousands(int(b.To)))
	}
	return fmt.Sprintf("%s to %s", ui.Thousands(int(b.From)), ui.Thousands(int(b.To)-1)) // of whole numbers
}

// bars draws the histograms of a set: of area, eccentricity and instances per
// tile, or of the chosen measures.
func (s *SetReport) bars(text *strings.Builder, o *options, p paper) {
	for _, m := range s.Groups[0].Measures {
		chosen := o.measures != nil || m.Measure == stats.Area || m.Measure == stats.Eccentricity || m.Measure == stats.Instances
		if !chosen || m.N == 0 || m.Measure == stats.BorderCut {
			continue
		}
		text.WriteByte('\n')
		ui.Fprintf(text, "%s\n", heading(m.Measure))
		var rows []barRow
		for _, b := range m.Bins {
			rows = append(rows, barRow{binLabel(b, m.Measure), []float64{float64(b.N)}, []string{ui.Thousands(b.N)}})
		}
		p.bars(text, rows)
	}
}

// heading names a measure with its unit.
func heading(m stats.Measure) string {
	switch unit := m.Unit(); unit {
	case "":
		return m.String()
	case "per tile":
		return m.String() + " per tile"
	default:
		return m.String() + ", " + unit
	}
}
