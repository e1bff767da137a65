package coco

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

func TestReadErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", ``, "byte 0: found the end of the text, expected a COCO dataset: an object with images, annotations and categories"},
		{"a results file", `[{"image_id":1}]`,
			"byte 0: found a list, expected an object with images, annotations and categories: read a list as a results file"},
		{"gzip", "\x1f\x8b\x08\x00", "byte 0: found gzip data, expected JSON text: decompress it first"},
		{"another object", `{"a":1}`,
			"byte 7: found an object without images, annotations and categories: this is not a COCO dataset"},
		{"trailing text", `{"images":[]} {`, "byte 14: found an object, expected nothing more"},
		{"truncated between", `{"images":[{"id":1},`, "images[1]: byte 20: found the end of the text, expected an object"},
		{"truncated inside", `{"images":[{"id":1`, "images[0]: byte 18: found the end of the text, expected ',' or '}'"},
		{"truncated string", `{"images":[{"id":"ab`,
			"images[0].id: byte 20: found the end of the text, expected the closing quote of a string"},
		{"truncated outside", `{"images":[]`, "byte 12: found the end of the text, expected ',' or '}'"},
		{"records no list", `{"images":{}}`, "images: byte 10: found an object, expected a list"},
		{"record no object", `{"images":[7]}`, "images[0]: byte 11: found the number 7, expected an object"},
		{"no id", `{"images":[{"width":1}]}`, "images[0]: byte 11: found a record without id"},
		{"no image_id", `{"annotations":[{"id":1}]}`, "annotations[0]: byte 16: found a record without image_id"},
		{"float id", `{"images":[{"id":1.5}]}`, "images[0].id: byte 17: found the number 1.5, expected an integer"},
		{"null id", `{"images":[{"id":null}]}`, "images[0].id: byte 17: found null, expected an id: an integer or a string"},
		{"NaN", `{"annotations":[{"id":1,"image_id":1,"bbox":[NaN,1,1,1]}]}`,
			"annotations[0].bbox[0]: byte 45: found NaN, which is not valid JSON (Python's json module writes it for numbers that are not finite), expected a number"},
		{"box of three", `{"annotations":[{"id":1,"image_id":1,"bbox":[1,2,3]}]}`,
			"annotations[0].bbox: byte 51: found a list of 3 numbers, expected four: x, y, width, height"},
		{"box of five", `{"annotations":[{"id":1,"image_id":1,"bbox":[1,2,3,4,5]}]}`,
			"annotations[0].bbox: byte 53: found a list of more than four numbers, expected x, y, width, height"},
		{"box of text", `{"annotations":[{"id":1,"image_id":1,"bbox":[1,"2",3,4]}]}`,
			"annotations[0].bbox[1]: byte 47: found a string, expected a number"},
		{"iscrowd 2", `{"annotations":[{"id":1,"image_id":1,"iscrowd":2}]}`,
			"annotations[0].iscrowd: byte 47: found the number 2, expected 0 or 1"},
		{"flat polygon", `{"annotations":[{"id":1,"image_id":1,"segmentation":[1,2,3,4,5,6]}]}`,
			"annotations[0].segmentation[0]: byte 53: found the number 1, expected a ring: a list of numbers x1, y1, x2, y2, ...; write even a single ring as a list of rings: [[x1, y1, ...]]"},
		{"points in polygon", `{"annotations":[{"id":1,"image_id":1,"segmentation":[[[1,2],[3,4]]]}]}`,
			"annotations[0].segmentation[0][0]: byte 54: found a list, expected a number"},
		{"runs without size", `{"annotations":[{"id":1,"image_id":1,"segmentation":{"counts":[1]}}]}`,
			"annotations[0].segmentation: byte 66: found an object without size and counts"},
		{"counts of a wrong type", `{"annotations":[{"id":1,"image_id":1,"segmentation":{"counts":7}}]}`,
			"annotations[0].segmentation.counts: byte 62: found the number 7, expected a list of run lengths or a string"},
		{"member twice", `{"images":[{"id":1,"id":1}]}`,
			"images[0].id: byte 24: duplicate member in this record: delete one"},
		{"section twice", `{"images":[],"images":[]}`, "images: byte 13: duplicate member in this file: delete one"},
		{"unknown field", `{"images":[{"id":1,"x":[1,]}]}`, "images[0].x: byte 26: found ']', expected a value"},
		{"not UTF-8", "{\"images\":[{\"id\":\"\xe9\"}]}",
			"images[0].id: byte 18: found byte 0xe9, which is not UTF-8, expected UTF-8 text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode(strings.NewReader(tt.text))
			if errText(err) != tt.want {
				t.Errorf("error %v\nwant  %s", err, tt.want)
			}
			if cut := strings.Contains(tt.want, "the end of the text"); errors.Is(err, io.ErrUnexpectedEOF) != cut {
				t.Errorf("io.ErrUnexpectedEOF: %v, want %v", !cut, cut)
			}
			if _, err := fromStream(NewReader(iotest.OneByteReader(strings.NewReader(tt.text)))); errText(err) != tt.want {
				t.Errorf("streaming: error %v\nwant  %s", err, tt.want)
			}
		})
	}
	_, err := DecodeResults(strings.NewReader(`{}`))
	if want := "byte 0: found an object, expected a list of results: read an object as a dataset"; errText(err) != want {
		t.Errorf("error %v, want %s", err, want)
	}
	_, err = DecodeResults(strings.NewReader(`[{"image_id":1},{"image_id":2,"score":"x"}]`))
	if want := "[1].score: byte 38: found a string, expected a number"; errText(err) != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestReaderLimits(t *testing.T) {
	big := `{"images":[{"id":1,"x":"` + strings.Repeat("a", 5000) + `"}]}`
	r := NewReader(strings.NewReader(big))
	r.SetMaxRecord(4000)
	if _, err := fromStream(r); err == nil ||
		!strings.Contains(err.Error(), "images[0]: byte 11: found a record of more than 4000 bytes") {
		t.Errorf("a record over the limit: %v", err)
	}
	r = NewReader(strings.NewReader(big))
	r.SetMaxRecord(6000)
	if _, err := fromStream(r); err != nil {
		t.Errorf("a record below the limit: %v", err)
	}
	broken := errors.New("disk gone")
	for _, read := range []func(io.Reader) (*Dataset, error){Decode, func(r io.Reader) (*Dataset, error) {
		return fromStream(NewReader(r))
	}} {
		if _, err := read(io.MultiReader(strings.NewReader(`{"images":[{`), iotest.ErrReader(broken))); !errors.Is(err,
			broken) {
			t.Errorf("a reader that fails: %v, want its error", err)
		}
	}
}

