// Package rle holds binary masks as runs and computes on them.
//
// Two functions serve most users: [FromPolygon] turns an outline into a
// [Mask], and [Mask.AppendText] writes the mask in COCO's compressed form.
//
// # Masks
//
// A [Mask] is an h x w binary image kept as alternating run lengths in
// column-major order, beginning with background: COCO's convention. It never
// changes after construction, so it may be shared between goroutines. Runs are
// canonical: they sum to h*w, and no run but the first is zero, so two masks
// of one size show the same pixels exactly if their runs are equal.
//
// # Coordinates
//
// Pixel (x, y) is column x, row y, counted from the top left from 0. How a
// polygon's vertices lie on the pixels depends on the fill rule; see [Rule].
//
// # Limits
//
// A mask has at most [MaxPixels] pixels. Functions that take sizes from outside
// check them before they allocate.
package rle
