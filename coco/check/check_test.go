package check

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds/imagehash"
	"github.com/hubdata/hubdata/rle"
)

// foundElsewhere are the codes of the text of files, of the types in it, and those that
// TestWhole, TestPairsNotChecked and TestResults find.
var foundElsewhere = []coco.Code{FileUnreadable, ByteOrderMark, NumberPoint, ValueQuoted, TextUnquoted, RingFlat,
	IDMissing, TypeWrong,
	NotChecked, CategoryGroup, CategoryEmpty, CrowdAll, SegmentationNone, BoxExtreme, BoxEqual, BoxNear}

// soundTiles returns a dataset of three tiles with polygons that breaks no rule.
func soundTiles() *coco.Dataset {
	d := &coco.Dataset{Categories: []coco.Category{{ID: 1, Name: "vessel"}, {ID: 2, Name: "glomerulus"}}}
	for i := range 3 {
		d.Images = append(d.Images, coco.Image{ID: coco.IntID(int64(i + 1)), FileName: fmt.Sprintf("tile%d.tif", i),
			Height: 64, Width: 80})
		for k := range 3 {
			x, y := float64(10+20*k), float64(8+10*i)
			d.Annotations = append(d.Annotations, coco.Annotation{
				ID: coco.IntID(int64(len(d.Annotations) + 1)), ImageID: coco.IntID(int64(i + 1)), CategoryID: int64(1 + k%2),
				Segmentation: coco.Polygons([]rle.Ring{{{x, y}, {x + 10, y}, {x + 10, y + 12}, {x, y + 12}}}),
				Area:         120, BBox: rle.Box{X: x, Y: y, W: 10, H: 12}})
		}
	}
	return d
}

func segm(text string) coco.Segmentation {
	s, err := coco.SegmentationFromJSON([]byte(text))
	if err != nil {
		panic(err)
	}
	return s
}

// origin is the entry of a tile in a table of images.
var origin = Origin{Subset: 1, Members: []OriginMember{{"dataset", 1}, {"source_wsi", 2}, {"i", 512}, {"j", 0}}}

// asRuns replaces the polygons of an annotation of soundTiles by runs.
func asRuns(a *coco.Annotation) rle.Mask {
	m, err := a.Segmentation.Mask(64, 80)
	if err != nil {
		panic(err)
	}
	a.Segmentation = coco.RLE(m)
	return m
}

// A breaker makes a sound dataset break a rule at annotation, image or category n.
type breaker struct {
	code   coco.Code
	path   string
	change func(d *coco.Dataset)
	opts   func(d *coco.Dataset, o *Options) // options without which the check cannot find it
}

// combText is a polygon with n teeth as long as an image of size x size pixels.
func combText(size, n int) string {
	var b strings.Builder
	b.WriteString("[[0,0,")
	for i := range n {
		fmt.Fprintf(&b, "%d,%d,1,%d,", size, i*size/n, i*size/n+size/n/2)
	}
	fmt.Fprintf(&b, "0,%d]]", size)
	return b.String()
}

