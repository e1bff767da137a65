package qupath_test

import (
	"encoding/json"
	"os"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats/internal/formattest"
	"github.com/hubdata/hubdata/formats/qupath"
	"github.com/hubdata/hubdata/rle"
)

// TestGolden reads what geopandas and shapely wrote: reference/slides.py golden. The pixels are those whose centres
// shapely finds inside.
func TestGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var expected struct {
		Versions string
		Size     [2]int
		Counts   [][]uint32
	}
	if err := json.Unmarshal(text, &expected); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"drawn.geojson", "lists.json"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		list, err := formattest.ReadSlides(&qupath.Format, fstest.MapFS{name: {Data: text}}, map[string]string{"size": "80x60"})
		if err != nil {
			t.Fatal(err)
		}
		if len(list[0].Instances) != len(expected.Counts) || len(expected.Counts) < 30 {
			t.Fatalf("%s, %s: %d instances, expected %d", expected.Versions, name, len(list[0].Instances), len(expected.Counts))
		}
		for i := range expected.Counts {
			in := &list[0].Instances[i]
			m, err := rle.FromRuns(expected.Size[0], expected.Size[1], expected.Counts[i])
			if err != nil {
				t.Fatal(err)
			}
			if have := formattest.Pixels(t, 60, 80, &in.Annotation); !have.Equal(m) || in.Class != "vessel" {
				t.Errorf("%s, %s: instance %d of class %s: %d pixels, expected %d", expected.Versions, name, i, in.Class, have.Area(), m.Area())
			}
		}
	}
}
