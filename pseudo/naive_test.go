package pseudo

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// naiveBox is a detection that takes part in the fusion.
type naiveBox struct {
	Corners
	score float64
	at    int32
	model int
}

// naiveIoU computes the IoU of two boxes by its definition.
func naiveIoU(a, b Corners) float64 {
	inter := float64(max(0, min(a[2], b[2])-max(a[0], b[0])) * max(0, min(a[3], b[3])-max(a[1], b[1])))
	if inter == 0 {
		return 0
	}
	return inter / (float64((a[2]-a[0])*(a[3]-a[1])) + float64((b[2]-b[0])*(b[3]-b[1])) - inter)
}

// naiveFuse does what Fuse does, directly from the definitions. It compares
// every box with every cluster, and recomputes every mean.
func naiveFuse(models int, o *Fusion, width, height float64, list []Detection,
	overlap func(i, j int) float64) []Cluster {
	weights := o.Weights
	if weights == nil {
		weights = slices.Repeat([]float64{1}, models)
	}
	var live []float64
	for _, w := range weights {
		if w > 0 {
			live = append(live, w)
		}
	}
	total := sum(live)
	joins := o.Method == WBF || o.Method == NMW
	byLabel := map[int64][]naiveBox{}
	var labels []int64
	for i, d := range list {
		if weights[d.Model] == 0 || joins && d.Score < o.Skip {
			continue
		}
		b := naiveBox{score: d.Score, at: int32(i), model: d.Model}
		for e, v := range [4]float64{min(d.Box[0], d.Box[2]), min(d.Box[1], d.Box[3]), max(d.Box[0], d.Box[2]),
			max(d.Box[1], d.Box[3])} {
			b.Corners[e] = min(max(v, 0), [2]float64{width, height}[e%2])
		}
		if (b.Corners[2]-b.Corners[0])*(b.Corners[3]-b.Corners[1]) == 0 {
			continue
		}
		switch {
		case o.Method == WBF:
			b.score *= weights[d.Model]
		case o.Method == NMW:
			b.score *= weights[d.Model] / slices.Max(weights)
		case o.Weights != nil:
			b.score = b.score * weights[d.Model] / total
		}
		if byLabel[d.Label] == nil {
			labels = append(labels, d.Label)
		}
		byLabel[d.Label] = append(byLabel[d.Label], b)
	}
	if !joins {
		slices.Sort(labels)
	}
	var out []Cluster
	for _, label := range labels {
		boxes := byLabel[label]
		between := func(a, b naiveBox) float64 {
			if overlap != nil {
				return overlap(int(a.at), int(b.at))
			}
			return naiveIoU(a.Corners, b.Corners)
		}
		if o.Method == SoftNMS {
			for _, b := range naiveSoft(o, boxes, between) {
				out = append(out, Cluster{Label: label, Score: b.score, Box: b.Corners, Members: []int32{b.at}})
			}
			continue
		}
		slices.Reverse(boxes) // among equal scores the last comes first
		slices.SortStableFunc(boxes, func(a, b naiveBox) int { return cmp.Compare(b.score, a.score) })
		var groups [][]naiveBox
		var means []naiveBox // the boxes with which a box is compared
		for _, b := range boxes {
			best, at := meant(o.IoU, 0.6), -1
			for k, m := range means {
				if v := between(b, m); v > best && (at < 0 || o.Method != NMS) {
					best, at = v, k
				}
			}
			if at < 0 {
				groups, means = append(groups, []naiveBox{b}), append(means, b)
				continue
			}
			groups[at] = append(groups[at], b)
			if o.Method == WBF {
				means[at].Corners, _ = naiveMean(groups[at], func(b naiveBox) float64 { return b.score })
			}
		}
		for k, g := range groups {
			c := Cluster{Label: label, Box: means[k].Corners, Score: g[0].score}
			for _, b := range g {
				c.Members = append(c.Members, b.at)
			}
			switch o.Method {
			case NMW:
				if g[0].score > 0 {
					c.Box, _ = naiveMean(g, func(b naiveBox) float64 { return b.score * naiveIoU(b.Corners, g[0].Corners) })
				}
				c.Score = float64(float32(c.Score))
			case WBF:
				c.Score = naiveScore(o, weights, live, g)
			}
			out = append(out, c)
		}
	}
	if joins {
		slices.Reverse(out)
		slices.SortStableFunc(out, func(a, b Cluster) int { return cmp.Compare(b.Score, a.Score) })
	}
	return out
}

