package rle

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
)

// setopsCase is one line of a golden file written by reference/setops.py: masks
// with the results of the reference tools, or boxes with their IoU.
type setopsCase struct {
	File                              string
	N, H, W                           int
	Masks                             [][]uint32
	Text                              []string
	Area                              []int
	Bbox                              [][4]float64
	Union, Intersect, Difference, Xor string
	Complement, Vote                  string
	Weights                           []float64
	Threshold                         float64
	Dt                                int
	Crowd                             []int
	IoU                               []string
	IoUCrowd                          []string `json:"iou_crowd"`
	Centroid                          []string
	Transforms                        [][]any      // name, arguments, height, width, text
	DtBoxes                           [][4]float64 `json:"dt_boxes"`
	GtBoxes                           [][4]float64 `json:"gt_boxes"`
}

// checkHex fails unless the values equal the hexadecimal floats bit for bit.
func checkHex(t *testing.T, what string, got []float64, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, s := range want {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		if math.Float64bits(v) != math.Float64bits(got[i]) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], v)
		}
	}
}

func TestGoldenSetOps(t *testing.T) {
	masks, boxes, transforms := 0, 0, map[string]int{}
	for n, c := range golden.Cases[setopsCase](t, "setops.jsonl.gz") {
		if c.DtBoxes != nil {
			boxes++
			checkBoxCase(t, n, c)
			continue
		}
		masks++
		checkMaskCase(t, n, c)
		for _, tr := range c.Transforms {
			transforms[tr[0].(string)]++
		}
	}
	if !golden.Fresh() && (masks < 3000 || boxes < 700 || len(transforms) != 8) {
		t.Errorf("%d cases of masks, %d of boxes, transforms %v: want at least 3000, 700 and 8 kinds", masks, boxes, transforms)
	}
}

