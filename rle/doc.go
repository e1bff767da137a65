// Package rle holds binary masks as runs and computes on them.
//
// Two functions serve most users: [FromPolygon] turns an outline into a
// [Mask], and [Mask.AppendText] writes the mask in COCO's compressed form.
//
//   - Made of outlines, boxes, bitmaps and images: [FromPolygon], [FromBox],
//     [FromBitmap], [FromImage].
//   - Read and written: COCO's text and JSON ([ParseText], [Mask.UnmarshalJSON]), the
//     text of Kaggle's submissions ([ParseKaggle]).
//   - Put together: [Union], [Intersect], [Difference], [Xor], [AtLeast], [Paste].
//   - Compared: [AppendIoU], [AppendIoF], [AppendBoxIoU], and [Overlaps] for many pairs.
//   - Tidied: [Mask.Dilate] and its kin by an [Element], [Mask.FillHoles],
//     [Mask.Components], [Mask.RemoveSmall].
//   - Traced: [Mask.Polygons], [Mask.COCOPolygons], [Mask.Contours],
//     [Mask.SimplifiedPolygons].
//   - Turned and cut: [Mask.Transpose], [Mask.Rotate90], [Mask.Crop], [Mask.Pad].
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
