package via

import (
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

func file(regions string) string {
	return `{"a.png12":{"filename":"a.png","size":12,"regions":` + regions +
		`,"file_attributes":{"width":30,"height":"20"}}}`
}

func regionText(shape, attributes string) string {
	return `{"shape_attributes":{` + shape + `},"region_attributes":{` + attributes + `}}`
}

const triangle = `"name":"polygon","all_points_x":[1,5,5],"all_points_y":[1,1,5]`

func TestBadFiles(t *testing.T) {
	good := file("[" + regionText(triangle, `"class":"x"`) + "]")
	formattest.Refuse(t, &Format, "via.json", nil, []formattest.Bad{
		{Name: "good", Text: good},
		{Name: "project", Text: `{"_via_settings":{},"_via_img_metadata":` + good + `,"_via_attributes":{}}`},
		{Name: "VIA 1", Text: file(`{"0":` + regionText(triangle, `"class":"x"`) + `}`)},
		{Name: "checkbox", Text: file("[" + regionText(triangle, `"class":{"x":true,"y":false}`) + "]")},
		{Name: "two classes", Text: file("[" + regionText(triangle, `"class":{"x":true,"y":true}`) + "]"),
			Error: "found more than one class"},
		{Name: "other attribute", Text: file("[" + regionText(triangle, `"type":"x"`) + "]"),
			Error: `regions[0]: found the attributes ["type"], expected "class"`},
		{Name: "as many", Text: file("[" + regionText(`"name":"polygon","all_points_x":[1],"all_points_y":[]`,
			`"class":"x"`) + "]"), Error: "found 1 x and 0 y"},
		{Name: "no radius", Text: file("[" + regionText(`"name":"circle","cx":1,"cy":2`, `"class":"x"`) + "]"),
			Error: "found no r, expected it of a circle"},
		{Name: "negative radius", Text: file("[" + regionText(`"name":"circle","cx":1,"cy":2,"r":-2`, `"class":"x"`) + "]"),
			Skipped: "a circle or an ellipse of a negative radius"},
		{Name: "negative ellipse",
			Text:    file("[" + regionText(`"name":"ellipse","cx":1,"cy":2,"rx":2,"ry":-2`, `"class":"x"`) + "]"),
			Skipped: "a circle or an ellipse of a negative radius"},
		{Name: "two points", Text: file("[" + regionText(`"name":"polygon","all_points_x":[1,2],"all_points_y":[1,2]`, ``) +
			"]"), Skipped: "a polygon of fewer than three points"},
		{Name: "point", Text: file("[" + regionText(`"name":"point","cx":1,"cy":2`, ``) + "]"),
			Skipped: "a region of kind point"},
		{Name: "unknown", Text: file("[" + regionText(`"name":"blob"`, ``) + "]"), Skipped: "a region of an unknown kind"},
		{Name: "COCO", Text: `{"images":[],"annotations":[]}`,
			Error: "found neither _via_img_metadata nor images with regions"},
		{Name: "no size", Text: `{"a":{"filename":"b.png","size":1,"regions":[]}}`,
			Error: "found neither a size nor the image file"},
		{Name: "image twice", Text: `{"_via_img_metadata":{"a":{"filename":"a.png","size":1,"regions":[]},"b":{"filename":"a.png","size":1,"regions":[]}}}`, Others: map[string]string{"a.png": ""}, Error: `found image "a.png", which via.json has already`},
		{Name: "NaN", Text: file("[" + regionText(`"name":"polygon","all_points_x":[1,NaN],"all_points_y":[1,2]`, ``) + "]"),
			Error: "regions[0]"},
	})
}

func TestTable(t *testing.T) {
	row := `a.png,12,"{""width"":""30"",""height"":""20""}",1,0,"{""name"":""rect"",""x"":1,""y"":2,""width"":3,""height"":4}","{""class"":""x""}"` + "\n"
	formattest.Refuse(t, &Format, "via.csv", nil, []formattest.Bad{
		{Name: "good", Text: csvHeader + "\n" + row},
		{Name: "VIA 1", Text: "#" + csvHeader + "\n" + row + `b.png,1,"{}",0,0,"{}","{}"` + "\n",
			Others: map[string]string{"b.png": ""}},
		{Name: "columns", Text: csvHeader + "\na,b\n", Error: "wrong number of fields"},
		{Name: "shape", Text: csvHeader + "\n" + `a.png,12,{},1,0,x,{}` + "\n", Error: "line 2: region_shape_attributes"},
		{Name: "other table", Text: "id,rle\n1,2\n", Error: "found neither"},
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(file("[" + regionText(triangle, `"class":"x"`) + "]")))
	f.Add([]byte(csvHeader + "\na.png,12,{},1,0,{},{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) { formattest.Survive(&Format, "a.json", text) })
}
