package coco_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

const file = `{"images": [{"id": 1, "file_name": "a.png", "height": 8, "width": 8}],
"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 1, 5, 1, 5, 4, 1, 4]], "area": 12, "bbox": [1, 1, 4, 3]}],
"categories": [{"id": 1, "name": "vessel"}]}`

func ExampleDecode() {
	f, err := os.Open("../testdata/patients/dataset.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	d, err := coco.Decode(f)
	if err != nil {
		fmt.Println(err)
		return
	}
	index := d.Index()
	for _, img := range d.Images[:2] {
		fmt.Printf("%s, patient %s\n", img.FileName, img.Extra.Get("patient"))
		for _, i := range index.Annotations(img.ID) {
			a := &d.Annotations[i]
			m, err := a.Segmentation.Mask(img.Height, img.Width)
			fmt.Println(" ", index.Category(a.CategoryID).Name, a.Segmentation.Kind(), m.Area(), err)
		}
	}
	// Output:
	// p01/a/1.png, patient "p01"
	//   vein polygon 841 <nil>
	//   vein counts 780 <nil>
	//   artery rle 5205 <nil>
	//   vein polygon 946 <nil>
	// p01/a/2.png, patient "p01"
	//   capillary counts 142 <nil>
	//   artery rle 4821 <nil>

}

func ExampleDecodeBoxes() {
	d, err := coco.DecodeBoxes(strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	a := &d.Annotations[0]
	fmt.Println(a.BBox, a.Segmentation.Kind(), a.Missing.Has(coco.FieldSegmentation))
	// Output: {1 1 4 3} none false
}

func ExampleReader() {
	for record, err := range coco.NewReader(strings.NewReader(file)).Records() {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch r := record.(type) {
		case *coco.Image:
			fmt.Println("image", r.ID, r.FileName)
		case *coco.Annotation:
			fmt.Println("annotation", r.ID, "of image", r.ImageID)
		case *coco.Category:
			fmt.Println("category", r.ID, r.Name)
		}
	}
	// Output:
	// image 1 a.png
	// annotation 1 of image 1
	// category 1 vessel
}

func ExampleWriter() {
	m, err := rle.FromBox(8, 8, rle.Box{X: 1, Y: 1, W: 4, H: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := coco.NewWriter(os.Stdout)
	// The first error is kept, and Close returns it.
	_ = w.Image(&coco.Image{ID: coco.StringID("a"), FileName: "a.png", Height: 8, Width: 8})
	_ = w.Annotation(&coco.Annotation{ID: coco.IntID(1), ImageID: coco.StringID("a"), CategoryID: 1,
		Segmentation: coco.RLE(m), Area: float64(m.Area()), BBox: m.Bounds()})
	_ = w.Category(&coco.Category{ID: 1, Name: "vessel"})
	if err := w.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {
	// "images":[
	// {"id":"a","file_name":"a.png","height":8,"width":8}
	// ],
	// "annotations":[
	// {"id":1,"image_id":"a","category_id":1,"segmentation":{"size":[8,8],"counts":"93500000g0"},"area":12,"bbox":[1,1,4,3],"iscrowd":0}
	// ],
	// "categories":[
	// {"id":1,"name":"vessel"}
	// ]
	// }
}

func ExampleMerge() {
	var sources []coco.Source
	for _, name := range []string{"mine", "yours"} {
		d, err := coco.Decode(strings.NewReader(file))
		if err != nil {
			fmt.Println(err)
			return
		}
		sources = append(sources, coco.Source{Name: name, Dataset: d})
	}
	m, err := coco.Merge(sources, &coco.MergeOptions{DropDuplicates: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range m.Sources {
		fmt.Printf("%s: %d new images, %d duplicates, annotation %s is now %s\n",
			s.Name, s.NewImages, s.Duplicates, s.Annotations[0].Old, s.Annotations[0].New)
	}
	fmt.Println(len(m.Dataset.Images), "image,", len(m.Dataset.Annotations), "annotation")
	// Output:
	// mine: 1 new images, 0 duplicates, annotation 1 is now 1
	// yours: 0 new images, 1 duplicates, annotation 1 is now 1
	// 1 image, 1 annotation
}
