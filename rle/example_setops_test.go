package rle_test

import (
	"fmt"

	"github.com/hubdata/hubdata/rle"
)

// square returns a 2 x 2 square at (x, y) of a 6 x 6 mask.
func square(x, y int) rle.Mask {
	m, err := rle.FromRuns(2, 2, []uint32{0, 4})
	if err != nil {
		panic(err)
	}
	empty, err := rle.Empty(6, 6)
	if err != nil {
		panic(err)
	}
	return rle.Paste(empty, m, x, y)
}

func ExampleUnion() {
	a, b := square(0, 0), square(1, 1)
	union, err := rle.Union(a, b)
	if err != nil {
		panic(err)
	}
	both, err := rle.Intersect(a, b)
	if err != nil {
		panic(err)
	}
	fmt.Println(union.Area(), both.Area(), union.Complement().Area())
	// Output: 7 1 29
}

func ExampleAtLeast() {
	// There are three models; the second counts double.
	masks := []rle.Mask{square(0, 0), square(1, 1), square(1, 0)}
	m, err := rle.AtLeast(masks, []float64{1, 2, 1}, 3)
	if err != nil {
		panic(err)
	}
	fmt.Println(m.Area(), m.At(1, 1), m.At(2, 1))
	// Output: 2 true true
}

func ExampleIoU() {
	fmt.Printf("%.3f\n", rle.IoU(square(0, 0), square(0, 1)))
	// Output: 0.333
}

func ExampleAppendIoU() {
	dt := []rle.Mask{square(0, 0), square(3, 3)}
	gt := []rle.Mask{square(0, 1)}
	iou, err := rle.AppendIoU(nil, dt, gt, nil)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.3f\n", iou)
	// Output: [0.333 0.000]
}

func ExampleMask_Centroid() {
	x, y, ok := square(2, 3).Centroid()
	fmt.Println(x, y, ok)
	// Output: 2.5 3.5 true
}

func ExampleMask_Transpose() {
	m := square(4, 0)
	fmt.Println(m.Bounds(), m.Transpose().Bounds(), m.FlipHorizontal().Bounds(), m.Translate(-1, 2).Bounds())
	// Output: {4 0 2 2} {0 4 2 2} {0 0 2 2} {3 2 2 2}
}
