package mmdet_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/mmdet"
)

// good is a dataset without faults: three images, two of them with annotations.
const good = `{"info":{},"licenses":[],
"images":[{"id":1,"file_name":"a.tif","height":64,"width":64},{"id":2,"file_name":"b.tif","height":64,"width":64},{"id":3,"file_name":"c.tif","height":64,"width":64}],
"annotations":[
{"id":1,"image_id":1,"category_id":1,"segmentation":[[8,8,40,8,40,40,8,40]],"area":1024,"bbox":[8,8,32,32],"iscrowd":0},
{"id":2,"image_id":2,"category_id":1,"segmentation":{"size":[64,64],"counts":[0,64,4032]},"area":64,"bbox":[0,0,1,64],"iscrowd":0}],
"categories":[{"id":1,"name":"blood_vessel"}]}`

const other = `{"images":[{"id":9,"file_name":"v.tif","height":64,"width":64}],"annotations":[],"categories":[{"id":1,"name":"blood_vessel"}]}`

func set(t *testing.T, file, text string) *mmdet.Set {
	t.Helper()
	d, err := coco.Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return &mmdet.Set{File: file, Images: "/images", Data: d}
}

func TestCheckDataCodes(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		code           coco.Code
		fatal          bool
		reason         string
	}{
		{"class", `"name":"blood_vessel"`, `"name":"blood_vessels"`, mmdet.ClassMissing, true,
			"did you mean blood_vessels?; write classes: [blood_vessels] in the recipe, or rename the category"},
		{"unused", `{"id":1,"name":"blood_vessel"}`, `{"id":1,"name":"blood_vessel"},{"id":2,"name":"unsure"}`,
			mmdet.CategoryUnused, false, `"unsure" is not a class`},
		{"same id", `"id":2,"image_id":2`, `"id":1,"image_id":2`, check.AnnotationIDDuplicate, true, ""},
		{"id 0", `"id":2,"image_id":2`, `"id":0,"image_id":2`, check.AnnotationIDZero, true, "number annotations from 1"},
		{"mixed ids", `"id":3,"file_name"`, `"id":"3","file_name"`, check.ImageIDMixed, true, ""},
		{"no box", `"bbox":[8,8,32,32],`, ``, check.BoxMissing, true, ""},
		{"no area", `"area":1024,`, ``, check.AreaMissing, true, ""},
		{"no iscrowd", `"bbox":[8,8,32,32],"iscrowd":0`, `"bbox":[8,8,32,32]`, check.CrowdMissing, true, ""},
		{"size of runs", `"size":[64,64]`, `"size":[32,128]`, check.RLESize, true,
			"expected the image's height and width: [64, 64]"},
		{"sum of runs", `[0,64,4032]`, `[0,64,4033]`, check.RLECorrupt, true, ""},
		{"two points", `[[8,8,40,8,40,40,8,40]]`, `[[8,8,40,8]]`, check.RingBox, true, ""},
		{"odd ring", `[[8,8,40,8,40,40,8,40]]`, `[[8,8,40,8,40,40,8]]`, check.RingOdd, true, ""},
		{"no mask", `"segmentation":[[8,8,40,8,40,40,8,40]],`, ``, check.SegmentationMissing, true, ""},
		{"thin box", `"bbox":[8,8,32,32]`, `"bbox":[8,8,0.5,32]`, check.BoxSmall, false, ""},
		{"box outside", `"bbox":[8,8,32,32]`, `"bbox":[48,8,32,32]`, check.BoxOutside, false, ""},
		{"unknown image", `"image_id":2`, `"image_id":7`, check.ImageUnknown, true, ""},
		{"overlap", `"file_name":"c.tif"`, `"file_name":"v.png"`, mmdet.TrainValOverlap, true,
			"v is also images[2] of train.json"},
		{"base name", `"file_name":"c.tif"`, `"file_name":"sub/v.png"`, mmdet.TrainValNamesake, false,
			"v has the same base name as images[2] of train.json, sub/v: "},
		{"missing image", `"file_name":"c.tif"`, `"file_name":"none.tif"`, check.ImageFileMissing, true, "no such file"},
		{"image outside", `"file_name":"c.tif"`, `"file_name":"../../c.tif"`, check.FileNameParent, false,
			"leads out of /images: its file is not checked"},
		{"image at a root", `"file_name":"c.tif"`, `"file_name":"/etc/c.tif"`, check.FileNameAbsolute, false,
			"leads out of /images: its file is not checked"},
		{"size of image", `"file_name":"c.tif"`, `"file_name":"big.tif"`, check.ImageFileSize, true,
			"big.tif is 512 wide and 256 high, but the COCO file says 64 and 64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.new, 1)
			if text == good {
				t.Fatalf("%q is not in the dataset", c.old)
			}
			r := mmdet.CheckData(&mmdet.DataCheck{Dialect: mmdet.MMDet3, Classes: []string{"blood_vessel"},
				Train: set(t, "train.json", text), Val: set(t, "val.json", other), ImageSize: size})
			for _, f := range r.Findings {
				if f.Code == c.code {
					if (f.Severity == coco.SeverityError) != c.fatal || !strings.Contains(f.Reason, c.reason) {
						t.Errorf("got %+v, want %q, fatal %v", f, c.reason, c.fatal)
					}
					return
				}
			}
			t.Errorf("got %v, want %s", r.Findings, c.code)
		})
	}
}

