// Package draw draws tiles with what is outlined on them, sheets of many tiles,
// and legends.
//
// [Tile.Picture] gives one tile's picture, [Sheet.Picture] puts pictures into a
// grid with captions and a legend. Both give *image.RGBA, opaque. The same input
// gives the same pixels; there is no state, so many may be drawn at once.
//
// # Lines
//
// An outline runs along the boundary of the mask, through the middles of the
// sides of its pixels: within half a pixel of the mask's own border, and without
// its steps. Under each line lies a darker or lighter one, so that it is seen on
// any tissue.
package draw
