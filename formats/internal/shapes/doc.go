// Package shapes is what the formats of annotation editors share: the outline of an
// instance as an editor takes it, outlines of an editor's own shapes, and the files that
// editors write, read with limits.
//
// Vertices are points of the plane, where pixel (x, y) covers x to x+1: so editors draw
// them, and so COCO's tools fill them. A mask is traced by [rle.Mask.COCOPolygons], whose
// rings restore the same pixels under [rle.FillCOCO].
package shapes
