package slides

import (
	"image/color"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/palette"
)

// Colours returns the colours of the classes of a set by their names.
func Colours(set *formats.Set) map[string]color.RGBA {
	all := map[string]color.RGBA{}
	for i := range set.Categories {
		all[set.Categories[i].Name] = palette.Overlay(i % palette.Overlays)
	}
	return all
}
