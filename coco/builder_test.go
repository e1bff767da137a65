package coco_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// TestBuilder compares the files of several builders that share texts with those that a
// Writer writes from the same records.
func TestBuilder(t *testing.T) {
	const info = `{"description":"a\nb"}`
	categories := []coco.Category{{ID: 7, Name: "x"}}
	for _, memory := range []int{1, 600 << 10, 1 << 30} {
		rng := rand.New(rand.NewPCG(5, uint64(memory)))
		dir := t.TempDir()
		disks := 0
		disk := func() (coco.Disk, error) {
			disks++
			return os.Create(filepath.Join(dir, fmt.Sprint(disks)))
		}
		builders, want := make([]coco.Builder, 3), make([]coco.Dataset, 3)
		for k := range builders {
			builders[k] = coco.Builder{Categories: categories, Memory: memory, Disk: disk}
			want[k].Categories, want[k].Info, want[k].Licenses = categories, json.RawMessage(info), json.RawMessage(`[]`)
		}
		for i := range 300 {
			img := coco.Image{ID: coco.StringID(fmt.Sprintf("%d\n\"", i)), FileName: "a\nb.png", Height: 9, Width: 8,
				Extra: coco.Fields{{Key: "k\n", Value: json.RawMessage("{ \"v\" :\n\"\\n\"}")}}}
			var list []coco.Annotation
			for range rng.IntN(20) {
				a := coco.Annotation{ID: coco.IntID(99), ImageID: img.ID, CategoryID: 7, Area: rng.Float64(), BBox: rle.Box{W: 1, H: 2},
					Segmentation: coco.Polygons([]rle.Ring{{{1, 2}, {3, 4}, {rng.Float64(), 6}}})}
				if rng.IntN(9) == 0 {
					a.Extra = coco.Fields{{Key: "long", Value: json.RawMessage(`"` + strings.Repeat("x", rng.IntN(20000)) + `"`)}}
				}
				list = append(list, a)
			}
			text, err := coco.AppendImageText(nil, &img, list)
			if err != nil {
				t.Fatal(err)
			}
			for k := range builders {
				if rng.IntN(2) == 0 {
					continue
				}
				if err := builders[k].AddText(text); err != nil {
					t.Fatal(err)
				}
				want[k].Images = append(want[k].Images, img)
				for _, a := range list {
					a.ID = coco.IntID(int64(len(want[k].Annotations) + 1))
					want[k].Annotations = append(want[k].Annotations, a)
				}
			}
			clear(text)
		}
		for k := range builders {
			var got, expected bytes.Buffer
			if err := builders[k].Write(&got, json.RawMessage(info)); err != nil {
				t.Fatal(err)
			}
			w := coco.NewWriter(&expected)
			err := w.Header(want[k].Info, want[k].Licenses)
			for i := range categories {
				err = errors.Join(err, w.Category(&categories[i]))
			}
			for i := range want[k].Images {
				err = errors.Join(err, w.Image(&want[k].Images[i]))
			}
			for i := range want[k].Annotations {
				err = errors.Join(err, w.Annotation(&want[k].Annotations[i]))
			}
			if err = errors.Join(err, w.Close()); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), expected.Bytes()) {
				t.Errorf("memory %d, builder %d: %d bytes, want %d", memory, k, got.Len(), expected.Len())
			}
			if builders[k].Images() != len(want[k].Images) || builders[k].Annotations() != len(want[k].Annotations) {
				t.Errorf("memory %d, builder %d: counts %d images, %d annotations", memory, k, builders[k].Images(), builders[k].Annotations())
			}
		}
		if (disks > 0) != (memory < 1<<30) {
			t.Errorf("memory %d: %d files", memory, disks)
		}
	}
}

func TestBuilderErrors(t *testing.T) {
	var b coco.Builder
	img := coco.Image{ID: coco.IntID(1)}
	bad := []coco.Annotation{{ImageID: img.ID}, {ImageID: img.ID, Area: math.NaN()}}
	if err := b.Add(&img, bad); err == nil || b.Images()+b.Annotations() > 0 {
		t.Errorf("an area that is no number: %v, %d images", err, b.Images())
	}
	if err := b.AddText([]byte(`{"id":1}`)); err == nil {
		t.Error("half a text is taken")
	}
	full := errors.New("disk full")
	b.Disk = func() (coco.Disk, error) { return nil, full }
	var err error
	for i := 0; i < 1<<20 && err == nil; i++ {
		err = b.Add(&img, bad[:1])
	}
	if !errors.Is(err, full) {
		t.Errorf("without a disk: %v", err)
	}
}

// FuzzImageText checks that the text of an image has one line per record, whatever
// members a file has.
func FuzzImageText(f *testing.F) {
	f.Add([]byte(`{"images":[{"id":"a","file_name":"b\u000ac","x":[1, 2]}],"annotations":[{"id":1,"image_id":"a","category_id":1,"segmentation":[[1,2,` + "\n" + `3,4,5,6]],"y":"\n"}],"categories":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := coco.Decode(bytes.NewReader(data))
		if err != nil || len(d.Images) == 0 {
			return
		}
		text, err := coco.AppendImageText(nil, &d.Images[0], d.Annotations)
		if err != nil {
			return
		}
		if got := bytes.Count(text, []byte{'\n'}); got != 1+len(d.Annotations) {
			t.Fatalf("%d lines, want %d:\n%s", got, 1+len(d.Annotations), text)
		}
	})
}
