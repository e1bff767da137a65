package coco

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hubdata/hubdata/rle"
)

// small is a dataset with every kind of member.
const small = `{"info": {"year": 2026, "a": [1, 2.50]}, "licenses": [], "version": 12,
 "images": [{"id": 1, "file_name": "a.png", "height": 40, "width": 50, "tile": "x"}, {"width": 5, "id": "b\u00e9", "height": 4}],
 "annotations": [
  {"id": 1, "image_id": 1, "category_id": 3, "segmentation": [[1, 2, 10.5, 2, 10, 20]], "area": 80.25, "bbox": [1, 2, 9.5, 18], "iscrowd": 0, "score": 0.5},
  {"id": 2, "image_id": "bé", "category_id": 3, "segmentation": {"size": [4, 5], "counts": [0, 3, 17]}, "area": 3, "bbox": [0, 0, 1, 3], "iscrowd": true},
  {"segmentation": {"counts": "03a0", "size": [4, 5]}, "id": 3, "image_id": 1, "x": {"y": [{"z": null}, {"z": 1}, {"z": 2}]}},
  {"id": "4", "image_id": 1, "segmentation": null}, {"id": 5, "image_id": 1, "segmentation": [ ], "bbox": [-1e-7, 2, 1e22, 0.1]}],
 "categories": [{"id": 3, "name": "vessel", "supercategory": ""}, {"supercategory": "s", "id": 4}], "more": {"k": "},{"}}
`

var seeds = []string{small, `{}`, `[]`, ``, `{"images":[]}`, `{"annotations":[],"images":null}`, "\ufeff" + small,
	`{"images":[{"id":1},{"id":2}`, `{"images":[{"id":1},]}`, `{"images":[{"id":1}]} x`, `{"images":[{"id":1.0,"height":6.4e1,"width":null,"file_name":"caf\udce9\ud800"}]}`, `{"images":null,"annotations":[{"id":1e0,"image_id":123456789012345678901234567890,"area":NaN,"bbox":[ ],"iscrowd":0.0,"x":-Infinity}]}`,
	`{"annotations":[{"id":1,"image_id":1,"category_id":1.0,"segmentation":{"size":[4.0,5e0],"counts":[5.0,2,2.0,2,9],"x":[1.0]},"iscrowd":0}]}`, `{"images":[{}]}`,
	`{"annotations":[{"id":1,"image_id":1,"area":NaN}]}`, `{"annotations":[{"id":1,"image_id":1,"bbox":[1,2,3]}]}`,
	`{"annotations":[{"id":1,"image_id":1,"a":[{},{"id":9,"image_id":9},{"id":8,"image_id":8}]},{"id":2,"image_id":1}]}`,
	`{"images":[{"id":1}],"images":[]}`, `{"images":[{"id":1,"id":2}]}`, `{"images":[{"id":123456789`, `{"categories":[{"id":1,"name":null}]}`}

// fromStream collects the records of a Reader.
func fromStream(r *Reader) (*Dataset, error) {
	d := new(Dataset)
	for rec, err := range r.Records() {
		if err != nil {
			return d, err
		}
		switch rec := rec.(type) {
		case *Image:
			d.Images = append(d.Images, *rec)
		case *Annotation:
			d.Annotations = append(d.Annotations, *rec)
		case *Category:
			d.Categories = append(d.Categories, *rec)
		case *Member:
			switch rec.Key {
			case "info":
				d.Info = rec.Value
			case "licenses":
				d.Licenses = rec.Value
			default:
				d.Extra = append(d.Extra, Field(*rec))
			}
		}
	}
	return d, nil
}

