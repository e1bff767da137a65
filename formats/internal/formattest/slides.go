package formattest

import (
	"context"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/slide"
)

// ReadSlides imports files of slides. known are the images of the set that they are of.
func ReadSlides(f *formats.Format, files fstest.MapFS, chosen map[string]string, known ...coco.Image) ([]*formats.Read, error) {
	src := &formats.Source{FS: files, Options: Values(f, chosen)}
	src.Known = func(name string) (coco.Image, bool) {
		k := slices.IndexFunc(known, func(img coco.Image) bool { return img.FileName == name })
		if k < 0 {
			return coco.Image{}, false
		}
		return known[k], true
	}
	var list []*formats.Read
	err := f.Import(context.Background(), src, func(r *formats.Read) error {
		list = append(list, r)
		return nil
	})
	return list, err
}

// RoundTripSlides exports drawn images as slides, in pieces of two instances, and imports
// them: pixels, classes and, if members says so, members are the same.
func RoundTripSlides(t *testing.T, f *formats.Format, chosen map[string]string, members bool) {
	t.Helper()
	for seed := range uint64(6) {
		set, images := Draw(seed, 40)
		set.Splits = nil
		var pieces []*formats.Image
		var known []coco.Image
		id := int64(0)
		for i, img := range images {
			img.Split, img.FileName = "", fmt.Sprintf("slide %d ü", i)
			known = append(known, img.Image)
			for k := range img.Instances {
				id++
				img.Instances[k].ID = coco.IntID(id)
			}
			for at := 0; at == 0 || at < len(img.Instances); at += 2 {
				part := *img
				part.Instances = img.Instances[at:min(at+2, len(img.Instances))]
				pieces = append(pieces, &part)
			}
		}
		files, fates, err := Export(f, set, pieces, chosen)
		if err != nil {
			t.Fatal(err)
		}
		for i := range fates {
			for _, fate := range fates[i] {
				if fate.Dropped != "" {
					t.Fatalf("dropped: %s", fate.Dropped)
				}
			}
		}
		if !f.Recognise(&formats.Source{FS: files}) {
			t.Fatal("the export is not recognised")
		}
		list, err := ReadSlides(f, files, chosen, known...)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != len(images) {
			t.Fatalf("%d slides, expected %d", len(list), len(images))
		}
		for _, r := range list {
			k := slices.IndexFunc(images, func(img *formats.Image) bool { return img.FileName == path.Base(r.FileName) })
			sameSlide(t, set, images[k], r, members)
		}
	}
}

func sameSlide(t *testing.T, set *formats.Set, img *formats.Image, r *formats.Read, members bool) {
	t.Helper()
	if r.Height != img.Height || r.Width != img.Width || len(r.Skipped) != 0 || len(r.Noted) != 0 || len(r.Instances) != len(img.Instances) {
		t.Fatalf("%s: %d x %d, %d instances, skipped %v, noted %v, expected %d x %d, %d", img.FileName, r.Width, r.Height,
			len(r.Instances), r.Skipped, r.Noted, img.Width, img.Height, len(img.Instances))
	}
	byID := map[string]*formats.Instance{}
	for i := range r.Instances {
		byID[string(r.Instances[i].Extra.Get(slide.OriginMember))] = &r.Instances[i]
	}
	for k := range img.Instances {
		a := &img.Instances[k]
		got := byID[string(a.ID.AppendJSON(nil))]
		if got == nil {
			t.Fatalf("%s: instance %d: none has %s %s", img.FileName, k, slide.OriginMember, a.ID)
		}
		c := slices.IndexFunc(set.Categories, func(c coco.Category) bool { return c.ID == a.CategoryID })
		if got.Class != set.Categories[c].Name {
			t.Fatalf("%s: instance %d: class %q, expected %q", img.FileName, k, got.Class, set.Categories[c].Name)
		}
		expected, have := Pixels(t, img.Height, img.Width, a), Pixels(t, img.Height, img.Width, &got.Annotation)
		if !have.Equal(expected) || math.Abs(got.Area-float64(expected.Area())) > 0 || got.BBox != expected.Bounds() {
			t.Fatalf("%s: instance %d of kind %v: %d pixels, box %v, expected %d, %v", img.FileName, k, a.Segmentation.Kind(),
				have.Area(), got.BBox, expected.Area(), expected.Bounds())
		}
		if members && (got.IsCrowd != a.IsCrowd || sorted(got.Extra) != sorted(a.Extra)) {
			t.Fatalf("%s: instance %d: %v %s, expected %v %s", img.FileName, k, got.IsCrowd, sorted(got.Extra), a.IsCrowd, sorted(a.Extra))
		}
	}
}

// sorted returns members as a text, in the order of their names, without that of the origin.
func sorted(extra coco.Fields) string {
	list := slices.DeleteFunc(slices.Clone(extra), func(f coco.Field) bool { return f.Key == slide.OriginMember })
	slices.SortFunc(list, func(a, b coco.Field) int { return strings.Compare(a.Key, b.Key) })
	return text(list)
}

// describe returns what was read of a slide: of each instance the class, area and members,
// and what was skipped and noted.
func describe(r *formats.Read) string {
	var list []string
	for _, in := range r.Instances {
		line := fmt.Sprintf("%s %v", in.Class, in.Area)
		if in.IsCrowd {
			line += " crowd"
		}
		for _, f := range in.Extra {
			line += " " + f.Key + "=" + string(f.Value)
		}
		list = append(list, line)
	}
	for _, s := range r.Skipped {
		list = append(list, "skipped "+s.What)
	}
	for _, s := range r.Noted {
		list = append(list, "noted "+s.What)
	}
	return strings.Join(list, ", ")
}

// Told is the name of a test, the text of a file, and what is read of it or part of the
// error.
type Told [3]string

// ReadTold reads files of slides.
func ReadTold(t *testing.T, f *formats.Format, file string, chosen map[string]string, table []Told) {
	t.Helper()
	for _, told := range table {
		name, text, expected := told[0], told[1], told[2]
		t.Run(name, func(t *testing.T) {
			list, err := ReadSlides(f, fstest.MapFS{file: {Data: []byte(text)}}, chosen)
			switch {
			case err != nil && !strings.Contains(err.Error(), expected):
				t.Errorf("error %q, expected %q", err, expected)
			case err == nil && describe(list[0]) != expected:
				t.Errorf("read %q, expected %q", describe(list[0]), expected)
			}
		})
	}
}
