package asap_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/asap"
	"github.com/hubdata/hubdata/formats/internal/formattest"
	"github.com/hubdata/hubdata/rle"
)

// TestRoundTrip: what is exported comes back to the pixel. ASAP has no place for members.
func TestRoundTrip(t *testing.T) {
	for _, chosen := range []map[string]string{nil, {"offset": "100,-7.5", "scale": "4"}} {
		formattest.RoundTripSlides(t, &asap.Format, chosen, false)
	}
}

// annotated is a file with an annotation of some attributes.
func annotated(attributes string) string {
	return `<?xml version="1.0"?><ASAP_Annotations><Annotations><Annotation ` + attributes + `><Coordinates>` +
		`<Coordinate Order="0" X="1" Y="1" /><Coordinate Order="2" X="4" Y="3" /><Coordinate Order="1" X="4" Y="1" />` +
		`<Coordinate Order="3" X="1" Y="3" /></Coordinates></Annotation></Annotations>` +
		`<AnnotationGroups><Group Name="tumor" PartOfGroup="None" Color="#64FE2E"><Attributes /></Group></AnnotationGroups></ASAP_Annotations>`
}

// TestRead reads what ASAP writes: points by their numbers, types, names.
func TestRead(t *testing.T) {
	formattest.ReadTold(t, &asap.Format, "s.xml", map[string]string{"size": "60x60"}, []formattest.Told{
		{"a polygon", annotated(`Name="Annotation 0" Type="Polygon" PartOfGroup="tumor" Color="#F4FA58"`),
			`tumor 6 name="Annotation 0"`},
		{"no group", annotated(`Name="" Type="Polygon" PartOfGroup="None"`), "Unclassified 6"},
		{"our id", annotated(`Name="12" Type="Polygon" PartOfGroup="tumor"`), "tumor 6 origin_id=12"},
		{"a part alone", annotated(`Name="12 part 3" Type="Polygon" PartOfGroup="tumor"`), "tumor 6 origin_id=12"},
		{"a spline", annotated(`Name="" Type="Spline" PartOfGroup="tumor"`),
			"tumor 6, noted a spline, which is read as the polygon of its points"},
		{"a dot", annotated(`Type="Dot" PartOfGroup="tumor"`), "skipped an annotation of type Dot"},
		{"another type", annotated(`Type="Heart" PartOfGroup="tumor"`), "skipped an annotation of an unknown type"},
		{"two points", `<ASAP_Annotations><Annotations><Annotation Type="Polygon"><Coordinates><Coordinate X="1" Y="1"/><Coordinate X="1,5" Y="1"/>` +
			`</Coordinates></Annotation></Annotations></ASAP_Annotations>`, "skipped a polygon of fewer than 3 points"},
		{"a rectangle of two points",
			`<ASAP_Annotations><Annotations><Annotation Type="Rectangle" PartOfGroup="a"><Coordinates><Coordinate X="1" Y="1"/>` +
				`<Coordinate X="4" Y="3"/></Coordinates></Annotation></Annotations></ASAP_Annotations>`, "a 6"},
		{"a text for a number", `<ASAP_Annotations><Annotations><Annotation><Coordinates><Coordinate X="a" Y="1"/>`,
			`s.xml: line 1: X and Y of a Coordinate: found "a"`},
		{"another root", `<Annotations/>`, "expected <ASAP_Annotations>"},
		{"a document type", `<!DOCTYPE a [<!ENTITY b "c">]><ASAP_Annotations/>`, "found a document type"},
		{"cut off", `<ASAP_Annotations><Annotations>`, "unexpected EOF"},
		{"two roots", `<ASAP_Annotations/><b/>`, "second root"},
	})
	list, err := formattest.ReadSlides(&asap.Format, fstest.MapFS{"s.xml": {Data: []byte(annotated(`Type="Polygon"`))}},
		nil)
	if err != nil || len(list[0].Categories) != 1 || list[0].Categories[0].Name != "tumor" {
		t.Errorf("the groups are %v, %v", list, err)
	}
	if _, err := formattest.ReadSlides(&asap.Format, fstest.MapFS{"a.txt": {}}, nil); err == nil {
		t.Error("no error for a folder without files")
	}
}

// TestRefused: a class of ASAP's own name, and members, which are counted.
func TestRefused(t *testing.T) {
	set := &formats.Set{Categories: []coco.Category{{ID: 1, Name: "None"}}}
	if _, _, err := formattest.Export(&asap.Format, set, nil, nil); err == nil ||
		!strings.Contains(err.Error(), "found a class called None") {
		t.Errorf("error %v", err)
	}
	set.Categories[0].Name = "a"
	m, _ := rle.FromBox(9, 9, rle.Box{X: 1, Y: 1, W: 2, H: 2})
	img := &formats.Image{Image: coco.Image{FileName: "a.png", Height: 9, Width: 9}, Instances: []coco.Annotation{
		{ID: coco.IntID(1), CategoryID: 1, Segmentation: coco.RLE(m),
			Extra: coco.Fields{{Key: "score", Value: []byte("0.5")}}}}}
	_, fates, err := formattest.Export(&asap.Format, set, []*formats.Image{img}, nil)
	if err != nil || fates[0][0].Changed == "" || fates[0][0].IoU != 1 {
		t.Errorf("fates %+v, %v", fates, err)
	}
}

// FuzzImport: no text makes the reader panic.
func FuzzImport(f *testing.F) {
	f.Add(annotated(`Name="12 part 2" Type="Polygon" PartOfGroup="tumor"`))
	f.Add(annotated(`Type="Spline"`))
	f.Fuzz(func(_ *testing.T, text string) { formattest.Survive(&asap.Format, "a.xml", []byte(text)) })
}