func encoded(t *testing.T, d *Dataset) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.Encode(&b); err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	return b.Bytes()
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// checkReuse reads text with annotations that are valid until the next record, and compares
// each while it is.
func checkReuse(t *testing.T, text []byte, block int, want *Dataset) {
	t.Helper()
	r := NewReader(bytes.NewReader(text))
	r.block = block
	r.ReuseAnnotations()
	n := 0
	for rec, err := range r.Records() {
		a, ok := rec.(*Annotation)
		if err != nil || !ok {
			continue
		}
		got, gerr := AppendAnnotation(nil, a)
		again, werr := AppendAnnotation(nil, &want.Annotations[n])
		if !bytes.Equal(got, again) || errText(gerr) != errText(werr) {
			t.Fatalf("reusing memory, blocks of %d: annotation %d is %s, %v, expected %s, %v", block, n, got, gerr, again, werr)
		}
		n++
	}
	if want != nil && n != len(want.Annotations) {
		t.Fatalf("reusing memory, blocks of %d: %d annotations, expected %d", block, n, len(want.Annotations))
	}
}

// checkRead reads text in every way and compares the results.
func checkRead(t *testing.T, text []byte, chunk, block int) {
	t.Helper()
	want, werr := decode(bytes.NewReader(text), 1, len(text)+1, false)
	var e *Error
	if werr != nil && (!errors.As(werr, &e) || e.Offset < 0 || e.Offset > int64(len(text))) {
		t.Fatalf("error %v is no Error or has a wrong offset", werr)
	}
	got, err := decode(iotest.HalfReader(bytes.NewReader(text)), 3, chunk, false)
	if errText(err) != errText(werr) {
		t.Fatalf("three workers, chunks of %d: error %v\nwant %v", chunk, err, werr)
	}
	r := NewReader(iotest.HalfReader(bytes.NewReader(text)))
	r.block = block
	streamed, serr := fromStream(r)
	if errText(serr) != errText(werr) {
		t.Fatalf("streaming with blocks of %d: error %v\nwant %v", block, serr, werr)
	}
	checkReuse(t, text, block, streamed)
	if werr != nil {
		return
	}
	markNaN(got)
	markNaN(want)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("three workers, chunks of %d: other records", chunk)
	}
	out := encoded(t, want)
	if !bytes.Equal(encoded(t, streamed), out) {
		t.Fatalf("streaming with blocks of %d: other records", block)
	}
	boxes, err := decode(bytes.NewReader(text), 2, chunk, true)
	if err != nil || len(boxes.Annotations) != len(want.Annotations) {
		t.Fatalf("without segmentations: %d annotations, %v, want %d", len(boxes.Annotations), err, len(want.Annotations))
	}
	markNaN(boxes)
	for i, a := range want.Annotations {
		if a.Segmentation = (Segmentation{}); !reflect.DeepEqual(boxes.Annotations[i], a) {
			t.Fatalf("without segmentations: annotation %d is %+v, want %+v", i, boxes.Annotations[i], a)
		}
	}
	again, err := decode(bytes.NewReader(out), 1, blockText, false)
	if err != nil {
		t.Fatalf("what was written cannot be read: %v", err)
	}
	if second := encoded(t, again); !bytes.Equal(second, out) {
		t.Fatalf("written twice:\n%s\n%s", out, second)
	}
	want.Index()
}

// markNaN puts -1 for areas of NaN, so that annotations can be compared.
func markNaN(d *Dataset) {
	for i := range d.Annotations {
		if a := &d.Annotations[i]; a.Missing.Has(FieldArea) && a.Area != a.Area {
			a.Area = -1
		}
	}
}

func FuzzReaderEqualsDecode(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), 1+i*7, 1+i*3)
	}
	f.Fuzz(func(t *testing.T, text []byte, chunk, block int) {
		checkRead(t, text, 16+chunk&0xff, 16+block&0xff)
	})
}

// TestEveryChunkAndBlock cuts the text at every position.
func TestEveryChunkAndBlock(t *testing.T) {
	for n := 1; n < len(small)+2; n++ {
		checkRead(t, []byte(small), n, n)
	}
	for n := range len(small) { // truncated
		checkRead(t, []byte(small[:n]), 50, 30)
	}
	text := generate(20, 300, false, " ")
	for _, n := range []int{100, 1000, 5000, 1 << 16} {
		checkRead(t, text, n, n)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Decode(bytes.NewReader(text))
		if err != nil {
			return
		}
		out := encoded(t, d)
		again, err := Decode(bytes.NewReader(out))
		if err != nil {
			t.Fatalf("%v in %q", err, out)
		}
		if !bytes.Equal(encoded(t, again), out) {
			t.Fatal("another dataset after writing and reading")
		}
	})
}

