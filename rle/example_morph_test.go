package rle_test

import (
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/rle"
)

func ExampleMask_Dilate() {
	dot, _ := rle.FromRuns(5, 5, []uint32{12, 1, 12})
	cross, _ := rle.Cross(3)
	plus, err := dot.Dilate(cross, 1, rle.BorderIgnore)
	fmt.Println(plus.Runs(), err)
	// Output: [7 1 3 3 3 1 7] <nil>
}

func ExampleMask_FillHoles() {
	ring, _ := rle.FromBitmap(3, 3, []byte{1, 1, 1, 1, 0, 1, 1, 1, 1})
	fmt.Println(ring.FillHoles(rle.Conn4).Area())
	// Output: 9
}

func ExampleMask_Components() {
	m, _ := rle.FromBitmap(2, 3, []byte{1, 0, 1, 1, 0, 1})
	for _, part := range m.Components(rle.Conn8) {
		fmt.Println(part.Runs())
	}
	// Output:
	// [0 2 4]
	// [4 2]
}

func ExampleStep() {
	ring, _ := rle.FromBitmap(4, 4, []byte{1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0})
	disk, err := rle.Disk(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	m := ring
	for _, s := range []rle.Step{{Kind: rle.StepFill}, {Kind: rle.StepDilate, Element: disk, Times: 2}, {Kind: rle.StepMinArea, Pixels: 4}} {
		if m, err = s.Apply(m); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(s, m.Area())
	}
	// Output:
	// fill 9
	// dilate:disk:1:2 16
	// min-area:4 16
}

func ExampleParseSteps() {
	steps, err := rle.ParseSteps("fill,open:cross:1,remove-small:12")
	fmt.Println(steps, err)
	_, err = rle.ParseSteps("open:star:1")
	fmt.Println(errors.Is(err, rle.ErrStep), err)
	// Output:
	// [fill open:cross:1 remove-small:12] <nil>
	// true rle: bad step "open:star:1": "star" is not one of cross, square, ellipse, disk, diamond
}

func ExampleMask_Largest() {
	m, _ := rle.FromBitmap(3, 5, []byte{1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1})
	fmt.Println(m.Area(), m.Largest(rle.Conn4).Area(), m.RemoveSmall(2, rle.Conn4).Area())
	// Output: 7 4 6
}

func ExampleMask_Erode() {
	m, _ := rle.FromBox(9, 9, rle.Box{X: 2, Y: 2, W: 5, H: 5})
	square, _ := rle.Square(3)
	inside, err := m.Erode(square, 1, rle.BorderIgnore)
	fmt.Println(inside.Bounds(), err)
	_, err = rle.Square(rle.MaxElement + 2)
	fmt.Println(errors.Is(err, rle.ErrElement), err)
	// Output:
	// {3 3 3 3} <nil>
	// true rle: bad morphology argument: square of side 1025: expected an odd side from 1 to 1023
}
