package wsi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

func ExampleNewTable() {
	table, err := wsi.NewTable([]wsi.Tile{{ID: "0006ff2aa7cd", WSI: 2, Dataset: 2}, {ID: "0033bbc76b6b", WSI: 1, Dataset: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	tile, ok := table.Tile("0033bbc76b6b")
	fmt.Println(tile.Row, tile.FileName(), ok)
	// Output: 2 0033bbc76b6b.tif true
}

// A plan of folds that others wrote names tiles by their files: the table's names find the row of each.
func ExampleTable_Names() {
	table, err := wsi.NewTable([]wsi.Tile{{ID: "0006ff2aa7cd", WSI: 2, Dataset: 2}, {ID: "0033bbc76b6b", WSI: 1, Dataset: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	i, err := table.Names().Find("0033bbc76b6b")
	fmt.Println(i, err)
	_, err = table.Names().Find("ffffffffffff")
	fmt.Println(err)
	// Output:
	// 1 <nil>
	// no image "ffffffffffff"
}

func ExampleReadTable() {
	table, err := wsi.ReadTable(strings.NewReader("id,source_wsi,dataset,i,j,stain\n0006ff2aa7cd,2,2,16896,16420,PAS\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	stains, _ := table.Column("stain")
	fmt.Println(table.Len(), table.Columns(), stains)
	_, err = wsi.ReadTable(strings.NewReader("id,source_wsi,dataset,i,j\na,1,1,0,0\na,1,1,512,0\n"))
	var row *wsi.RowError
	fmt.Println(errors.As(err, &row), err)
	// Output:
	// 1 [id source_wsi dataset i j stain] [PAS]
	// true row 2 (line 3), column "id": tile "a" is already in row 1 (line 2): remove one
}

func ExampleReadSlides() {
	f, err := os.Open("../testdata/hubmap/wsi_meta.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	for s, err := range wsi.ReadSlides(f) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(s.WSI, s.Age, s.Sex, s.Race, s.BMI)
	}
	// Output:
	// 1 60 F B 28.4
	// 2 55 M W 26.6
	// 3 45 F W 23.1
	// 4 46 F W 40.6

}

func ExampleReadSubmissionTiles() {
	tiles, err := wsi.ReadSubmissionTiles(strings.NewReader("id,height,width,prediction_string\n72e40acccadf,512,512,\n"))
	fmt.Println(tiles, err)
	// Output: [{72e40acccadf 512 512}] <nil>
}

func ExampleAppendSubmissionRow() {
	m, _ := rle.FromBox(wsi.TilePixels, wsi.TilePixels, rle.Box{X: 30, Y: 40, W: 20, H: 10})
	text, err := wsi.AppendSubmissionRow([]byte(wsi.SubmissionHeader), "72e40acccadf", wsi.TilePixels, wsi.TilePixels, []wsi.SubmissionInstance{{Score: 0.9, Mask: m}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for row, err := range wsi.ReadSubmission(bytes.NewReader(text)) {
		class, rest, _ := strings.Cut(row.Prediction, " ")
		score, _, _ := strings.Cut(rest, " ")
		fmt.Println(row.ID, row.Height, row.Width, class, score, err)
	}
	// Output: 72e40acccadf 512 512 0 0.9 <nil>
}

func ExampleImageSize() {
	var file bytes.Buffer
	_ = png.Encode(&file, image.NewGray(image.Rect(0, 0, 7, 5)))
	head := file.Bytes()[:20]
	fmt.Println(wsi.ImageSize(&file))
	_, _, err := wsi.ImageSize(bytes.NewReader(head))
	fmt.Println(errors.Is(err, wsi.ErrImageCorrupt), err)
	_, _, err = wsi.ImageSize(strings.NewReader("no image"))
	fmt.Println(errors.Is(err, wsi.ErrImageFormat), err)
	// Output:
	// 5 7 <nil>
	// true wsi: corrupt image: PNG: unexpected EOF
	// true wsi: unknown image format: it begins with "no image": expected a TIFF, PNG, JPEG, GIF, WebP or BMP image
}

func ExampleDecodeImage() {
	f, err := os.Open("../testdata/hubmap/train/3893e0954ded.tif")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	img, err := wsi.DecodeImage(f)
	fmt.Println(img.Bounds().Size(), err)
	_, err = wsi.DecodeImage(strings.NewReader("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00"))
	fmt.Println(errors.Is(err, wsi.ErrImageUnsupported), err)
	fmt.Println("an image has at most", wsi.MaxImagePixels, "pixels")
	// Output:
	// (512,512) <nil>
	// true wsi: unsupported kind of image: not measured: AVIF
	// an image has at most 16777216 pixels
}

// AllClasses returns the classes in the order of their category ids.
func ExampleAllClasses() {
	fmt.Println(wsi.AllClasses())
	fmt.Println(wsi.BloodVessel, wsi.Glomerulus, wsi.Unsure)
	// Output:
	// [blood_vessel glomerulus unsure]
	// blood_vessel glomerulus unsure
}

// Input beyond a limit is rejected before memory is allocated.
func Example_limits() {
	for _, err := range wsi.ReadPolygons(strings.NewReader(`{"id": "0033bbc76b6b", "annotations": []}`), &wsi.ReadOptions{MaxLine: 16}) {
		fmt.Println(errors.Is(err, wsi.ErrLineTooLong), err)
	}
	for _, cap := range []struct {
		what string
		n    int
	}{{"a line of outlines", wsi.DefaultMaxLine}, {"a row of a table", wsi.MaxRow}, {"a row of a submission", wsi.MaxSubmissionRow}, {"an image read whole", wsi.MaxImageBytes}} {
		fmt.Println(cap.what, cap.n>>20, "MiB")
	}
	fmt.Println("tiles", wsi.MaxTiles)
	// Output:
	// true line 1: line too long: more than 16 bytes; if the file is valid, raise the limit with --max-line
	// a line of outlines 16 MiB
	// a row of a table 1 MiB
	// a row of a submission 16 MiB
	// an image read whole 64 MiB
	// tiles 4194304
}

// The codes of faults do not change between versions.
func ExampleSubmissionFault() {
	bad := wsi.SubmissionHeader + "72e40acccadf,512,512,0 1.5 eNoLTDAwyrM3yI/PMwcAE94DZA==\n"
	_, err := wsi.CheckSubmission(strings.NewReader(bad), &wsi.SubmissionRules{}, func(f wsi.SubmissionFault) {
		fmt.Println(f.Code == wsi.FaultScore, f)
	})
	fmt.Println(err)
	// Output:
	// true row 1 (line 2), tile "72e40acccadf", column "prediction_string", token 2: found 1.5, expected 0 to 1 (score)
	// <nil>
}

// One pass over the outlines writes a file for each dataset and for each slide.
func ExampleSets() {
	tiles, err := wsi.ReadTable(strings.NewReader(tileMeta))
	if err != nil {
		fmt.Println(err)
		return
	}
	opts := &wsi.ConvertOptions{}
	categories, err := opts.Categories()
	if err != nil {
		fmt.Println(err)
		return
	}
	files := map[string]*coco.Builder{}
	sets := &wsi.Sets{Route: func(t wsi.Tile) []*coco.Builder {
		var list []*coco.Builder
		for _, name := range []string{fmt.Sprintf("ds%d.json", t.Dataset), fmt.Sprintf("ds%d_wsi%d.json", t.Dataset, t.WSI)} {
			if files[name] == nil {
				files[name] = &coco.Builder{Categories: categories}
			}
			list = append(list, files[name])
		}
		return list
	}}
	for tile, err := range wsi.Convert(context.Background(), tiles, strings.NewReader(polygons), opts) {
		if err == nil {
			err = sets.Add(tile)
		}
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := sets.AddUnlabelled(tiles, opts); err != nil {
		fmt.Println(err)
		return
	}
	for _, g := range sets.Tally.Groups() {
		fmt.Printf("dataset %d, slide %d: %d tile, %d outline\n", g.Dataset, g.WSI, g.Tiles, g.Kept)
	}
	fmt.Println("labelled tiles without a line:", sets.Lacking(tiles, opts))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		var text strings.Builder
		if err := files[name].Write(&text, nil); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(name, files[name].Images(), files[name].Annotations())
	}
	// Output:
	// dataset 1, slide 1: 1 tile, 1 outline
	// labelled tiles without a line: 1
	// ds1.json 1 1
	// ds1_wsi1.json 1 1
}

func ExampleTileOf() {
	tiles, err := wsi.ReadTable(strings.NewReader(tileMeta))
	if err != nil {
		fmt.Println(err)
		return
	}
	img := &coco.Image{FileName: "train/0033bbc76b6b.tif"}
	row, err := tiles.Find(coco.NewNames([]coco.Image{*img}), 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(wsi.TileOf(img, row))
	img.Extra = coco.Fields{{Key: "source_wsi", Value: []byte("12")}} // comes before the row
	fmt.Println(wsi.TileOf(img, row))
	fmt.Println(wsi.MemberWSI.Number(img, nil))
	_, err = wsi.TileOf(img, nil)
	var missing *wsi.MemberError
	fmt.Println(err, errors.As(err, &missing))
	// Output:
	// {2 0033bbc76b6b 1 1 10240 43008} <nil>
	// {2 0033bbc76b6b 12 1 10240 43008} <nil>
	// 12 <nil>
	// dataset: found none true
}
