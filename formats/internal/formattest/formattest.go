// Package formattest draws sets, and exports and imports them in memory. For tests only.
package formattest

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
)

// Draw draws images with masks of parts and holes, polygons, and boxes. Their names and
// members have characters that formats must escape.
func Draw(seed uint64, images int) (*formats.Set, []*formats.Image) {
	r := rand.New(rand.NewPCG(seed, 1))
	set := &formats.Set{
		Name:       `drawn & "set" <1>`,
		Categories: []coco.Category{{ID: 3, Name: "vessel"}, {ID: 1, Name: `a <b> & "ç"`}, {ID: 7, Name: "unsure"}},
		Splits:     []string{"train", "val"},
	}
	list := make([]*formats.Image, images)
	for i := range list {
		img := &formats.Image{Split: set.Splits[r.IntN(2)], Fold: -1}
		img.ID = coco.IntID(int64(i + 1))
		img.FileName = fmt.Sprintf("slide %d/tïle & %d.png", i%3, i)
		img.Height, img.Width = 20+r.IntN(60), 20+r.IntN(60)
		for range r.IntN(5) {
			img.Instances = append(img.Instances, instance(r, img, set.Categories[r.IntN(3)].ID))
		}
		list[i] = img
	}
	return set, list
}

func instance(r *rand.Rand, img *formats.Image, category int64) coco.Annotation {
	h, w := img.Height, img.Width
	a := coco.Annotation{CategoryID: category}
	switch r.IntN(4) {
	case 0:
		x, y := float64(r.IntN(w-4)), float64(r.IntN(h-4))
		a.BBox = rle.Box{X: x, Y: y, W: 1 + float64(r.IntN(w-int(x)-1)), H: 1 + float64(r.IntN(h-int(y)-1))}
		a.Area = a.BBox.W * a.BBox.H
	case 1:
		var rings []rle.Ring
		for range 1 + r.IntN(2) {
			rings = append(rings, star(r, h, w))
		}
		a.Segmentation = coco.Polygons(rings)
		if m, err := a.Segmentation.Mask(h, w); err != nil || m.Area() == 0 {
			return instance(r, img, category)
		}
	default:
		a.Segmentation = coco.RLE(Mask(r, h, w))
	}
	if r.IntN(3) == 0 {
		a.Extra = append(a.Extra, coco.Field{Key: "score", Value: []byte("0.25")})
	}
	if r.IntN(3) == 0 {
		a.Extra = append(a.Extra, coco.Field{Key: "note", Value: []byte(`"<a> & \"b\"\nç"`)})
	}
	a.IsCrowd = r.IntN(5) == 0
	return a
}

func star(r *rand.Rand, h, w int) rle.Ring {
	x, y := float64(float64(w)*r.Float64()), float64(float64(h)*r.Float64())
	ring := make(rle.Ring, 3+r.IntN(9))
	for i := range ring {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(len(ring)))
		radius := 3 + float64(15*r.Float64())
		ring[i] = rle.Point{math.Round((x+float64(radius*cos))*100) / 100, math.Round((y+float64(radius*sin))*100) / 100}
	}
	return ring
}

// Mask draws a mask that is not empty, of several parts, often with holes.
func Mask(r *rand.Rand, h, w int) rle.Mask {
	pix := make([]byte, h*w)
	for n := range 1 + r.IntN(6) {
		cx, cy, radius := r.IntN(w), r.IntN(h), 1+r.IntN(12)
		for y := max(0, cy-radius); y < min(h, cy+radius); y++ {
			for x := max(0, cx-radius); x < min(w, cx+radius); x++ {
				if dx, dy := x-cx, y-cy; dx*dx+dy*dy <= radius*radius {
					pix[y*w+x] = byte(1 - n%2)
				}
			}
		}
	}
	for range r.IntN(4) {
		pix[r.IntN(len(pix))] ^= 1
	}
	pix[r.IntN(len(pix))] = 1
	m, err := rle.FromBitmap(h, w, pix)
	if err != nil {
		panic(err)
	}
	return m
}

// Values returns the options of a format with some chosen.
func Values(f *formats.Format, chosen map[string]string) formats.Values {
	v := formats.Values{}
	for _, o := range f.Options {
		v[o.Name] = o.Default
	}
	maps.Copy(v, chosen)
	return v
}