// breakers has at least one case for each code.
var breakers = func() []breaker {
	ann := func(change func(a *coco.Annotation)) func(*coco.Dataset) {
		return func(d *coco.Dataset) { change(&d.Annotations[4]) }
	}
	img := func(change func(m *coco.Image)) func(*coco.Dataset) {
		return func(d *coco.Dataset) { change(&d.Images[1]) }
	}
	file := func(change func(f []ImageFile)) func(*coco.Dataset, *Options) {
		return func(d *coco.Dataset, o *Options) {
			o.Files = make([]ImageFile, len(d.Images))
			for i := range o.Files {
				o.Files[i] = ImageFile{Height: 64, Width: 80, Sum: strconv.Itoa(i)}
				for k := range 4 {
					o.Files[i].Hash[k] = uint64(i+1) * 0x9e3779b97f4a7c15
				}
			}
			change(o.Files)
		}
	}
	table := func(change func(name string, p *Origin) bool) func(*coco.Dataset, *Options) {
		return func(d *coco.Dataset, o *Options) {
			o.Origin = func(i int) (Origin, error) {
				p := origin
				if name := coco.ImageName(&d.Images[i]); !change(name, &p) {
					return p, fmt.Errorf("no tile %q", name)
				}
				return p, nil
			}
		}
	}
	seg := func(text string) func(*coco.Dataset) {
		return ann(func(a *coco.Annotation) { a.Segmentation = segm(text) })
	}
	nothing := func(*coco.Dataset) {}
	const segment, polygon = "annotations[4].segmentation", "annotations[4].segmentation[0]"
	return []breaker{
		{NoCategories, "categories", func(d *coco.Dataset) { d.Categories = nil }, nil},
		{CategoryIDDuplicate, "categories[2].id", func(d *coco.Dataset) {
			d.Categories = append(d.Categories, coco.Category{ID: 2, Name: "other"})
		}, nil},
		{CategoryIDDuplicate, "categories[2].id", func(d *coco.Dataset) {
			d.Categories = append(d.Categories, d.Categories[1])
		}, nil},
		{CategoryIDLow, "categories[2].id", func(d *coco.Dataset) {
			d.Categories = append(d.Categories, coco.Category{ID: 0, Name: "other"})
		}, nil},
		{CategoryIDGap, "categories[2].id", func(d *coco.Dataset) {
			d.Categories = append(d.Categories, coco.Category{ID: 7, Name: "other"})
		}, nil},
		{CategoryOrder, "categories[1].id", func(d *coco.Dataset) { slices.Reverse(d.Categories) }, nil},
		{CategoryNameMissing, "categories[0].name", func(d *coco.Dataset) { d.Categories[0].Name = "" }, nil},
		{CategoryNameDuplicate, "categories[2].name", func(d *coco.Dataset) {
			d.Categories = append(d.Categories, coco.Category{ID: 3, Name: "vessel"})
		}, nil},
		{CategoryNameSimilar, "categories[2].name", func(d *coco.Dataset) {
			d.Categories = append(d.Categories, coco.Category{ID: 3, Name: "Vessels"})
		}, nil},
		{NoImages, "images", func(d *coco.Dataset) { d.Images = nil }, nil},
		{ImageIDDuplicate, "images[2].id", func(d *coco.Dataset) { d.Images[2].ID = d.Images[1].ID }, nil},
		{ImageIDDuplicate, "images[2].id", func(d *coco.Dataset) { d.Images[2] = d.Images[1] }, nil},
		{ImageIDMixed, "images[1].id", img(func(m *coco.Image) { m.ID = coco.StringID("2") }), nil},
		{ImageIDMixed, "images[1].id", img(func(m *coco.Image) { m.ID = coco.StringID("two") }), nil},
		{ImageIDString, "images", func(d *coco.Dataset) {
			for i := range d.Images {
				d.Images[i].ID = coco.StringID(d.Images[i].FileName)
			}
		}, nil},
		{ImageIDNegative, "images[1].id", img(func(m *coco.Image) { m.ID = coco.IntID(-1) }), nil},
		{ImageIDLarge, "images[1].id", img(func(m *coco.Image) { m.ID = coco.IntID(1<<53 + 1) }), nil},
		{FileNameMissing, "images[1].file_name", img(func(m *coco.Image) { m.FileName = "" }), nil},
		{FileNameDuplicate, "images[1].file_name", img(func(m *coco.Image) { m.FileName = "tile0.tif" }), nil},
		{ImageNameDuplicate, "images[1]", func(d *coco.Dataset) {
			d.Images[0].Extra = coco.Fields{{Key: "tile", Value: []byte(`"t"`)}}
			d.Images[1].Extra = coco.Fields{{Key: "tile", Value: []byte(`"t"`)}}
		}, nil},
		{ImageNameDuplicate, "images[1]", img(func(m *coco.Image) { m.FileName = "./tile0.tif" }), nil},
		{FileNameCollides, "images[1].file_name", img(func(m *coco.Image) { m.FileName = "TILE0.tif" }), nil},
		{FileNameCollides, "images[1].file_name", img(func(m *coco.Image) { m.FileName = "tile0.png" }), nil},
		{FileNameCollides, "images[1].file_name", func(d *coco.Dataset) {
			d.Images[0].FileName, d.Images[1].FileName = "caf\u00e9.tif", "cafe\u0301.tif"
		}, nil},
		{FileNameAbsolute, "images[1].file_name", img(func(m *coco.Image) { m.FileName = "/etc/x.png" }), nil},
		{FileNameAbsolute, "images[1].file_name", img(func(m *coco.Image) { m.FileName = `C:/x.png` }), nil},
		{FileNameParent, "images[1].file_name", img(func(m *coco.Image) { m.FileName = "a/../../x.png" }), nil},
		{FileNameBackslash, "images[1].file_name", img(func(m *coco.Image) { m.FileName = `train\x.png` }), nil},
		{FileNameControl, "images[1].file_name", img(func(m *coco.Image) { m.FileName = "a\nb\x1b[2J.png" }), nil},
		{FileNameEncoding, "images[1].file_name", img(func(m *coco.Image) { m.FileName = "caf\xed\xb3\xa9.png" }), nil},
		{NumberNotFinite, "images[1].note", img(func(m *coco.Image) {
			m.Extra = coco.Fields{{Key: "note", Value: []byte(`[1,NaN,"NaN"]`)}}
		}), nil},
		{NumberNotFinite, "info", func(d *coco.Dataset) { d.Info = []byte(`{"x":-Infinity}`) }, nil},
		{NumberNotFinite, "annotations[4].score",
			ann(func(a *coco.Annotation) { a.Extra = coco.Fields{{Key: "score", Value: []byte("NaN")}} }), nil},
		{ImageSizeMissing, "images[1].width", img(func(m *coco.Image) { m.Missing |= coco.FieldWidth; m.Width = 0 }), nil},
		{ImageSizeInvalid, "images[1].height", img(func(m *coco.Image) { m.Height = -5 }), nil},
		{ImageSizeMissing, "images[1].width", func(d *coco.Dataset) {
			asRuns(&d.Annotations[4])
			d.Images[1].Missing |= coco.FieldWidth
			d.Images[1].Width = 0
		}, nil},
		{ImageSizeInvalid, "images[1].height", func(d *coco.Dataset) {
			asRuns(&d.Annotations[4])
			d.Images[1].Height = 0
		}, nil},
		{ImageSizeLarge, "images[1]", img(func(m *coco.Image) { m.Height, m.Width = math.MaxInt32, math.MaxInt32 }), nil},
		{ImageSizeLarge, "images[1]", img(func(m *coco.Image) { m.Height, m.Width = 1, 1<<25+1 }), nil},
		{ImageSizeLarge, "images[1]", img(func(m *coco.Image) { m.Height, m.Width = 65, 1<<24+1 }), nil},
		{ImageSmall, "images[1]", img(func(m *coco.Image) { m.Height = 31 }), nil},
		{ImageSmall, "images[1]", img(func(m *coco.Image) { m.Width = 9 }), nil},
		{ImageFileMissing, "images[1].file_name", nothing, file(func(f []ImageFile) { f[1].Missing = true })},
		{ImageFileUnread, "images[1].file_name", nothing, file(func(f []ImageFile) { f[1].Unread = errors.New("BigTIFF") })},
		{ImageFileDepth, "images[1].file_name", nothing, file(func(f []ImageFile) { f[1].Deep = true })},
		{ImageFileAlpha, "images[1].file_name", nothing, file(func(f []ImageFile) { f[1].Clear = true })},
		{ImageFileUnreadable, "images[1].file_name", nothing,
			file(func(f []ImageFile) { f[1].Err = errors.New("no image") })},
		{ImageFileTurned, "images[1].file_name", nothing, file(func(f []ImageFile) { f[1].Orientation = 6 })},
		{ImageFileSize, "images[1]", nothing, file(func(f []ImageFile) { f[1].Width = 81 })},
		{ImageContentDuplicate, "images[2].file_name", nothing, file(func(f []ImageFile) { f[2].Sum = f[1].Sum })},
		{ImageContentNear, "images[2].file_name", nothing,
			file(func(f []ImageFile) { f[2].Hash = f[1].Hash; f[2].Hash[3] ^= 0xff })},
		{TileUnknown, "images[1]", nothing, table(func(name string, _ *Origin) bool { return name != "tile1" })},
		{TileDiffers, "images[1].source_wsi",
			img(func(m *coco.Image) { m.Extra = coco.Fields{{Key: "source_wsi", Value: []byte("3")}} }),
			table(func(string, *Origin) bool { return true })},
		{TileTier, "images[1]", nothing, table(func(name string, p *Origin) bool {
			if name == "tile1" {
				p.Subset = 3
			}
			return true
		})},
		{ImageEmpty, "images[1]", func(d *coco.Dataset) { d.Annotations = slices.Delete(d.Annotations, 3, 6) }, nil},
		{AnnotationIDDuplicate, "annotations[4].id", ann(func(a *coco.Annotation) { a.ID = coco.IntID(1) }), nil},
		{AnnotationIDZero, "annotations[4].id", ann(func(a *coco.Annotation) { a.ID = coco.IntID(0) }), nil},
		{AnnotationIDNegative, "annotations[4].id", ann(func(a *coco.Annotation) { a.ID = coco.IntID(-7) }), nil},
		{AnnotationIDLarge, "annotations[4].id", ann(func(a *coco.Annotation) { a.ID = coco.IntID(math.MaxInt64) }), nil},
		{AnnotationIDMixed, "annotations[4].id", ann(func(a *coco.Annotation) { a.ID = coco.StringID("5") }), nil},
		{AnnotationIDString, "annotations[0].id", func(d *coco.Dataset) {
			for i := range d.Annotations {
				d.Annotations[i].ID = coco.StringID(strconv.Itoa(i))
			}
		}, nil},
		{ImageUnknown, "annotations[4].image_id", ann(func(a *coco.Annotation) { a.ImageID = coco.IntID(99) }), nil},
		{ImageUnknown, "annotations[4].image_id", ann(func(a *coco.Annotation) { a.ImageID = coco.StringID("2") }), nil},
		{CategoryMissing, "annotations[4].category_id",
			ann(func(a *coco.Annotation) { a.Missing |= coco.FieldCategoryID; a.CategoryID = 0 }), nil},
		{CategoryUnknown, "annotations[4].category_id", ann(func(a *coco.Annotation) { a.CategoryID = 9 }), nil},
		{SegmentationMissing, segment,
			ann(func(a *coco.Annotation) { a.Missing |= coco.FieldSegmentation; a.Segmentation = coco.Segmentation{} }), nil},
		{SegmentationEmpty, segment, seg(`[]`), nil},
		{SegmentationEmpty, segment, seg(`null`), nil},
		{SegmentationRuns, segment, ann(func(a *coco.Annotation) { asRuns(a) }), nil},
		{RingOdd, polygon, seg(`[[30,18,40,18,40,30,30,30,7]]`), nil},
		{RingBox, polygon, seg(`[[30,18,40,30]]`), nil},
		{RingBox, "annotations[4].segmentation[1]", seg(`[[30,18,40,18,40,30,30,30],[1,2,3,4]]`), nil},
		{RingShort, polygon, seg(`[[30,18]]`), nil},
		{RingRepeat, polygon, seg(`[[30,18,40,18,40,18,40,30,30,30]]`), nil},
		{RingOpen, polygon, seg(
			`[[30,18,31,18,32,18,33,18,34,18,35,18,36,18,37,18,38,18,39,18,40,18,40,19,40,20,40,21,40,22,40,23,40,24,40,25,40,26,40,27,40,28,40,29,40,30,39,30]]`), nil},
		{RingCrossing, polygon, seg(`[[30,18,40,30,40,18,30,30]]`), nil},
		{RingOutside, polygon, seg(`[[70,18,90,18,90,30,70,30]]`), nil},
		{CoordinateInvalid, segment, seg(`[[1e300,18,40,18,40,30]]`), nil},
		{RLESize, segment + ".size", seg(`{"size":[80,64],"counts":[2000,100,3020]}`), nil},
		{RLECorrupt, segment, seg(`{"size":[64,80],"counts":[2000,100,9]}`), nil},
		{RLECorrupt, segment, seg(
			`{"size":[64,80],"counts":[1938,12,52,12,52,12,52,12,52,12,52,12,52,12,52,12,52,12,52,12]}`), nil},
		{RLECorrupt, segment, seg(`{"size":[64,80],"counts":"\u0001"}`), nil},
		{RLECorrupt, segment, seg(`{"size":[64,80],"counts":[-1,5121]}`), nil},
		{RLEZero, segment + ".counts",
			seg(`{"size":[64,80],"counts":[1938,6,0,6,52,12,52,12,52,12,52,12,52,12,52,12,52,12,52,12,52,12,2594]}`), nil},
		{MaskRuns, segment, func(d *coco.Dataset) {
			d.Images[1].Height, d.Images[1].Width = 1<<15, 1<<15
			d.Annotations[4].Segmentation = segm(combText(1<<15, 100))
		}, nil},
		{MaskEmpty, segment, seg(`{"size":[64,80],"counts":[5120]}`), nil},
		{MaskEmpty, segment, seg(`[[-5,-5,-5,-9,-9,-9]]`), nil},
		{MaskTiny, segment, ann(func(a *coco.Annotation) {
			a.Segmentation, a.Area, a.BBox = segm(`[[30,18,33,18,33,21,30,21]]`), 9, rle.Box{X: 30, Y: 18, W: 3, H: 3}
		}), nil},
		{MaskParts, segment, seg(`[[30,18,34,18,34,30,30,30],[36,18,40,18,40,30,36,30]]`), nil},
		{MaskBorder, segment, ann(func(a *coco.Annotation) {
			a.Segmentation, a.BBox = segm(`[[0,18,10,18,10,30,0,30]]`), rle.Box{X: 0, Y: 18, W: 10, H: 12}
		}), nil},
		{MaskEqual, "annotations[9].segmentation", func(d *coco.Dataset) {
			d.Annotations = append(d.Annotations, d.Annotations[0])
			d.Annotations[9].ID = coco.IntID(100)
		}, nil},
		{MaskEqual, "annotations[9].segmentation", func(d *coco.Dataset) {
			d.Annotations = append(d.Annotations, d.Annotations[0])
			d.Annotations[9].ID, d.Annotations[9].CategoryID = coco.IntID(100), 2
		}, nil},
		{MaskNear, "annotations[5].segmentation", func(d *coco.Dataset) {
			a, b := &d.Annotations[4], &d.Annotations[5]
			a.Segmentation, a.BBox, a.Area = segm(`[[10,10,40,10,40,40,10,40]]`), rle.Box{X: 10, Y: 10, W: 30, H: 30}, 900
			b.Segmentation, b.BBox, b.Area = segm(`[[11,10,40,10,40,40,11,40]]`), rle.Box{X: 11, Y: 10, W: 29, H: 30}, 870
		}, nil},
		{AreaMissing, "annotations[4].area", ann(func(a *coco.Annotation) { a.Missing |= coco.FieldArea; a.Area = 0 }), nil},
		{AreaNotFinite, "annotations[4].area", ann(func(a *coco.Annotation) { a.Area = math.NaN() }), nil},
		{AreaNotPositive, "annotations[4].area", ann(func(a *coco.Annotation) { a.Area = -4 }), nil},
		{AreaDiffers, "annotations[4].area", ann(func(a *coco.Annotation) { a.Area = 300 }), nil},
		{BoxMissing, "annotations[4].bbox", ann(func(a *coco.Annotation) { a.Missing |= coco.FieldBBox; a.BBox = rle.Box{} }),
			nil},
		{BoxNotFinite, "annotations[4].bbox", ann(func(a *coco.Annotation) { a.BBox.W = math.Inf(1) }), nil},
		{BoxNegative, "annotations[4].bbox", ann(func(a *coco.Annotation) { a.BBox.H = -3 }), nil},
		{BoxZero, "annotations[4].bbox", ann(func(a *coco.Annotation) { a.BBox.W = 0 }), nil},
		{BoxSmall, "annotations[4].bbox", ann(func(a *coco.Annotation) { a.BBox.W = 0.25 }), nil},
		{BoxOutside, "annotations[4].bbox", ann(func(a *coco.Annotation) { a.BBox.W = 100 }), nil},
		{BoxDiffers, "annotations[4].bbox", ann(func(a *coco.Annotation) { a.BBox.X += 4 }), nil},
		{CrowdMissing, "annotations[4].iscrowd", ann(func(a *coco.Annotation) { a.Missing |= coco.FieldIsCrowd }), nil},
		{Crowd, "annotations[4].iscrowd", ann(func(a *coco.Annotation) { a.IsCrowd = true }), nil},
		{IgnoreSet, "annotations[4].ignore",
			ann(func(a *coco.Annotation) { a.Extra = coco.Fields{{Key: "ignore", Value: []byte("true")}} }), nil},
	}
}()

