package imagehash_test

import (
	"fmt"
	"image"
	"image/color"

	"github.com/hubdata/hubdata/folds/imagehash"
)

func ExampleOf() {
	// A picture, the same a little brighter, and a different one.
	draw := func(f func(x, y int) int) image.Image {
		img := image.NewGray(image.Rect(0, 0, 64, 64))
		for i := range img.Pix {
			img.SetGray(i%64, i/64, color.Gray{Y: uint8(f(i%64, i/64))})
		}
		return img
	}
	a := imagehash.Of(draw(func(x, y int) int { return (x*x + 7*y) % 200 }))
	b := imagehash.Of(draw(func(x, y int) int { return (x*x+7*y)%200 + 20 }))
	c := imagehash.Of(draw(func(x, y int) int { return (3*x + y*y) % 200 }))
	fmt.Println(imagehash.Distance(a, b) <= imagehash.Near, imagehash.Distance(a, c) <= imagehash.Near)
	// Output: true false
}