func size(path string) (w, h int, err error) {
	switch {
	case strings.HasSuffix(path, "none.tif"):
		return 0, 0, errors.New(path + ": no such file")
	case strings.HasSuffix(path, "big.tif"):
		return 512, 256, nil
	}
	return 64, 64, nil
}

// TestOverlap checks the findings for images that training and validation share.
func TestOverlap(t *testing.T) {
	list := func(files string) string {
		var images []string
		for i, file := range strings.Fields(files) {
			tile, name, _ := strings.Cut(":"+file, ":")
			if at := strings.LastIndex(file, ":"); at >= 0 {
				tile, name = file[:at], file[at+1:]
			}
			images = append(images, fmt.Sprintf(`{"id":%d,"file_name":%q,"height":64,"width":64,"tile":%q}`, i+1, name, tile))
		}
		return `{"images":[` + strings.Join(images, ",") + `],"annotations":[],"categories":[{"id":1,"name":"c"}]}`
	}
	const overlap, namesake = mmdet.TrainValOverlap, mmdet.TrainValNamesake
	for _, c := range []struct {
		train, val string
		want       map[coco.Code]int
	}{
		{"train/1.png train/2.png", "valid/1.png", map[coco.Code]int{namesake: 1}},
		{"train/1.png train/2.png", "valid/3.png", nil},
		{"train/1.png other/1.png", "train/1.png other/1.png", map[coco.Code]int{overlap: 2}},
		{"x/1.png y/1.png", "y/1.tif", map[coco.Code]int{overlap: 1}},
		{"1.png 1.tif", "1.png", map[coco.Code]int{overlap: 1}},
		{"1.png", "1.png 1.tif", map[coco.Code]int{overlap: 1, namesake: 1}},
		{"1.png", "x/1.png", map[coco.Code]int{namesake: 1}},
		{"t:x/1.png", "t:y/1.png", map[coco.Code]int{overlap: 1}},
		{"1:x/1.png", "x/1.png", map[coco.Code]int{overlap: 1}},
		{"t:1.png", "u:1.png", map[coco.Code]int{overlap: 1}},
		{"t:1.png", "u:1.tif", nil},
		{"t:x/1.png", "u:y/1.png", nil},
		{"t:1.png", "1.png", map[coco.Code]int{overlap: 1}},
		{"1.png", "t:1.png", map[coco.Code]int{overlap: 1}},
		{"t:x/1.png", "x/1.tif", map[coco.Code]int{overlap: 1}},
		{"t:x/1.png t:y/1.png", "t:z/1.png", map[coco.Code]int{overlap: 1}},
		{"t:x/1.png t:y/1.png", "t.png", map[coco.Code]int{overlap: 1}},
		{"t.png", "t:x/1.png t:y/1.png", map[coco.Code]int{overlap: 2}},
		{"t:x/1.png", "y/t.png", map[coco.Code]int{namesake: 1}},
		{`p\1.png p\1.tif`, "p/1.png", map[coco.Code]int{overlap: 1}},
		{"./1.png 1.tif", "1.png", map[coco.Code]int{overlap: 1}},
		{"1.png 1.tif", "1.jpg", map[coco.Code]int{namesake: 1}},
		{"1.2.840.1", "1.2.840.2", nil},
		{"1.2.840.1", "1.2.840.1.png", map[coco.Code]int{overlap: 1}},
		{"2.png", "v: :", nil},
		{": v:", "1.png", nil},
		{": 9.png", ": 8.png", nil},
		{"7.png 7.png", "7.png", map[coco.Code]int{overlap: 1}},
		{"3.png 3.png", "1.png 2.png", nil},
	} {
		r := mmdet.CheckData(&mmdet.DataCheck{Dialect: mmdet.MMDet3, Classes: []string{"c"},
			Train: set(t, "train.json", list(c.train)), Val: set(t, "val.json", list(c.val))})
		got := map[coco.Code]int{}
		for _, f := range r.Findings {
			if f.Code == overlap || f.Code == namesake {
				got[f.Code] = f.Count
				if (f.Severity == coco.SeverityError) != (f.Code == overlap) || f.File != "val.json" {
					t.Errorf("%s and %s: %v is of severity %v", c.train, c.val, f, f.Severity)
				}
			}
		}
		if !maps.Equal(got, c.want) {
			t.Errorf("%s and %s: got %v, want %v", c.train, c.val, got, c.want)
		}
	}
}

