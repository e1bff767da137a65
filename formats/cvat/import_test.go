package cvat

import (
	"strings"
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

func file(shapes string) string {
	return `<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>` +
		`<image id="0" name="a.png" width="30" height="20">` + shapes + `</image></annotations>`
}

func TestBadFiles(t *testing.T) {
	square := `<polygon label="x" points="1,1;5,1;5,5"></polygon>`
	formattest.Refuse(t, &Format, "annotations.xml", nil, []formattest.Bad{
		{Name: "good", Text: file(square)},
		{Name: "byte order mark", Text: "\xef\xbb\xbf" + file(square)},
		{Name: "UTF-16", Text: "\xfe\xff\x00<", Error: "found UTF-16, expected UTF-8"},
		{Name: "Latin", Text: strings.Replace(file(square), "utf-8", "iso-8859-1", 1),
			Error: `found encoding "iso-8859-1", expected UTF-8`},
		{Name: "entities", Text: `<!DOCTYPE a [<!ENTITY b "c">]><annotations>&b;</annotations>`,
			Error: "line 1: found a document type"},
		{Name: "deep", Text: "<annotations>" + strings.Repeat("<a>", 100), Error: "found 65 elements in each other"},
		{Name: "cut off", Text: file(square)[:140], Error: "line 1: found"},
		{Name: "two roots", Text: file(square) + "<annotations/>", Error: "found a second root element"},
		{Name: "VOC", Text: "<annotation></annotation>", Error: "found <annotation>, expected <annotations>"},
		{Name: "video", Text: `<annotations><track id="0" label="x"></track></annotations>`,
			Error: "found a track of CVAT for video"},
		{Name: "image twice", Text: strings.Replace(file(square), "</image>",
			`</image><image id="1" name="a.png" width="1" height="1"/>`, 1),
			Error: `found image "a.png", which annotations.xml has already`},
		{Name: "image without name", Text: `<annotations><image id="1"/></annotations>`,
			Error: "found an image without a name"},
		{Name: "image without size", Text: `<annotations><image id="1" name="b"/></annotations>`,
			Error: "found neither a size nor the image file"},
		{
			Name: "image of another size", Text: strings.Replace(file(""), `width="30"`, `width="31"`, 1),
			Others: map[string]string{"images/a.png": ""}, Error: "found a size of 31 x 20, expected the 30 x 20",
		},
		{Name: "size", Text: strings.Replace(file(square), `width="30"`, `width="-1"`, 1),
			Error: `width: found "-1", expected a number of pixels`},
		{Name: "no label", Text: file(`<polygon points="1,1;2,2;3,1"/>`), Error: "<polygon>: label: found none"},
		{Name: "NaN", Text: file(`<polygon label="x" points="1,1;NaN,2;3,1"/>`),
			Error: `point 2: found "NaN,2", expected x,y`},
		{Name: "infinite box", Text: file(`<box label="x" xtl="1" ytl="1" xbr="Inf" ybr="1"/>`),
			Error: `xbr: found "Inf", expected a number`},
		{Name: "two points", Text: file(`<polygon label="x" points="1,1;2,2"/>`),
			Skipped: "a polygon of fewer than three points"},
		{Name: "polyline", Text: file(`<polyline label="x" points="1,1;2,2"/><tag label="x"/>`), Skipped: "a polyline,a tag"},
		{Name: "unknown", Text: file(`<blob label="x"/>`), Skipped: "an element of an unknown kind"},
		{Name: "ellipse", Text: file(`<ellipse label="x" cx="9" cy="9" rx="3" ry="2" rotation="30"/>`)},
		{Name: "negative ellipse", Text: file(`<ellipse label="x" cx="9" cy="9" rx="3" ry="-2"/>`),
			Skipped: "a circle or an ellipse of a negative radius"},
		{Name: "mask", Text: file(`<mask label="x" left="1" top="1" width="2" height="2" rle="1, 2, 1"/>`)},
		{Name: "mask of fewer pixels", Text: file(`<mask label="x" left="1" top="1" width="2" height="2" rle="1, 2"/>`),
			Error: "<mask>: rle"},
		{Name: "mask outside", Text: file(`<mask label="x" left="29" top="1" width="2" height="2" rle="1, 3"/>`),
			Error: "expected bounds inside the image of 30 x 20"},
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(file(`<polygon label="x" points="1,1;5,1;5,5"><attribute name="a">b</attribute></polygon>`)))
	f.Add([]byte(file(`<mask label="x" left="1" top="1" width="2" height="2" rle="1, 2, 1"/>`)))
	f.Fuzz(func(t *testing.T, text []byte) { formattest.Survive(&Format, "a.xml", text) })
}