// naiveList reads the records of a list one after the other, by one goroutine.
func naiveList[T any](s *scanner, name string, read func(*parser, *T) error, list *[]T) error {
	for i, more := 0, true; more; i++ {
		var v T
		if err := s.try(func() error { v = *new(T); return read(&s.p, &v) }); err != nil {
			return s.error(recordPath(name, i), err)
		}
		*list = append(*list, v)
		s.p.field = ""
		if err := s.try(func() (err error) { more, err = s.c.NextElement(); return err }); err != nil {
			return s.error(name, err)
		}
	}
	return nil
}

// naiveDataset reads a dataset record by record, with what it holds before an error.
func naiveDataset(r io.Reader, block, limit int) (*Dataset, error) {
	s, d := newScanner(r, min(block, limit), limit), new(Dataset)
	return d, s.dataset(func(m *Member) error {
		switch m.Key {
		case "info":
			d.Info = m.Value
		case "licenses":
			d.Licenses = m.Value
		default:
			d.Extra = append(d.Extra, Field(*m))
		}
		return nil
	}, func(name string) error {
		switch name {
		case sectionImages:
			return naiveList(s, name, (*parser).image, &d.Images)
		case sectionCategories:
			return naiveList(s, name, (*parser).category, &d.Categories)
		}
		return naiveList(s, name, (*parser).annotation, &d.Annotations)
	})
}

// naiveResults reads results record by record, without a plan.
func naiveResults(text []byte) ([]Result, error) {
	s := newScanner(bytes.NewReader(text), blockSize, math.MaxInt)
	list := []Result{}
	err := s.results(func() error {
		return naiveList(s, "", func(p *parser, r *Result) error {
			mask, kind, err := p.anyResult(r)
			if len(mask) > 0 {
				r.Segmentation = Segmentation{raw: bytes.Clone(mask), kind: kind, read: true}
			}
			return err
		}, &list)
	})
	return spelled(list), err
}

// spelled gives all segmentations the same form.
func spelled(list []Result) []Result {
	for i := range list {
		if s := &list[i].Segmentation; s.raw != nil {
			*s = Segmentation{raw: s.AppendJSON(nil), kind: s.kind, read: true}
		}
	}
	return list
}

