// Package draw draws tiles with their outlines, sheets of many tiles, and
// legends.
//
// [Tile.Picture] draws one tile. [Sheet.Picture] arranges pictures in a grid
// with captions and a legend. Both return an opaque *image.RGBA. The same input
// gives the same pixels. There is no shared state, so pictures may be drawn in
// parallel.
//
// # Lines
//
// An outline runs along the boundary of the mask, through the middles of the
// sides of its pixels. It stays within half a pixel of the border of the mask,
// without the steps of that border. Under each line lies a darker or lighter
// one, so that it is visible on any tissue.
package draw
