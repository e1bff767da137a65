// Command kernels compares the speed of package rle's kernels with those of
// peers on one thread:
//
//	kernels POLYGONS.JSONL WORK ROUNDS MASKAPI CV2
//
// MASKAPI is pycocotools' C code (bench/maskapi), CV2 a command that runs
// bench/kernels_ref.py; either may be empty. For each kernel and peer it prints a line with
// the kernel, the peer, the median nanoseconds of the peer and of rle, and the number of
// rounds. The two alternate, and it is an error if their results differ.
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
	"strconv"
	"strings"
	"time"

	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

func main() {
	runtime.GOMAXPROCS(1)
	rounds, err := strconv.Atoi(os.Args[3])
	if err == nil {
		b := bench{work: os.Args[2], rounds: rounds, maskAPI: strings.Fields(os.Args[4]), cv2: strings.Fields(os.Args[5])}
		err = b.run(os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type bench struct {
	work         string
	rounds       int
	maskAPI, cv2 []string // commands; cv2 is empty if the peer is not installed
}

func (b *bench) run(polygons string) error {
	rings, err := outlines(polygons, 4000)
	if err != nil {
		return err
	}
	shapes := annotations(4000)
	masks, err := filled(512, rle.FillOpenCV, rings)
	if err != nil {
		return err
	}
	large, err := filled(500, rle.FillCOCO, shapes)
	if err != nil {
		return err
	}
	if len(b.maskAPI) > 0 {
		const peer = "maskApi (C)"
		if err := b.fill(peer, b.maskAPI, "fill as pycocotools, outlines with one vertex per pixel", 512, rle.FillCOCO,
			rings); err != nil {
			return err
		}
		if err := b.fill(peer, b.maskAPI, "fill as pycocotools, polygons of 32 to 68 vertices", 500, rle.FillCOCO,
			shapes); err != nil {
			return err
		}
		if err := b.iou("IoU of a pair, 100 x 100 vessels", masks, 20, 100, 100); err != nil {
			return err
		}
		if err := b.iou("IoU of a pair, 100 x 9 vessels", masks, 36, 100, 9); err != nil {
			return err
		}
		if err := b.iou("IoU of a pair, 100 x 100 polygons", large, 20, 100, 100); err != nil {
			return err
		}
	}
	if len(b.cv2) == 0 {
		return nil
	}
	if err := b.fill("cv2.fillPoly, pixels", append(slices.Clone(b.cv2), "pixels"),
		"fill as OpenCV, outlines with one vertex per pixel", 512, rle.FillOpenCV, rings); err != nil {
		return err
	}
	if err := b.fill("cv2.fillPoly, to runs", b.cv2, "fill as OpenCV, outlines with one vertex per pixel", 512,
		rle.FillOpenCV, rings); err != nil {
		return err
	}
	cross, err := rle.Cross(3)
	if err != nil {
		return err
	}
	for _, m := range []struct {
		name, op string
		apply    func(rle.Mask) (rle.Mask, error)
	}{
		{"dilate a vessel by the 3 x 3 cross", "dilate", func(m rle.Mask) (rle.Mask, error) {
			return m.Dilate(cross, 1, rle.BorderIgnore)
		}},
		{"close a vessel by the 3 x 3 cross", "close", func(m rle.Mask) (rle.Mask, error) {
			return m.Close(cross, 1, rle.BorderIgnore)
		}},
	} {
		if err := b.morph(m.name, m.op, masks, m.apply); err != nil {
			return err
		}
	}
	return nil
}

func filled(size int, rule rle.Rule, rings []rle.Ring) ([]rle.Mask, error) {
	var masks []rle.Mask
	for _, r := range rings {
		m, err := rle.FromPolygon(size, size, rule, r)
		if err != nil {
			return nil, err
		}
		masks = append(masks, m)
	}
	return masks, nil
}

// outlines reads the rings of the first n vessels.
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
			if o.Class == wsi.BloodVessel && len(rings) < n {
				rings = append(rings, slices.Clone(o.Rings[0]))
			}
		}
	}
	return rings, nil
}

