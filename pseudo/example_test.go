package pseudo_test

import (
	"context"
	"fmt"
	"os"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
)

// The files of three models are fused tile by tile. Each is streamed once.
func Example() {
	options := &pseudo.Options{
		Fusion: pseudo.Fusion{Method: pseudo.WBF, IoU: 0.6, Skip: 0.01},
		Vote:   pseudo.Vote{Rule: pseudo.VoteWeight, Part: 0.3},
	}
	var sources []pseudo.Source
	for i, name := range []string{"cascade", "detectors", "vit"} {
		f, err := os.Open("../testdata/hubmap/predictions/" + name + ".segm.json")
		if err != nil {
			fmt.Println(err)
			return
		}
		defer f.Close()
		options.Models = append(options.Models, pseudo.Model{Name: name, Weight: 1})
		sources = append(sources, pseudo.Source{Model: i, Records: coco.ReadResults(f)})
	}
	fuser, err := pseudo.NewFuser(options)
	if err != nil {
		fmt.Println(err)
		return
	}
	tile := func(_ int, r *coco.Result) (int, bool, error) {
		row, ok := r.ImageID.Int()
		return int(row), ok, nil
	}
	for group, err := range pseudo.Gather(context.Background(), sources, tile, false) {
		if err != nil {
			fmt.Println(err)
			return
		}
		instances, _, err := fuser.Tile(&pseudo.Tile{Height: 512, Width: 512, Predictions: group.Predictions})
		if err != nil {
			fmt.Println(err)
			return
		}
		all := 0 // instances on which all three models agree
		for _, in := range instances {
			if in.Models == 3 && in.Score >= 0.5 {
				all++
			}
		}
		fmt.Printf("tile %d: %d predictions, %d instances, %d sure\n", group.Tile, len(group.Predictions), len(instances), all)
	}
	// Output:
	// tile 3: 60 predictions, 26 instances, 9 sure
	// tile 4: 60 predictions, 27 instances, 8 sure
	// tile 5: 60 predictions, 21 instances, 8 sure
	// tile 6: 60 predictions, 32 instances, 0 sure

}

func ExampleBoxFuser() {
	fuser, err := pseudo.NewBoxFuser(2, &pseudo.Fusion{Method: pseudo.WBF, IoU: 0.55, Skip: 0.01})
	if err != nil {
		fmt.Println(err)
		return
	}
	clusters, _, err := fuser.Fuse(1, 1, []pseudo.Detection{
		{Model: 0, Score: 0.75, Box: pseudo.Corners{0.25, 0.25, 0.5, 0.5}},
		{Model: 1, Score: 0.25, Box: pseudo.Corners{0.25, 0.25, 0.5, 0.5625}},
		{Model: 1, Score: 0.5, Box: pseudo.Corners{0.75, 0.75, 1, 1}},
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range clusters {
		fmt.Println(c.Score, c.Box, c.Members)
	}
	// Output:
	// 0.5 [0.25 0.25 0.5 0.515625] [0 1]
	// 0.25 [0.75 0.75 1 1] [2]
}

func ExampleFuser() {
	square := func(model int, score, x float64) pseudo.Prediction {
		m, _ := rle.FromBox(64, 64, rle.Box{X: x, Y: 10, W: 20, H: 20})
		return pseudo.Prediction{Model: model, Score: score, Box: m.Bounds(), Segmentation: coco.RLE(m)}
	}
	steps, _ := rle.ParseSteps("fill,largest,min-area:40")
	fuser, err := pseudo.NewFuser(&pseudo.Options{
		Models: []pseudo.Model{{Name: "a", Weight: 1}, {Name: "b", Weight: 1}},
		Fusion: pseudo.Fusion{IoU: 0.6, Skip: 0.01},
		Vote:   pseudo.Vote{Rule: pseudo.VoteCount, Part: 1},
		Post:   steps,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	instances, counts, err := fuser.Tile(&pseudo.Tile{Height: 64, Width: 64, Predictions: []pseudo.Prediction{square(0, 0.75, 10), square(1, 0.5, 12)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, in := range instances {
		fmt.Println(in.Score, in.Models, in.Mask.Bounds(), in.Mask.Area())
	}
	fmt.Println(counts.Fused, counts.Models)
	// Output:
	// 0.625 2 {12 10 18 20} 360
	// 1 [{1 0 0 0 0 1 0} {1 0 0 0 0 1 0}]
}
