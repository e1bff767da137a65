package rle

// Point is x, y in pixels. It is an array, so it decodes directly from JSON [x,
// y].
type Point [2]float64

// Ring is a closed outline. The last point may repeat the first, but need not.
type Ring []Point

// Box is an axis-aligned rectangle: left, top, width and height in pixels, as
// COCO writes it. It covers x from X to X+W and y from Y to Y+H.
type Box struct{ X, Y, W, H float64 }
