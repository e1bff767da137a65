package ndpa_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/formattest"
	"github.com/hubdata/hubdata/formats/ndpa"
)

// TestRoundTrip: what is exported comes back to the pixel.
func TestRoundTrip(t *testing.T) {
	for _, chosen := range []map[string]string{
		{"mpp": "0.2265,0.227", "centre": "-1234567,34567.5"},
		{"mpp": "0.25", "centre": "0,0", "scale": "4"},
	} {
		formattest.RoundTripSlides(t, &ndpa.Format, chosen, false)
	}
}

// options are of a slide of 100 x 80 pixels of 1000 nm, centred.
var options = map[string]string{"mpp": "1", "centre": "0,0", "size": "100x80"}

// view is a file of one annotation.
func view(title, details, annotation string) string {
	return `<annotations><ndpviewstate id="1"><title>` + title + `</title><details>` + details +
		`</details><coordformat>nanometers</coordformat>` +
		annotation + `</ndpviewstate></annotations>`
}

const line = `<pointlist><point><x>-50000</x><y>-40000</y></point><point><x>-47000</x><y>-40000</y></point>` +
	`<point><x>-47000</x><y>-38000</y></point><point><x>-50000</x><y>-38000</y></point></pointlist>`

// TestRead reads what NDP.view writes.
func TestRead(t *testing.T) {
	formattest.ReadTold(t, &ndpa.Format, "s.ndpi.ndpa", options, []formattest.Told{
		{"a closed line", view("tumor", "", `<annotation type="freehand"><closed>1</closed>`+line+`</annotation>`),
			"tumor 6"},
		{"our id", view("tumor", "12", `<annotation type="freehand"><closed>1</closed>`+line+`</annotation>`),
			"tumor 6 origin_id=12"},
		{"no title", view("", "seen", `<annotation type="freehand"><closed>1</closed>`+line+`</annotation>`),
			`Unclassified 6 name="seen"`},
		{"an open line", view("tumor", "", `<annotation type="freehand"><closed>0</closed>`+line+`</annotation>`),
			"skipped a line that is not closed"},
		{"a circle", view("tumor", "", `<annotation type="circle"><x>0</x><y>0</y><radius>2000</radius></annotation>`),
			"tumor 12"},
		{"a negative radius", view("tumor", "",
			`<annotation type="circle"><x>0</x><y>0</y><radius>-2000</radius></annotation>`),
			"skipped a circle or an ellipse of a negative radius"},
		{"a ruler", view("", "", `<annotation type="linearmeasure"><x1>1</x1></annotation>`),
			"skipped an annotation of type linearmeasure"},
		{"another type", view("", "", `<annotation type="heart"/>`), "skipped an annotation of an unknown type"},
		{"no annotation", view("", "", ""), "skipped a view without an annotation"},
		{"pixels", `<annotations><ndpviewstate><coordformat>pixels</coordformat></ndpviewstate></annotations>`,
			"skipped an annotation whose coordinates are not nanometers"},
		{"a text for a number", view("", "", `<annotation type="circle"><x>a</x></annotation>`),
			`s.ndpi.ndpa: line 1: <x>: found "a", expected a number`},
		{"a document type", `<!DOCTYPE a><annotations/>`, "found a document type"},
	})
}

// TestNeeded: without the scale, the centre and the size nothing is read or written.
func TestNeeded(t *testing.T) {
	set := &formats.Set{Categories: []coco.Category{{ID: 1, Name: "a"}}}
	tile := &formats.Image{Image: coco.Image{FileName: "a.png", Height: 9, Width: 9, Extra: coco.Fields{
		{Key: "source_wsi", Value: []byte("1")}, {Key: "i", Value: []byte("0")}, {Key: "j", Value: []byte("0")}}}}
	for _, tt := range []struct {
		chosen         map[string]string
		written, asked string
	}{
		{nil, "expected both", "expected both"},
		{map[string]string{"mpp": "0.25"}, "expected both", "expected both"},
		{map[string]string{"mpp": "0", "centre": "0,0"}, "option mpp", "option mpp"},
		{map[string]string{"mpp": "0.2,b", "centre": "0,0"}, "option mpp", "option mpp"},
		{map[string]string{"mpp": "0.2", "centre": "0"}, "option centre", "option centre"},
		{map[string]string{"mpp": "0.2", "centre": "0,0", "offset": "1,1"}, "option offset", "option offset"},
		{map[string]string{"mpp": "0.2", "centre": "0,0"}, "a tile of a slide whose size is not known",
			"the size of the slide is not known"},
	} {
		_, _, err := formattest.Export(&ndpa.Format, set, []*formats.Image{tile}, tt.chosen)
		if err == nil || !strings.Contains(err.Error(), tt.written) {
			t.Errorf("%v: written with %v, expected %q", tt.chosen, err, tt.written)
		}
		_, err = formattest.ReadSlides(&ndpa.Format, fstest.MapFS{"s.ndpa": {Data: []byte(view("", "", ""))}}, tt.chosen)
		if err == nil || !strings.Contains(err.Error(), tt.asked) {
			t.Errorf("%v: read with %v, expected %q", tt.chosen, err, tt.asked)
		}
	}
}

// FuzzImport: no text makes the reader panic.
func FuzzImport(f *testing.F) {
	f.Add(view("a", "1 part 2", `<annotation type="freehand"><closed>1</closed>`+line+`</annotation>`))
	f.Add(view("a", "", `<annotation type="circle"><x>0</x><y>1e300</y><radius>-1</radius></annotation>`))
	f.Fuzz(func(_ *testing.T, text string) {
		_, _ = formattest.ReadSlides(&ndpa.Format, fstest.MapFS{"a.ndpa": {Data: []byte(text)}}, options) // an error is as good as a set
	})
}