// naiveMean returns the weighted mean of boxes in 32 bits, or the first box if
// all weights are 0.
func naiveMean(group []naiveBox, weight func(naiveBox) float64) (Corners, float64) {
	var sums [4]float32
	all := 0.0
	for _, b := range group {
		w := weight(b)
		for e, v := range b.Corners {
			sums[e] = float32(float64(sums[e]) + float64(w*v))
		}
		all += w
	}
	if all == 0 {
		return group[0].Corners, 0
	}
	var mean Corners
	for e, v := range sums {
		mean[e] = float64(float32(float64(v) / all))
	}
	return mean, all
}

// naiveScore returns the score of a WBF cluster.
func naiveScore(o *Fusion, weights, live []float64, group []naiveBox) float64 {
	n := float64(len(group))
	best, all, w := 0.0, 0.0, 0.0
	models := map[int]bool{}
	for _, b := range group {
		best = max(best, b.score)
		all += b.score
		w += weights[b.model]
		models[b.model] = true
	}
	var present, absent []float64
	for m, w := range weights {
		if w > 0 && models[m] {
			present = append(present, w)
		} else if w > 0 {
			absent = append(absent, w)
		}
	}
	s := all / n
	if o.Confidence == ConfMax {
		s = best
	}
	if n > 1 {
		s, w = float64(float32(s)), float64(float32(w))
	}
	switch o.Confidence {
	case ConfAvg:
		if o.AllowOverflow {
			s = s * n / sum(live)
		} else {
			s = s * min(n, float64(len(live))) / sum(live)
		}
	case ConfMax:
		s /= slices.Max(weights)
	case ConfBoxAndModelAvg:
		s = s * n / w * sum(present) / sum(live)
	case ConfAbsentModelAwareAvg:
		s = s * n / (w + sum(absent))
	}
	if !o.AllowOverflow {
		s = min(s, 1)
	}
	return s
}

// meant returns the value of an option in which 0 is the default and a negative
// number means 0.
func meant(v, def float64) float64 {
	switch {
	case v == 0:
		return def
	case v < 0:
		return 0
	}
	return v
}

// naiveSoft is soft-NMS: the best remaining box moves to the front and lowers
// the scores of the others.
func naiveSoft(o *Fusion, boxes []naiveBox, between func(a, b naiveBox) float64) (out []naiveBox) {
	for i := range boxes {
		best := i
		for j := i; j < len(boxes); j++ {
			if boxes[j].score > boxes[best].score {
				best = j
			}
		}
		boxes[i], boxes[best] = boxes[best], boxes[i]
		for j := i + 1; j < len(boxes); j++ {
			v := between(boxes[j], boxes[i])
			if o.Decay == Gaussian {
				boxes[j].score *= exp(-float64(v*v) / cmp.Or(o.Sigma, 0.5))
			} else if v > meant(o.IoU, 0.6) {
				boxes[j].score *= 1 - v
			}
		}
		if boxes[i].score > o.MinScore {
			out = append(out, boxes[i])
		}
	}
	return out
}

// checkNaive compares the result of a fuser with the naive one, bit for bit.
func checkNaive(f *BoxFuser, models int, o *Fusion, width, height float64, list []Detection, shapes Shapes) error {
	got, counts, err := f.Fuse(width, height, list, shapes)
	if err != nil {
		return err
	}
	var overlap func(i, j int) float64
	if shapes != nil {
		overlap = shapes.IoU
	}
	want := naiveFuse(models, o, width, height, list, overlap)
	if len(got) != len(want) {
		return fmt.Errorf("%d clusters, want %d", len(got), len(want))
	}
	members := 0
	for i, g := range got {
		w := want[i]
		if g.Label != w.Label || g.Score != w.Score || g.Box != w.Box || !slices.Equal(g.Members, w.Members) {
			return fmt.Errorf("cluster %d: %+v, want %+v", i, g, w)
		}
		members += len(g.Members)
	}
	if n := counts.Skipped + counts.ZeroArea + members; o.Method != SoftNMS && n != len(list) {
		return fmt.Errorf("%d boxes skipped, without area or in a cluster, of %d: %+v", n, len(list), counts)
	}
	return nil
}