func TestRules(t *testing.T) {
	seen := map[coco.Code]bool{}
	for _, b := range breakers {
		seen[b.code] = true
	}
	for _, c := range foundElsewhere {
		seen[c] = true
	}
	for i := range resultRules {
		seen[resultRules[i].Code] = true
	}
	list := Rules()
	if len(list) != len(ruleAt) {
		t.Error("a code has two rules")
	}
	for _, r := range list {
		if !seen[r.Code] {
			t.Errorf("%s has no case", r.Code)
		}
		if RuleOf(r.Code).Code != r.Code || r.About == "" || len(r.Effects) == 0 && r.Why == "" {
			t.Errorf("%s: rule %v says too little", r.Code, r)
		}
		told := map[Consumer]bool{}
		for _, e := range r.Effects {
			if told[e.Consumer] || e.Does == "" {
				t.Errorf("%s: effects %v", r.Code, r.Effects)
			}
			told[e.Consumer] = true
		}
	}
	if RuleOf("no such code") != nil {
		t.Error("a rule of no code")
	}
}

func TestCheck(t *testing.T) {
	if p := Dataset(soundTiles(), nil); p != nil {
		t.Fatalf("a sound dataset has problems: %v", p)
	}
	d, o := soundTiles(), &Options{Origin: func(int) (Origin, error) { return origin, nil }}
	for i := range d.Images {
		o.Files = append(o.Files,
			ImageFile{Height: 64, Width: 80, Sum: strconv.Itoa(i),
				Hash: imagehash.Hash{1<<(20*i) - 1, 0, ^uint64(0) << (20 * i)}})
	}
	if p := Dataset(d, o); p != nil {
		t.Fatalf("a sound dataset with files and a table has problems: %v", p)
	}
	for n, b := range breakers {
		t.Run(fmt.Sprintf("%s %d", b.code, n), func(t *testing.T) {
			d, o := soundTiles(), &Options{Workers: 1}
			if b.opts != nil {
				b.opts(d, o)
			}
			b.change(d)
			list := Dataset(d, o)
			i := slices.IndexFunc(list, func(p coco.Finding) bool { return p.Code == b.code && p.Place.String() == b.path })
			if i < 0 || list[i].Reason == "" {
				t.Fatalf("problems %v, want %s at %s", list, b.code, b.path)
			}
			if strings.ContainsFunc(list[i].String(), func(r rune) bool { return r < ' ' }) {
				t.Errorf("a control character comes through: %q", list[i].String())
			}
			for _, p := range list {
				if rule := RuleOf(p.Code); rule == nil || p.Severity != rule.Severity {
					t.Errorf("severity of %+v", p)
				}
				if other := p.Other.String(); (other != "") != strings.Contains(p.Reason, "s[") ||
					!strings.Contains(p.Reason, other) {
					t.Errorf("%+v names %s", p, other)
				}
				if want := imageOf(d, p.Place); p.Image != want && p.Code != SegmentationRuns {
					t.Errorf("%+v is of image %q", p, want)
				}
			}
			o.Workers = 5
			if again := Dataset(d, o); !reflect.DeepEqual(again, list) {
				t.Errorf("five workers find %v, one %v", again, list)
			}
		})
	}
}

