package check

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/longtest"
	"github.com/hubdata/hubdata/rle"
)

// dump returns a dataset as text, including values that JSON cannot represent.
func dump(d *coco.Dataset) string { return fmt.Sprintf("%+v", *d) }

func codesOf(list []coco.Finding) map[coco.Code]int {
	codes := map[coco.Code]int{}
	for _, p := range list {
		codes[p.Code]++
	}
	return codes
}

// alwaysFixed are the codes that never remain in a fixed dataset that has images and
// categories.
var alwaysFixed = []coco.Code{CategoryOrder, FileNameBackslash, AnnotationIDDuplicate, AnnotationIDZero,
	AnnotationIDNegative, AnnotationIDLarge,
	AnnotationIDMixed, AnnotationIDString, CategoryMissing, CategoryUnknown, RingOdd, RingBox, RingShort,
	CoordinateInvalid,
	RLECorrupt, RLEZero, MaskEmpty, CrowdMissing}

// fixedWithMask are the codes that never remain in a fixed dataset whose masks are
// sound.
var fixedWithMask = []coco.Code{RingCrossing, RingOutside, AreaMissing, AreaNotFinite, AreaNotPositive, AreaDiffers,
	BoxMissing, BoxNotFinite, BoxNegative, BoxZero, BoxSmall, BoxOutside, BoxDiffers}

// checkFix fixes a dataset and checks that the result keeps the promises of Fix.
func checkFix(t *testing.T, d *coco.Dataset, o *FixOptions) (*coco.Dataset, []Change) {
	t.Helper()
	before := dump(d)
	fixed, changes := Fix(d, o)
	if dump(d) != before {
		t.Fatal("the dataset itself was changed")
	}
	o4 := *o
	o4.Workers = 4
	if again, list := Fix(d, &o4); !reflect.DeepEqual(list, changes) || dump(again) != dump(fixed) {
		t.Fatalf("four workers change %v, one %v", list, changes)
	}
	if o.Files == nil {
		o1 := *o
		o1.Faults = nil
		if again, more := Fix(fixed, &o1); len(more) > 0 || dump(again) != dump(fixed) {
			t.Fatalf("fixed again: %+v", more)
		}
	}
	for _, c := range changes {
		if c.Place == (coco.Place{}) || RuleOf(c.Code) == nil || RuleOf(c.Code).Fix == "" {
			t.Fatalf("change %+v", c)
		}
		if c.IoU != nil && *c.IoU != 1 && slices.Contains([]coco.Code{RingCrossing, RingOutside, RLEZero, RingRepeat},
			c.Code) {
			t.Fatalf("%s at %s changed the mask: IoU %v", c.Code, c.Place, *c.IoU)
		}
	}
	left := codesOf(Dataset(fixed, nil))
	if len(d.Images) > 0 && len(d.Categories) > 0 {
		codes := alwaysFixed
		if left[RLESize]+left[ImageSizeMissing]+left[ImageSizeInvalid]+left[ImageSizeLarge]+left[ImageUnknown] == 0 &&
			len(fixed.Annotations) > 0 && fixed.Annotations[0].Segmentation.Kind() != coco.KindNone {
			codes = append(slices.Clone(codes), fixedWithMask...)
		}
		for _, c := range codes {
			if left[c] > 0 {
				t.Fatalf("%s is left: %v\nof %s", c, Dataset(fixed, nil), dump(fixed))
			}
		}
	}
	return fixed, changes
}

func TestFixSound(t *testing.T) {
	d := soundTiles()
	if fixed, changes := checkFix(t, d, &FixOptions{}); changes != nil || dump(fixed) != dump(d) {
		t.Errorf("a sound dataset was changed: %v", changes)
	}
}

// TestFixEach fixes each fault separately; a fault without a fix must remain unchanged.
func TestFixEach(t *testing.T) {
	stays := map[coco.Code]bool{}
	for _, b := range breakers {
		d, o := soundTiles(), &Options{}
		b.change(d)
		if b.opts != nil {
			b.opts(d, o)
		}
		_, changes := checkFix(t, d, &FixOptions{Files: o.Files})
		did := slices.ContainsFunc(changes, func(c Change) bool { return c.Code == b.code })
		switch remedy := RuleOf(b.code).Fix != ""; {
		case remedy && !did:
			stays[b.code] = true
		case !remedy && did:
			t.Errorf("%s is repaired, but its rule does not say so", b.code)
		}
		skip := func(c coco.Code) bool { return c == b.code }
		if _, changes := Fix(d, &FixOptions{Files: o.Files, Skip: skip}); slices.ContainsFunc(changes, func(c Change) bool {
			return c.Code == b.code
		}) {
			t.Errorf("%s is repaired though it is to be left", b.code)
		}
	}
	for _, b := range breakers { // any case of the code
		d, o := soundTiles(), &Options{}
		b.change(d)
		if b.opts != nil {
			b.opts(d, o)
		}
		if _, changes := Fix(d, &FixOptions{Files: o.Files}); slices.ContainsFunc(changes, func(c Change) bool {
			return c.Code == b.code
		}) {
			delete(stays, b.code)
		}
	}
	if len(stays) > 0 {
		t.Errorf("no case is repaired of %v", stays)
	}
}

