package rle_test

import (
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