func FuzzResults(f *testing.F) {
	plain := strings.Repeat(`{"image_id": 42, "bbox": [1.5, 258.15000000000003, 3, 4e0], "score": 0.236, "category_id": 1, "segmentation": {"size": [4, 5], "counts": "0\\\\3a0"}}, `, 3)
	for _, other := range []string{`{"image_id": 43, "bbox": [1, 2, 3, 4], "score": 1e-05, "category_id": 1, "segmentation": {"size": [4, 5], "counts": "a"}}`,
		`{"image_id": 43.0, "bbox": [1, 2, 3, 4], "score": NaN, "category_id": 1}`, `{"image_id":1, "score": 0.5}`,
		`{"image_id": 43, "bbox": [1, 2, 3], "score": 0.5, "category_id": 1, "segmentation": {"size": [4, -5], "counts": "a"}}`,
		`{"image_id": 43, "bbox": [1, 2, 3, 4], "score": 0.5, "category_id": 1, "segmentation": {"size": [4, 5], "counts": "a" , "x": 1}}`} {
		f.Add([]byte("["+plain+other+"]"), 64)
		f.Add([]byte("["+plain+other+", "+plain+other+strings.Repeat(" ", 64)+"]"), 200)
	}
	for _, s := range []string{`[]`, `[{"image_id":1,"category_id":2,"bbox":[1,2,3,4],"score":0.5,"segmentation":{"size":[4,5],"counts":"03a0"}}]`,
		`[{"image_id":1.0,"category_id":2e0,"bbox":null,"score":1,"segmentation":{"counts":[0.0,20.0],"size":[4,5.0]}},{"image_id":"\udce9"}]`, `[{"image_id":"a","x":[{},{"image_id":1}]},{"image_id":2}]`, `{}`, `[{"image_id":1},`, `[1]`,
		`[{"image_id":0},{"image_id":0,"bbox":[0,0,0,0],"segmentation":{"size":[0,0],"counts":""}}]`} {
		f.Add([]byte(s), 9)
	}
	f.Fuzz(func(t *testing.T, text []byte, n int) {
		n = 16 + n&0xff
		want, werr := naiveResults(text)
		for _, workers := range []int{1, 3} {
			got, err := decodeResults(bytes.NewReader(text), workers, n, false)
			if errText(err) != errText(werr) || werr == nil && !reflect.DeepEqual(spelled(got.List()), want) {
				t.Fatalf("%d workers: %v, want %v", workers, err, werr)
			}
		}
		decoded, berr := decodeResults(bytes.NewReader(text), 2, n, true)
		if errText(berr) != errText(werr) || werr == nil && decoded.Len() != len(want) {
			t.Fatalf("without segmentations: %v, want %d, %v", berr, len(want), werr)
		}
		var streamed []Result
		var serr error
		for r, err := range readResults(bytes.NewReader(text), 3, n, nil) {
			if serr = err; err == nil {
				streamed = append(streamed, r)
			}
		}
		if errText(serr) != errText(werr) || werr == nil && len(streamed) != len(want) {
			t.Fatalf("streaming: %d results, %v, want %d, %v", len(streamed), serr, len(want), werr)
		}
		checkSkipping(t, text, n, want, werr)
		if werr != nil {
			return
		}
		boxes := spelled(decoded.List())
		allMasks := len(want) > 0 && want[0].Missing.Has(FieldBBox) // the first record decides
		for i, r := range want {
			if !allMasks && !r.Missing.Has(FieldBBox) { // else the mask stands for the box
				r.Segmentation = Segmentation{}
			}
			if !reflect.DeepEqual(boxes[i], r) {
				t.Fatalf("without segmentations: result %d is %+v, want %+v", i, boxes[i], r)
			}
		}
		var a, b bytes.Buffer
		if err := EncodeResults(&a, want); err != nil {
			t.Fatal(err)
		}
		if err := EncodeResults(&b, streamed); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Fatalf("streaming gives other results (%v)", err)
		}
	})
}

// checkSkipping reads the results on some of the images, then those on all others. Together they are all results, and
// find all faults.
func checkSkipping(t *testing.T, text []byte, n int, want []Result, werr error) {
	t.Helper()
	faults := 0
	for _, odd := range []bool{false, true} {
		on := func(id ID) bool {
			sum := 0
			for _, b := range id.AppendJSON(nil) {
				sum += int(b)
			}
			return sum%2 == 1 == odd
		}
		i := 0
		for r, err := range readResults(bytes.NewReader(text), 3, n, on) {
			if err != nil {
				faults++
				continue
			}
			if werr == nil {
				expected := want[i]
				if !on(expected.ImageID) {
					expected = Result{ImageID: expected.ImageID, Missing: resultFields}
				}
				if got := spelled([]Result{r})[0]; !reflect.DeepEqual(got, expected) {
					t.Fatalf("result %d on some images is %+v, want %+v", i, got, expected)
				}
			}
			i++
		}
		if werr == nil && i != len(want) {
			t.Fatalf("found %d results on some images, want %d", i, len(want))
		}
	}
	if faults > 0 != (werr != nil) {
		t.Fatalf("%d faults on some images and others, want %v", faults, werr)
	}
}