func TestFixValues(t *testing.T) {
	d := soundTiles()
	d.Annotations[0].ID = coco.IntID(0)
	d.Annotations[8].ID = coco.IntID(1)
	d.Annotations[7].ID = coco.IntID(2)
	d.Annotations[5].ID = coco.IntID(8)
	d.Annotations[4].ID = coco.IntID(9)
	d.Annotations[3].ID = coco.IntID(5)
	d.Annotations[1].ID = d.Annotations[2].ID
	d.Annotations[3].Segmentation = segm(`[[30,18,40,30,40,18,30,30]]`)
	d.Annotations[4].BBox.W = -1
	d.Annotations[5].ImageID = coco.StringID("2")
	d.Annotations[6].Segmentation = segm(`[[1,2,3,4]]`)
	fixed, changes := checkFix(t, d, &FixOptions{})
	if len(fixed.Annotations) != 8 || fixed.Annotations[0].ID != coco.IntID(4) ||
		fixed.Annotations[5].ImageID != coco.IntID(2) {
		t.Errorf("fixed to %s", dump(fixed))
	}
	var got []string
	for _, c := range changes {
		iou := "-"
		if c.IoU != nil {
			iou = fmt.Sprint(*c.IoU)
		}
		got = append(got, fmt.Sprintf("%s %s %s %s %s>%s %s", c.Code, c.Place, c.Image, c.Action, c.Before, c.After, iou))
	}
	want := []string{
		`image-unknown annotations[5].image_id tile1 set "2">2 -`,
		`ring-crossing annotations[3].segmentation tile1 set > 1`,
		`bbox-differs annotations[3].bbox tile1 set [10,18,10,12]>[30,18,10,11] -`,
		`area-differs annotations[3].area tile1 set 120>60 -`,
		`bbox-negative annotations[4].bbox tile1 set [30,18,-1,12]>[30,18,10,12] -`,
		`ring-box annotations[6] tile2 removed 7> -`,
		`annotation-id-zero annotations[0].id tile0 set 0>4 -`,
		`annotation-id-duplicate annotations[2].id tile0 set 3>6 -`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("changes:\n%q\nwant\n%q", got, want)
	}
}

// broken applies random breakers, except those that do not fit what others left.
func broken(rng *rand.Rand) (*coco.Dataset, *Options) {
	d, o := soundTiles(), &Options{}
	if rng.IntN(2) == 0 {
		for i := range d.Annotations {
			if rng.IntN(2) == 0 {
				asRuns(&d.Annotations[i])
			}
		}
	}
	for range 1 + rng.IntN(7) {
		b := breakers[rng.IntN(len(breakers))]
		func() {
			defer func() { _ = recover() }() // an index that no longer exists
			if len(d.Annotations) > 4 {
				k := rng.IntN(len(d.Annotations)) // each breaker gets another annotation
				d.Annotations[4], d.Annotations[k] = d.Annotations[k], d.Annotations[4]
			}
			b.change(d)
		}()
	}
	return d, o
}

func TestFixRandom(t *testing.T) {
	for seed := range uint64(longtest.Share(2000, 200)) {
		rng := rand.New(rand.NewPCG(seed, 1))
		d, o := broken(rng)
		fo := &FixOptions{Files: o.Files, Workers: 1}
		if rng.IntN(3) == 0 {
			for range d.Images {
				fo.Files = append(fo.Files, ImageFile{Height: 60 + rng.IntN(6), Width: 78 + rng.IntN(4)})
			}
			if len(fo.Files) > 0 {
				fo.Files[0].Missing = true
			}
		}
		func() {
			defer func() {
				if t.Failed() {
					t.Logf("seed %d", seed)
				}
			}()
			fixed, _ := checkFix(t, d, fo)
			var b bytes.Buffer
			if err := fixed.Encode(&b); err != nil {
				for _, p := range Dataset(fixed, nil) { // NaN without a mask remains
					if p.Code == BoxNotFinite || p.Code == AreaNotFinite {
						return
					}
				}
				t.Fatal(err)
			}
			if _, err := coco.Decode(&b); err != nil {
				t.Fatal(err)
			}
		}()
	}
}

