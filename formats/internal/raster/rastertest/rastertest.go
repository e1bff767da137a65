// Package rastertest is what the tests of formats of pixels share: drawn tiles, and exports
// and imports in memory. Only tests import it.
package rastertest

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/imagefile"
	"github.com/hubdata/hubdata/rle"
)

// Export returns the files of an export, and the fates of the instances of each image.
func Export(t testing.TB, f formats.Format, set *formats.Set, images []formats.Image, values formats.Values) (fstest.MapFS, [][]formats.Fate) {
	t.Helper()
	files, fates, err := TryExport(f, set, images, values)
	if err != nil {
		t.Fatal(err)
	}
	return files, fates
}

// TryExport is Export with the error.
func TryExport(f formats.Format, set *formats.Set, images []formats.Image, values formats.Values) (fstest.MapFS, [][]formats.Fate, error) {
	e, err := f.Export(set, values)
	if err != nil {
		return nil, nil, err
	}
	files, fates := fstest.MapFS{}, [][]formats.Fate(nil)
	add := func(parts []formats.Part) {
		for _, p := range parts {
			frame := e.Frame(p.File)
			file := files[p.File]
			if file == nil {
				file = &fstest.MapFile{Data: []byte(frame.Before)}
				files[p.File] = file
			} else {
				file.Data = append(file.Data, frame.Between...)
			}
			file.Data = append(file.Data, p.Text...)
		}
	}
	for i := range images {
		out, err := e.Image(&images[i])
		if err != nil {
			return nil, nil, err
		}
		if len(out.Fates) != len(images[i].Instances) {
			return nil, nil, fmt.Errorf("image %d: %d fates of %d instances", i, len(out.Fates), len(images[i].Instances))
		}
		add(out.Parts)
		fates = append(fates, out.Fates)
	}
	parts, err := e.Finish()
	if err != nil {
		return nil, nil, err
	}
	add(parts)
	for name, file := range files {
		file.Data = append(file.Data, e.Frame(name).After...)
	}
	return files, fates, nil
}

// Source returns a source of files in memory.
func Source(files fstest.MapFS, values formats.Values, classes ...string) *formats.Source {
	return &formats.Source{FS: files, Options: values, Classes: classes, Size: func(name string) (int, int, error) {
		file, ok := files[name]
		if !ok {
			return 0, 0, fmt.Errorf("%s: no such file", name)
		}
		return imagefile.Size(bytes.NewReader(file.Data))
	}}
}

// Import returns the images of a source.
func Import(f formats.Format, src *formats.Source) ([]*formats.Read, error) {
	var images []*formats.Read
	err := f.Import(context.Background(), src, func(r *formats.Read) error {
		images = append(images, r)
		return nil
	})
	return images, err
}

// Tile returns an image with instances of random shapes, of the categories 1 to classes.
// Without overlaps each pixel belongs to one of them at most.
func Tile(rng *rand.Rand, name string, h, w, instances, classes int, overlap bool) formats.Image {
	img := formats.Image{Image: coco.Image{FileName: name, Height: h, Width: w}, Fold: -1}
	taken := make([]byte, h*w)
	for i := range instances {
		pix := make([]byte, h*w)
		some := false
		for range 1 + rng.IntN(2) { // parts
			cx, cy := rng.IntN(w), rng.IntN(h)
			rx, ry := 1+rng.IntN(1+w/4), 1+rng.IntN(1+h/4)
			hole := rng.IntN(3) == 0
			for y := max(0, cy-ry); y < min(h, cy+ry); y++ {
				for x := max(0, cx-rx); x < min(w, cx+rx); x++ {
					dx, dy := float64(x-cx)/float64(rx), float64(y-cy)/float64(ry)
					d := float64(dx*dx) + float64(dy*dy)
					if at := y*w + x; d <= 1 && (!hole || d > 0.3) && (overlap || taken[at] == 0) {
						pix[at], taken[at], some = 1, 1, true
					}
				}
			}
		}
		if !some {
			continue
		}
		m, err := rle.FromBitmap(h, w, pix)
		if err != nil {
			panic(err)
		}
		a := coco.Annotation{ID: coco.IntID(int64(i + 1)), CategoryID: int64(1 + rng.IntN(classes)), Segmentation: coco.RLE(m), Area: float64(m.Area()), BBox: m.Bounds()}
		if rng.IntN(2) == 0 {
			a.Extra = coco.Fields{{Key: "score", Value: fmt.Appendf(nil, "%v", rng.Float64())}}
		}
		img.Instances = append(img.Instances, a)
	}
	return img
}

// Categories are n categories, with the ids 1 to n.
func Categories(n int) []coco.Category {
	list := make([]coco.Category, n)
	for i := range list {
		list[i] = coco.Category{ID: int64(i + 1), Name: fmt.Sprintf("class %c", 'a'+i)}
	}
	return list
}

// Answer is what the reference tools say of labels: the numbers row by row, and the regions
// of numbers and their connected parts as number, area, and box.
type Answer struct {
	About         string
	Suffix        string
	File          []byte
	Height, Width int
	Labels        []byte // compressed
	Number        [][6]int
	Parts4        [][6]int
	Parts8        [][6]int
}

// Rows returns compressed numbers, in the order of rows.
func Rows(t testing.TB, compressed []byte) []uint32 {
	t.Helper()
	z, err := zlib.NewReader(bytes.NewReader(compressed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]uint32, len(data)/4)
	for i := range rows {
		rows[i] = binary.LittleEndian.Uint32(data[4*i:])
	}
	return rows
}

// CheckRegions compares the areas and boxes of instances with those of an answer, whatever
// their order.
func CheckRegions(t testing.TB, about string, got []formats.Instance, expect [][6]int) {
	t.Helper()
	var a, b [][5]int
	for i := range got {
		box := got[i].BBox
		a = append(a, [5]int{int(got[i].Area), int(box.X), int(box.Y), int(box.W), int(box.H)})
	}
	for _, e := range expect {
		b = append(b, [5]int(e[1:]))
	}
	compare := func(x, y [5]int) int { return slices.Compare(x[:], y[:]) }
	slices.SortFunc(a, compare)
	slices.SortFunc(b, compare)
	if !slices.Equal(a, b) {
		t.Fatalf("%s: found %v, expected %v", about, a, b)
	}
}

// CheckPixels compares the masks of instances, which are in the order of the numbers, with
// the numbers of an answer.
func CheckPixels(t testing.TB, a *Answer, got *formats.Read) {
	t.Helper()
	rows := Rows(t, a.Labels)
	if got.Height != a.Height || got.Width != a.Width || len(got.Instances) != len(a.Number) {
		t.Fatalf("%s: found %d x %d pixels, %d instances, expected %d x %d, %d", a.About, got.Width, got.Height, len(got.Instances), a.Width, a.Height, len(a.Number))
	}
	for i, region := range a.Number {
		pix := make([]byte, len(rows))
		for k, v := range rows {
			if int(v) == region[0] {
				pix[k] = 1
			}
		}
		m, err := rle.FromBitmap(a.Height, a.Width, pix)
		if err != nil {
			t.Fatal(err)
		}
		if g, err := got.Instances[i].Segmentation.Mask(a.Height, a.Width); err != nil || !g.Equal(m) {
			t.Fatalf("%s: number %d has other pixels (%v)", a.About, region[0], err)
		}
	}
	CheckRegions(t, a.About, got.Instances, a.Number)
}
