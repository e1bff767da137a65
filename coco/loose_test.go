package coco

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hubdata/hubdata/internal/longtest"
)

// loosely reads a text loosely and returns what is written, and the faults in lines.
func loosely(t *testing.T, text string) (written, faults string) {
	t.Helper()
	d, list, err := DecodeLoose(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var b strings.Builder
	for _, f := range list {
		fmt.Fprintf(&b, "%s %s %s -> %s: %s\n", f.Code, f.Place, f.Found, f.Meant, f.Reason)
	}
	return string(encoded(t, d)), b.String()
}

func TestDecodeLoose(t *testing.T) {
	image := func(record string) string { return `{"images":[` + record + `]}` }
	annotation := func(members string) string { return `{"annotations":[{"id":1,"image_id":1,` + members + `}]}` }
	category := func(record string) string { return `{"categories":[` + record + `]}` }
	tests := []struct{ name, text, record, faults string }{
		{"whole numbers", image(`{"id":1.0,"file_name":"a","height":6.4e1,"width":48.00}`),
			`{"id":1,"file_name":"a","height":64,"width":48}`,
			"number-point images[0].id  -> : id, height and width are written with a point or an exponent, expected integers\n"},
		{"a fraction", image(`{"id":1,"width":64.5}`), `{"id":1,"width":64.5}`,
			"type-wrong images[0].width 64.5 -> : found the number 64.5, expected an integer\n"},
		{"runs", annotation(`"segmentation":{"size":[4.0,5.0],"counts":[3.0,2e0,15],"x":[1.0]}`),
			`{"id":1,"image_id":1,"segmentation":{"size":[4,5],"counts":[3,2,15],"x":[1.0]}}`,
			"number-point annotations[0].segmentation  -> : written with a point or an exponent, expected an integer\n"},
		{"a run that is no integer", annotation(`"segmentation":{"size":[4,5],"counts":[3.5,16.5]}`),
			`{"id":1,"image_id":1,"segmentation":{"size":[4,5],"counts":[3.5,16.5]}}`, ""},
		{"in quotes", annotation(`"category_id":" 7","iscrowd":"False","area":"12.5","bbox":["1",2,"3.5",4]`),
			`{"id":1,"image_id":1,"category_id":7,"area":12.5,"bbox":[1,2,3.5,4],"iscrowd":0}`,
			"value-quoted annotations[0].category_id \" 7\" -> 7: found a string, expected an integer\n" +
				"value-quoted annotations[0].iscrowd \"False\" -> false: found a string, expected 0 or 1\n" +
				"value-quoted annotations[0].area \"12.5\" -> 12.5: found a string, expected a number\n" +
				"value-quoted annotations[0].bbox [\"1\",2,\"3.5\",4] -> [1,2,3.5,4]: found a string, expected a number\n"},
		{"a list in quotes", annotation(`"segmentation":"[[1,2,3,4,5,6]]"`),
			`{"id":1,"image_id":1,"segmentation":[[1,2,3,4,5,6]]}`,
			"value-quoted annotations[0].segmentation \"[[1,2,3,4,5,6]]\" -> [[1,2,3,4,5,6]]: found a string, expected polygons [[x1, y1, x2, y2, ...], ...] or an object with size and counts\n"},
		{"a flat ring", annotation(`"segmentation":[1,2,3,4,5,6]`), `{"id":1,"image_id":1,"segmentation":[[1,2,3,4,5,6]]}`,
			"ring-flat annotations[0].segmentation [1,2,3,4,5,6] -> [[1,2,3,4,5,6]]: found the number 1, expected a ring: a list of numbers x1, y1, x2, y2, ...; write even a single ring as a list of rings: [[x1, y1, ...]]\n"},
		{"a number as a name", category(`{"id":1,"name":3.50}`), `{"id":1,"name":"3.50"}`,
			"text-unquoted categories[0].name 3.50 -> \"3.50\": found the number 3.50, expected a string\n"},
		{"no single meaning", annotation(
			`"category_id":{},"iscrowd":2,"bbox":[1,2,3],"area":"big","segmentation":{"counts":[1]}`),
			`{"id":1,"image_id":1,"category_id":{},"iscrowd":2,"bbox":[1,2,3],"area":"big","segmentation":{"counts":[1]}}`,
			"type-wrong annotations[0].category_id {} -> : found an object, expected an integer\n" +
				"type-wrong annotations[0].iscrowd 2 -> : found the number 2, expected 0 or 1\n" +
				"type-wrong annotations[0].bbox [1,2,3] -> : found a list of 3 numbers, expected four: x, y, width, height\n" +
				"type-wrong annotations[0].area \"big\" -> : found a string, expected a number\n" +
				"type-wrong annotations[0].segmentation {\"counts\":[1]} -> : found an object without size and counts\n"},
		{"null", annotation(`"category_id":null,"segmentation":"","area":NaN,"bbox":[ ],"iscrowd":""`),
			`{"id":1,"image_id":1}`, ""},
		{"null in an image", image(`{"id":1,"file_name":null,"height":null,"width":[]}`), `{"id":1}`, ""},
		{"no ids", `{"annotations":[{"image_id":1},{"id":2,"image_id":null},{"id":[1]},{"id":1,"image_id":"none"}],"images":[{"id":2},{},{"id":"none"}]}`,
			"{\"id\":2},\n{\"id\":3},\n{\"id\":\"none\"}\n],\n\"annotations\":[\n{\"id\":3,\"image_id\":1},\n{\"id\":2,\"image_id\":null},\n{\"id\":4},\n{\"id\":1,\"image_id\":\"none\"}",
			"id-missing annotations[0].id  -> 3: found none: 3 is the lowest one that is free\n" +
				"type-wrong annotations[1].image_id null -> : found null, expected an id: an integer or a string\n" +
				"id-missing annotations[2].id [1] -> 4: found a list, expected an id: an integer or a string: 4 is the lowest one that is free\n" +
				"id-missing images[1].id  -> 3: found none: 3 is the lowest one that is free\n"},
		{"ids of categories in text",
			`{"annotations":[{"id":1,"image_id":1,"category_id":"cell"},{"id":2,"image_id":1,"category_id":"1"}],"categories":[{"id":"cell"},{"id":"1"}]}`,
			"{\"id\":2},\n{\"id\":1}\n],\n\"images\":[],\n\"annotations\":[\n{\"id\":1,\"image_id\":1,\"category_id\":2},\n{\"id\":2,\"image_id\":1,\"category_id\":1}",
			"value-quoted annotations[0].category_id \"cell\" -> 2: found a string, expected an integer\n" +
				"value-quoted annotations[1].category_id \"1\" -> 1: found a string, expected an integer\n" +
				"id-missing categories[0].id \"cell\" -> 2: found a string, expected an integer: 2 is the lowest one that is free\n" +
				"value-quoted categories[1].id \"1\" -> 1: found a string, expected an integer\n"},
		{"categories by name", `{"annotations":[{"id":1,"image_id":1,"category_id":"cell"},{"id":2,"image_id":1,"category_id":"two"}],"categories":[{"id":5,"name":"cell"},{"id":6,"name":"two"},{"id":7,"name":"two"}]}`,
			"{\"id\":1,\"image_id\":1,\"category_id\":5},\n{\"id\":2,\"image_id\":1,\"category_id\":\"two\"}",
			"value-quoted annotations[0].category_id \"cell\" -> 5: found a string, expected an integer\n" +
				"type-wrong annotations[1].category_id \"two\" -> : found a string, expected an integer\n"},
		{"no record", image(`null,{"id":1}`), "{\"id\":2},\n{\"id\":1}",
			"type-wrong images[0] null -> : found null, expected an object\n"},
		{"no section", `{"images":null,"annotations":[{"id":1,"image_id":1}]}`, `{"id":1,"image_id":1}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			written, faults := loosely(t, tt.text)
			if !strings.Contains(written, "\n"+tt.record+"\n]") {
				t.Errorf("wrote %s\nwant record %s", written, tt.record)
			}
			if faults != tt.faults {
				t.Errorf("faults\n%swant\n%s", faults, tt.faults)
			}
		})
	}
	for _, text := range []string{``, `[]`, `{"images":[{"id":1,"id":2}]}`, `{"images":[{"id":}]}`, `{"images":{}}`,
		`{"annotations":[{"bbox":[1,x]}]}`, `{"images":[{"id":"a}]}`} {
		d, faults, err := DecodeLoose(strings.NewReader(text))
		if _, want := Decode(strings.NewReader(text)); errText(err) == "" || errText(err) != errText(want) &&
			!strings.Contains(text, "x]") && !strings.Contains(text, ":}") || d != nil || faults != nil {
			t.Errorf("%s: error %v, want %v", text, err, want)
		}
	}
}

// values are members' values of all kinds.
var values = []string{`1`, `1.0`, `2e0`, `64.5`, `-3`, `9007199254740993.0`, `123456789012345678901234567890`, `"1"`,
	`"2.0"`, `"vessel"`, `"caf\udce9"`, `"caf\udcea"`, `""`,
	`null`, `NaN`, `-Infinity`, `true`, `"False"`, `[]`, `[1,2,3,4]`, `[1.0,"2",3,4]`, `[NaN,1,2,3]`, `"[1,2,3,4]"`,
	`[[1,2,3,2,3,4]]`, `[1,2,3,2,3,4]`, `[["1",2,3,2,3,4]]`,
	`{}`, `{"size":[4.0,5],"counts":[3.0,2,15]}`, `{"size":[4,5],"counts":"b'05a0'"}`, `{"size":["4",5],"counts":[3.5,2]}`,
	`{"a":[{"b":NaN}]}`}

// mixed returns a dataset whose members have values of all kinds.
func mixed(rng *rand.Rand) string {
	var b strings.Builder
	value := func() string { return values[rng.IntN(len(values))] }
	section := func(name string, members ...string) {
		fmt.Fprintf(&b, "%q:[", name)
		for i := range 1 + rng.IntN(4) {
			if i > 0 {
				b.WriteString(", ")
			}
			if rng.IntN(30) == 0 {
				b.WriteString(value())
				continue
			}
			b.WriteByte('{')
			n := 0
			for _, m := range members {
				if rng.IntN(10) == 0 {
					continue
				}
				if n++; n > 1 {
					b.WriteByte(',')
				}
				v := value()
				if rng.IntN(2) == 0 {
					v = fmt.Sprint(1 + rng.IntN(3))
				}
				fmt.Fprintf(&b, "%q:%s", m, v)
			}
			b.WriteByte('}')
		}
		b.WriteByte(']')
	}
	b.WriteString(`{"info":{"x":NaN},`)
	section(sectionImages, "id", "file_name", "height", "width", "note")
	b.WriteByte(',')
	section(sectionAnnotations, "id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd", "score")
	b.WriteByte(',')
	section(sectionCategories, "id", "name", "supercategory")
	b.WriteByte('}')
	return b.String()
}

// checkLoose reads a text loosely in several ways, and compares with Decode.
func checkLoose(t *testing.T, text []byte, chunk int) {
	t.Helper()
	d, faults, err := decodeLoose(bytes.NewReader(text), 1, len(text)+1)
	again, other, err2 := decodeLoose(iotest.HalfReader(bytes.NewReader(text)), 3, chunk)
	if errText(err) != errText(err2) || err == nil &&
		(!reflect.DeepEqual(faults, other) || !bytes.Equal(encoded(t, d), encoded(t, again))) {
		t.Fatalf("%s\nthree workers, chunks of %d: %v and %v\n%v\n%v", text, chunk, err, err2, faults, other)
	}
	strict, serr := Decode(bytes.NewReader(text))
	if err != nil {
		if serr == nil {
			t.Fatalf("%s: Decode reads it, DecodeLoose does not: %v", text, err)
		}
		return
	}
	out := encoded(t, d)
	hard := false
	for _, f := range faults {
		hard = hard || f.Code != NumberPoint
	}
	for i := range d.Annotations { // an absent image_id is in Missing, it has no type
		hard = hard || d.Annotations[i].Missing.Has(FieldImageID)
	}
	if hard == (serr == nil) {
		t.Fatalf("%s: Decode: %v, faults %v", text, serr, faults)
	}
	if serr == nil && !bytes.Equal(out, encoded(t, strict)) {
		t.Fatalf("%s: read loosely as\n%s\nwant\n%s", text, out, encoded(t, strict))
	}
	rest, left, err := decodeLoose(bytes.NewReader(out), 2, chunk)
	if err != nil {
		t.Fatalf("%s: what was written cannot be read: %v", out, err)
	}
	for _, f := range left {
		if f.Code != TypeWrong && f.Code != ValueQuoted || f.Code == ValueQuoted && f.Place.Member != "category_id" {
			t.Fatalf("%s\nwritten as %s\nhas still %v", text, out, f)
		}
	}
	encoded(t, rest)
}

func TestLooseRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	for range longtest.Share(3000, 800) {
		checkLoose(t, []byte(mixed(rng)), 16+rng.IntN(200))
	}
}

func FuzzDecodeLoose(f *testing.F) {
	rng := rand.New(rand.NewPCG(4, 4))
	for _, s := range seeds {
		f.Add([]byte(s), 40)
	}
	f.Add([]byte(`{"annotations":[{"id":1,"category_id":1,"area":NaN}]}`), 40)
	for range 40 {
		f.Add([]byte(mixed(rng)), rng.IntN(200))
	}
	f.Fuzz(func(t *testing.T, text []byte, chunk int) { checkLoose(t, text, 16+chunk&0xff) })
}