// imageOf returns the name of the image that a place belongs to.
func imageOf(d *coco.Dataset, at coco.Place) string {
	i, ok := at.Index, at.Section == coco.SectionImages
	if at.Section == coco.SectionAnnotations {
		i, ok = d.Index().ImageAt(d.Annotations[at.Index].ImageID)
	}
	if !ok {
		return ""
	}
	if names := coco.NewNames(d.Images); !names.ByID(i) {
		return names.Name(i)
	}
	return coco.ImageName(&d.Images[i])
}

func TestCheckEmpty(t *testing.T) {
	for _, d := range []*coco.Dataset{{}, {Annotations: make([]coco.Annotation, 3)}, {Images: make([]coco.Image, 3)},
		{Categories: make([]coco.Category, 2)}} {
		if len(Dataset(d, nil)) == 0 {
			t.Errorf("%v has no problems", d)
		}
	}
}

func TestCrossing(t *testing.T) {
	for _, tt := range []struct {
		name string
		ring rle.Ring
		want bool
	}{
		{"square", rle.Ring{{0, 0}, {5, 0}, {5, 5}, {0, 5}}, false},
		{"closed", rle.Ring{{0, 0}, {5, 0}, {5, 5}, {0, 5}, {0, 0}}, false},
		{"eight", rle.Ring{{0, 0}, {5, 5}, {5, 0}, {0, 5}}, true},
		{"touching", rle.Ring{{0, 0}, {5, 5}, {10, 0}, {10, 10}, {5, 5}, {0, 10}}, false},
		{"along itself", rle.Ring{{0, 0}, {5, 0}, {2, 0}, {2, 5}}, false},
		{"by the closing edge", rle.Ring{{0, 0}, {10, 0}, {10, 10}, {5, -5}}, true},
		{"small", rle.Ring{{0, 0}, {1e-7, 1e-7}, {1e-7, 0}, {0, 1e-7}}, true},
	} {
		if _, _, got, _ := crossing(tt.ring); got != tt.want {
			t.Errorf("%s: crosses: %v, want %v", tt.name, got, tt.want)
		}
	}
	// Many parallel edges must not take too long.
	var comb rle.Ring
	for i := range 200_000 {
		comb = append(comb, rle.Point{float64(i % 2 * 1000), float64(i)})
	}
	if _, _, ok, all := crossing(comb); !ok || !all { // the closing edge crosses
		t.Errorf("a comb: crosses: %v, all compared: %v", ok, all)
	}
	// A loop that is far from the left in a ring of many long edges above each other.
	comb = append(comb, rle.Point{-10, 200_000}, rle.Point{-10, -10}, rle.Point{-5, -5}, rle.Point{-5, -10},
		rle.Point{-10, -5}, rle.Point{-20, 0}, rle.Point{-20, -20}, rle.Point{0, -20})
	if p, q, ok, all := crossing(comb); !ok || !all || p != 200_001 || q != 200_003 {
		t.Errorf("a comb with a loop: %d and %d, crosses: %v, all compared: %v", p, q, ok, all)
	}
}
