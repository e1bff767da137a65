package shapes

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/matching"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// decoded is what the page reads.
type decoded struct {
	n, rings, vertices, spans, faults int
	score, value, partnerScore        []float64
	index, ringAt, vertexAt, spanAt   []uint32
	category, partner                 []int32
	last                              []uint32
	box, xy                           []float32
}

// decode reads a text as api.js does.
func decode(t *testing.T, text []byte) *decoded {
	t.Helper()
	var d decoded
	head := func(i int) int { return int(binary.LittleEndian.Uint32(text[4*i:])) }
	d.n, d.rings, d.vertices, d.spans, d.faults = head(0), head(1), head(2), head(3), head(4)
	at := 24
	u32 := func(n int) (out []uint32) {
		for range n {
			out, at = append(out, binary.LittleEndian.Uint32(text[at:])), at+4
		}
		return out
	}
	f64 := func(n int) (out []float64) {
		if at%8 != 0 {
			t.Fatal("an array of 8 bytes begins elsewhere")
		}
		for range n {
			out, at = append(out, math.Float64frombits(binary.LittleEndian.Uint64(text[at:]))), at+8
		}
		return out
	}
	i32 := func(n int) (out []int32) {
		for _, v := range u32(n) {
			out = append(out, int32(v))
		}
		return out
	}
	f32 := func(n int) (out []float32) {
		for _, v := range u32(n) {
			out = append(out, math.Float32frombits(v))
		}
		return out
	}
	d.score, d.value, d.partnerScore = f64(d.n), f64(d.n), f64(d.spans)
	d.index, d.ringAt, d.vertexAt, d.spanAt = u32(d.n), u32(d.n+1), u32(d.rings+1), u32(d.n+1)
	d.category, d.partner, d.last = i32(d.n), i32(d.spans), u32(d.spans)
	d.box, d.xy = f32(4*d.n), f32(2*d.vertices)
	if at != len(text) {
		t.Fatalf("%d of %d bytes", at, len(text))
	}
	return &d
}

// shape reads a segmentation.
func shape(t *testing.T, index int32, segmentation string, box *rle.Box) Shape {
	t.Helper()
	d, err := coco.Decode(strings.NewReader(
		`{"images":[],"categories":[],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[0,0,1,1],"area":1,"iscrowd":0,"segmentation":` + segmentation + `}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return Shape{Segmentation: d.Annotations[0].Segmentation, Box: box, Index: index, Score: math.NaN()}
}

func TestEncode(t *testing.T) {
	one := shape(t, 3, "[[10,10,20,10,20,30,10,30]]", &rle.Box{X: 10, Y: 10, W: 10, H: 20})
	one.Category, one.Score, one.Value = 2, 0.25, 4
	one.Spans = []matching.Span{{To: 7, Partner: 5}, {To: 95, Partner: matching.None}}
	far := shape(t, 4, "[[1500,10,1510,10,1510,30,1500,30]]", nil)
	box := shape(t, 5, "null", &rle.Box{X: 50, Y: 60, W: 7, H: 8})
	bad := shape(t, 6, `{"size":[3,3],"counts":[1,2]}`, &rle.Box{X: 50, Y: 60, W: 70, H: 80})
	list := []Shape{one, far, box, bad}
	d := decode(t, Encode(list, 1000, 2000, 0, 0, 0, func(p int32) float64 { return float64(p) / 10 }))
	if d.n != 3 || !slices.Equal(d.index, []uint32{3, 5, 6}) || d.faults != 1 || d.category[0] != 2 ||
		d.score[0] != 0.25 || d.value[0] != 4 || !math.IsNaN(d.score[1]) {
		t.Errorf("%+v", d)
	}
	if !slices.Equal(d.partner, []int32{5, -1}) || !slices.Equal(d.last, []uint32{7, 95}) || d.partnerScore[0] != 0.5 ||
		!math.IsNaN(d.partnerScore[1]) || !slices.Equal(d.spanAt, []uint32{0, 2, 2, 2}) {
		t.Errorf("%+v", d)
	}
	if !slices.Equal(d.box[:4], []float32{10, 10, 10, 20}) ||
		!slices.Equal(d.xy[2*d.vertexAt[1]:2*d.vertexAt[2]], []float32{50, 60, 57, 60, 57, 68, 50, 68}) {
		t.Errorf("%+v", d)
	}
	if d := decode(t, Encode(list, 1000, 2000, 0, 1, 0, nil)); d.n != 1 || d.index[0] != 4 || d.rings != 1 {
		t.Errorf("the next cell: %+v", d)
	}
	if d := decode(t, Encode(list, 1000, 2000, 1, 0, 0, nil)); d.n != 4 {
		t.Errorf("a higher level: %+v", d)
	}
	if d := decode(t, Encode(list, 1000, 2000, 5, 0, 0, nil)); d.n != 4 || d.vertices != 0+4 { // only the largest is more than its box
		t.Errorf("a level at which they are small: %+v", d)
	}
	if d := decode(t, Encode(nil, 0, 0, 0, 0, 0, nil)); d.n != 0 {
		t.Errorf("nothing: %+v", d)
	}
}

// TestSimplified: no vertex of the whole ring is farther from the simplified one than the tolerance.
func TestSimplified(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		n := 3 + rnd.IntN(80)
		ring := make(rle.Ring, n)
		for i := range ring {
			a := 2 * math.Pi * float64(i) / float64(n)
			r := 20 + 6*rnd.Float64()
			ring[i] = rle.Point{50 + r*math.Cos(a), 50 + r*math.Sin(a)}
		}
		for _, tolerance := range []float64{0, 0.5, 2, 8} {
			out := simplified(ring, tolerance)
			if tolerance == 0 && len(out) != n || len(out) > n || len(out) < 2 {
				t.Fatalf("%d of %d vertices at %v", len(out), n, tolerance)
			}
			for _, p := range ring {
				least := math.Inf(1)
				for i := range out {
					least = min(least, offset2(p, out[i], out[(i+1)%len(out)]))
				}
				if math.Sqrt(least) > tolerance+1e-9 {
					t.Fatalf("%v is %v from the ring, expected at most %v", p, math.Sqrt(least), tolerance)
				}
			}
		}
	}
}

// TestDensity: dots are counted where they are, also on the border and outside of the image.
func TestDensity(t *testing.T) {
	dots := [][]Dot{{{0, 0, Found}, {9.9, 9.9, Found}, {10, 0, Missed}, {99, 49, False}, {-5, 1000, Other}},
		{{1, 1, Other}}}
	sizes := [][2]int{{50, 100}, {1, 1}}
	text, err := Density(t.Context(), 2, 2, 10, func(i int) (int, int) { return sizes[i][0], sizes[i][1] },
		func(i int, add func(Dot)) {
			for _, d := range dots[i] {
				add(d)
			}
		})
	if err != nil || len(text) != 2*Kinds*(10*5+1) {
		t.Fatal(len(text), err)
	}
	got := map[int]int{}
	for i := range len(text) / 2 {
		if v := binary.LittleEndian.Uint16(text[2*i:]); v > 0 {
			got[i] = int(v)
		}
	}
	want := map[int]int{Found: 2, Kinds + Missed: 1, Kinds*49 + False: 1, Kinds*40 + Other: 1, Kinds*50 + Other: 1}
	if len(got) != len(want) {
		t.Errorf("%v, expected %v", got, want)
	}
	for i, n := range want {
		if got[i] != n {
			t.Errorf("%v, expected %v", got, want)
		}
	}
}
