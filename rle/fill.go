package rle

// Rule says which pixels belong to a polygon.
type Rule uint8

// The fill rules.
const (
	// FillOpenCV is OpenCV's cv2.fillPoly with 8-connected lines: vertices are
	// pixel indices; the drawn boundary and the even-odd interior of all rings together.
	FillOpenCV Rule = iota
	// FillCOCO is pycocotools' frPyObjects and merge: vertices are points of the
	// plane, where pixel (x, y) covers x to x+1; the union of the rings.
	FillCOCO
	// FillCenter takes the pixels whose centre (x+0.5, y+0.5) is inside all rings
	// together by the even-odd rule.
	FillCenter
)

// FromPolygon fills rings on an h x w mask.
func FromPolygon(h, w int, rule Rule, rings ...Ring) (Mask, error) { panic("rle") }