// randomFusion returns options and a number of models.
func randomFusion(rng *rand.Rand) (models int, o *Fusion) {
	pick := func(v ...float64) float64 { return v[rng.IntN(len(v))] }
	models = 1 + rng.IntN(10)
	o = &Fusion{
		Method:        Method(rng.IntN(4)),
		IoU:           pick(0, -1, 0.01, 0.1, 0.3, 0.5, 0.6, 0.75, 0.95, rng.Float64()*0.99),
		Skip:          pick(0, 0, 0.01, 0.3),
		Confidence:    Confidence(rng.IntN(4)),
		AllowOverflow: rng.IntN(4) == 0,
		Decay:         Decay(rng.IntN(2)),
		Sigma:         pick(0, 0.1, 0.5, 2),
		MinScore:      pick(0, 0.001, 0.2),
	}
	if rng.IntN(2) == 0 {
		for range models {
			o.Weights = append(o.Weights, pick(0, 0.1, 0.7, 1, 1, 2, 3))
		}
		o.Weights[rng.IntN(models)] = 1.5
	}
	return models, o
}

// randomDetections returns boxes on an image, many of which are similar.
func randomDetections(rng *rand.Rand, n, models int, width, height float64) []Detection {
	labels := 1 + rng.IntN(3)
	size := math.Pow(10, -rng.Float64()*2.5)
	steps := []float64{0, 8, 32, 100}[rng.IntN(4)] // number of positions on an axis; 0: any
	scores := float64([]int{1, 10, 1000}[rng.IntN(3)])
	odd := rng.IntN(4) == 0
	list := make([]Detection, 0, n)
	for len(list) < n {
		d := Detection{Model: rng.IntN(models), Label: int64(rng.IntN(labels)*7 - 7),
			Score: math.Round(rng.Float64()*scores) / scores}
		if len(list) > 0 && rng.IntN(3) > 0 {
			d.Box = list[rng.IntN(len(list))].Box
			for e, side := range [2]float64{width, height} {
				shift := rng.NormFloat64() * size * side * 0.1
				d.Box[e] += shift
				d.Box[e+2] += shift + rng.NormFloat64()*size*side*0.05
			}
		} else {
			for e, side := range [2]float64{width, height} {
				d.Box[e] = rng.Float64() * side
				d.Box[e+2] = d.Box[e] + rng.Float64()*size*side
			}
		}
		for e := range d.Box {
			side := [2]float64{width, height}[e%2]
			if steps > 0 {
				d.Box[e] = math.Round(d.Box[e]/side*steps) / steps * side
			}
			if odd && rng.IntN(20) == 0 {
				d.Box[e] = [3]float64{-side, 0, 2 * side}[rng.IntN(3)]
			}
		}
		list = append(list, d)
	}
	return list
}

// inventedShapes are shapes inside the boxes of detections, many of which overlap alike.
type inventedShapes []Detection

func (s inventedShapes) IoU(i, j int) float64 {
	a, b := s.Bounds(i), s.Bounds(j)
	if min(a.X+a.W, b.X+b.W) < max(a.X, b.X) || min(a.Y+a.H, b.Y+b.H) < max(a.Y, b.Y) {
		return 0
	}
	return float64((i*7+j*7)%10) / 10
}

func (s inventedShapes) Bounds(i int) rle.Box {
	b := s[i].Box
	return rle.Box{X: min(b[0], b[2]), Y: min(b[1], b[3]), W: math.Abs(b[2] - b[0]), H: math.Abs(b[3] - b[1])}
}

func TestNaive(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	cases := 6000
	if testing.Short() {
		cases = 1000
	}
	grids := 0
	for n := range cases {
		models, o := randomFusion(rng)
		width, height := 1.0, 1.0
		if rng.IntN(2) == 0 {
			width, height = 512, 300
		}
		f, err := NewBoxFuser(models, o)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second call reuses the memory of the first
			list := randomDetections(rng, rng.IntN([]int{8, 40, 150, 400}[rng.IntN(4)]), models, width, height)
			var shapes Shapes
			if rng.IntN(4) == 0 {
				shapes = inventedShapes(list)
			}
			if err := checkNaive(f, models, o, width, height, list, shapes); err != nil {
				t.Fatalf("case %d, %+v, %d boxes: %v", n, *o, len(list), err)
			}
			if f.find.cols > 1 || f.find.rows > 1 {
				grids++
			}
		}
	}
	if grids < cases/20 {
		t.Errorf("the grid was used in %d cases of %d only", grids, cases)
	}
	t.Logf("the grid was used in %d of %d calls", grids, 2*cases)
}

