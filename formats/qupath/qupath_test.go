package qupath_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/formattest"
	"github.com/hubdata/hubdata/formats/qupath"
	"github.com/hubdata/hubdata/rle"
)

// TestRoundTrip: what is exported comes back to the pixel, with its members.
func TestRoundTrip(t *testing.T) {
	for _, chosen := range []map[string]string{
		nil,
		{"measurements": "list", "objects": "detection", "locked": "true"},
		{"offset": "1024,512.5"},
		{"scale": "4", "offset": "-3,7"},
		{"scale": "2.5"},
	} {
		formattest.RoundTripSlides(t, &qupath.Format, chosen, true)
	}
}

// square is a mask of w x h pixels at x, y of an image of 64 x 64.
func square(x, y, w, h float64) coco.Segmentation {
	m, err := rle.FromBox(64, 64, rle.Box{X: x, Y: y, W: w, H: h})
	if err != nil {
		panic(err)
	}
	return coco.RLE(m)
}

func image(name, members string, list ...coco.Annotation) *formats.Image {
	img := &formats.Image{Instances: list}
	img.FileName, img.Height, img.Width = name, 64, 64
	if members != "" {
		var all map[string]json.RawMessage
		if err := json.Unmarshal([]byte(members), &all); err != nil {
			panic(err)
		}
		for _, k := range []string{"source_wsi", "i", "j", "scale"} {
			if all[k] != nil {
				img.Extra = append(img.Extra, coco.Field{Key: k, Value: all[k]})
			}
		}
	}
	return img
}

var vessels = &formats.Set{Categories: []coco.Category{{ID: 1, Name: "vessel"}}}

