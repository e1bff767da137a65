// Package rle holds binary masks as runs and computes on them.
//
// Two functions serve most users: [FromPolygon] turns an outline into a
// [Mask], and [Mask.AppendText] writes the mask in COCO's compressed form.
//
//   - Create masks from outlines, boxes, bitmaps and images: [FromPolygon],
//     [FromBox], [FromBitmap], [FromImage].
//   - Read and write COCO's text and JSON ([ParseText], [Mask.UnmarshalJSON]) and the
//     text of Kaggle submissions ([ParseKaggle]).
//   - Combine: [Union], [Intersect], [Difference], [Xor], [AtLeast], [Paste].
//   - Compare: [AppendIoU], [AppendIoF], [AppendBoxIoU], and [Overlaps] for
//     many pairs.
//   - Clean up: [Mask.Dilate] and the other operations with an [Element],
//     [Mask.FillHoles], [Mask.Components], [Mask.RemoveSmall].
//   - Trace: [Mask.Polygons], [Mask.COCOPolygons], [Mask.Contours],
//     [Mask.SimplifiedPolygons].
//   - Transform and cut: [Mask.Transpose], [Mask.Rotate90], [Mask.Crop],
//     [Mask.Pad].
//
// # Masks
//
// A [Mask] is an h x w binary image stored as alternating run lengths in
// column-major order, beginning with background. This is COCO's convention. A
// mask never changes after construction, so goroutines may share it. Runs are
// canonical: they sum to h*w, and no run but the first is zero. Two masks of
// the same size therefore have the same pixels if and only if their runs are
// equal.
//
// # Coordinates
//
// Pixel (x, y) is column x, row y, both counted from 0 at the top left. How the
// vertices of a polygon relate to pixels depends on the fill rule; see [Rule].
//
// # Limits
//
// A mask has at most [MaxPixels] pixels. Functions that take a size from the
// caller check it before they allocate memory.
package rle
