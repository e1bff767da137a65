package formats_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/cvat"
	"github.com/hubdata/hubdata/formats/internal/formattest"
	"github.com/hubdata/hubdata/formats/labelme"
	"github.com/hubdata/hubdata/formats/labelstudio"
	"github.com/hubdata/hubdata/formats/via"
	"github.com/hubdata/hubdata/formats/voc"
	"github.com/hubdata/hubdata/rle"
)

// exports are what the real readers are asked to read.
var exports = []struct {
	folder string
	format *formats.Format
	chosen map[string]string
}{
	{"labelme", &labelme.Format, nil},
	{"labelme-masks", &labelme.Format, map[string]string{"masks": "masks"}},
	{"labelme-fill", &labelme.Format, map[string]string{"fill": "labelme"}},
	{"cvat", &cvat.Format, nil},
	{"cvat-masks", &cvat.Format, map[string]string{"masks": "masks"}},
	{"voc", &voc.Format, nil},
	{"voc-0", &voc.Format, map[string]string{"origin": "0"}},
	{"via", &via.Format, nil},
	{"labelstudio", &labelstudio.Format, map[string]string{"write": "annotations", "images": ""}},
}

// TestReaders writes exports for reference/editors.py to the folder HUBDATA_EDITORS, each
// with its images and truth.json, which has the pixels of the instances in their order.
func TestReaders(t *testing.T) {
	dir := os.Getenv("HUBDATA_EDITORS")
	if dir == "" {
		t.Skip("HUBDATA_EDITORS is not set")
	}
	for _, e := range exports {
		t.Run(e.folder, func(t *testing.T) {
			set, images := formattest.Draw(5, 150)
			set.Splits = nil
			for _, img := range images {
				img.Split = ""
			}
			files, fates, err := formattest.Export(e.format, set, images, e.chosen)
			if err != nil {
				t.Fatal(err)
			}
			truth := &coco.Dataset{Categories: set.Categories}
			for i, img := range images {
				truth.Images = append(truth.Images, img.Image)
				out := picture(t, img)
				name := map[string]string{"cvat": "images/", "voc": "JPEGImages/"}[e.format.Name] + img.FileName
				write(t, filepath.Join(dir, e.folder, name), out)
				for k := range img.Instances {
					a := &img.Instances[k]
					m := formattest.Pixels(t, img.Height, img.Width, a)
					truth.Annotations = append(truth.Annotations, coco.Annotation{
						ID: coco.IntID(int64(len(truth.Annotations) + 1)), ImageID: img.ID, CategoryID: a.CategoryID,
						Segmentation: coco.RLE(m), BBox: box(a, m), Area: float64(m.Area()), Extra: coco.Fields{
							{Key: "iou", Value: iouText(fates[i][k].IoU)},
							{Key: "kind", Value: fmt.Appendf(nil, "%q", a.Segmentation.Kind())},
						},
					})
				}
			}
			for name, file := range files {
				write(t, filepath.Join(dir, e.folder, name), file.Data)
			}
			var b bytes.Buffer
			if err := truth.Encode(&b); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, e.folder+".truth.json"), b.Bytes())
		})
	}
}

func box(a *coco.Annotation, m rle.Mask) rle.Box {
	if a.Segmentation.Kind() == coco.KindNone {
		return a.BBox
	}
	return m.Bounds()
}

func picture(t *testing.T, img *formats.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, img.Width, img.Height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// iouText returns an IoU as JSON; null: it was not measured.
func iouText(iou float64) []byte {
	if math.IsNaN(iou) {
		return []byte("null")
	}
	return fmt.Append(nil, iou)
}
