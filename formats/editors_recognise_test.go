package formats_test

import (
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/formattest"
)

// TestRecogniseOne checks that each format recognises its own export alone, as a folder and
// by its file.
func TestRecogniseOne(t *testing.T) {
	files := map[string]string{
		"cvat": "annotations.xml", "via": "via_project.json", "labelstudio": "tasks.json",
		"labelme": "slide 0/tïle & 0.json", "voc": "Annotations/slide 0/tïle & 0.xml",
	}
	for _, mine := range exports {
		set, images := formattest.Draw(9, 20)
		fsys, _, err := formattest.Export(mine.format, set, images, mine.chosen)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range exports {
			for _, file := range []string{"", files[mine.format.Name]} {
				got := other.format.Recognise(&formats.Source{FS: fsys, File: file})
				if got != (mine.format == other.format) {
					t.Errorf("%s of %s recognises %q: %v", other.format.Name, mine.folder, file, got)
				}
			}
		}
	}
	for _, text := range []string{"", "{}", "[]", "<", "x", `{"images":[],"annotations":[]}`, `[{"image_id":1}]`, `{"shapes":[]}`, `[1]`} {
		fsys := fstest.MapFS{"a.json": {Data: []byte(text)}, "a.xml": {Data: []byte(text)}, "a.csv": {Data: []byte(text)}}
		for _, f := range exports {
			if f.format.Recognise(&formats.Source{FS: fsys}) {
				t.Errorf("%s recognises %q", f.format.Name, text)
			}
		}
	}
}