// checkStream reads text as a stream by blocks, and record by record, and compares the
// records up to an error, and the error.
func checkStream(t *testing.T, text []byte, block, limit int, reading error) {
	t.Helper()
	open := func() io.Reader {
		if reading == nil {
			return iotest.HalfReader(bytes.NewReader(text))
		}
		return io.MultiReader(bytes.NewReader(text), iotest.ErrReader(reading))
	}
	expected, expectedErr := naiveDataset(open(), 64, limit)
	for _, workers := range []int{1, 3} {
		r := NewReader(open())
		r.SetMaxRecord(limit)
		r.workers, r.block = workers, block
		got, err := fromStream(r)
		if reading != nil { // how far the text is read ahead decides which record was next
			place, expectedPlace := new(Error), new(Error)
			if errors.Is(err, reading) != errors.Is(expectedErr, reading) || errors.As(err, &place) != errors.As(expectedErr, &expectedPlace) || place.Offset != expectedPlace.Offset {
				t.Fatalf("%d workers, blocks of %d: error %v\nexpected %v", workers, block, err, expectedErr)
			}
			continue
		}
		if errText(err) != errText(expectedErr) {
			t.Fatalf("%d workers, blocks of %d, limit %d: error %v\nexpected %v", workers, block, limit, err, expectedErr)
		}
		if !bytes.Equal(encoded(t, got), encoded(t, expected)) {
			t.Fatalf("%d workers, blocks of %d, limit %d: other records", workers, block, limit)
		}
	}
}

func FuzzStream(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), 1+i*7)
	}
	f.Fuzz(func(t *testing.T, text []byte, block int) {
		checkStream(t, text, 16+block&0xff, MaxRecord, nil)
	})
}

// TestStreamLimits reads sets with errors and large records at every limit.
func TestStreamLimits(t *testing.T) {
	large := `{"images":[{"id":1},{"id":2}],"annotations":[` + strings.Repeat(`{"id":1,"image_id":1},`, 20) +
		`{"id":2,"image_id":1,"x":"` + strings.Repeat("},{", 40) + `"},{"id":3,"image_id":1},{"id":4,"image_id":1}]}`
	for _, text := range []string{small, large, large[:len(large)-30], large[:len(large)-2] + "!]}"} {
		for limit := 30; limit < 800; limit += 7 {
			for _, block := range []int{16, 50, 300} {
				checkStream(t, []byte(text), block, limit, nil)
			}
		}
		checkStream(t, []byte(text), 50, MaxRecord, errors.New("the disk is broken"))
	}
}

func FuzzSegmentation(f *testing.F) {
	for _, s := range []string{`[]`, `null`, `[[]]`, `[[1,2,3,4]]`, `[[1,2,3,4,5]]`, `[[1,2,3,4,5,6],[1]]`, `[[1e308,2,3,4,5,6]]`, `[1,2]`, `[[[1,2]]]`,
		`{"size":[4,5],"counts":[20]}`, `{"size":[4,5],"counts":"d0"}`, `{"size":[-4,5],"counts":[]}`, `{"size":[99999999999,5],"counts":[1.5]}`, `{"size":[4.0,5],"counts":[1.0, 2.5]}`, `{"counts":[3.0,17e0],"size":[4,5]}`, `{"counts":"\\\u0041"}`} {
		f.Add([]byte(s), 4, 5)
	}
	f.Fuzz(func(t *testing.T, text []byte, h, w int) {
		s, err := SegmentationFromJSON(text)
		if err != nil {
			return
		}
		out := s.AppendJSON(nil)
		again, err := SegmentationFromJSON(out)
		if err != nil || again.Kind() != s.Kind() || !bytes.Equal(again.AppendJSON(nil), out) {
			t.Fatalf("%q became %q: %v", text, out, err)
		}
		h, w = h&63, w&63
		m, err := s.Mask(h, w)
		if err == nil {
			if mh, mw := m.Size(); mh != h || mw != w {
				t.Fatalf("mask of %d x %d, want %d x %d", mh, mw, h, w)
			}
		}
		var o rle.Overlaps
		if oerr := o.Start(h, w); oerr != nil {
			t.Fatal(oerr)
		}
		if _, oerr := s.AddTo(&o, h, w, nil); errText(oerr) != errText(err) {
			t.Fatalf("%q: added with error %v, want %v", text, oerr, err)
		} else if err == nil && !o.Mask(0).Equal(m) {
			t.Fatalf("%q: another mask was added", text)
		}
		if rings, err := s.Rings(); err == nil {
			if made := Polygons(rings); len(rings) > 0 && made.Kind() != KindPolygons || !strings.HasPrefix(string(made.AppendJSON(nil)), "[[") {
				t.Fatalf("%q: rings %v", text, rings)
			}
		}
	})
}
