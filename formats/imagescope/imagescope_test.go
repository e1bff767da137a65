package imagescope_test

import (
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats/imagescope"
	"github.com/hubdata/hubdata/formats/internal/formattest"
)

// TestRoundTrip: what is exported comes back to the pixel, with its members.
func TestRoundTrip(t *testing.T) {
	for _, chosen := range []map[string]string{nil, {"offset": "100,-7.5", "scale": "4"}} {
		formattest.RoundTripSlides(t, &imagescope.Format, chosen, true)
	}
}

// layer is a file of one layer with regions.
func layer(attributes, regions string) string {
	return `<Annotations MicronsPerPixel="0.25"><Annotation ` + attributes + `><Regions><RegionAttributeHeaders/>` +
		regions +
		`</Regions><Plots/></Annotation></Annotations>`
}

// box is a region of four corners.
func box(attributes, x0, y0, x1, y1 string) string {
	return `<Region ` + attributes + `><Attributes/><Vertices><Vertex X="` + x0 + `" Y="` + y0 + `" Z="0"/><Vertex X="` +
		x1 + `" Y="` + y0 +
		`"/><Vertex X="` + x1 + `" Y="` + y1 + `"/><Vertex X="` + x0 + `" Y="` + y1 + `"/></Vertices></Region>`
}

// TestRead reads what ImageScope writes: layers, holes, types.
func TestRead(t *testing.T) {
	outer, inner := box(`Type="0"`, "0", "0", "10", "10"), box(`Type="0"`, "3", "3", "6", "6")
	hole := func(x0, y0, x1, y1 string) string { return box(`Type="0" NegativeROA="1"`, x0, y0, x1, y1) }
	formattest.ReadTold(t, &imagescope.Format, "s.xml", map[string]string{"size": "60x60"}, []formattest.Told{
		{"a region", layer(`Id="1" Name="tumor" LineColor="65280"`, box(`Id="1" Type="0" Text="seen"`, "1", "1", "4", "3")),
			`tumor 6 name="seen"`},
		{"no name", layer(`Id="3" Name=""`, box(`Type="0"`, "1", "1", "4", "3")), "layer 3 6"},
		{"a description", `<Annotations><Annotation Id="3" Name=""><Attributes><Attribute Name="Description" Value="vein"/></Attributes><Regions>` +
			box(`Type="0"`, "1", "1", "4", "3") + `</Regions></Annotation></Annotations>`, "vein 6"},
		{"a hole", layer(`Name="a"`, outer+hole("2", "2", "4", "4")), "a 96"},
		{"a hole before its region", layer(`Name="a"`, hole("2", "2", "4", "4")+outer), "a 96"},
		{"a region in the hole of another", layer(`Name="a"`, outer+hole("2", "2", "8", "8")+inner+hole("4", "4", "5", "5")),
			"a 64, a 8"},
		{"a hole in nothing", layer(`Name="a"`, inner+hole("20", "20", "24", "24")),
			"a 9, skipped a negative region that is in no region of its layer"},
		{"a rectangle", layer(`Name="a"`,
			`<Region Type="1"><Vertices><Vertex X="1" Y="1"/><Vertex X="4" Y="3"/></Vertices></Region>`), "a 6"},
		{"an ellipse", layer(`Name="a"`,
			`<Region Type="2"><Vertices><Vertex X="0" Y="0"/><Vertex X="4" Y="4"/></Vertices></Region>`), "a 12"},
		{"a ruler", layer(`Name="a"`, box(`Type="4"`, "1", "1", "4", "3")), "skipped a ruler"},
		{"another type", layer(`Name="a"`, box(`Type="9"`, "1", "1", "4", "3")), "skipped a region of an unknown type"},
		{"two points", layer(`Name="a"`, `<Region Type="0"><Vertices><V X="1" Y="1"/><V X="4" Y="3"/></Vertices></Region>`),
			"skipped a region of fewer than three points"},
		{"attributes", layer(`Name="a"`,
			`<Region Type="1"><Attributes><Attribute Name="score" Value="0.5"/><Attribute Name="bbox" Value="1"/></Attributes>`+
				`<Vertices><Vertex X="1" Y="1"/><Vertex X="4" Y="3"/></Vertices></Region>`), "a 6 score=0.5"},
		{"a text for a number", layer(`Name="a"`, `<Region Type="0"><Vertices><Vertex X="" Y="1"/></Vertices></Region>`),
			`s.xml: line 1: X and Y of a Vertex: found ""`},
		{"an entity", `<!DOCTYPE lolz [<!ENTITY lol "lol">]><Annotations/>`, "found a document type"},
		{"another root", `<annotations/>`, "expected <Annotations>"},
	})
	list, err := formattest.ReadSlides(&imagescope.Format, fstest.MapFS{"s.xml": {Data: []byte(layer(`Name="a"`, ""))}},
		nil)
	if err != nil || len(list[0].Categories) != 1 || list[0].Width != 1 {
		t.Errorf("read %v, %v", list, err)
	}
}

// FuzzImport: no text makes the reader panic.
func FuzzImport(f *testing.F) {
	f.Add(layer(`Id="1" Name="a"`, box(`Type="0" Text="3 part 2"`, "0", "0", "9", "9")+
		box(`Type="0" NegativeROA="1"`, "1", "1", "4", "4")))
	f.Add(layer(`Name="a"`, `<Region Type="2"><Vertices><Vertex X="0" Y="0"/><Vertex X="4e9" Y="NaN"/></Vertices></Region>`))
	f.Fuzz(func(_ *testing.T, text string) { formattest.Survive(&imagescope.Format, "a.xml", []byte(text)) })
}
