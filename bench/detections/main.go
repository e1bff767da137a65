// Command detections draws a ground truth, and detections as JSON lines in a stream, of which nothing is kept:
//
//	detections TRUTH N [boxes] | zstd > results.jsonl.zst
//
// It writes the ground truth to the file TRUTH, and N detections to standard output: 300 on each image of 512 x 512 pixels,
// with 12 true instances, in the order of the images. The masks are some thousand ellipses, so that drawing takes no
// time; with boxes, the detections have no masks.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"strconv"

	"github.com/hubdata/hubdata/rle"
)

const (
	side     = 512
	perImage = 300
	perTruth = 12
	shapes   = 400 // places, of which a true instance has the first ellipse
	variants = 8   // ellipses near a place
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "detections:", err)
		os.Exit(1)
	}
}

// A shape is an ellipse as records have it.
type shape struct {
	area       int
	box, coded []byte // JSON
}

func run(args []string, out io.Writer) error {
	if len(args) < 2 {
		return errors.New("usage: detections TRUTH N [boxes]")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil || n < 0 {
		return fmt.Errorf("found %q detections, expected a number", args[1])
	}
	random := rand.New(rand.NewPCG(uint64(n), 1))
	pool, err := draw(random)
	if err != nil {
		return err
	}
	images := (n + perImage - 1) / perImage
	if err := writeTruth(args[0], images, random, pool); err != nil {
		return err
	}
	return writeDetections(out, n, len(args) > 2 && args[2] == "boxes", random, pool)
}

// draw draws the ellipses.
func draw(random *rand.Rand) ([][variants]shape, error) {
	pool := make([][variants]shape, shapes)
	for i := range pool {
		x, y := 40+random.Float64()*(side-80), 40+random.Float64()*(side-80)
		a, b := 6+random.Float64()*24, 6+random.Float64()*24
		for k := range pool[i] {
			off := func() float64 { return float64(k) * (random.Float64() - .5) * 2 }
			s, err := ellipse(x+off(), y+off(), a+off()/2, b+off()/2)
			if err != nil {
				return nil, err
			}
			pool[i][k] = *s
		}
	}
	return pool, nil
}

func ellipse(x, y, a, b float64) (*shape, error) {
	var ring rle.Ring
	for k := range 24 {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / 24)
		ring = append(ring, rle.Point{x + a*cos, y + b*sin})
	}
	m, err := rle.FromPolygon(side, side, rle.FillCOCO, ring)
	if err != nil {
		return nil, err
	}
	at := m.Bounds()
	return &shape{m.Area(), fmt.Appendf(nil, "[%v,%v,%v,%v]", at.X, at.Y, at.W, at.H), m.AppendJSON(nil)}, nil
}

// writeTruth writes the ground truth: the places of image i are those from perTruth*i on.
func writeTruth(path string, images int, random *rand.Rand, pool [][variants]shape) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprint(w, `{"images":[`)
	for i := range images {
		fmt.Fprintf(w, `%s{"id":%d,"file_name":"%08d.png","height":%d,"width":%d}`, comma(i), i+1, i+1, side, side)
	}
	fmt.Fprint(w, `],"categories":[{"id":1,"name":"blood_vessel"}],"annotations":[`)
	for i := range images * perTruth {
		s := &pool[i%shapes][0]
		fmt.Fprintf(w, `%s{"id":%d,"image_id":%d,"category_id":1,"iscrowd":0,"area":%d,"bbox":%s,"segmentation":%s}`,
			comma(i), i+1, i/perTruth+1, s.area, s.box, s.coded)
	}
	fmt.Fprintln(w, "]}")
	return errors.Join(w.Flush(), f.Close())
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// writeDetections writes detections: some near a true instance of their image, with higher scores.
func writeDetections(out io.Writer, n int, boxes bool, random *rand.Rand, pool [][variants]shape) error {
	w := bufio.NewWriterSize(out, 1<<20)
	var line []byte
	for i := range n {
		image, k := i/perImage, i%perImage
		at, score := random.IntN(shapes), random.IntN(7000)
		if k < 2*perTruth {
			at, score = (image*perTruth+k%perTruth)%shapes, 3000+random.IntN(7000)
		}
		s := &pool[at][random.IntN(variants)]
		line = append(strconv.AppendInt(append(line[:0], `{"image_id":`...), int64(image+1), 10), `,"category_id":1,"score":0.`...)
		line = strconv.AppendInt(line, int64(10000+score), 10)
		line = append(append(line, `,"bbox":`...), s.box...)
		if !boxes {
			line = append(append(line, `,"segmentation":`...), s.coded...)
		}
		if _, err := w.Write(append(line, '}', '\n')); err != nil {
			return err
		}
	}
	return w.Flush()
}
