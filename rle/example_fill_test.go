package rle_test

import (
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/rle"
)

func ExampleFromPolygon() {
	ring := rle.Ring{{1, 1}, {5, 1}, {5, 4}, {1, 4}}
	for _, rule := range []rle.Rule{rle.FillOpenCV, rle.FillCOCO, rle.FillCenter} {
		m, err := rle.FromPolygon(6, 7, rule, ring)
		if err != nil {
			fmt.Println(err)
			return
		}
		text, err := m.AppendText(nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%v: %d pixels, %s\n", rule, m.Area(), text)
	}
	// Output:
	// opencv: 20 pixels, 74200000005
	// coco: 12 pixels, 73300000;
	// center: 12 pixels, 73300000;
}

func ExampleFromBox() {
	m, err := rle.FromBox(6, 7, rle.Box{X: 1, Y: 1, W: 4, H: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Area(), m.Bounds())
	// Output: 12 {1 1 4 3}
}

func ExampleParseRule() {
	rule, err := rle.ParseRule("coco")
	fmt.Println(rule == rle.FillCOCO, err)
	_, err = rle.ParseRule("gdal")
	fmt.Println(err)
	// Output:
	// true <nil>
	// rle: unknown fill rule "gdal": expected opencv, coco or center
}

// The masks that are held together take memory of one budget.
func ExampleBudget() {
	const size = 1 << 15
	var comb rle.Ring
	for i := range 2 * 25 {
		comb = append(comb, rle.Point{float64(i % 2 * size), float64(i) * size / (2 * 25)})
	}
	m, err := rle.FromPolygon(size, size, rle.FillCOCO, comb)
	if err != nil {
		panic(err)
	}
	fmt.Println(m.NumRuns() > 1<<20)
	var held rle.Budget
	fmt.Println(held.Add(m, len(comb)))
	fmt.Println(errors.Is(held.Add(m, len(comb)), rle.ErrRuns))
	// Output:
	// true
	// <nil>
	// true
}

// A polygon of few points can have a mask of very many runs.
func ExampleErrRuns() {
	const size = 1 << 15
	var comb rle.Ring
	for i := range 2 * 4000 {
		comb = append(comb, rle.Point{float64(i % 2 * size), float64(i) * size / (2 * 4000)})
	}
	_, err := rle.FromPolygon(size, size, rle.FillCOCO, comb)
	fmt.Println(errors.Is(err, rle.ErrRuns), rle.MaxFillRuns)
	// Output: true 2097152
}

// A polygon far out on a slide, which is too large for a mask.
func ExampleFromPolygonLocal() {
	vessel := rle.Ring{{80_000, 90_000}, {80_004, 90_000}, {80_004, 90_003}, {80_000, 90_003}}
	m, x, y, err := rle.FromPolygonLocal(100_000, 120_000, rle.FillCOCO, vessel)
	if err != nil {
		fmt.Println(err)
		return
	}
	b := m.Bounds()
	fmt.Println(m.Area(), "pixels from", x+int(b.X), y+int(b.Y), "on")
	// Output: 12 pixels from 80000 90000 on
}