// annotations returns polygons like COCO's: 32 to 68 vertices with two
// decimals, some 40 to 400 pixels wide, in images of 500 pixels.
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

// fill times a fill rule. The sum is the foreground.
func (b *bench) fill(peer string, command []string, name string, size int, rule rle.Rule, rings []rle.Ring) error {
	file := filepath.Join(b.work, "fill.txt")
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
	return b.compare(name, peer, append(slices.Clone(command), "fill", file), func() (float64, float64) {
		return each(rings, func(r rle.Ring) (rle.Mask, error) { return rle.FromPolygon(size, size, rule, r) })
	})
}

// morph times a morphological operation.
func (b *bench) morph(name, op string, masks []rle.Mask, apply func(rle.Mask) (rle.Mask, error)) error {
	file := filepath.Join(b.work, "morph.txt")
	err := write(file, func(w *bufio.Writer) {
		h, width := masks[0].Size()
		fmt.Fprintln(w, len(masks), h, width)
		for _, m := range masks {
			runs := m.Runs()
			fmt.Fprint(w, len(runs))
			for _, r := range runs {
				fmt.Fprint(w, " ", r)
			}
			fmt.Fprintln(w)
		}
	})
	if err != nil {
		return err
	}
	ours := func() (float64, float64) { return each(masks, apply) }
	if err := b.compare(name, "cv2, pixels", append(slices.Clone(b.cv2), "pixels", op, file), ours); err != nil {
		return err
	}
	return b.compare(name, "cv2, from and to runs", append(slices.Clone(b.cv2), op, file), ours)
}

// each calls f for all items, and returns the nanoseconds per item and the pixels of
// all results.
func each[T any](list []T, f func(T) (rle.Mask, error)) (ns, sum float64) {
	var t time.Duration
	pixels := 0
	for _, v := range list {
		start := time.Now()
		m, err := f(v)
		t += time.Since(start)
		if err != nil {
			panic(err) // the input is generated
		}
		pixels += m.Area()
	}
	return float64(t.Nanoseconds()) / float64(len(list)), float64(pixels)
}

func (b *bench) iou(name string, masks []rle.Mask, groups, nd, ng int) error {
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
	file := filepath.Join(b.work, "iou.txt")
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
	return b.compare(name, "maskApi (C)", append(slices.Clone(b.maskAPI), "iou", file), func() (float64, float64) {
		sum := 0.0
		start := time.Now()
		for i := range groups {
			var err error
			if dst, err = rle.AppendIoU(dst[:0], dt[i], gt[i], nil); err != nil {
				panic(err) // the masks are generated
			}
			for g := range ng { // sum in the order of the driver
				for d := range nd {
					sum += dst[d*ng+g]
				}
			}
		}
		return float64(time.Since(start).Nanoseconds()) / float64(groups*nd*ng), sum
	})
}

// compare alternates runs of the peer and of rle, and prints a line.
func (b *bench) compare(name, peer string, argv []string, ours func() (ns, sum float64)) error {
	var theirs, own []float64
	for range b.rounds {
		text, err := exec.Command(argv[0], argv[1:]...).Output()
		if err != nil {
			return fmt.Errorf("%v: %w", argv, err)
		}
		var ns, sum float64
		if _, err := fmt.Sscan(string(text), &ns, &sum); err != nil {
			return err
		}
		ownNs, ownSum := ours()
		if math.Abs(sum-ownSum) > 1e-8*math.Abs(sum) {
			return fmt.Errorf("%s: the results of %s sum to %v, ours to %v", name, peer, sum, ownSum)
		}
		theirs, own = append(theirs, ns), append(own, ownNs)
	}
	slices.Sort(theirs)
	slices.Sort(own)
	fmt.Printf("%s\t%s\t%.1f\t%.1f\t%d\n", name, peer, theirs[b.rounds/2], own[b.rounds/2], b.rounds)
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
