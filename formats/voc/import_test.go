package voc

import (
	"strings"
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

func file(objects string) string {
	return "<annotation><filename>a.png</filename><size><width>30</width><height>20</height></size>\n" + objects + "</annotation>"
}

func objectText(name, xmin, xmax string) string {
	return "<object><name>" + name + "</name><bndbox><xmin>" + xmin + "</xmin><ymin>1</ymin><xmax>" + xmax +
		"</xmax><ymax>5</ymax></bndbox></object>"
}

func TestBadFiles(t *testing.T) {
	good := file(objectText("x", "1", "5"))
	formattest.Refuse(t, &Format, "Annotations/a.xml", nil, []formattest.Bad{
		{Name: "good", Text: good},
		{Name: "one pixel", Text: file(objectText("x", "5", "5"))},
		{Name: "reversed", Text: file(objectText("x", "5", "1")), Error: "line 2: bndbox: found 5 to 1"},
		{Name: "NaN", Text: file(objectText("x", "NaN", "1")), Error: `xmin: found "NaN", expected a number`},
		{Name: "no class", Text: file(objectText("", "1", "2")), Error: "object 1: name: found none"},
		{Name: "no box", Text: file("<object><name>x</name></object>"), Error: "object 1: bndbox: found none"},
		{Name: "CVAT", Text: "<annotations/>", Error: "found <annotations>, expected <annotation>"},
		{Name: "entities", Text: `<!DOCTYPE a>` + good, Error: "found a document type"},
		{Name: "no name", Text: strings.Replace(good, "a.png", "", 1), Error: "filename: found none"},
		{
			Name: "image of another size", Text: strings.Replace(good, "30", "31", 1),
			Others: map[string]string{"JPEGImages/a.png": ""}, Error: "found a size of 31 x 20, expected the 30 x 20",
		},
		{Name: "part", Text: file(strings.Replace(objectText("x", "1", "5"), "</object>", "<part><name>y</name></part></object>", 1)), Skipped: "a part of an object"},
		{Name: "map that is no PNG", Text: good, Others: map[string]string{"SegmentationObject/a.png": "x"}, Error: "found no PNG"},
		{
			Name: "two files of one image", Text: good, Others: map[string]string{"Annotations/b.xml": good},
			Error: "which Annotations/a.xml has already",
		},
		{
			Name: "two lists", Text: good,
			Others: map[string]string{"ImageSets/Main/train.txt": "a\n", "ImageSets/Main/val.txt": "a\n", "ImageSets/Main/x_val.txt": "a 1\n"},
			Error:  `found image "a", which list train has too`,
		},
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(file(objectText("x", "1", "5"))))
	f.Fuzz(func(t *testing.T, text []byte) { formattest.Survive(&Format, "Annotations/a.xml", text) })
}
