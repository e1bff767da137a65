package labelstudio

import (
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

func file(results string) string {
	return `[{"id":1,"data":{"image":"/data/upload/3/0123abcd-a.png"},"annotations":[{"id":1,"created_at":"2026-01-02","result":[` + results + `]}],"predictions":[]}]`
}

func result(kind, value string) string {
	return `{"id":"q","type":"` + kind + `","original_width":30,"original_height":20,"image_rotation":0,"value":{` +
		value + `,"` + kind + `":["x"]}}`
}

func TestBadFiles(t *testing.T) {
	good := result("polygonlabels", `"points":[[1,1],[50,1],[50,50]]`)
	formattest.Refuse(t, &Format, "tasks.json", nil, []formattest.Bad{
		{Name: "good", Text: file(good)},
		{Name: "rectangle", Text: file(result("rectanglelabels", `"x":1,"y":1,"width":5,"height":5,"rotation":30`))},
		{Name: "no width", Text: file(result("rectanglelabels", `"x":1,"y":1,"height":5`)),
			Error: "result[0]: value: found no width"},
		{Name: "negative radius", Text: file(result("ellipselabels", `"x":10,"y":10,"radiusX":5,"radiusY":-5`)),
			Skipped: "a circle or an ellipse of a negative radius"},
		{Name: "two points", Text: file(result("polygonlabels", `"points":[[1,1],[50,1]]`)),
			Skipped: "a polygon of fewer than three points"},
		{Name: "NaN", Text: file(result("polygonlabels", `"points":[[1,1],[50,NaN]]`)),
			Error: "[0]: annotations[0].result[0]"},
		{Name: "unknown", Text: file(result("blob", `"a":1`) + "," + good), Skipped: "a region of an unknown kind"},
		{Name: "choices", Text: file(`{"type":"choices","value":{"choices":["a"]}},` + good),
			Skipped: "a region of kind choices"},
		{Name: "no label", Text: file(
			`{"type":"polygonlabels","original_width":30,"original_height":20,"value":{"points":[[1,1],[2,1],[2,2]]}}`),
			Skipped: "a region without a label"},
		{Name: "short brush", Text: file(result("brushlabels", `"format":"rle","rle":[0,0,9,96,57]`)),
			Error: "rle: value 0 of 2400: found the end"},
		{Name: "other brush", Text: file(result("brushlabels", `"format":"rle","rle":[0,0,0,1]`)),
			Error: "rle: found 1 values, expected the 2400"},
		{Name: "no bytes", Text: file(result("brushlabels", `"format":"rle","rle":[256]`)),
			Error: "found numbers beyond 0 to 255"},
		{Name: "no image", Text: `[{"data":{},"annotations":[]}]`, Error: "data: found no address of an image"},
		{Name: "object", Text: `{"data":{}}`, Error: "tasks.json"},
		{
			Name: "none", Text: `[{"data":{"image":"a.png"},"annotations":[{"result":[],"was_cancelled":true}]}]`,
			Others:  map[string]string{"a.png": ""},
			Skipped: "an annotation or prediction beside the one that is read,a task without what is read, whose image has no instances",
		},
		{
			Name:    "several",
			Text:    `[{"data":{"image":"a.png"},"annotations":[{"result":[]},{"result":[],"ground_truth":true}]}]`,
			Others:  map[string]string{"a.png": ""},
			Skipped: "an annotation or prediction beside the one that is read",
		},
		{Name: "turned image", Text: file(
			`{"type":"polygonlabels","image_rotation":90,"original_width":30,"original_height":20,"value":{"points":[[1,1],[2,1],[2,2]],"polygonlabels":["x"]}}`), Error: "image_rotation: found 90, expected 0"},
		{Name: "image twice", Text: `[{"data":{"image":"a.png"},"annotations":[]},{"data":{"image":"a.png"},"annotations":[]}]`, Others: map[string]string{"a.png": ""}, Error: `[1]: data: found image "a.png", which tasks.json: [0] has already`},
		{Name: "image of another size", Text: file(good), Others: map[string]string{"a.png": ""}},
	})
}

func TestFileName(t *testing.T) {
	for address, expected := range map[string]string{
		"/data/local-files/?d=a%20b/%C3%A7.png":         "a b/ç.png",
		"/data/upload/3/0123abcd-a.png":                 "a.png",
		"s3://bucket/folder/a.png":                      "folder/a.png",
		"https://host/x/a%2B.png?x=1":                   "x/a+.png",
		"http://h:8080/data/local-files/?d=tiles/1.png": "tiles/1.png",
		"../../a.png": "a.png",
		"100%.png":    "100%.png",
	} {
		if name := fileName(address); name != expected {
			t.Errorf("%s: %q, expected %q", address, name, expected)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(file(result("polygonlabels", `"points":[[1,1],[50,1],[50,50]]`))))
	f.Add([]byte(file(result("brushlabels", `"format":"rle","rle":[0,0,9,96,57]`))))
	f.Fuzz(func(t *testing.T, text []byte) { formattest.Survive(&Format, "a.json", text) })
}
