package coco

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// generate returns the text of a dataset with the size and form of COCO's val2017:
// polygons of about 32 vertices with two decimals, or compressed runs. pad is added
// after every comma and colon: "" as in COCO's files, " " as written by Python.
func generate(images, annotations int, runs bool, pad string) []byte {
	rng := rand.New(rand.NewPCG(5, 6))
	var b bytes.Buffer
	cut := func(last bool) string {
		if last {
			return "]"
		}
		return "," + pad
	}
	fmt.Fprintf(&b, `{"info":%[1]s{"description":%[1]s"generated",%[1]s"year":%[1]s2026},%[1]s"licenses":%[1]s[],%[1]s"images":%[1]s[`, pad)
	for i := range images {
		fmt.Fprintf(&b, `{"license":%[1]s%[2]d,%[1]s"file_name":%[1]s"%012[3]d.jpg",%[1]s"coco_url":%[1]s"http://example.org/val/%012[3]d.jpg",%[1]s"height":%[1]s480,%[1]s"width":%[1]s640,%[1]s"date_captured":%[1]s"2026-11-14 17:02:52",%[1]s"id":%[1]s%[4]d}`,
			pad, 1+i%8, i*97, i+1)
		b.WriteString(cut(i == images-1))
	}
	fmt.Fprintf(&b, `,%[1]s"annotations":%[1]s[`, pad)
	var ring rle.Ring
	for i := range annotations {
		cx, cy := 20+rng.Float64()*600, 20+rng.Float64()*440
		n := 8 + rng.IntN(49)
		ring = ring[:0]
		for k := range n {
			r := 5 + 15*rng.Float64()
			x, y := cx+r*cosTurn(k, n), cy+r*cosTurn(4*k+3*n, 4*n)
			ring = append(ring, rle.Point{round2(x), round2(y)})
		}
		fmt.Fprintf(&b, `{"segmentation":%s`, pad)
		if runs {
			m, err := rle.FromPolygon(480, 640, rle.FillCOCO, ring)
			if err != nil {
				panic(err)
			}
			text, _ := m.AppendText(nil)
			fmt.Fprintf(&b, `{"size":%[1]s[480,%[1]s640],%[1]s"counts":%[1]s%[2]s}`, pad,
				jsonscan.AppendString(nil, string(text)))
		} else {
			b.WriteString("[[")
			for k, p := range ring {
				b.WriteString(strconv.FormatFloat(p[0], 'f', -1, 64) + "," + pad + strconv.FormatFloat(p[1], 'f', -1, 64) +
					cut(k == n-1))
			}
			b.WriteString("]")
		}
		fmt.Fprintf(&b, `,%[1]s"area":%[1]s%[2]v,%[1]s"iscrowd":%[1]s0,%[1]s"image_id":%[1]s%[3]d,%[1]s"bbox":%[1]s[%[4]v,%[1]s%[5]v,%[1]s%[6]v,%[1]s%[7]v],%[1]s"category_id":%[1]s%[8]d,%[1]s"id":%[1]s%[9]d}`,
			pad, rng.Float64()*900, 1+i*images/annotations, round2(cx-20), round2(cy-20), round2(20+rng.Float64()*19),
			round2(20+rng.Float64()*19), 1+i%80, int64(900100000000)+int64(i))
		b.WriteString(cut(i == annotations-1))
	}
	fmt.Fprintf(&b, `,%[1]s"categories":%[1]s[`, pad)
	for i := range 80 {
		fmt.Fprintf(&b, `{"supercategory":%[1]s"thing",%[1]s"id":%[1]s%[2]d,%[1]s"name":%[1]s"thing %[2]d"}`, pad, i+1)
		b.WriteString(cut(i == 79))
	}
	b.WriteString("}")
	return b.Bytes()
}

// cosTurn approximates the cosine of k/n turns.
func cosTurn(k, n int) float64 {
	t := float64(k%n)/float64(n)*4 - 2 // -2 to 2
	if t < 0 {
		t = -t
	}
	t--
	return t * (1.5 - 0.5*t*t)
}

func round2(v float64) float64 { return float64(int(v*100+0.5)) / 100 }

// TestWriteGenerated writes the files for the comparison with pycocotools; see
// reference/coco.py.
func TestWriteGenerated(t *testing.T) {
	dir := os.Getenv("HUBDATA_COCO_GENERATE")
	if dir == "" {
		t.Skip("set HUBDATA_COCO_GENERATE to a folder to write the benchmark files there")
	}
	for name, text := range map[string][]byte{
		"polygons.json": generate(5000, 36781, false, ""),
		"runs.json":     generate(5000, 36781, true, ""),
		"spaced.json":   generate(5000, 36781, false, " "),
	} {
		if err := os.WriteFile(dir+"/"+name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
