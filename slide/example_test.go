package slide_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// square is a region of a square.
func square(x, y, side int) slide.Region {
	m, err := rle.FromBox(side, side, rle.Box{W: float64(side), H: float64(side)})
	if err != nil {
		panic(err)
	}
	return slide.NewRegion(x, y, m)
}

// A vessel that two tiles cut becomes one on the slide.
func ExampleFrame_Stitch() {
	tiles := []slide.Tile{
		{Place: slide.Place{Slide: "A7", X: 0, Width: 512, Height: 512}},
		{Place: slide.Place{Slide: "A7", X: 512, Width: 512, Height: 512}},
		{Place: slide.Place{Slide: "A7", X: 1024, Width: 512, Height: 512}, Unlabelled: true},
	}
	frame, err := slide.NewFrame(tiles)
	if err != nil {
		fmt.Println(err)
		return
	}
	instances := []slide.Instance{
		{Tile: 0, Class: 1, Region: square(492, 100, 20)},
		{Tile: 1, Class: 1, Region: square(512, 102, 20)},
		{Tile: 1, Class: 1, Region: square(1004, 300, 20)},
	}
	s, err := frame.Stitch(context.Background(), instances, slide.DefaultOptions(false))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range s.Wholes {
		var parts []slide.Region
		for _, p := range w.Parts {
			parts = append(parts, instances[p].Region)
		}
		whole, err := slide.Unite(parts...)
		fmt.Println(w.Parts, whole.Bounds(), whole.Area(), w.Unlabelled, err)
	}
	// Output:
	// [0 1] {492 100 40 22} 800 0 <nil>
	// [2] {1004 300 20 20} 400 1 <nil>
}

func ExampleSlides() {
	at := func(name string, x int) slide.Tile {
		return slide.Tile{Place: slide.Place{Slide: name, X: x, Width: 512, Height: 512}}
	}
	slides, err := slide.Slides([]slide.Tile{at("A10", 0), at("A9", 0), at("A10", 512)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range slides {
		width, height := s.Size()
		fmt.Println(s.Slide, s.Tiles, width, height)
	}
	_, err = slide.Slides([]slide.Tile{at("A10", 0), at("A10", 0)})
	fmt.Println(errors.Is(err, slide.ErrSamePlace))
	coarse := at("A10", 512)
	coarse.Scale = 2
	_, err = slide.Slides([]slide.Tile{at("A10", 0), coarse})
	fmt.Println(errors.Is(err, slide.ErrScales))
	_, err = slide.Slides([]slide.Tile{at("A10", -1)})
	fmt.Println(errors.Is(err, slide.ErrPlace))
	_, err = slide.NewFrame([]slide.Tile{at("A9", 0), at("A10", 0)})
	fmt.Println(errors.Is(err, slide.ErrSlides))
	// Output:
	// A9 [1] 512 512
	// A10 [0 2] 1024 512
	// true
	// true
	// true
	// true
}

func ExampleNear() {
	var places []slide.Place
	for i := range 3 {
		places = append(places, slide.Place{Slide: "1", X: 600 * i, Width: 512, Height: 512})
	}
	slide.Near(places, 100, func(a, b, gap int) { fmt.Println(a, b, gap) })
	fmt.Println(slide.Gap(places[0], places[2]))
	half := slide.Place{Slide: "1", Width: 512, Height: 256, Scale: 2}
	fmt.Println(half.Extent())
	// Output:
	// 0 1 88
	// 1 2 88
	// 688 true
	// 1024 512
}

func ExampleContacts() {
	m, _ := rle.FromBox(512, 512, rle.Box{X: 500, Y: 100, W: 12, H: 20})
	for _, c := range slide.Contacts(m, 1) {
		fmt.Println(c.Side == slide.Right, c.From, c.To)
	}
	// Output: true 100 119
}

func ExampleParsePattern() {
	p, err := slide.ParsePattern("{slide}_{x}_{y}")
	if err != nil {
		fmt.Println(err)
		return
	}
	place, ok := p.Place("tiles/TCGA-A1_1024_512.png", 512, 512)
	fmt.Println(place.Slide, place.X, place.Y, ok)
	// Output: TCGA-A1 1024 512 true
}

func ExampleFields_Place() {
	img := &coco.Image{Extra: coco.Fields{{Key: "slide", Value: []byte(`"TCGA-A1"`)}, {Key: "x", Value: []byte("512")}, {Key: "y", Value: []byte("1024")}}}
	fields := slide.DefaultFields()
	value := func(k coco.Key) (string, bool, error) {
		text, ok := k.Value(img)
		return text, ok, nil
	}
	place, err := fields.Place(512, 512, value)
	fmt.Println(place.Slide, place.X, place.Y, err)
	img = &coco.Image{}
	_, err = fields.Place(512, 512, value)
	fmt.Println(errors.Is(err, slide.ErrNoValue), err)
	// Output:
	// TCGA-A1 512 1024 <nil>
	// true source_wsi: found none
}

// A name says where a tile lies, and a member its slide.
func ExampleDefaultRule() {
	img := &coco.Image{FileName: "tiles/s_x1024_y512.png", Extra: coco.Fields{{Key: "slide", Value: []byte(`"TCGA-A1"`)}}}
	place, err := slide.DefaultRule().Place(img.FileName, 512, 512, func(k coco.Key) (string, bool, error) {
		text, ok := k.Value(img)
		return text, ok, nil
	})
	fmt.Println(place.Slide, place.X, place.Y, err)
	// Output: TCGA-A1 1024 512 <nil>
}

func ExampleClusters() {
	truth := []slide.Region{square(0, 0, 20), square(90000, 90000, 20)}
	found := []slide.Region{square(90005, 90005, 20), square(50, 50, 20)}
	for _, c := range slide.Clusters(truth, found) {
		fmt.Println(c.Truth, c.Detections, c.X, c.Y, c.Width, c.Height)
	}
	fmt.Println(slide.Shared(truth[1], found[0]))
	// Output:
	// [0] [] 0 0 20 20
	// [1] [0] 90000 90000 25 25
	// [] [1] 50 50 20 20
	// 225
}

func ExampleMembers() {
	score := func(s string) coco.Fields { return coco.Fields{{Key: "score", Value: []byte(s)}} }
	parts := []slide.Part{{Image: "a", ID: coco.IntID(1), Area: 300, Extra: score("0.9")}, {Image: "b", ID: coco.IntID(7), Area: 100, Extra: score("0.5")}}
	members, differ, err := slide.Members(parts, slide.ScoreArea)
	for _, m := range members {
		fmt.Println(m.Key, string(m.Value))
	}
	fmt.Println(differ, err, slide.ScoreMax.Of([]float64{0.9, 0.5}, []int{300, 100}))
	// Output:
	// score 0.8
	// parts [{"image":"a","id":1},{"image":"b","id":7}]
	// [] <nil> 0.9
}
