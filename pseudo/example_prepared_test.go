package pseudo_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
)

// Fuses one tile with several settings, and measures each mask once.
func ExamplePrepare() {
	tile := &pseudo.Tile{Height: 10, Width: 10}
	for m, x := range []float64{1, 2} {
		mask, _ := rle.FromPolygon(10, 10, rle.FillCOCO, rle.Ring{{x, 1}, {x + 5, 1}, {x + 5, 6}, {x, 6}})
		tile.Predictions = append(tile.Predictions, pseudo.Prediction{Model: m, Score: 0.8, NoBox: true, Segmentation: coco.RLE(mask)})
	}
	drawn := 0
	p, err := pseudo.Prepare(tile, 2, func(m rle.Mask) (int, error) {
		drawn++
		return m.Area(), nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	alone, err := p.Single(1)
	fmt.Println(len(alone), alone[0].Score, err)
	drawn = 0
	for _, part := range []float64{0.2, 0.3, 0.9, 1} {
		o := pseudo.Default()
		o.Models, o.Vote.Part = []pseudo.Model{{Name: "a", Weight: 1}, {Name: "b", Weight: 1}}, part
		f, err := pseudo.NewFuser(&o)
		if err != nil {
			fmt.Println(err)
			return
		}
		list, err := f.Prepared(p, nil)
		fmt.Println(part, len(list), "instance of", list[0].Shape, "pixels by", list[0].Models, "models", err)
	}
	fmt.Println(drawn, "masks, of", p.IoU(0, 1), p.Bounds(0))
	before := p.Kept() // these masks, and what the suppressions of the models leave
	p.Forget()
	fmt.Println(before, p.Kept())
	// Output:
	// 1 0.8 <nil>
	// 0.2 1 instance of 30 pixels by 2 models <nil>
	// 0.3 1 instance of 30 pixels by 2 models <nil>
	// 0.9 1 instance of 20 pixels by 2 models <nil>
	// 1 1 instance of 20 pixels by 2 models <nil>
	// 2 masks, of 0.6666666666666666 {1 1 5 5}
	// 4 0
}

func ExampleReadPreset() {
	o := pseudo.Default()
	if err := o.Set("iou", "0.55"); err != nil {
		fmt.Println(err)
		return
	}
	power, err := pseudo.ParsePower("0.5") // scores count as their square roots
	if err != nil {
		fmt.Println(err)
		return
	}
	o.Models = []pseudo.Model{{Name: "a", Weight: 1}, {Name: "b", Weight: 0.5, Power: power}}
	var text bytes.Buffer
	if err := pseudo.WritePreset(&text, nil, &o); err != nil {
		fmt.Println(err)
		return
	}
	again, err := pseudo.ReadPreset(&text)
	fmt.Println(again.Fusion.IoU, again.Models[1].Weight, again.Models[1].Power, err)
	_, err = pseudo.ReadPreset(strings.NewReader(`{"preset": 2, "options": {}}`))
	fmt.Println(errors.Is(err, pseudo.ErrPreset), err)
	// Output:
	// 0.55 0.5 0.5 <nil>
	// true pseudo: bad preset: found the version 2, expected 1: search again with this version
}

func ExampleOptions_ModelsFor() {
	o := pseudo.Default()
	o.Models = []pseudo.Model{{Name: "a", Weight: 1}, {Name: "b", Weight: 0.5}}
	models, err := o.ModelsFor([]string{"b", "a"})
	fmt.Println(models[0].Weight, models[1].Weight, err)
	_, err = o.ModelsFor([]string{"a", "c"})
	fmt.Println(err)
	o.Models = []pseudo.Model{{Name: "a", Weight: 1}, {Name: "b", Weight: 1}} // alike
	models, err = o.ModelsFor([]string{"x", "y", "z"})
	fmt.Println(len(models), models[2].Name, err)
	// Output:
	// 0.5 1 <nil>
	// pseudo: bad preset: found settings of the models a, b, expected those of the models a, c
	// 3 z <nil>
}

func ExampleNewPrediction() {
	r := coco.Result{CategoryID: 1, Score: 0.9, BBox: rle.Box{X: 1, Y: 2, W: 3, H: 4}, Segmentation: coco.Polygons([]rle.Ring{{{1, 2}, {4, 2}, {4, 6}}})}
	p, err := pseudo.NewPrediction(&r, 0, 0, 7)
	fmt.Println(p.Model, p.Record, p.Score, err)
	r.Score = 90
	_, err = pseudo.NewPrediction(&r, 0, 0, 7)
	fmt.Println(err)
	// Output:
	// 0 7 0.9 <nil>
	// [7].score: found 90, expected 0 to 1
}
