package rle

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// fillCase is one polygon of a golden file of reference/fill.py.
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
	check := func(path string) int {
		bad := 0
		return eachGolden(t, path, func(n int, c *fillCase) {
			if bad > 10 {
				return
			}
			m, err := FromPolygon(c.H, c.W, rule, c.rings()...)
			if err != nil {
				bad++
				t.Errorf("polygon %d: %v", n, err)
				return
			}
			text, err := m.AppendText(nil)
			if err != nil {
				t.Fatal(err)
			}
			if string(text) != c.Counts {
				bad++
				t.Errorf("polygon %d: %d x %d %v\ngot  %q\nwant %q", n, c.H, c.W, c.Rings, text, c.Counts)
			}
		})
	}
	if n := check(filepath.Join(goldenFolder(), "fill_"+rule.String()+".jsonl.gz")); n < 5000 && os.Getenv("HUBDATA_GOLDEN") == "" {
		t.Errorf("%d polygons, want at least 5000", n)
	}
	extra := filepath.Join(goldenFolder(), "fill_extra_"+rule.String()+".jsonl.gz")
	if _, err := os.Stat(extra); !errors.Is(err, fs.ErrNotExist) {
		check(extra)
	}
}

func TestGoldenFillOpenCV(t *testing.T) { testGoldenFill(t, FillOpenCV) }
func TestGoldenFillCOCO(t *testing.T)   { testGoldenFill(t, FillCOCO) }
func TestGoldenFillCenter(t *testing.T) { testGoldenFill(t, FillCenter) }
