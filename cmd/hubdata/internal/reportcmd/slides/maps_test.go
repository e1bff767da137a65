package slides

import (
	"strconv"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/internal/plot"
)

// TestDatasetClasses: no two datasets have one colour, and HuBMAP's have always the same.
func TestDatasetClasses(t *testing.T) {
	classes := datasetClasses([]string{"", "0", "1", "3", "4", "train"})
	seen := map[plot.Class]string{}
	for name, c := range classes {
		if other, ok := seen[c]; ok {
			t.Errorf("%q and %q have one colour", name, other)
		}
		seen[c] = name
	}
	if len(classes) != 7 || classes["1"] != plot.SeriesClass(0) || classes["2"] != plot.SeriesClass(1) ||
		classes["3"] != plot.Pale() {
		t.Errorf("%v", classes)
	}
}

// TestTooltips: each tile has a tooltip, unless there are very many.
func TestTooltips(t *testing.T) {
	for _, n := range []int{3, mostTooltips + 1} {
		s := mapped{Name: "TCGA-1"}
		for k := range n {
			s.Tiles = append(s.Tiles, Tile{Name: strconv.Itoa(k), X: 1024 * k, Width: 1024, Height: 1024})
		}
		charts := drawMaps([]mapped{s}, func(t *Tile) (plot.Class, string, string) { return plot.Step(1), "", words(t) })
		expected := n
		if n > mostTooltips {
			expected = 0
		}
		if got := strings.Count(string(charts.Items[0].SVG), "instances</title>"); got != expected {
			t.Errorf("%d tiles: %d tooltips, expected %d", n, got, expected)
		}
	}
}
