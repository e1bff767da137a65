package rle

// Centroid returns the mean column and row of the foreground pixels, by their
// indices, as scikit-image's regionprops does. A single pixel (3, 5) has the
// centroid 3, 5; add 0.5 to each to get a point of the plane. ok is false if
// there is no foreground.
//
// The sums are exact integers and each coordinate is rounded once.
func (m Mask) Centroid() (x, y float64, ok bool) {
	var area, sumX, sumY int64 // below 2^30 pixels times 2^30
	h := int64(m.h)
	pos := int64(0)
	for i, r := range m.runs {
		n := int64(r)
		if i%2 == 1 {
			first, last := pos/h, (pos+n-1)/h
			if first == last {
				row := pos - first*h
				sumX += first * n
				sumY += n*row + n*(n-1)/2
			} else {
				// The part in the first column, the whole columns, the rest.
				row, end := pos-first*h, pos+n-last*h
				sumX += first*(h-row) + last*end + h*((first+last)*(last-first-1)/2)
				sumY += (h-row)*(row+h-1)/2 + end*(end-1)/2 + (last-first-1)*(h*(h-1)/2)
			}
			area += n
		}
		pos += n
	}
	if area == 0 {
		return 0, 0, false
	}
	return float64(sumX) / float64(area), float64(sumY) / float64(area), true
}
