package pseudo_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
)

// Two files of results become labels, with an account of every prediction.
func ExampleLabels() {
	const mask = `"segmentation": {"size": [8, 8], "counts": [9, 3, 5, 3, 5, 3, 36]}`
	files := []string{
		`[{"image_id": 1, "category_id": 0, "score": 0.9, ` + mask + `}, {"image_id": 2, "category_id": 0, "score": 0.8, ` + mask + `}]`,
		`[{"image_id": 1, "category_id": 0, "score": 0.7, ` + mask + `}, {"image_id": 1, "category_id": 1, "score": 0.7, ` + mask + `}]`,
	}
	options := pseudo.Default()
	options.Models = []pseudo.Model{{Name: "a", Weight: 1}, {Name: "b", Weight: 1}}
	labels := &pseudo.Labels{Models: options.Models, Above: []float64{0.6}, IgnoreBand: true, IgnoreAbove: 0.3}
	options.MaskAbove = labels.MaskAbove()
	fuser, err := pseudo.NewFuser(&options)
	if err != nil {
		fmt.Println(err)
		return
	}

	var sources []pseudo.Source
	var admissions []*pseudo.Admission
	for model, text := range files {
		sources = append(sources, pseudo.Source{Model: model, Records: coco.ReadResults(strings.NewReader(text))})
		admissions = append(admissions, &pseudo.Admission{
			Tile:     func(id coco.ID) (int, bool, error) { n, ok := id.Int(); return int(n), ok, nil },
			Category: func(id int64) (int64, bool, error) { return 1, id == 0, nil }, // their category 0 is our 1
		})
	}
	admit := func(source int, r *coco.Result) (int, bool, error) { return admissions[source].Admit(r) }
	tally := pseudo.NewTally(labels)
	for group, err := range pseudo.Gather(context.Background(), sources, admit, false) {
		if err != nil {
			fmt.Println(err)
			return
		}
		instances, counts, err := fuser.Tile(&pseudo.Tile{Height: 8, Width: 8, Predictions: group.Predictions})
		if err != nil {
			fmt.Println(err)
			return
		}
		outcome := labels.Outcome(group.Predictions, instances, counts)
		tally.AddTile(3, 1, outcome)
		for _, a := range labels.Annotations(group.Image, 0, instances) {
			fmt.Printf("tile %s, category %d, area %v, crowd %v, score %.3s, models %s, areas %v\n", a.ImageID, a.CategoryID, a.Area, a.IsCrowd,
				a.Extra.Get("score"), a.Extra.Get("models"), outcome.Areas(0))
		}
	}
	for i, s := range sources {
		tally.AddSource(s.Model, admissions[i].Counts)
	}
	account := tally.Account()
	for _, m := range account.Models {
		fmt.Println(m.Name, "predicts", m.Predictions, "of another class", m.OtherClass, "fused", m.Used, "kept", m.Kept)
	}
	for _, w := range account.Warnings(0.2) {
		fmt.Println(w)
	}
	// Output:
	// tile 1, category 1, area 9, crowd false, score 0.8, models ["a","b"], areas [9]
	// tile 2, category 1, area 9, crowd true, score 0.4, models ["a"], areas []
	// a predicts 2 of another class 0 fused 2 kept [1]
	// b predicts 2 of another class 1 fused 1 kept [1]
	// model b has no prediction on 1 tile that others have: they count as tiles on which it found nothing
}

// A preset is combined with another suppression within the models.
func ExamplePreset() {
	options, err := pseudo.Preset("winner")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(options.Suppress, options.Fusion.IoU, options.Vote.Rule, options.Vote.Part, options.Post)
	if options.Suppress, err = pseudo.ParseSuppression("mask:0.5"); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(options.Suppress)
	// Output:
	// none 0.6 count 0.2 [close:cross:1]
	// nms:mask:0.5
}

// Default is the best fusion on real predictions, Winner that of the 3rd place.
func ExampleDefault() {
	for _, o := range []pseudo.Options{pseudo.Default(), pseudo.Winner()} {
		fmt.Println(o.Suppress, o.Fusion.Method, o.Vote.Rule, o.Post)
	}
	// Output:
	// nms:mask:0.7 wbf weight [fill largest]
	// none wbf count [close:cross:1]
}

// In options that set only models, 0 means the value of the default fusion.
func ExampleNewFuser() {
	corner := func(model int, x float64) pseudo.Prediction { // of 10 x 10 pixels
		m, _ := rle.FromBox(32, 32, rle.Box{X: x, Y: x, W: 10, H: 10})
		return pseudo.Prediction{Model: model, Score: 0.5, Box: m.Bounds(), Segmentation: coco.RLE(m)}
	}
	// they share one pixel
	tile := &pseudo.Tile{Height: 32, Width: 32, Predictions: []pseudo.Prediction{corner(0, 2), corner(1, 11)}}
	models := []pseudo.Model{{Name: "a", Weight: 1}, {Name: "b", Weight: 1}}
	for _, o := range []pseudo.Options{{Models: models}, {Models: models, Fusion: pseudo.Fusion{IoU: -1}}, {Models: models, By: pseudo.ByMask}} {
		fuser, err := pseudo.NewFuser(&o)
		if err != nil {
			fmt.Println(err)
			return
		}
		instances, _, err := fuser.Tile(tile)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(len(instances), "by", o.By)
	}
	fmt.Println(pseudo.DefaultIoU, pseudo.DefaultPart, pseudo.Suppression{Method: pseudo.NMS, By: pseudo.ByBox})
	// Output:
	// 2 by box
	// 1 by box
	// 2 by mask
	// 0.6 0.3 nms:box:0.5
}