// TestTiles: tiles go to their places of one file, and slides of several scales to theirs.
func TestTiles(t *testing.T) {
	one := coco.Annotation{ID: coco.IntID(7), CategoryID: 1, Segmentation: square(0, 0, 2, 1)}
	two := coco.Annotation{ID: coco.StringID("b"), CategoryID: 1, Segmentation: square(60, 1, 4, 2)}
	files, _, err := formattest.Export(&qupath.Format, vessels, []*formats.Image{
		image("a.png", `{"source_wsi":"S/1","i":64,"j":128}`, one),
		image("b.png", `{"source_wsi":"S/1","i":0,"j":128}`, two),
		image("c.png", `{"source_wsi":"T","scale":4}`, one),
		image("d.png", ""),
	}, map[string]string{"offset": "1000,0"})
	if err != nil {
		t.Fatal(err)
	}
	for name, expected := range map[string]string{
		"S_1.geojson": "[[[1064,128],[1066,128],[1066,129],[1064,129],[1064,128]]] [[[1060,129],[1064,129],[1064,131],[1060,131],[1060,129]]]",
		"T.geojson":   "[[[1000,0],[1008,0],[1008,4],[1000,4],[1000,0]]]",
		"d.geojson":   "",
	} {
		var d struct {
			Features []struct {
				Geometry struct{ Coordinates json.RawMessage }
			}
		}
		if files[name] == nil {
			t.Fatalf("%s is missing", name)
		}
		if err := json.Unmarshal(files[name].Data, &d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []string
		for _, f := range d.Features {
			got = append(got, string(f.Geometry.Coordinates))
		}
		if strings.Join(got, " ") != expected {
			t.Errorf("%s: %s, expected %s", name, strings.Join(got, " "), expected)
		}
	}
}

// TestBadPlaces: half a place, and two slides in one file, are refused.
func TestBadPlaces(t *testing.T) {
	for _, tt := range []struct {
		images   []*formats.Image
		chosen   map[string]string
		expected string
	}{
		{[]*formats.Image{image("a.png", `{"source_wsi":"S","i":64}`)}, nil,
			`image "a.png": j: found none: a tile needs the members`},
		{[]*formats.Image{image("a.png", `{"source_wsi":"S","i":1.5,"j":0}`)}, nil, `found "1.5"`},
		{[]*formats.Image{image("a.png", `{"scale":-1}`)}, nil, `image "a.png": scale: found "-1"`},
		{[]*formats.Image{image("S.png", ""), image("b.png", `{"source_wsi":"s","i":0,"j":0}`)}, nil, "both belong into"},
		{[]*formats.Image{image("a.png", `{"source_wsi":"S"}`), image("b.png", `{"source_wsi":"S"}`)}, nil,
			`image "a.png" and image "b.png": both are of slide "S", expected tiles with a place on it: the members i and j`},
		{[]*formats.Image{image("a.png", `{"source_wsi":"S"}`), image("b.png", `{"source_wsi":"s"}`)}, nil, "both belong into"},
		{[]*formats.Image{image("a.png", "")}, map[string]string{"offset": "12"}, "option offset: found"},
		{[]*formats.Image{image("a.png", "")}, map[string]string{"scale": "0"}, "option scale: found"},
	} {
		_, _, err := formattest.Export(&qupath.Format, vessels, tt.images, tt.chosen)
		if err == nil || !strings.Contains(err.Error(), tt.expected) {
			t.Errorf("error %v, expected %q", err, tt.expected)
		}
	}
}

const square2 = `{"type":"Polygon","coordinates":[[[1,1],[4,1],[4,3],[1,3],[1,1]]]}`

// TestRead reads what QuPath of several versions writes, and others.
func TestRead(t *testing.T) {
	feature := func(members string) string {
		return `{"type":"Feature","geometry":` + square2 + `,"properties":{` + members + `}}`
	}
	formattest.ReadTold(t, &qupath.Format, "s.geojson", map[string]string{"size": "60000x60000"}, []formattest.Told{
		{"collection", `{"type":"FeatureCollection","features":[` + feature(`"classification":{"name":"A","color":[1,2,3]}`) +
			`]}`, "A 6"},
		{"one feature", feature(`"classification":{"name":"A","colorRGB":-1}`), "A 6"},
		{"list", `[` + feature(`"classification":"A"`) + `,` + feature(``) + `]`, "A 6, Unclassified 6"},
		{"derived class", feature(`"classification":{"names":["A","Positive"],"color":[1,2,3]}`), "A: Positive 6"},
		{"parent class", feature(`"classification":{"name":"Positive","parentClass":{"name":"A","colorRGB":1},"colorRGB":1}`),
			"A: Positive 6"},
		{"no class", feature(`"classification":null,"objectType":"detection"`), "Unclassified 6"},
		{"measurements", feature(`"measurements":{"Area µm^2":3.0,"p":0.25,"gap":NaN,"area":5},"name":"x","isLocked":true`),
			`Unclassified 6 Area µm^2=3 p=0.25 name="x"`},
		{"old measurements", feature(`"measurements":[{"name":"p","value":1.5E2},{"value":1,"name":"q"}]`),
			"Unclassified 6 p=150 q=1"},
		{"metadata", feature(`"metadata":{"note":"seen","list":"[1,2]","quoted":"\"12\"","iscrowd":"1"}`),
			`Unclassified 6 crowd note="seen" list=[1,2] quoted="12"`},
		{"children", `{"type":"Feature","geometry":` + square2 + `,"properties":{"childObjects":[` +
			feature(`"classification":"B"`) + `],"classification":"A"}}`,
			"A 6, B 6"},
		{"children beside the properties", `{"type":"Feature","geometry":` + square2 + `,"childObjects":[` +
			feature(`"classification":"B"`) + `],"properties":{"classification":"A"}}`,
			"A 6, B 6"},
		{"children in both places", `{"type":"Feature","properties":{"classification":"A","childObjects":[` +
			feature(`"classification":"B"`) + `]},"geometry":` + square2 +
			`,"childObjects":[` + feature(`"classification":"C"`) + `]}`, "A 6, B 6, C 6"},
		{"root", `{"type":"Feature","geometry":` + square2 + `,"properties":{"objectType":"root","childObjects":[` +
			feature(`"classification":"B"`) + `]}}`, "B 6"},
		{"nested collections", `{"type":"FeatureCollection","features":[{"type":"FeatureCollection","features":[` +
			feature(``) + `]}]}`, "Unclassified 6"},
		{"id of another maker", `{"type":"Feature","id":"0f8fad5b-d9cb-469f-a165-70867728950e","geometry":` + square2 + `}`,
			`Unclassified 6 editor_id="0f8fad5b-d9cb-469f-a165-70867728950e"`},
		{"id of version 0.2", `{"type":"Feature","id":"PathCellObject","geometry":` + square2 + `,"nucleusGeometry":null}`,
			"Unclassified 6"},
		{"our id", `{"type":"Feature","id":"` + qupath.ID("s", coco.IntID(12)) + `","geometry":` + square2 + `}`,
			"Unclassified 6 origin_id=12"},
		{"an id in metadata", feature(`"metadata":{"origin_id":"\"a\""}`), `Unclassified 6 origin_id="a"`},
		{"holes, parts and heights",
			`{"geometry":{"coordinates":[[[[0,0,5],[4,0,5],[4,4,5],[0,4,5]],[[1,1],[3,1],[3,3],[1,3]]],[[[8,8],[9,8],[9,9]]]],"type":"MultiPolygon"}}`,
			"Unclassified 13"},
		{"fractions", `{"geometry":{"type":"Polygon","coordinates":[[[0.5,0.5],[3.49,0.5],[3.49,2.51],[0.5,2.51]]]}}`,
			"Unclassified 9"},
		{"collection of geometries", `{"geometry":{"type":"GeometryCollection","geometries":[` + square2 +
			`,{"type":"GeometryCollection","geometries":[` + square2 +
			`]},{"type":"LineString","coordinates":[[0,0],[5,5]]}]}}`, "Unclassified 6, skipped a line"},
		{"points", `[{"geometry":{"type":"Point","coordinates":[1,1]}},{"geometry":{"type":"MultiPoint","coordinates":[[1,1]]}},{"geometry":null}]`,
			"skipped points, skipped points, skipped an object without a geometry"},
		{"another plane", `{"geometry":{"type":"Polygon","coordinates":[[[1,1],[4,1],[4,3]]],"plane":{"c":-1,"z":2,"t":0}}}`,
			"skipped an object on another plane: z 2, t 0"},
		{"the plane", `{"geometry":{"type":"Polygon","coordinates":[[[1,1],[4,1],[4,3]]],"plane":{"c":-1,"z":0,"t":0}}}`,
			"Unclassified 3"},
		{"a cell", `{"geometry":` + square2 +
			`,"nucleusGeometry":{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,2]]]},"properties":{"objectType":"cell"}}`,
			"Unclassified 6, noted a cell whose nucleus is not read: the option cells=nucleus reads it instead"},
		{"a core", feature(`"objectType":"tmaCore"`), "skipped a core of a TMA"},
		{"self-crossing", `{"geometry":{"type":"Polygon","coordinates":[[[0,0],[4,4],[4,0],[0,4],[0,0]]]}}`,
			"Unclassified 8"},
		{"too far", `{"geometry":{"type":"Polygon","coordinates":[[[0,0],[1e9,0],[1e9,4]]]}}`,
			"skipped an object with coordinates beyond 10^8 or of too many crossings"},
		{"too large", `{"geometry":{"type":"Polygon","coordinates":[[[0,0],[50000,0],[50000,50000],[0,50000]]]}}`,
			"skipped an object whose bounds have more than 2^30 pixels, which is more than a mask may have"},
		{"out of the slide", `{"geometry":{"type":"Polygon","coordinates":[[[-5,0],[3,0],[3,2],[-5,2]]]}}`,
			"Unclassified 6, noted an object that was cut at the edge of the slide"},
		{"nothing", `{"geometry":{"type":"Polygon","coordinates":[]}}`, "skipped an object without a pixel on the slide"},
		{"a member of COCO", feature(`"measurements":{"bbox":1,"category_id":2}`),
			"Unclassified 6, noted measurements or metadata with the name of a member of COCO, which are left out"},
	})
}

// TestOptions: nuclei, planes, skipping of what has no class, sizes.
func TestOptions(t *testing.T) {
	cell := `{"geometry":` + square2 + `,"nucleusGeometry":{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,2]]]}}`
	for _, tt := range []struct {
		chosen         map[string]string
		text, expected string
	}{
		{map[string]string{"cells": "nucleus"}, cell, "1 of 60000x60000"},
		{map[string]string{"unclassified": ""}, cell, "0 of 60000x60000"},
		{map[string]string{"unclassified": "x", "size": ""}, cell, "1 of 4x3"},
		{map[string]string{"scale": "2", "size": ""}, `{"hubdata":{"width":30,"height":20,"scale":4},"features":[` + cell +
			`]}`, "1 of 30x20"},
		{map[string]string{"plane": "2,1"},
			`{"geometry":{"type":"Polygon","coordinates":[[[1,1],[4,1],[4,3]]],"plane":{"z":2,"t":1}}}`, "1 of 60000x60000"},
	} {
		chosen := map[string]string{"size": "60000x60000"}
		for k, v := range tt.chosen {
			chosen[k] = v
		}
		list, err := formattest.ReadSlides(&qupath.Format, fstest.MapFS{"s.json": {Data: []byte(tt.text)}}, chosen)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%d of %dx%d", len(list[0].Instances), list[0].Width, list[0].Height); got != tt.expected {
			t.Errorf("%v: %s, expected %s", tt.chosen, got, tt.expected)
		}
	}
}

