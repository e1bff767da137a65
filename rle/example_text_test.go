package rle_test

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"

	"github.com/hubdata/hubdata/rle"
)

func ExampleMask_AppendText() {
	m, err := rle.FromRuns(4, 5, []uint32{5, 2, 2, 2, 9})
	if err != nil {
		panic(err)
	}
	text, _ := m.AppendText(nil)
	fmt.Printf("%s\n", text)
	// Output: 52207
}

func ExampleParseText() {
	m, err := rle.ParseText(4, 5, []byte("52207"))
	if err != nil {
		panic(err)
	}
	fmt.Println(m.Runs(), m.Area())

	_, err = rle.ParseText(4, 6, []byte("52207"))
	fmt.Println(err)
	// Output:
	// [5 2 2 2 9] 4
	// rle: corrupt mask: runs sum to 20 at the end of text, byte 5: expected 4 x 6 = 24
}

func ExampleParseKaggle() {
	m, err := rle.FromRuns(512, 512, []uint32{1000, 40, 262144 - 1040})
	if err != nil {
		panic(err)
	}
	text, err := m.AppendKaggle(nil)
	if err != nil {
		panic(err)
	}
	back, err := rle.ParseKaggle(512, 512, text)
	if err != nil {
		panic(err)
	}
	fmt.Println(back.Equal(m), back.Area())
	// Output: true 40
}

func ExampleMask_AppendJSON() {
	m, err := rle.FromRuns(1, 140, []uint32{44, 44, 44, 8})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\n%s\n", m.AppendJSON(nil), m.AppendCountsJSON(nil))
	// Output:
	// {"size":[1,140],"counts":"\\1\\1\\1lN"}
	// {"size":[1,140],"counts":[44,44,44,8]}
}

func ExampleMask_UnmarshalJSON() {
	var m rle.Mask
	if err := json.Unmarshal([]byte(`{"size":[2,3],"counts":[1,2,3]}`), &m); err != nil {
		panic(err)
	}
	fmt.Println(m.Runs())
	// Output: [1 2 3]
}

func ExampleFromImage() {
	img := image.NewGray(image.Rect(0, 0, 4, 3))
	img.SetGray(2, 1, color.Gray{Y: 200})
	m, err := rle.FromImage(img)
	if err != nil {
		panic(err)
	}
	fmt.Println(m.At(2, 1), m.Area(), m.Image().GrayAt(2, 1).Y)
	// Output: true 1 255
}
