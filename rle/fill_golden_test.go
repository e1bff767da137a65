package rle

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
)

// fillCase is one polygon of a golden file written by reference/fill.py.
type fillCase struct {
	H, W   int
	Rings  [][]float64 // flat x, y lists
	Counts string
}

func (c fillCase) rings() []Ring {
	rings := make([]Ring, len(c.Rings))
	for i, flat := range c.Rings {
		for j := 0; j+1 < len(flat); j += 2 {
			rings[i] = append(rings[i], Point{flat[j], flat[j+1]})
		}
	}
	return rings
}

func testGoldenFill(t *testing.T, rule Rule) {
	check := func(name string) int {
		n, c := 0, new(fillCase)
		for n, c = range golden.Cases[fillCase](t, name) {
			m, err := FromPolygon(c.H, c.W, rule, c.rings()...)
			if err != nil {
				t.Fatalf("polygon %d: %v", n, err)
			}
			text, err := m.AppendText(nil)
			if err != nil {
				t.Fatal(err)
			}
			if string(text) != c.Counts {
				t.Fatalf("polygon %d: %d x %d %v\ngot  %q\nwant %q", n, c.H, c.W, c.Rings, text, c.Counts)
			}
		}
		return n
	}
	if n := check("fill_" + rule.String() + ".jsonl.gz"); n < 5000 && !golden.Fresh() {
		t.Errorf("%d polygons, want at least 5000", n)
	}
	extra := "fill_extra_" + rule.String() + ".jsonl.gz"
	if _, err := os.Stat(golden.Path(extra)); !errors.Is(err, fs.ErrNotExist) {
		check(extra)
	}
}

func TestGoldenFillOpenCV(t *testing.T) { testGoldenFill(t, FillOpenCV) }
func TestGoldenFillCOCO(t *testing.T)   { testGoldenFill(t, FillCOCO) }
func TestGoldenFillCenter(t *testing.T) { testGoldenFill(t, FillCenter) }
