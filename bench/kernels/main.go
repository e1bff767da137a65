// Command kernels times package rle's kernels beside pycocotools' C code on one
// thread: kernels DRIVER POLYGONS.JSONL WORK, called by bench/kernels.sh. The two
// alternate; medians of the rounds are printed.
package main

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

const rounds = 11

func main() {
	runtime.GOMAXPROCS(1)
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(driver, polygons, work string) error {
	rings, err := outlines(polygons, 4000)
	if err != nil {
		return err
	}
	fmt.Printf("| kernel, one thread | C maskApi, ns | rle, ns | times faster |\n|---|---|---|---|\n")
	if err := fill(driver, work, "coco fill, outlines of a vertex a pixel, 512 x 512", 512, rings); err != nil {
		return err
	}
	if err := fill(driver, work, "coco fill, COCO-like polygons of 32 to 68 vertices, 500 x 500", 500, annotations(4000)); err != nil {
		return err
	}
	var masks []rle.Mask
	for _, r := range rings {
		m, err := rle.FromPolygon(512, 512, rle.FillOpenCV, r)
		if err != nil {
			return err
		}
		masks = append(masks, m)
	}
	if err := iou(driver, work, "IoU of a pair, 100 x 100 vessels", masks, 20, 100, 100); err != nil {
		return err
	}
	if err := iou(driver, work, "IoU of a pair, 100 x 9 vessels", masks, 36, 100, 9); err != nil {
		return err
	}
	var large []rle.Mask
	for _, r := range annotations(4000) {
		m, err := rle.FromPolygon(500, 500, rle.FillCOCO, r)
		if err != nil {
			return err
		}
		large = append(large, m)
	}
	return iou(driver, work, "IoU of a pair, 100 x 100 COCO-like polygons", large, 20, 100, 100)
}

// outlines reads the first n vessels' rings.
func outlines(path string, n int) ([]rle.Ring, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	var rings []rle.Ring
	for tile, err := range wsi.ReadPolygons(f, nil) {
		if err != nil {
			return nil, err
		}
		for _, o := range tile.Outlines {
			if o.Class == wsi.AllClasses()[0] && len(rings) < n {
				rings = append(rings, slices.Clone(o.Rings[0]))
			}
		}
	}
	return rings, nil
}

// annotations makes polygons like COCO's: 32 to 68 vertices with two decimals,
// some 40 to 400 pixels wide, in images of 500 pixels.
func annotations(n int) []rle.Ring {
	rng := rand.New(rand.NewPCG(3, 4))
	rings := make([]rle.Ring, n)
	for i := range rings {
		radius := 20 * math.Pow(10, rng.Float64())
		cx, cy := 500*rng.Float64(), 500*rng.Float64()
		k := 32 + rng.IntN(37)
		for j := range k {
			t := 2 * math.Pi * float64(j) / float64(k)
			r := radius * (.7 + .3*rng.Float64())
			x, y := min(max(cx+r*math.Cos(t), 0), 500), min(max(cy+r*math.Sin(t), 0), 500)
			rings[i] = append(rings[i], rle.Point{math.Round(x*100) / 100, math.Round(y*100) / 100})
		}
	}
	return rings
}

func fill(driver, work, name string, size int, rings []rle.Ring) error {
	file := filepath.Join(work, "fill.txt")
	err := write(file, func(w *bufio.Writer) {
		fmt.Fprintln(w, len(rings), size, size)
		for _, r := range rings {
			fmt.Fprint(w, len(r))
			for _, p := range r {
				fmt.Fprint(w, " ", p[0], " ", p[1])
			}
			fmt.Fprintln(w)
		}
	})
	if err != nil {
		return err
	}
	return compare(name, []string{driver, "fill", file}, func() (float64, float64) {
		sum := 0
		start := time.Now()
		for _, r := range rings {
			m, err := rle.FromPolygon(size, size, rle.FillCOCO, r)
			if err != nil {
				panic(err) // the rings are ours
			}
			sum += m.Area()
		}
		t := float64(time.Since(start).Nanoseconds()) / float64(len(rings))
		runs := 0
		for _, r := range rings {
			m, _ := rle.FromPolygon(size, size, rle.FillCOCO, r)
			runs += len(m.Runs())
		}
		return t, float64(runs)
	})
}

func iou(driver, work, name string, masks []rle.Mask, groups, nd, ng int) error {
	h, w := masks[0].Size()
	rng := rand.New(rand.NewPCG(5, 6))
	pick := func(n int) []rle.Mask {
		out := make([]rle.Mask, n)
		for i := range out {
			out[i] = masks[rng.IntN(len(masks))]
		}
		return out
	}
	dt, gt := make([][]rle.Mask, groups), make([][]rle.Mask, groups)
	file := filepath.Join(work, "iou.txt")
	err := write(file, func(out *bufio.Writer) {
		fmt.Fprintln(out, groups, h, w, nd, ng)
		for i := range groups {
			dt[i], gt[i] = pick(nd), pick(ng)
			for _, m := range append(slices.Clone(dt[i]), gt[i]...) {
				runs := m.Runs()
				fmt.Fprint(out, len(runs))
				for _, r := range runs {
					fmt.Fprint(out, " ", r)
				}
				fmt.Fprintln(out)
			}
		}
	})
	if err != nil {
		return err
	}
	var dst []float64
	return compare(name, []string{driver, "iou", file}, func() (float64, float64) {
		sum := 0.0
		start := time.Now()
		for i := range groups {
			var err error
			if dst, err = rle.AppendIoU(dst[:0], dt[i], gt[i], nil); err != nil {
				panic(err) // the masks are ours
			}
			for g := range ng { // the driver's order of summing
				for d := range nd {
					sum += dst[d*ng+g]
				}
			}
		}
		return float64(time.Since(start).Nanoseconds()) / float64(groups*nd*ng), sum
	})
}

// compare alternates a driver's run with ours and prints a row.
func compare(name string, argv []string, ours func() (ns, sum float64)) error {
	var c, g []float64
	for range rounds {
		text, err := exec.Command(argv[0], argv[1:]...).Output()
		if err != nil {
			return fmt.Errorf("%v: %w", argv, err)
		}
		var ns, sum float64
		if _, err := fmt.Sscan(string(text), &ns, &sum); err != nil {
			return err
		}
		own, ownSum := ours()
		if math.Abs(sum-ownSum) > 1e-8*math.Abs(sum) {
			return fmt.Errorf("%s: the C code's results sum to %v, ours to %v", name, sum, ownSum)
		}
		c, g = append(c, ns), append(g, own)
	}
	slices.Sort(c)
	slices.Sort(g)
	fmt.Printf("| %s | %.1f | %.1f | %.1f |\n", name, c[rounds/2], g[rounds/2], c[rounds/2]/g[rounds/2])
	return nil
}

func write(path string, text func(*bufio.Writer)) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	text(w)
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
