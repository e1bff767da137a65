package coco

import "github.com/hubdata/hubdata/rle"

// Hold counts m, the mask of s, among the masks of an image that a caller keeps at
// the same time. If polygons have too many runs for the budget, the error wraps
// [rle.ErrRuns], and the caller must not keep m. Masks that are written as runs are
// not longer than their text, and are not counted.
func (s Segmentation) Hold(b *rle.Budget, m rle.Mask) error {
	if s.kind != KindPolygons || m.NumRuns() <= rle.RunsPerPoint {
		return nil
	}
	points, _ := s.Vertices()
	return b.Add(m, points)
}