// TestRefused: the error names the file and the place in it.
func TestRefused(t *testing.T) {
	deep := strings.Repeat(`{"type":"GeometryCollection","geometries":[`, 100) + square2 + strings.Repeat("]}", 100)
	children := strings.Repeat(`{"geometry":null,"properties":{"childObjects":[`, 100) + strings.Repeat("]}}", 100)
	formattest.Refuse(t, &qupath.Format, "s.geojson", nil, []formattest.Bad{
		{Name: "cut off", Text: `{"type":"FeatureCollection","features":[{"type":"Feature"`, Error: "s.geojson: byte 57"},
		{Name: "another JSON", Text: `{"a":1}`, Error: "s.geojson: found neither features nor a geometry"},
		{Name: "a number", Text: `1`, Error: "s.geojson: "},
		{Name: "texts as numbers", Text: `[{"geometry":{"type":"Polygon","coordinates":[[["1","2"]]]}}]`,
			Error: "features[0]: geometry: coordinates: "},
		{Name: "one coordinate", Text: `[{"geometry":{"type":"Polygon","coordinates":[[[1]]]}}]`, Error: "a point [x, y]"},
		{Name: "an unknown geometry", Text: `[{"geometry":{"type":"Circle","coordinates":[1,2]}}]`,
			Error: `found type "Circle"`},
		{Name: "no coordinates", Text: `[{"geometry":{"type":"Polygon"}}]`, Error: "found no coordinates"},
		{Name: "too many collections", Text: `[{"geometry":` + deep + `}]`,
			Error: "features[0]: geometry: geometries: found more than 64 collections in each other"},
		{Name: "too many children", Text: `[` + children + `]`, Error: "levels of objects"},
		{Name: "packed, and cut off", Text: "\x1f\x8b\x08", Error: "s.geojson: "},
	})
	if _, err := formattest.ReadSlides(&qupath.Format, fstest.MapFS{"a.txt": {}}, nil); err == nil ||
		!strings.Contains(err.Error(), "no .geojson") {
		t.Errorf("error %v", err)
	}
	if _, err := formattest.ReadSlides(&qupath.Format, fstest.MapFS{"a.json": {}},
		map[string]string{"plane": "1"}); err == nil {
		t.Error("no error for half a plane")
	}
}