// Export returns the files of a set, and the fates of the instances of each image.
func Export(f *formats.Format, set *formats.Set, images []*formats.Image, chosen map[string]string) (fstest.MapFS,
	[][]formats.Fate, error) {
	e, err := f.Export(set, Values(f, chosen))
	if err != nil {
		return nil, nil, err
	}
	files, sections := fstest.MapFS{}, map[string][][]byte{}
	write := func(parts []formats.Part) {
		for _, p := range parts {
			frame := e.Frame(p.File)
			if files[p.File] == nil {
				files[p.File] = &fstest.MapFile{Data: []byte(frame.Before)}
				sections[p.File] = make([][]byte, 1+len(frame.Next))
			}
			text := &sections[p.File][p.Section]
			if len(*text) > 0 && len(p.Text) > 0 {
				*text = append(*text, frame.Between...)
			}
			*text = append(*text, p.Text...)
		}
	}
	fates := make([][]formats.Fate, len(images))
	for i, img := range images {
		out, err := e.Image(img)
		if err != nil {
			return nil, nil, err
		}
		write(out.Parts)
		fates[i] = out.Fates
	}
	parts, err := e.Finish()
	if err != nil {
		return nil, nil, err
	}
	write(parts)
	for name, file := range files {
		frame := e.Frame(name)
		for k, text := range sections[name] {
			if k > 0 {
				file.Data = append(file.Data, frame.Next[k-1]...)
			}
			file.Data = append(file.Data, text...)
		}
		file.Data = append(file.Data, frame.After...)
	}
	return files, fates, nil
}

// read returns what a format reads. Images have the size h x w.
func read(f *formats.Format, files fstest.MapFS, file string, chosen map[string]string, h, w int) ([]*formats.Read,
	error) {
	src := &formats.Source{FS: files, File: file, Options: Values(f, chosen)}
	src.Size = func(name string) (int, int, error) {
		if _, ok := files[name]; !ok {
			return 0, 0, fs.ErrNotExist
		}
		return h, w, nil
	}
	var list []*formats.Read
	err := f.Import(context.Background(), src, func(r *formats.Read) error {
		list = append(list, r)
		return nil
	})
	return list, err
}

