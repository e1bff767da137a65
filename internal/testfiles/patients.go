package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"io"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/demo"
	"github.com/hubdata/hubdata/rle"
	"github.com/klauspost/compress/zlib"
)

// The images of patients are windows of tiles, wider than high.
const (
	windowHeight = 160
	windowWidth  = 192
)

// A window is the place of an image of patients on a tile.
type window struct {
	file string // path below images
	tile int    // of dataset 3, counted from 0
	x, y int    // its corner on the tile
}

var windows = []window{
	{"p01/a/1.png", 0, 40, 20}, {"p01/a/2.png", 0, 280, 300}, {"p02/a/1.png", 1, 150, 60},
	{"p02/b/1.png", 1, 20, 320}, {"p03/a/1.png", 2, 200, 170}, {"p03/a/2.png", 3, 310, 340},
}

// The categories of patients. They start at neither 0 nor 1, and have gaps.
const (
	artery    = 7
	vein      = 12
	capillary = 30
)

// patients returns a dataset that hubdata itself would not write: its images are in
// folders by patient, masks have all forms, and records have additional members.
// strings.json equals dataset.json, but its image ids are texts. results.json holds
// detections on the images of dataset.json.
func patients(set *demo.Set) (map[string][]byte, error) {
	var b bytes.Buffer
	if err := set.WriteTruth(&b); err != nil {
		return nil, err
	}
	truth, err := coco.Decode(&b)
	if err != nil {
		return nil, err
	}
	tiles := map[string]demo.Tile{}
	for _, t := range set.Tiles() {
		tiles[t.ID] = t
	}
	index := truth.Index()
	numbers := &coco.Dataset{
		Info: json.RawMessage(`{"description":"drawn, no tissue of anybody"}`),
		Categories: []coco.Category{{ID: artery, Name: "artery", Supercategory: "vessel"},
			{ID: vein, Name: "vein", Supercategory: "vessel"}, {ID: capillary, Name: "capillary"}},
	}
	var results []coco.Result
	parts := map[string]func(io.Writer) error{}
	for k, w := range windows {
		from := &truth.Images[w.tile]
		tile := tiles[coco.ImageName(from)]
		parts["images/"+w.file] = func(out io.Writer) error {
			return encodePNG(out, set.Image(tile).SubImage(image.Rect(w.x, w.y, w.x+windowWidth, w.y+windowHeight)).(*image.RGBA))
		}
		img := coco.Image{ID: coco.IntID(int64(10*k + 3)), FileName: w.file, Height: windowHeight, Width: windowWidth,
			Extra: coco.Fields{{Key: "patient", Value: quoted(w.file[:3])}, {Key: "stain", Value: quoted("PAS")}}}
		numbers.Images = append(numbers.Images, img)
		for _, i := range index.Annotations(from.ID) {
			whole, err := truth.Annotations[i].Segmentation.Mask(from.Height, from.Width)
			if err != nil {
				return nil, err
			}
			m, err := whole.Crop(w.x, w.y, windowHeight, windowWidth)
			if err != nil {
				return nil, err
			}
			if m.Area() < 20 {
				continue
			}
			n := len(numbers.Annotations)
			a := coco.Annotation{ID: coco.IntID(int64(100 + n)), ImageID: img.ID, CategoryID: capillary, Segmentation: form(n, m),
				Area: float64(m.Area()), BBox: m.Bounds(), IsCrowd: n == 4, Extra: coco.Fields{{Key: "reader", Value: quoted("AB"[n%2 : n%2+1])}}}
			if m.Area() > 1500 {
				a.CategoryID = artery
			} else if m.Area() > 400 {
				a.CategoryID = vein
			}
			numbers.Annotations = append(numbers.Annotations, a)
			if n%5 != 3 { // the others are not detected
				moved := m.Translate(n%3-1, 1)
				results = append(results, coco.Result{ImageID: img.ID, CategoryID: a.CategoryID, BBox: moved.Bounds(),
					Score: float64(95-2*n) / 100, Segmentation: coco.RLE(moved)})
			}
		}
		m, err := rle.FromBox(windowHeight, windowWidth, rle.Box{X: float64(10 + 20*k), Y: 130, W: 12, H: 9})
		if err != nil {
			return nil, err
		}
		results = append(results, coco.Result{ImageID: img.ID, CategoryID: vein, BBox: m.Bounds(), Score: float64(10+5*k) / 100, Segmentation: coco.RLE(m)})
	}
	parts["dataset.json"] = numbers.Encode
	parts["strings.json"] = withTexts(numbers).Encode
	parts["results.json"] = func(w io.Writer) error { return coco.EncodeResults(w, results) }
	return texts(parts)
}

// form returns a mask in one of the forms of COCO files.
func form(n int, m rle.Mask) coco.Segmentation {
	switch n % 3 {
	case 0:
		return coco.Polygons(m.COCOPolygons())
	case 1:
		return coco.Counts(m)
	}
	return coco.RLE(m)
}

// withTexts returns a copy of a dataset with texts as image ids.
func withTexts(d *coco.Dataset) *coco.Dataset {
	out := &coco.Dataset{Info: d.Info, Categories: d.Categories}
	names := map[coco.ID]coco.ID{}
	for _, img := range d.Images {
		names[img.ID] = coco.StringID(img.FileName[:len(img.FileName)-len(".png")])
		img.ID = names[img.ID]
		out.Images = append(out.Images, img)
	}
	for _, a := range d.Annotations {
		a.ImageID = names[a.ImageID]
		out.Annotations = append(out.Annotations, a)
	}
	return out
}

func quoted(s string) json.RawMessage { return json.RawMessage(`"` + s + `"`) }

// encodePNG writes an image without its alpha channel. The standard library's
// encoder would do, but its bytes differ between versions of Go.
func encodePNG(w io.Writer, img *image.RGBA) error {
	var data bytes.Buffer
	z, err := zlib.NewWriterLevel(&data, 6)
	if err != nil {
		return err
	}
	width, height := img.Rect.Dx(), img.Rect.Dy()
	for y := range height {
		row := []byte{0} // no filter
		for x := range width {
			row = append(row, img.Pix[y*img.Stride+4*x:][:3]...)
		}
		if _, err := z.Write(row); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(width))
	head = binary.BigEndian.AppendUint32(head, uint32(height))
	head = append(head, 8, 2, 0, 0, 0) // 8 bits per channel, RGB
	out := []byte("\x89PNG\r\n\x1a\n")
	for _, chunk := range []struct {
		kind string
		data []byte
	}{{"IHDR", head}, {"IDAT", data.Bytes()}, {"IEND", nil}} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(chunk.data)))
		at := len(out)
		out = append(append(out, chunk.kind...), chunk.data...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[at:]))
	}
	_, err = w.Write(out)
	return err
}