// mixed is a dataset with every kind of member, and several faults.
const mixed = `{"info": {"year": 2026}, "licenses": [], "version": 12,
 "images": [{"id": 1, "file_name": "a.png", "height": 40, "width": 50, "tile": "x"}, {"width": 5, "id": "b\u00e9", "height": 4}],
 "annotations": [
  {"id": 1, "image_id": 1, "category_id": 3, "segmentation": [[1, 2, 10.5, 2, 10, 20]], "area": 80.25, "bbox": [1, 2, 9.5, 18], "iscrowd": 0, "score": 0.5},
  {"id": 2, "image_id": "bé", "category_id": 3, "segmentation": {"size": [4, 5], "counts": [0, 3, 17]}, "area": 3, "bbox": [0, 0, 1, 3], "iscrowd": true},
  {"segmentation": {"counts": "03a0", "size": [4, 5]}, "id": 3, "image_id": 1},
  {"id": "4", "image_id": 1, "segmentation": null}, {"id": 5, "image_id": 1, "segmentation": [ ], "bbox": [-1e-7, 2, 1e22, 0.1]}],
 "categories": [{"id": 3, "name": "vessel", "supercategory": ""}, {"supercategory": "s", "id": 4}]}`

func FuzzCheckFix(f *testing.F) {
	f.Add([]byte(mixed))
	for seed := range uint64(40) {
		d, _ := broken(rand.New(rand.NewPCG(seed, 2)))
		var b bytes.Buffer
		if d.Encode(&b) == nil {
			f.Add(b.Bytes())
		}
	}
	f.Add([]byte(`{"images":[{"id":1,"height":32768,"width":32768,"file_name":"<script>alert(1)</script>"}],"annotations":[{"id":1,"image_id":1,"segmentation":[[0,0,1e8,1,1,1e8]]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := coco.Decode(bytes.NewReader(text))
		if err != nil {
			return
		}
		for i := range d.Images { // large masks are slow, but valid
			d.Images[i].Height, d.Images[i].Width = min(d.Images[i].Height, 4096), min(d.Images[i].Width, 4096)
		}
		for i := range d.Annotations {
			if h, w, ok := d.Annotations[i].Segmentation.Size(); ok && (h > 4096 || w > 4096) {
				return
			}
		}
		one := Dataset(d, &Options{Workers: 1})
		if many := Dataset(d, &Options{Workers: 3}); !reflect.DeepEqual(one, many) {
			t.Fatal("three workers find something else")
		}
		if Dataset(d, &Options{OpenCV: true}); len(Validate(d)) > len(one) {
			t.Fatal("Validate finds more than Check")
		}
		fixed, _ := Fix(d, nil)
		if _, more := Fix(fixed, nil); len(more) > 0 {
			t.Fatalf("fixed again: %+v", more)
		}
		for _, c := range Consumers() {
			LossesOf(fixed, c)
		}
	})
}

// manyOutlines returns a dataset of the given number of images and annotations. The
// annotations are synthetic outlines of about 32 points, or their runs.
func manyOutlines(images, annotations int, runs bool) *coco.Dataset {
	rng := rand.New(rand.NewPCG(5, 6))
	d := &coco.Dataset{Categories: []coco.Category{{ID: 1, Name: "thing"}}}
	for i := range images {
		d.Images = append(d.Images, coco.Image{ID: coco.IntID(int64(i + 1)), FileName: fmt.Sprintf("%012d.jpg", i),
			Height: 480, Width: 640})
	}
	for i := range annotations {
		x, y := 20+rng.Float64()*600, 20+rng.Float64()*440
		var ring rle.Ring
		for k := range 8 + rng.IntN(49) {
			r := 5 + 15*rng.Float64()
			ring = append(ring, rle.Point{x + r*math.Cos(float64(k)/8), y + r*math.Sin(float64(k)/8)})
		}
		a := coco.Annotation{ID: coco.IntID(int64(i + 1)), ImageID: coco.IntID(int64(1 + i*images/annotations)),
			CategoryID:   1,
			Segmentation: coco.Polygons([]rle.Ring{ring}), Area: 400, BBox: rle.Box{X: x - 20, Y: y - 20, W: 40, H: 40}}
		if m, err := a.Segmentation.Mask(480, 640); err == nil && runs {
			a.Segmentation = coco.RLE(m)
		}
		d.Annotations = append(d.Annotations, a)
	}
	return d
}

func BenchmarkCheck(b *testing.B) {
	for _, kind := range []string{"polygons", "runs"} {
		d := manyOutlines(1633, 17499, kind == "runs")
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				Dataset(d, nil)
			}
		})
		b.Run(kind+"/fix", func(b *testing.B) {
			for b.Loop() {
				Fix(d, nil)
			}
		})
	}
}
