package folds

// Place is where an image was cut from its slide. Equal slides have equal names.
type Place struct {
	Slide         string // empty: unknown, which is a slide of its own
	X, Y          int    // top left pixel in slide pixels
	Width, Height int    // pixels
}

// Gap returns the distance between two images of one slide in slide pixels,
// along the axis on which it is larger: 0 if they touch at an edge or a corner, less
// if they overlap. ok is false for images of two slides.
func Gap(a, b Place) (gap int, ok bool) {
	if a.Slide == "" || a.Slide != b.Slide {
		return 0, false
	}
	x := max(a.X-(b.X+b.Width), b.X-(a.X+a.Width))
	y := max(a.Y-(b.Y+b.Height), b.Y-(a.Y+a.Height))
	return max(x, y), true
}
