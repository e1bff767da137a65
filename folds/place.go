package folds

// Place is the position of an image in its slide. Images of one slide have equal Slide
// names.
type Place struct {
	Slide         string // empty: unknown; the image is then on a slide of its own
	X, Y          int    // top left corner in slide pixels
	Width, Height int    // pixels
}

// Gap returns the distance between two images of one slide in slide pixels, along the
// axis on which it is larger. It is 0 if they touch at an edge or a corner, and
// negative if they overlap. It reports false for images of different slides.
func Gap(a, b Place) (gap int, ok bool) {
	if a.Slide == "" || a.Slide != b.Slide {
		return 0, false
	}
	x := max(a.X-(b.X+b.Width), b.X-(a.X+a.Width))
	y := max(a.Y-(b.Y+b.Height), b.Y-(a.Y+a.Height))
	return max(x, y), true
}