// TestRoundTrip compares known and unknown values using encoding/json.
func TestRoundTrip(t *testing.T) {
	d, err := Decode(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := d.Encode(&out); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(small, `"iscrowd": true`, `"iscrowd": 1`, 1)
	if !sameJSON(t, []byte(want), out.Bytes()) {
		t.Errorf("changed:\n%s\n%s", small, out.String())
	}
	a := d.Annotations[0]
	if a.Missing != 0 || string(a.Extra.Get("score")) != "0.5" || a.Area != 80.25 ||
		a.Segmentation.Kind() != KindPolygons {
		t.Errorf("first annotation: %+v", a)
	}
	if a := d.Annotations[2]; a.Missing != FieldCategoryID|FieldArea|FieldBBox|FieldIsCrowd ||
		a.Segmentation.Kind() != KindRLE {
		t.Errorf("third annotation: %+v", a)
	}
	if !d.Annotations[1].IsCrowd || d.Annotations[1].ImageID != StringID("bé") || d.Annotations[3].ID != StringID("4") {
		t.Error("ids or iscrowd changed")
	}
}

func TestWriter(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out)
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(w.Header(json.RawMessage(`{ "a" : 1 }`), nil))
	do(w.Annotations(strings.NewReader("")))
	do(w.Image(&Image{ID: StringID("é\"\n\x01\xff"), FileName: "a", Height: 2, Width: 3,
		Extra: Fields{{"x", json.RawMessage(`[1, 2]`)}}}))
	do(w.Annotation(&Annotation{ID: IntID(1), Area: 0.1, BBox: rle.Box{X: 1e21, Y: 1e-7, W: -0.5, H: 123456789}}))
	do(w.Annotations(strings.NewReader(`{"id":2},` + "\n" + `{"id":3}`)))
	do(w.Close())
	want := `{
"info":{"a":1},
"images":[
{"id":"é\"\n\u0001\udcff","file_name":"a","height":2,"width":3,"x":[1,2]}
],
"annotations":[
{"id":1,"image_id":0,"category_id":0,"segmentation":[],"area":0.1,"bbox":[1e+21,1e-07,-0.5,123456789],"iscrowd":0},
{"id":2},
{"id":3}
],
"categories":[]
}
`
	if out.String() != want {
		t.Errorf("wrote\n%swant\n%s", out.String(), want)
	}
	if w.Image(&Image{}) == nil {
		t.Error("a closed writer takes images")
	}
	for name, write := range map[string]func(w *Writer) error{
		"a section in two parts": func(w *Writer) error {
			_ = w.Image(&Image{})
			_ = w.Category(&Category{})
			return w.Image(&Image{})
		},
		"a member twice": func(w *Writer) error {
			_ = w.Member("a", json.RawMessage(`1`))
			return w.Member("a", json.RawMessage(`1`))
		},
		"records as a member": func(w *Writer) error { return w.Member("images", json.RawMessage(`[]`)) },
		"no JSON":             func(w *Writer) error { return w.Member("a", json.RawMessage(`{`)) },
		"area NaN":            func(w *Writer) error { return w.Annotation(&Annotation{Area: math.NaN()}) },
		"box infinite":        func(w *Writer) error { return w.Annotation(&Annotation{BBox: rle.Box{H: math.Inf(-1)}}) },
		"polygon NaN": func(w *Writer) error {
			return w.Annotation(&Annotation{Segmentation: Polygons([]rle.Ring{{{0, math.NaN()}}})})
		},
		"extra no JSON": func(w *Writer) error { return w.Category(&Category{Extra: Fields{{"a", nil}}}) },
	} {
		w := NewWriter(io.Discard)
		err := write(w)
		if err == nil || !errors.Is(w.Close(), err) {
			t.Errorf("%s: error %v, and Close does not repeat it", name, err)
		}
	}
	if err := EncodeResults(io.Discard, []Result{{Score: math.NaN()}}); err == nil {
		t.Error("a score NaN is written")
	}
	failed := errors.New("failed")
	if err := WriteResults(io.Discard, func(yield func(Result, error) bool) {
		_ = yield(Result{}, nil) && yield(Result{}, failed)
	}); err != failed {
		t.Errorf("an error of the sequence gives %v", err)
	}
}