// TestWinnersClass checks a mistake of the winner: the configs name another class than
// the files. Unpatched MMDetection would drop every image.
func TestWinnersClass(t *testing.T) {
	r := mmdet.CheckData(&mmdet.DataCheck{Dialect: mmdet.MMDet2, Classes: []string{"blood_vessels"},
		Train: set(t, "ds1.json", good), BatchPerGPU: 2})
	if !r.Fatal() || r.KeptImages != 0 ||
		r.Findings[0].String() != `ds1.json: categories: found no category "blood_vessels", so all its images would be dropped: did you mean blood_vessel?; write classes: [blood_vessel] in the recipe, or rename the category (class-missing)` {
		t.Errorf("got %d images, %v", r.KeptImages, r.Findings)
	}
}

func TestClassOrder(t *testing.T) {
	text := strings.Replace(good, `{"id":1,"name":"blood_vessel"}`,
		`{"id":2,"name":"glomerulus"},{"id":1,"name":"blood_vessel"}`, 1)
	r := mmdet.CheckData(&mmdet.DataCheck{Dialect: mmdet.MMDet2, Classes: []string{"blood_vessel", "glomerulus"},
		Train: set(t, "ds1.json", text)})
	if len(r.Findings) != 1 || r.Findings[0].Code != mmdet.ClassOrder || !r.Fatal() {
		t.Errorf("got %v", r.Findings)
	}
}

func TestCounts(t *testing.T) {
	check := &mmdet.DataCheck{Dialect: mmdet.MMDet2, Classes: []string{"blood_vessel"}, Train: set(t, "t.json", good),
		Val: set(t, "v.json", other), ImageSize: size, BatchPerGPU: 1, GPUs: 2}
	r := mmdet.CheckData(check)
	if len(r.Findings) != 0 || r.TrainImages != 3 || r.KeptImages != 2 || r.ItersPerEpoch != 1 || r.ValImages != 1 {
		t.Errorf("got %+v, want two of three images, one iteration", r)
	}
	check.Val, check.AllowOverlap = check.Train, true
	if r := mmdet.CheckData(check); r.Fatal() {
		t.Errorf("got %v though overlap is allowed", r.Findings)
	}
}