// TestPacked: a packed file is read, and .json only without .geojson.
func TestPacked(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(`{"geometry":` + square2 + `}`))
	_ = z.Close()
	files := fstest.MapFS{"a.geojson.gz": {Data: b.Bytes()}, "b.geojson": {Data: []byte(`[]`)},
		"c.json": {Data: []byte(`{}`)}}
	list, err := formattest.ReadSlides(&qupath.Format, files, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].FileName != "a" || len(list[0].Instances) != 1 || list[1].FileName != "b" {
		t.Errorf("read %d slides", len(list))
	}
}

// TestManyVertices: a ring of a million vertices is one instance.
func TestManyVertices(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"geometry":{"type":"Polygon","coordinates":[[[0,0]`)
	const n = 500_000
	for i := range n {
		fmt.Fprintf(&b, ",[%d,0],[%d,1]", 2*i, 2*i+1)
	}
	fmt.Fprintf(&b, ",[%d,9],[0,9]]]}}", 2*n)
	list, err := formattest.ReadSlides(&qupath.Format, fstest.MapFS{"a.geojson": {Data: []byte(b.String())}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(list[0].Instances) != 1 {
		t.Errorf("%d instances, skipped %v", len(list[0].Instances), list[0].Skipped)
	}
}

// TestIDs: a UUID shows the id that it was made of, and no other UUID does.
func TestIDs(t *testing.T) {
	for _, id := range []coco.ID{coco.IntID(0), coco.IntID(1), coco.IntID(1<<62 - 1)} {
		if got, ok := qupath.AnnotationID(qupath.ID("s", id)); !ok || got != id {
			t.Errorf("%s: read %s, %v", id, got, ok)
		}
	}
	for _, id := range []coco.ID{coco.IntID(-1), coco.IntID(1 << 62), coco.StringID("1")} {
		if got, ok := qupath.AnnotationID(qupath.ID("s", id)); ok {
			t.Errorf("%s: read %s, expected none", id, got)
		}
	}
	if qupath.ID("s", coco.IntID(1)) == qupath.ID("t", coco.IntID(1)) ||
		qupath.ID("s", coco.StringID("1")) == qupath.ID("s", coco.StringID("2")) {
		t.Error("two annotations have one UUID")
	}
}

// FuzzImport: no text makes the reader panic.
func FuzzImport(f *testing.F) {
	f.Add(`{"type":"FeatureCollection","features":[{"type":"Feature","id":"` + qupath.ID("s", coco.IntID(3)) +
		`","geometry":` + square2 +
		`,"properties":{"classification":{"names":["A","B"]},"measurements":{"a":1.0},"metadata":{"origin_id":"3"}}}]}`)
	f.Add(`[{"geometry":{"coordinates":[[[1e308,1],[2,NaN],[-5,7]]],"type":"Polygon","plane":{"z":1}},"nucleusGeometry":null}]`)
	f.Add(`{"geometry":{"type":"GeometryCollection","geometries":[{"type":"MultiPolygon","coordinates":[[[[1,1],[4,1],[4,4]]]]}]},"properties":{"childObjects":[{}]}}`)
	f.Fuzz(func(_ *testing.T, text string) { formattest.Survive(&qupath.Format, "a.geojson", []byte(text)) })
}

// TestImageFile: an image next to the annotations says the size and the name of the slide.
func TestImageFile(t *testing.T) {
	src := &formats.Source{FS: fstest.MapFS{"a/s.geojson": {Data: []byte(`{"geometry":` + square2 + `}`)}},
		Options: formattest.Values(&qupath.Format, nil)}
	src.Size = func(name string) (int, int, error) {
		if name != "a/s.tif" {
			return 0, 0, fs.ErrNotExist
		}
		return 70, 80, nil
	}
	var got []string
	err := qupath.Format.Import(t.Context(), src, func(r *formats.Read) error {
		wsi, _ := r.Text("source_wsi")
		got = append(got, fmt.Sprint(r.FileName, r.Width, r.Height, wsi, len(r.Noted)))
		return nil
	})
	if err != nil || strings.Join(got, ";") != "a/s.tif80 70s0" {
		t.Errorf("read %q, %v", got, err)
	}
}
