package dsa_test

import (
	"testing"

	"github.com/hubdata/hubdata/formats/dsa"
	"github.com/hubdata/hubdata/formats/internal/formattest"
)

// TestRoundTrip: what is exported comes back to the pixel, with its members.
func TestRoundTrip(t *testing.T) {
	for _, chosen := range []map[string]string{nil, {"offset": "100,-7.5", "scale": "4"}} {
		formattest.RoundTripSlides(t, &dsa.Format, chosen, true)
	}
}

const polyline = `"type":"polyline","closed":true,"points":[[1,1,0],[4,1,0],[4,3,0],[1,3,0]]`

// TestRead reads what the archive exports.
func TestRead(t *testing.T) {
	element := func(members string) string { return `{"name":"x","elements":[{` + members + `}]}` }
	formattest.ReadTold(t, &dsa.Format, "s.json", map[string]string{"size": "60x60"}, []formattest.Told{
		{"a polygon", element(polyline + `,"group":"tumor","label":{"value":"seen"}`), `tumor 6 name="seen"`},
		{"a hole", element(`"holes":[[[2,1,0],[3,1,0],[3,2,0],[2,2,0]]],` + polyline), "Unclassified 5"},
		{"parts", `{"elements":[{` + polyline +
			`,"group":"a","label":{"value":"7"}},{"type":"polyline","closed":true,"group":"a","label":{"value":"7 part 2"},` +
			`"points":[[9,9,0],[10,9,0],[10,10,0],[9,10,0]]}]}`, "a 7 origin_id=7"},
		{"a record of the archive", `{"_id":"x","annotation":{"name":"x","elements":[{` + polyline + `}]}}`,
			"Unclassified 6"},
		{"a list", `[{"annotation":{"elements":[{` + polyline + `}]}},{"elements":[{` + polyline + `}]}]`,
			"Unclassified 6, Unclassified 6"},
		{"user", element(polyline + `,"user":{"score":0.5,"iscrowd":1,"bbox":3}`),
			"Unclassified 6 crowd score=0.5, noted members of user with the name of a member of COCO, which are left out"},
		{"an open line", element(`"type":"polyline","points":[[1,1,0],[4,1,0],[4,3,0]]`),
			"skipped a polyline that is not closed"},
		{"a rectangle", element(`"type":"rectangle","center":[5,5,0],"width":4,"height":2,"rotation":0`), "Unclassified 8"},
		{"a turned rectangle", element(
			`"type":"rectangle","center":[5,5,0],"width":4,"height":2,"rotation":1.5707963267948966,"normal":[0,0,1]`),
			"Unclassified 8"},
		{"an ellipse", element(`"type":"ellipse","center":[5,5,0],"width":4,"height":4`), "Unclassified 12"},
		{"a circle", element(`"type":"circle","center":[5,5,0],"radius":2`), "Unclassified 12"},
		{"a negative radius", element(`"type":"circle","center":[5,5,0],"radius":-5`),
			"skipped a circle or an ellipse of a negative radius"},
		{"a negative ellipse", element(`"type":"ellipse","center":[5,5,0],"width":4,"height":-4`),
			"skipped a circle or an ellipse of a negative radius"},
		{"a negative rectangle", element(`"type":"rectangle","center":[5,5,0],"width":-4,"height":2`),
			"skipped a rectangle of a negative width or height"},
		{"others", `{"elements":[{"type":"point","center":[1,1,0]},{"type":"heatmap"},{"type":"x"},{}]}`,
			"skipped an element of type point, skipped an element of type heatmap, skipped an element of an unknown type, skipped an element without a type"},
		{"a text for a number", element(`"type":"polyline","points":[["1",2,0]]`), "s.json: elements[0]: points: "},
		{"one coordinate", element(`"type":"polyline","points":[[1]]`), "a point [x, y, z]"},
		{"no elements", `{"name":"x"}`, "found no elements"},
	})
}

// FuzzImport: no text makes the reader panic.
func FuzzImport(f *testing.F) {
	f.Add(`{"name":"x","elements":[{` + polyline + `,"holes":[[[2,1,0]]],"label":{"value":"1 part 2"},"user":{"a":[1]}}]}`)
	f.Add(`[{"annotation":{"elements":[{"type":"ellipse","center":[1e300,5],"width":-4,"rotation":7,"normal":[0,0,-1]}]}}]`)
	f.Fuzz(func(_ *testing.T, text string) { formattest.Survive(&dsa.Format, "a.json", []byte(text)) })
}