// TestIterations counts batches as MMDetection's samplers do. The numbers of kept
// images and iterations of the first four cases are those of the winner's trainings.
func TestIterations(t *testing.T) {
	for _, c := range []struct {
		dialect          mmdet.Dialect
		tall, wide       int
		batch, gpus      int
		small, unlabeled int
		want             int
	}{
		{mmdet.MMDet2, 1204, 0, 2, 3, 0, 7, 201},
		{mmdet.MMDet2, 681, 0, 2, 3, 0, 0, 114},
		{mmdet.MMDet2, 334, 0, 2, 3, 0, 3, 56},
		{mmdet.MMDet2, 418, 0, 2, 3, 0, 4, 70},
		{mmdet.MMDet2, 7, 7, 2, 3, 5, 1, 4}, // each group is padded
		{mmdet.MMDet3, 7, 7, 2, 3, 5, 1, 3},
	} {
		d := &coco.Dataset{Categories: []coco.Category{{ID: 1, Name: "blood_vessel"}}}
		add := func(n, h, w int, labelled bool) {
			for range n {
				id := coco.IntID(int64(len(d.Images) + 1))
				d.Images = append(d.Images, coco.Image{ID: id, FileName: fmt.Sprintf("%d.tif", len(d.Images)), Height: h, Width: w})
				if labelled {
					d.Annotations = append(d.Annotations, coco.Annotation{ID: id, ImageID: id, CategoryID: 1})
				}
			}
		}
		add(c.tall, 64, 64, true)
		add(c.wide, 64, 128, true)
		add(c.small, 64, 31, true)
		add(c.unlabeled, 64, 64, false)
		r := mmdet.CheckData(&mmdet.DataCheck{Dialect: c.dialect, Classes: []string{"blood_vessel"},
			Train: &mmdet.Set{Data: d}, BatchPerGPU: c.batch, GPUs: c.gpus})
		if r.ItersPerEpoch != c.want || r.KeptImages != c.tall+c.wide {
			t.Errorf("%+v: got %d iterations, %d images", c, r.ItersPerEpoch, r.KeptImages)
		}
	}
}

// TestInstances counts boxes and ignored boxes as MMDetection's loaders do for such
// records (reference/mmdet_load.py --rules).
func TestInstances(t *testing.T) {
	const square = `"segmentation":[[8,8,40,8,40,40,8,40]],"area":1024,"bbox":[8,8,32,32],"iscrowd":0`
	for _, c := range []struct {
		name, record   string
		kept3, n3, ig3 int
		kept2, n2, ig2 int
	}{
		{"nothing", square, 2, 2, 0, 2, 2, 0},
		{"ignore", square + `,"ignore":1`, 2, 1, 0, 2, 1, 0},
		{"crowd", strings.Replace(square, `"iscrowd":0`, `"iscrowd":1`, 1), 2, 1, 1, 2, 1, 1},
		{"area 0", strings.Replace(square, `"area":1024`, `"area":0`, 1), 2, 1, 0, 2, 1, 0},
		{"bbox narrower than 1", strings.Replace(square, `8,32,32]`, `8,0.5,32]`, 1), 2, 1, 0, 2, 1, 0},
		{"bbox outside", strings.Replace(square, `"bbox":[8,8`, `"bbox":[64,8`, 1), 2, 1, 0, 2, 1, 0},
		{"bbox partly outside", strings.Replace(square, `"bbox":[8,8`, `"bbox":[-4,8`, 1), 2, 2, 0, 2, 2, 0},
		{"ring of seven numbers", strings.Replace(square, `,8,40]]`, `,8]]`, 1), 2, 1, 1, 2, 2, 0},
		{"another class", square + `,"category_id":2`, 1, 1, 0, 1, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(good, square, c.record, 1)
			text = strings.Replace(text, `{"id":1,"name":"blood_vessel"}`,
				`{"id":1,"name":"blood_vessel"},{"id":2,"name":"unsure"}`, 1)
			if strings.Contains(c.record, "category_id") { // the first of two members of one name would count
				text = strings.Replace(text, `"id":1,"image_id":1,"category_id":1,`, `"id":1,"image_id":1,`, 1)
			}
			for dialect, want := range map[mmdet.Dialect][3]int{mmdet.MMDet3: {c.kept3, c.n3, c.ig3},
				mmdet.MMDet2: {c.kept2, c.n2, c.ig2}} {
				r := mmdet.CheckData(&mmdet.DataCheck{Dialect: dialect, Classes: []string{"blood_vessel"},
					Train: set(t, "t.json", text)})
				if got := [3]int{r.KeptImages, r.Instances, r.Ignored}; got != want {
					t.Errorf("%s: got %v images, instances and ignored, want %v", dialect, got, want)
				}
			}
		})
	}
}