// Pixels returns the pixels of an instance.
func Pixels(t testing.TB, h, w int, a *coco.Annotation) rle.Mask {
	t.Helper()
	m, err := rle.FromBox(h, w, a.BBox)
	if a.Segmentation.Kind() != coco.KindNone {
		m, err = a.Segmentation.Mask(h, w)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// RoundTrip exports and imports drawn images, and compares them: pixels by the IoU that
// each instance's fate says, members if the fate says that they do not change, and
// polygons to the digit unless masks says that they are written as pixels.
func RoundTrip(t *testing.T, f *formats.Format, chosen map[string]string, masks bool) {
	t.Helper()
	for seed := range uint64(20) {
		set, images := Draw(seed, 100)
		files, fates, err := Export(f, set, images, chosen)
		if err != nil {
			t.Fatal(err)
		}
		src := &formats.Source{FS: files, Options: Values(f, chosen)}
		if !f.Recognise(src) {
			t.Fatal("the export is not recognised")
		}
		list, err := read(f, files, "", chosen, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != len(images) {
			t.Fatalf("%d images, expected %d", len(list), len(images))
		}
		byName := map[string]*formats.Read{}
		for _, r := range list {
			byName[r.FileName] = r
		}
		for i, img := range images {
			r := byName[img.FileName]
			if r == nil {
				t.Fatalf("image %q is not read", img.FileName)
			}
			compare(t, set, img, r, fates[i], masks)
		}
	}
}

func compare(t *testing.T, set *formats.Set, img *formats.Image, r *formats.Read, fates []formats.Fate, masks bool) {
	t.Helper()
	if r.Height != img.Height || r.Width != img.Width || r.Split != img.Split || len(r.Skipped) != 0 {
		t.Fatalf("%s: %d x %d, split %q, skipped %v", img.FileName, r.Width, r.Height, r.Split, r.Skipped)
	}
	at := 0
	for k := range img.Instances {
		a := &img.Instances[k]
		if fates[k].Dropped != "" {
			t.Fatalf("%s: instance %d: dropped: %s", img.FileName, k, fates[k].Dropped)
		}
		if at == len(r.Instances) {
			t.Fatalf("%s: %d instances, expected %d", img.FileName, len(r.Instances), len(img.Instances))
		}
		got := &r.Instances[at]
		at++
		class := ""
		for _, c := range set.Categories {
			if c.ID == a.CategoryID {
				class = c.Name
			}
		}
		if got.Class != class {
			t.Fatalf("%s: instance %d: class %q, expected %q", img.FileName, k, got.Class, class)
		}
		want, have := Pixels(t, img.Height, img.Width, a), Pixels(t, img.Height, img.Width, &got.Annotation)
		if fates[k].IoU == 0 && fates[k].Changed != "" { // all of its pixels are covered: its box is left
			continue
		}
		if iou := rle.IoU(have, want); !math.IsNaN(fates[k].IoU) && iou != fates[k].IoU &&
			!(iou == 1 && strings.Contains(fates[k].Changed, "per cents")) {
			t.Fatalf("%s: instance %d of kind %v: IoU %v, expected %v", img.FileName, k, a.Segmentation.Kind(), iou,
				fates[k].IoU)
		}
		kind := a.Segmentation.Kind()
		if !masks && kind == coco.KindPolygons || kind == coco.KindNone {
			if g, w := string(got.Segmentation.AppendJSON(nil)), string(a.Segmentation.AppendJSON(nil)); g != w {
				t.Fatalf("%s: instance %d: %s, expected %s", img.FileName, k, g, w)
			}
		}
		if kind == coco.KindNone && got.BBox != a.BBox {
			t.Fatalf("%s: instance %d: box %v, expected %v", img.FileName, k, got.BBox, a.BBox)
		}
		if strings.Contains(fates[k].Changed, "members") {
			continue
		}
		if got.IsCrowd != a.IsCrowd || text(got.Extra) != text(a.Extra) {
			t.Fatalf("%s: instance %d: %v %s, expected %v %s", img.FileName, k, got.IsCrowd, text(got.Extra), a.IsCrowd,
				text(a.Extra))
		}
	}
	if at != len(r.Instances) {
		t.Fatalf("%s: %d instances, expected %d", img.FileName, len(r.Instances), at)
	}
}

func text(extra coco.Fields) string {
	s := ""
	for _, f := range extra {
		s += f.Key + "=" + string(f.Value) + " "
	}
	return s
}

// Bad is a file that is refused, or of which something is skipped.
type Bad struct {
	Name    string
	Text    string            // of the file
	Others  map[string]string // other files
	Error   string            // part of the error; empty: none
	Skipped string            // what is skipped, joined by commas
}

// Refuse imports bad files named file. Image files are 20 rows of 30 pixels.
func Refuse(t *testing.T, f *formats.Format, file string, chosen map[string]string, table []Bad) {
	t.Helper()
	for _, bad := range table {
		t.Run(bad.Name, func(t *testing.T) {
			files := fstest.MapFS{file: {Data: []byte(bad.Text)}}
			for name, text := range bad.Others {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			list, err := read(f, files, "", chosen, 20, 30)
			switch {
			case bad.Error == "" && err != nil:
				t.Fatal(err)
			case bad.Error != "" && err == nil:
				t.Fatalf("no error, expected %q", bad.Error)
			case bad.Error != "":
				if !strings.Contains(err.Error(), bad.Error) {
					t.Fatalf("error %q, expected %q and the file", err, bad.Error)
				}
				return
			}
			var skipped []string
			for _, r := range list {
				for _, s := range r.Skipped {
					skipped = append(skipped, s.What)
				}
			}
			if got := strings.Join(skipped, ","); got != bad.Skipped {
				t.Fatalf("skipped %q, expected %q", got, bad.Skipped)
			}
		})
	}
}

// Survive imports a text, which may be anything.
func Survive(f *formats.Format, file string, text []byte) {
	files := fstest.MapFS{file: {Data: text}}
	f.Recognise(&formats.Source{FS: files})
	_, _ = read(f, files, "", nil, 20, 30) // an error is as good as a set
}

// golden is what a file of an editor has: pixels as compressed runs, in its order.
type golden struct {
	Versions  string
	Counts    []string // of one image
	Instances []struct{ Image, Class, Counts string }
}

// ReadGolden imports a folder of testdata, or the file that is named, with images of h x w
// pixels, and compares the pixels with such a file.
func ReadGolden(t *testing.T, f *formats.Format, folder, name, expected string, chosen map[string]string, h, w int) {
	t.Helper()
	text, err := os.ReadFile(expected)
	if err != nil {
		t.Fatal(err)
	}
	var file golden
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	src := &formats.Source{FS: os.DirFS(folder), File: name, Options: Values(f, chosen)}
	if !f.Recognise(src) {
		t.Error("the file is not recognised")
	}
	type instance struct{ image, class, counts string }
	var got, want []instance
	err = f.Import(context.Background(), src, func(r *formats.Read) error {
		if len(r.Skipped) > 0 {
			t.Errorf("skipped %v", r.Skipped)
		}
		for i := range r.Instances {
			counts, err := Pixels(t, h, w, &r.Instances[i].Annotation).AppendText(nil)
			if err != nil {
				return err
			}
			if file.Counts != nil {
				got = append(got, instance{counts: string(counts)})
			} else {
				got = append(got, instance{r.FileName, r.Instances[i].Class, string(counts)})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Counts {
		want = append(want, instance{counts: c})
	}
	for _, g := range file.Instances {
		want = append(want, instance{g.Image, g.Class, g.Counts})
	}
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%s: %d instances, expected %d", file.Versions, len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: instance %d: %v, expected %v", file.Versions, i, got[i], want[i])
		}
	}
}
