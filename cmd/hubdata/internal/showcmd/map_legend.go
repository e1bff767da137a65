package showcmd

import (
	"fmt"
	"image/color"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/wsi"
)

// mapLegend is the colours of a map, with how many tiles have each.
type mapLegend []mapKey

type mapKey struct {
	color color.RGBA
	text  string
	order int
	n     int
}

// key counts a tile of a colour.
func (l *mapLegend) key(c color.RGBA, text string, order int) color.RGBA {
	k := slices.IndexFunc(*l, func(k mapKey) bool { return k.text == text })
	if k < 0 {
		k = len(*l)
		*l = append(*l, mapKey{c, text, order, 0})
	}
	(*l)[k].n++
	return c
}

func (l mapLegend) sorted() []draw.Key {
	slices.SortFunc(l, func(a, b mapKey) int { return a.order - b.order })
	var out []draw.Key
	for _, k := range l {
		out = append(out, draw.Key{Style: draw.Style{Color: k.color, Line: draw.NoLine, Fill: 1}, Text: fmt.Sprintf("%s (%s)", k.text, ui.Thousands(k.n))})
	}
	return out
}

// tier counts a tile of a dataset; empty: it is not known of which.
func (l *mapLegend) tier(name string) color.RGBA {
	if name == "" {
		return l.key(palette.Grey, "of no dataset", 1<<21)
	}
	number, err := strconv.Atoi(name)
	if err != nil {
		number = 1 << 20
	}
	c := palette.Grey
	switch number {
	case 1:
		c = palette.Blue
	case 2:
		c = palette.Orange
	case wsi.UnlabelledDataset:
		c = palette.Purple
	}
	return l.key(c, "dataset "+name, number)
}

// foldColor is the colour of a fold, counted from 0.
func foldColor(k int) color.RGBA {
	all := palette.Lines()
	return all[:len(all)-1][max(k, 0)%(len(all)-1)] // the last one is black
}
