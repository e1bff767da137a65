package rle_test

import (
	"errors"
	"fmt"
	"math"

	"github.com/hubdata/hubdata/rle"
)

func ExampleParseElement() {
	for _, name := range []string{"cross:3", "square:3", "ellipse:5", "disk:2", "star:3"} {
		e, err := rle.ParseElement(name)
		if errors.Is(err, rle.ErrElement) {
			fmt.Println(err)
			continue
		}
		fmt.Println(e, e.Side(), e.At(1, 1))
	}
	// Output:
	// cross:3 3 false
	// square:3 3 true
	// ellipse:5 5 true
	// disk:2 5 true
	// rle: bad morphology argument: element "star:3": expected cross:N, square:N, ellipse:N, disk:R or diamond:R
}

func ExampleEllipse() {
	dot, _ := rle.FromRuns(9, 9, []uint32{40, 1, 40})
	for _, shape := range []func(int) (rle.Element, error){rle.Square, rle.Ellipse, rle.Cross} {
		e, err := shape(5)
		if err != nil {
			fmt.Println(err)
			return
		}
		grown, _ := dot.Dilate(e, 1, rle.BorderIgnore)
		fmt.Println(e, grown.Area())
	}
	// Output:
	// square:5 25
	// ellipse:5 17
	// cross:5 9
}

func ExampleDisk() {
	disk, _ := rle.Disk(3)
	diamond, _ := rle.Diamond(3)
	fmt.Println(disk.At(2, 2), diamond.At(2, 2))
	// Output: true false
}

func ExampleXor() {
	a, b := square(0, 0), square(1, 0)
	either, err := rle.Xor(a, b)
	if err != nil {
		panic(err)
	}
	onlyA, err := rle.Difference(a, b)
	if err != nil {
		panic(err)
	}
	fmt.Println(either.Area(), onlyA.Bounds())
	// Output: 4 {0 0 1 2}
}

func ExamplePaste() {
	image, _ := rle.Empty(4, 6)
	part, _ := rle.FromBox(2, 2, rle.Box{W: 2, H: 2})
	image = rle.Paste(image, part, 5, 1) // pixels beyond the border are clipped
	fmt.Println(image.Bounds(), image.Area())
	// Output: {5 1 1 2} 2
}

func ExampleAppendIoF() {
	found, label := square(0, 0), square(0, 1)
	part, err := rle.AppendIoF(nil, []rle.Mask{found}, []rle.Mask{label})
	if err != nil {
		panic(err)
	}
	boxes, err := rle.AppendBoxIoU(nil, []rle.Box{found.Bounds()}, []rle.Box{label.Bounds()}, nil)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.2f of the pixels are labelled; the boxes' IoU is %.2f\n", part[0], boxes[0])
	// Output: 0.50 of the pixels are labelled; the boxes' IoU is 0.33
}

func ExampleBoundaryDistance() {
	m, _ := rle.FromBox(512, 512, rle.Box{X: 100, Y: 100, W: 60, H: 40})
	d := rle.BoundaryDistance(512, 512, rle.BoundaryRatio)
	fmt.Println(d, m.BoundaryBand(d).Area(), "of", m.Area())
	// Output: 14 2016 of 2400
}

func ExampleMask_Contours() {
	m, _ := rle.FromBox(8, 8, rle.Box{X: 2, Y: 1, W: 4, H: 3})
	outline := m.Contours()[0].Outer
	again, err := rle.FromPolygon(8, 8, rle.FillOpenCV, outline)
	fmt.Println(outline, again.Equal(m), err)
	// Output: [[2 1] [5 1] [5 3] [2 3]] true <nil>
}

func ExampleMask_Rotate90() {
	m := square(0, 0)
	fmt.Println(m.Rotate90(1).Bounds(), m.FlipVertical().Bounds())
	// Output: {0 4 2 2} {0 4 2 2}
}

// Use errors.Is to distinguish the kinds of errors.
func Example_errors() {
	ring := rle.Ring{{0, 0}, {4, 0}, {4, math.NaN()}}
	_, err := rle.FromPolygon(8, 8, rle.FillOpenCV, ring)
	fmt.Println(errors.Is(err, rle.ErrCoordinate), err)
	_, err = rle.ParseRule("scanline")
	fmt.Println(errors.Is(err, rle.ErrRule), err)
	_, err = square(1, 1).SimplifiedPolygons(1.5, rle.FillCOCO)
	fmt.Println(errors.Is(err, rle.ErrIoU), err)
	_, err = rle.Empty(1<<20, 1<<20)
	fmt.Println(errors.Is(err, rle.ErrSize), err)
	_, err = rle.ParseText(8, 8, []byte("not runs"))
	fmt.Println(errors.Is(err, rle.ErrCorrupt), err)
	fmt.Println("a submission's mask may inflate to", rle.MaxKaggleText>>20, "MiB")
	// Output:
	// true rle: bad coordinate: ring 0 point 2 is (4, NaN): expected finite numbers
	// true rle: unknown fill rule "scanline": expected opencv, coco or center
	// true rle: IoU not reached: found 1.5, expected an IoU above 0 and at most 1
	// true rle: bad mask size: height 1048576, width 1048576: more than 1073741824 pixels
	// true rle: corrupt mask: character 't' at byte 2: expected a code from 48 to 111
	// a submission's mask may inflate to 16 MiB
}

func ExampleCheckSize() {
	fmt.Println(rle.CheckSize(512, 512))
	fmt.Println(rle.CheckSize(1, 1<<30))
	// Output:
	// <nil>
	// rle: bad mask size: height 1, width 1073741824: too wide for its height: transpose the mask
}
