package check

import "testing"

func TestOtherFormat(t *testing.T) {
	for text, want := range map[string]string{
		`{"type": "FeatureCollection", "features": []}`:                               "GeoJSON",
		`[{"type": "Feature", "geometry": {"type": "Polygon"}, "properties": {}}]`:    "GeoJSON",
		`{"version": "5.0", "flags": {}, "shapes": [], "imagePath": "a.png"}`:         "a labelme file",
		`{"_via_settings": {"ui": {}}, "_via_img_metadata": {}}`:                      "a VGG Image Annotator (VIA) file",
		`{"a.png123": {"filename": "a.png", "size": 1, "regions": [{"shape`:           "a VGG Image Annotator (VIA) file",
		`[{"id": 1, "annotations": [{"result": []}], "data": {"image": "a"}}]`:        "a Label Studio export",
		`[{"image": "a.png", "annotations": [{"label": "x"}]}]`:                       "CreateML JSON",
		`{"id":"t0","annotations":[{"type":"blood_vessel","coordinates":[]}]}` + "\n": "a file of HuBMAP outlines",
		`{"info": {}, "categories": {"label": {}}, "items": []}`:                      "a Datumaro file",
		`[{"file_name": "a.png", "image_id": 1, "height": 2, "annotations": []}]`:     "a list of detectron2 records",
		"<?xml version=\"1.0\"?>\n<annotations>\n  <version>1.1</version>":            "CVAT XML",
		"<annotation>\n<folder>x</folder><object><bndbox>":                            "Pascal VOC XML",
		"<!DOCTYPE html><html>": "a web page",
		"<x/>":                  "XML",
		"0 0.5 0.5 0.1 0.25\n1 0.2 0.2 0.1 0.1\n": "YOLO labels",
		"1 0.5 0.5 0.6 0.5 0.6 0.6\n":             "YOLO labels",
		"id,height,width,prediction_string\n":     "a table (CSV)",
		"a\tb\n1\t2\n":                            "a table (CSV)",
		"\x89PNG\r\n\x1a\n":                       "an image",
		"II*\x00\x08":                             "an image",
		"RIFF0000WEBPVP8 ":                        "an image",
		"PK\x03\x04":                              "an archive",
		"PAR1":                                    "a Parquet table",
		"\x80\x04\x95":                            "a Python pickle",
		"\xff\xfe{\x00":                           "text in UTF-16",
		// Not known, or COCO.
		`{"images": [], "annotations": [], "categories": []}`:             "",
		`{"annotations": [], "id": 1, "images": []}`:                      "",
		`{"info": {"type": "Feature"}, "images": []}`:                     "",
		`[{"image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2], "score`: "",
		`[`:                        "",
		`[]`:                       "",
		`{`:                        "",
		"":                         "",
		"  ":                       "",
		"hello":                    "",
		"0 1 2 3 4 5 6 7":          "",
		"\xef\xbb\xbf{\"images\":": "",
	} {
		f, ok := OtherFormat([]byte(text))
		if f.Name != want || ok != (want != "") || ok && f.Advice == "" {
			t.Errorf("%q: %+v %v, expected %q", text, f, ok, want)
		}
	}
}

func FuzzOtherFormat(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":1}}`, `[{"a":[`, "<a", "0 0.1 0.2 0.3 0.4", "\x80\x04", "\xef\xbb\xbf", "a,b"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if format, ok := OtherFormat(text); ok && (format.Name == "" || format.Advice == "") {
			t.Errorf("%q: %+v", text, format)
		}
	})
}
