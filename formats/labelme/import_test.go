package labelme

import (
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

func file(shapes string) string {
	return `{"version":"5.0.1","flags":{},"shapes":[` + shapes +
		`],"imagePath":"a.png","imageData":null,"imageHeight":20,"imageWidth":30}`
}

func drawnShape(kind, points string) string {
	return `{"label":"x","points":` + points + `,"group_id":null,"shape_type":"` + kind + `","flags":{}}`
}

func TestBadFiles(t *testing.T) {
	square := drawnShape("polygon", "[[1,1],[5,1],[5,5]]")
	formattest.Refuse(t, &Format, "a.json", nil, []formattest.Bad{
		{Name: "good", Text: file(square)},
		{Name: "byte order mark", Text: "\xef\xbb\xbf" + file(square)},
		{Name: "UTF-16", Text: "\xff\xfe{", Error: "found UTF-16, expected UTF-8"},
		{Name: "cut off", Text: file(square)[:60], Error: "shapes[0]"},
		{Name: "text behind", Text: file(square) + "{}", Error: "a.json"},
		{Name: "COCO", Text: `{"images":[],"annotations":[]}`, Error: "found no members shapes and imagePath"},
		{Name: "other size", Text: file(square), Others: map[string]string{"a.png": ""}},
		{
			Name: "image of another size", Text: `{"shapes":[],"imagePath":"a.png","imageHeight":21,"imageWidth":30}`,
			Others: map[string]string{"a.png": ""}, Error: "found a size of 30 x 21, expected the 30 x 20",
		},
		{Name: "no size", Text: `{"shapes":[],"imagePath":"a.png"}`, Error: "neither a size nor the image file"},
		{Name: "huge", Text: `{"shapes":[],"imagePath":"a.png","imageHeight":1073741824,"imageWidth":1073741824}`,
			Error: "imageHeight"},
		{Name: "no label", Text: file(`{"points":[[1,1],[2,2],[3,1]],"shape_type":"polygon"}`),
			Error: "shapes[0]: label: found none"},
		{Name: "NaN", Text: file(drawnShape("polygon", "[[1,1],[NaN,1],[5,5]]")), Error: "shapes[0]"},
		{Name: "three numbers", Text: file(drawnShape("polygon", "[[1,1,1],[2,1],[5,5]]")), Error: "a point [x, y]"},
		{Name: "two points", Text: file(drawnShape("polygon", "[[1,1],[5,1]]")),
			Skipped: "a polygon of fewer than three points"},
		{Name: "circle", Text: file(drawnShape("circle", "[[9,9],[12,9]]"))},
		{Name: "circle of three", Text: file(drawnShape("circle", "[[1,1],[5,1],[5,5]]")),
			Error: "points: found 3, expected 2"},
		{Name: "line", Text: file(drawnShape("line", "[[1,1],[5,1]]") + "," + square), Skipped: "a shape of type line"},
		{Name: "unknown", Text: file(drawnShape("blob", "[[1,1]]")), Skipped: "a shape of an unknown type"},
		{Name: "mask that is no PNG", Text: file(`{"label":"x","points":[[1,1],[5,5]],"shape_type":"mask","mask":"AAAA"}`),
			Error: "mask: found no PNG"},
		{Name: "mask outside", Text: file(`{"label":"x","points":[[1,1],[50,5]],"shape_type":"mask","mask":""}`),
			Error: "expected one inside 30 x 20"},
		{
			Name: "one image in two files", Text: file(square), Others: map[string]string{"b.json": file(square)},
			Error: `which a.json has too`,
		},
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(file(drawnShape("polygon", "[[1,1],[5,1],[5,5]]"))))
	f.Add([]byte(file(`{"label":"x","points":[[1,1],[5,5]],"shape_type":"mask","mask":"AAAA"}`)))
	f.Fuzz(func(t *testing.T, text []byte) { formattest.Survive(&Format, "a.json", text) })
}