// TestGridTie has more clusters than a list without a grid can hold, and boxes
// that overlap several clusters equally. The first cluster must win, whichever
// cell it is in.
func TestGridTie(t *testing.T) {
	var list []Detection
	add := func(x, y, score float64) {
		list = append(list, Detection{Score: score, Box: Corners{x, y, x + 4, y + 4}})
	}
	for y := range 10 {
		for x := range 10 {
			add(float64(8*x), float64(8*y), 0.99-float64((x*37+y*59)%97)/1000)
		}
	}
	for y := range 10 {
		for x := range 9 {
			add(float64(8*x+4)-2, float64(8*y), 0.5) // half on one box
			list[len(list)-1].Box[2] += 4            // and half on the next
		}
	}
	for _, method := range []Method{WBF, NMW, NMS} {
		for _, iou := range []float64{0.05, 0.1, 0.15} {
			o := &Fusion{Method: method, IoU: iou}
			f, err := NewBoxFuser(1, o)
			if err != nil {
				t.Fatal(err)
			}
			if err := checkNaive(f, 1, o, 100, 100, list, nil); err != nil {
				t.Errorf("%v, IoU %v: %v", method, iou, err)
			}
			if f.find.cols == 0 {
				t.Errorf("%v, IoU %v: no grid", method, iou)
			}
		}
	}
}

// TestThin has boxes a few bits wide near the borders between cells. There the
// computed centre is farther from the true one than the boxes reach.
func TestThin(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		var list []Detection
		for range 400 {
			left := float64(rng.IntN(41)) / 40 // the grid has 40 columns
			right := left
			for range rng.IntN(4) {
				left = math.Nextafter(left, 0)
			}
			for range 1 + rng.IntN(4) {
				right = math.Nextafter(right, 2)
			}
			list = append(list, Detection{Score: rng.Float64(), Box: Corners{left, 0, right, 1}})
		}
		o := &Fusion{Method: Method(rng.IntN(3)), IoU: 0.1 + 0.8*rng.Float64()}
		f, err := NewBoxFuser(1, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkNaive(f, 1, o, 1, 1, list, nil); err != nil {
			t.Fatalf("case %d, %+v: %v", n, *o, err)
		}
	}
}

func FuzzBoxes(f *testing.F) {
	f.Add(uint8(0), uint8(0), 0.5, []byte{1, 2, 3, 4, 5, 6})
	f.Add(uint8(1), uint8(3), 0.1, []byte("any text makes boxes, and the longer it is the more of them there are"))
	f.Add(uint8(6), uint8(77), 0.0, []byte{0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255})
	f.Add(uint8(4), uint8(9), 0.3, slices.Repeat([]byte("0123456789abcdefghijk"), 60))
	f.Fuzz(func(t *testing.T, kind, how uint8, iou float64, data []byte) {
		o := &Fusion{Method: Method(kind % 4), Confidence: Confidence(how % 4), IoU: iou, AllowOverflow: how&4 != 0,
			Decay: Decay(how >> 3 & 1)}
		if how&16 != 0 {
			o.Weights = []float64{2, 0, 0.1, 1}
		}
		if how&32 != 0 {
			o.Skip, o.MinScore = 0.25, 0.25
		}
		fuser, err := NewBoxFuser(4, o)
		if err != nil {
			t.Skip()
		}
		// Each box takes six bytes: model and label, score, corners. With
		// how&64, four more bytes are a left edge of 32 bits.
		step := 6
		if how&64 != 0 {
			step = 10
		}
		var list []Detection
		for ; len(data) >= step && len(list) < 600; data = data[step:] {
			d := Detection{Model: int(data[0] % 4), Label: int64(data[0] >> 2 % 2), Score: float64(data[1]) / 255}
			d.Box = Corners{float64(data[2]), float64(data[3]), float64(data[2]) + float64(int8(data[4]))/4, float64(data[3]) +
				float64(int8(data[5]))/4}
			if step == 10 {
				d.Box[0] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data[6:])))
				if math.IsNaN(d.Box[0]) || math.IsInf(d.Box[0], 0) {
					d.Box[0] = 0
				}
			}
			list = append(list, d)
		}
		if err := checkNaive(fuser, 4, o, 250, 250, list, nil); err != nil {
			t.Errorf("%+v, %v: %v", *o, list, err)
		}
	})
}