func checkBoxCase(t *testing.T, n int, c *setopsCase) {
	t.Helper()
	toBoxes := func(list [][4]float64) (boxes []Box) {
		for _, b := range list {
			boxes = append(boxes, Box{b[0], b[1], b[2], b[3]})
		}
		return boxes
	}
	dt, gt := toBoxes(c.DtBoxes), toBoxes(c.GtBoxes)
	what := fmt.Sprintf("case %d: box IoU", n)
	got, err := AppendBoxIoU(nil, dt, gt, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkHex(t, what, got, c.IoU)
	if got, err = AppendBoxIoU(nil, dt, gt, c.crowds()); err != nil {
		t.Fatal(err)
	}
	checkHex(t, what+" with crowds", got, c.IoUCrowd)
}

func (c *setopsCase) crowds() []bool {
	crowd := make([]bool, len(c.Crowd))
	for i, v := range c.Crowd {
		crowd[i] = v != 0
	}
	return crowd
}

func checkMaskCase(t *testing.T, n int, c *setopsCase) {
	t.Helper()
	masks := make([]Mask, len(c.Masks))
	for i, runs := range c.Masks {
		m, err := FromRuns(c.H, c.W, runs)
		if err != nil {
			t.Fatal(err)
		}
		masks[i] = m
		checkText(t, fmt.Sprintf("case %d: mask %d", n, i), m, nil, c.H, c.W, c.Text[i])
		if parsed, err := ParseText(c.H, c.W, []byte(c.Text[i])); err != nil || !parsed.Equal(m) {
			t.Fatalf("case %d: %q parsed as %v, %v, want %v", n, c.Text[i], parsed.runs, err, runs)
		}
		if b := c.Bbox[i]; m.Area() != c.Area[i] || m.Bounds() != (Box{b[0], b[1], b[2], b[3]}) {
			t.Fatalf("case %d: mask %d: area %d, bounds %v, want %d, %v", n, i, m.Area(), m.Bounds(), c.Area[i], b)
		}
	}
	first, last := masks[0], masks[len(masks)-1]
	check := func(what string, m Mask, err error, want string) {
		t.Helper()
		checkText(t, fmt.Sprintf("case %d: %s", n, what), m, err, c.H, c.W, want)
	}
	m, err := Union(masks...)
	check("union", m, err, c.Union)
	m, err = Intersect(masks...)
	check("intersect", m, err, c.Intersect)
	m, err = Difference(first, last)
	check("difference", m, err, c.Difference)
	m, err = Xor(first, last)
	check("xor", m, err, c.Xor)
	check("complement", first.Complement(), nil, c.Complement)
	m, err = AtLeast(masks, c.Weights, c.Threshold)
	check("vote", m, err, c.Vote)

	what := fmt.Sprintf("case %d: IoU", n)
	got, err := AppendIoU(nil, masks[:c.Dt], masks[c.Dt:], nil)
	if err != nil {
		t.Fatal(err)
	}
	checkHex(t, what, got, c.IoU)
	if got, err = AppendIoU(nil, masks[:c.Dt], masks[c.Dt:], c.crowds()); err != nil {
		t.Fatal(err)
	}
	checkHex(t, what+" with crowds", got, c.IoUCrowd)

	x, y, ok := first.Centroid()
	if ok != (c.Centroid != nil) {
		t.Fatalf("case %d: centroid %v, want %v", n, ok, c.Centroid)
	}
	if ok {
		checkHex(t, fmt.Sprintf("case %d: centroid", n), []float64{x, y}, c.Centroid)
	}
	for _, tr := range c.Transforms {
		name := tr[0].(string)
		var args []int
		for _, v := range tr[1].([]any) {
			args = append(args, int(v.(float64)))
		}
		h, w, want := int(tr[2].(float64)), int(tr[3].(float64)), tr[4].(string)
		m, err := applyTransform(first, name, args)
		checkText(t, fmt.Sprintf("case %d: %s %v", n, name, args), m, err, h, w, want)
	}
}

// applyTransform runs one transform by its name in the golden file.
func applyTransform(m Mask, name string, a []int) (Mask, error) {
	switch name {
	case "translate":
		return m.Translate(a[0], a[1]), nil
	case "fliph":
		return m.FlipHorizontal(), nil
	case "flipv":
		return m.FlipVertical(), nil
	case "transpose":
		return m.Transpose(), nil
	case "rot90":
		return m.Rotate90(a[0]), nil
	case "crop":
		return m.Crop(a[0], a[1], a[2], a[3])
	case "pad":
		return m.Pad(a[0], a[1], a[2], a[3])
	case "paste":
		var runs []uint32
		for _, r := range a[4:] {
			runs = append(runs, uint32(r))
		}
		base, err := FromRuns(a[2], a[3], runs)
		return Paste(base, m, a[0], a[1]), err
	}
	return Mask{}, fmt.Errorf("no transform %q", name)
}

// checkText fails unless the mask has the given size and is encoded as the
// given text.
func checkText(t *testing.T, what string, m Mask, err error, h, w int, want string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	text, err := m.AppendText(nil)
	if err != nil || m.h != h || m.w != w || string(text) != want {
		t.Fatalf("%s: %d x %d %q, %v, want %d x %d %q", what, m.h, m.w, text, err, h, w, want)
	}
}

// TestGoldenSubmissions compares the decoded masks of real submissions with
// those that Python decodes. The masks may not be published, so the file exists
// only after a run of reference/setops.py with --submissions.
func TestGoldenSubmissions(t *testing.T) {
	const file = "setops_submissions.jsonl.gz"
	if _, err := os.Stat(golden.Path(file)); err != nil {
		t.Skipf("no masks read by Python: %v", err)
	}
	want := map[string]Mask{}
	key := func(file string, n int) string { return fmt.Sprintf("%s %d", file, n) }
	for _, c := range golden.Cases[setopsCase](t, file) {
		m, err := FromRuns(c.H, c.W, c.Masks[0])
		if err != nil {
			t.Fatal(err)
		}
		want[key(c.File, c.N)] = m
	}
	paths, err := filepath.Glob(filepath.Join(golden.Real(t, "submissions"), "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, path := range paths {
		eachSubmitted(t, path, func(n, h, w int, text []byte) {
			total++
			m, err := ParseKaggle(h, w, text)
			if err != nil || !m.Equal(want[key(filepath.Base(path), n)]) {
				t.Errorf("%s: mask %d: %v, %v, want %v", path, n, m.runs, err, want[key(filepath.Base(path), n)].runs)
			}
		})
	}
	if total != len(want) || total == 0 {
		t.Errorf("%d masks, Python reads %d", total, len(want))
	}
}
