package yolo

import "github.com/hubdata/hubdata/rle"

// resampled is the number of points to which the loader fills a polygon up.
const resampled = 1000

// loaderRing returns the vertices that ultralytics' loader fills, of a row's coordinates as
// 32-bit floats, x and y in turn, where the longest row of the image has so many points. It
// repeats resample_segments, numpy's linspace and interp, and Instances.denormalize.
func loaderRing(row []float32, width, height, longest int) rle.Ring {
	n := resampled
	if n < longest {
		n = longest + 1
	}
	points := len(row) / 2
	scale := func(x, y float64) rle.Point {
		return rle.Point{float64(float32(x) * float32(width)), float64(float32(y) * float32(height))}
	}
	at := func(i int) (x, y float64) { return float64(row[2*(i%points)]), float64(row[2*(i%points)+1]) }
	ring := make(rle.Ring, 0, n+1)
	if points == n {
		for i := range points {
			ring = append(ring, scale(at(i)))
		}
		return ring
	}
	closed := points + 1 // the first point is the last one too
	between := n - closed
	if between <= 0 { // numpy has points at whole places alone
		for i := range closed {
			ring = append(ring, scale(at(i)))
		}
		return ring
	}
	step := float64(points) / float64(max(between-1, 1))
	next := 0 // vertex that is not in the ring yet
	for k := range between {
		place := float64(k) * step
		if k == between-1 && between > 1 {
			place = float64(points)
		}
		for ; next < closed && float64(next) <= place; next++ {
			ring = append(ring, scale(at(next)))
		}
		i := min(int(place), points-1)
		x, y := at(i)
		toX, toY := at(i + 1)
		part := place - float64(i)
		ring = append(ring, scale(float64((toX-x)*part)+x, float64((toY-y)*part)+y))
	}
	for ; next < closed; next++ {
		ring = append(ring, scale(at(next)))
	}
	return ring
}