// TestFloats checks that numbers are preserved, using encoding/json.
func TestFloats(t *testing.T) {
	for _, f := range []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 1e15, 1e16, 1 << 53, 1<<53 + 2, 1e20, 1e21, 1e22,
		1e-6, 9.9e-7, math.MaxFloat64, math.SmallestNonzeroFloat64, 1.0 / 3} {
		text := jsonscan.AppendFloat(nil, f)
		var got float64
		if err := json.Unmarshal(text, &got); err != nil || math.Float64bits(got) != math.Float64bits(f) {
			t.Errorf("%v is written %s and read %v (%v)", f, text, got, err)
		}
	}
}

func TestVertices(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		ok   bool
	}{
		{`[[1,2,3.5,4e1,-5,6]]`, 3, true},
		{` [ [ 1 , 2 ,3,4, 5 , 6 ] , [7,8,9] , [] ] `, 4, true},
		{`[[]]`, 0, true},
		{`[]`, 0, false},
		{`null`, 0, false},
		{`{"size": [2, 2], "counts": [4]}`, 0, false},
	} {
		s, err := SegmentationFromJSON([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if n, ok := s.Vertices(); n != c.n || ok != c.ok {
			t.Errorf("%s: %d, %v, want %d, %v", c.text, n, ok, c.n, c.ok)
		}
	}
	s := Polygons([]rle.Ring{{{0, 0}, {1, 0}, {1, 1}}, {{2, 2}, {3, 3}}})
	if n, ok := s.Vertices(); n != 5 || !ok {
		t.Errorf("made of rings: %d, %v", n, ok)
	}
}
