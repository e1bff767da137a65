package wsi_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/hubdata/hubdata/coco"
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
	tiles, err := wsi.ReadTable(strings.NewReader(tileMeta))
	if err != nil {
		fmt.Println(err)
		return
	}
	// As the winner of the competition did it.
	d, counts, err := wsi.ConvertDataset(context.Background(), tiles, strings.NewReader(polygons), &wsi.ConvertOptions{
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
	fmt.Println(counts.Tiles, counts.Kept, counts.Vertices)
	os.Stdout.Write(d.Annotations[0].Segmentation.AppendJSON(nil))
	// Output:
	// 1 1 4
	// {"size":[512,512],"counts":[1025,5,507,5,507,5,260090]}
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
