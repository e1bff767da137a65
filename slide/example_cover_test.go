package slide_test

import (
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// Two tiles of a slide were labelled. A new tile shows half of one of them.
func ExampleNewCover() {
	c, err := slide.NewCover([]slide.Rectangle{{X: 0, Y: 0, Width: 512, Height: 512}, {X: 512, Y: 0, Width: 512, Height: 512}})
	if err != nil {
		fmt.Println(err)
		return
	}
	tile := slide.Rectangle{X: 768, Y: 0, Width: 512, Height: 512}
	fmt.Println(string(c.AppendJSON(nil)), c.Pixels(tile))
	fmt.Println(c.Part(tile, 1).Rectangles())
	// Output:
	// [[0,0,1024,512]] 131072
	// [{0 0 256 512}]
}

// What a file says of an image of 1,024 x 1,024 pixels.
func ExampleReadCover() {
	c, err := slide.ReadCover([]byte("[[0, 0, 512, 512], [256, 0, 512, 512]]"), 1024, 1024)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Rectangles())
	_, err = slide.ReadCover([]byte("[[0, 0, 2048, 512]]"), 1024, 1024)
	fmt.Println(err)
	// Output:
	// [{0 0 768 512}]
	// labelled[0]: bad part of an image: found 2048 x 512 pixels at 0, 0, expected pixels of the image of 1024 x 1024
}

// An outline that ends beyond the right edge of a slide loses pixels there.
func ExampleBeyond() {
	outline := coco.Polygons([]rle.Ring{{{90, 10}, {110, 10}, {110, 20}, {90, 20}}})
	fmt.Println(slide.Beyond(outline, 100, 100), slide.Beyond(outline, 100, 110))
	// Output:
	// true false
}
