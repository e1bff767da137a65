package wsi_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

const tileMeta = `id,source_wsi,dataset,i,j
0006ff2aa7cd,2,2,16896,16420
0033bbc76b6b,1,1,10240,43008
`

const polygons = `{"id": "0033bbc76b6b", "annotations": [{"type": "blood_vessel", "coordinates": [[[2, 1], [4, 1], [4, 5], [2, 5]]]}]}
`

func ExampleConvert() {
	tiles, err := wsi.ReadTable(strings.NewReader(tileMeta))
	if err != nil {
		fmt.Println(err)
		return
	}
	for c, err := range wsi.Convert(context.Background(), tiles, strings.NewReader(polygons), nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, a := range c.Annotations {
			fmt.Println(c.Image.FileName, a.Area, a.BBox)
		}
	}
	// Output: 0033bbc76b6b.tif 15 {2 1 3 5}
}

func ExampleConvertDataset() {
	table, err := os.Open("../testdata/hubmap/tile_meta.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer table.Close()
	tiles, err := wsi.ReadTable(table)
	if err != nil {
		fmt.Println(err)
		return
	}
	outlines, err := os.Open("../testdata/hubmap/polygons.jsonl")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer outlines.Close()
	// Convert as the winner of the competition did.
	d, counts, err := wsi.ConvertDataset(context.Background(), tiles, outlines, &wsi.ConvertOptions{
		Select:        func(t wsi.Tile) bool { return t.Dataset == 1 },
		FirstRingOnly: true,
		Segmentation:  coco.KindCounts,
		TileIDs:       true,
		CategoryStart: new(int64(0)),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(counts.Tiles, "tiles,", counts.Kept, "of", counts.Outlines, "outlines kept,", counts.Dropped.Total(), "of other classes")
	for _, img := range d.Images {
		fmt.Println(img.ID, img.FileName)
	}
	// Output:
	// 4 tiles, 32 of 36 outlines kept, 4 of other classes
	// 3893e0954ded 3893e0954ded.tif
	// 89ec6c0b5a6b 89ec6c0b5a6b.tif
	// a6c0b06180dc a6c0b06180dc.tif
	// fd31d7be4344 fd31d7be4344.tif

}

func ExampleReadPolygons() {
	for p, err := range wsi.ReadPolygons(strings.NewReader(polygons), nil) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		for _, o := range p.Outlines {
			fmt.Println(p.Line, p.Tile, o.Class, o.Rings)
		}
	}
	// Output: 1 0033bbc76b6b blood_vessel [[[2 1] [4 1] [4 5] [2 5]]]
}

func ExampleTile_Origin() {
	for tile, err := range wsi.ReadTiles(strings.NewReader(tileMeta)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		x, y := tile.Origin()
		fmt.Printf("%s: column %d, row %d of slide %d\n", tile.ID, x, y, tile.WSI)
	}
	// Output:
	// 0006ff2aa7cd: column 16896, row 16420 of slide 2
	// 0033bbc76b6b: column 10240, row 43008 of slide 1
}

func ExampleCheckSubmission() {
	submission := `id,height,width,prediction_string
0006ff2aa7cd,512,512,0 0.9 b'eNoLTDAwyrM3yI/PMwcAE94DZA=='
000e79e206b7,512,256,
`
	rules := &wsi.SubmissionRules{
		Tiles:    []wsi.SubmissionTile{{ID: "0006ff2aa7cd"}, {ID: "000e79e206b7"}, {ID: "00656c6f2690"}},
		TileSize: 512,
	}
	_, err := wsi.CheckSubmission(strings.NewReader(submission), rules, func(f wsi.SubmissionFault) {
		fmt.Println(f.Row, f.Token, f.ID, f.Code)
	})
	fmt.Println(err)
	// Output:
	// 1 3 0006ff2aa7cd bytes-literal
	// 2 0 000e79e206b7 size
	// 0 0 00656c6f2690 id-missing
	// <nil>
}

func ExampleReadSubmission() {
	mask, _ := rle.FromBox(512, 512, rle.Box{X: 30, Y: 40, W: 20, H: 10})
	var file strings.Builder
	w := wsi.NewSubmissionWriter(&file)
	_ = w.Write("72e40acccadf", 512, 512, []wsi.SubmissionInstance{{Score: 0.9, Mask: mask}})
	for row, err := range wsi.ReadSubmission(strings.NewReader(file.String())) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for in, err := range row.Instances() {
			fmt.Println(row.ID, in.Score, in.Mask.Area(), in.Mask.Bounds(), err)
		}
	}
	// Output:
	// 72e40acccadf 0.9 200 {30 40 20 10} <nil>
}
