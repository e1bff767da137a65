package rle

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/internal/longtest"
)

var plainFills = map[Rule]func(h, w int, rings []Ring) []byte{
	FillOpenCV: plainOpenCV,
	FillCOCO:   plainCOCO,
	FillCenter: plainCenter,
}

// checkTwin compares FromPolygon with the rule's naive twin.
func checkTwin(t *testing.T, h, w int, rule Rule, rings []Ring) {
	t.Helper()
	m, err := FromPolygon(h, w, rule, rings...)
	if err != nil {
		t.Fatalf("%v %d x %d %v: %v", rule, h, w, rings, err)
	}
	again, err := FromRuns(h, w, m.Runs())
	if err != nil || !again.Equal(m) {
		t.Fatalf("%v %d x %d %v: runs %v are not canonical: %v", rule, h, w, rings, m.Runs(), err)
	}
	if want := plainFills[rule](h, w, rings); !bytes.Equal(m.Bitmap(), want) {
		t.Fatalf("%v %d x %d %v:\ngot\n%swant\n%s", rule, h, w, rings, picture(w, m.Bitmap()), picture(w, want))
	}
	for _, words := range []int{1, 5} { // as a mask too large for one window is filled
		f := filler{band: words}
		if err := f.fill(h, w, rule, rings); err != nil || !f.mask(h, w).Equal(m) {
			t.Fatalf("%v %d x %d %v in bands of %d words: %v\ngot\n%swant\n%s", rule, h, w, rings, words, err,
				picture(w, f.mask(h, w).Bitmap()), picture(w, m.Bitmap()))
		}
	}
}

// picture draws a bitmap as text, with # for foreground and dots for
// background.
func picture(w int, pix []byte) string {
	var b strings.Builder
	for i, p := range pix {
		b.WriteByte(".#"[p])
		if i%w == w-1 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func TestFillPictures(t *testing.T) {
	square := []Ring{{{1, 1}, {5, 1}, {5, 4}, {1, 4}}}
	triangle := []Ring{{{0, 0}, {6, 0}, {0, 4}}}
	tests := []struct {
		name  string
		rule  Rule
		rings []Ring
		want  string
	}{
		{"square", FillOpenCV, square, ".......\n.#####.\n.#####.\n.#####.\n.#####.\n"},
		{"square", FillCOCO, square, ".......\n.####..\n.####..\n.####..\n.......\n"},
		{"square", FillCenter, square, ".......\n.####..\n.####..\n.####..\n.......\n"},
		{"triangle", FillOpenCV, triangle, "#######\n######.\n####...\n###....\n#......\n"},
		{"triangle", FillCOCO, triangle, "#####..\n####...\n##.....\n#......\n.......\n"},
		{"triangle", FillCenter, triangle, "#####..\n####...\n##.....\n#......\n.......\n"},
		{"no rings", FillOpenCV, nil, ".......\n.......\n.......\n.......\n.......\n"},
		{"point", FillOpenCV, []Ring{{{2, 1}}}, ".......\n..#....\n.......\n.......\n.......\n"},
		{"point", FillCOCO, []Ring{{{2, 1}}}, ".......\n.......\n.......\n.......\n.......\n"},
		{"line", FillOpenCV, []Ring{{{1, 1}, {4, 2}}}, ".......\n.##....\n...##..\n.......\n.......\n"},
		{"line", FillCOCO, []Ring{{{1, 1}, {4, 3}}}, ".......\n.......\n.......\n.......\n.......\n"},
		{"fractions", FillOpenCV, []Ring{{{1.9, .9}}, {{-.9, 3.5}}}, ".#.....\n.......\n.......\n#......\n.......\n"},
		{"empty ring", FillOpenCV, []Ring{{}, {{3, 3}}, nil}, ".......\n.......\n.......\n...#...\n.......\n"},
	}
	for _, tt := range tests {
		t.Run(tt.rule.String()+"/"+tt.name, func(t *testing.T) {
			m, err := FromPolygon(5, 7, tt.rule, tt.rings...)
			if err != nil {
				t.Fatal(err)
			}
			if got := picture(7, m.Bitmap()); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestFillErrors(t *testing.T) {
	good := Ring{{0, 0}, {1, 0}, {1, 1}}
	tests := []struct {
		name string
		rule Rule
		h    int
		p    Point
		want error
		text string
	}{
		{"nan", FillOpenCV, 4, Point{math.NaN(), 0}, ErrCoordinate, "ring 1 point 2"},
		{"nan", FillCOCO, 4, Point{0, math.NaN()}, ErrCoordinate, "ring 1 point 2"},
		{"nan", FillCenter, 4, Point{0, math.NaN()}, ErrCoordinate, "ring 1 point 2"},
		{"inf", FillOpenCV, 4, Point{math.Inf(-1), 0}, ErrCoordinate, "finite"},
		{"inf", FillCOCO, 4, Point{math.Inf(1), 0}, ErrCoordinate, "finite"},
		{"inf", FillCenter, 4, Point{0, math.Inf(1)}, ErrCoordinate, "finite"},
		{"beyond int32", FillOpenCV, 4, Point{1 << 31, 0}, ErrCoordinate, "32-bit"},
		{"below int32", FillOpenCV, 4, Point{0, -1<<31 - 1}, ErrCoordinate, "32-bit"},
		{"last int32", FillOpenCV, 4, Point{1<<31 - .5, -1<<31 - .5}, nil, ""},
		{"beyond 1e8", FillCOCO, 4, Point{1.1e8, 0}, ErrCoordinate, "1e8"},
		{"at 1e8", FillCOCO, 4, Point{1e8, -1e8}, nil, ""},
		{"beyond 1e8", FillCenter, 4, Point{0, -1.1e8}, ErrCoordinate, "1e8"},
		{"at 1e8", FillCenter, 4, Point{1e8, -1e8}, nil, ""},
		{"size", FillCOCO, -1, Point{}, ErrSize, ""},
		{"no pixels", FillCOCO, 0, Point{math.NaN(), 0}, ErrCoordinate, ""},
		{"rule", Rule(9), 4, Point{}, ErrRule, "9"},
	}
	for _, tt := range tests {
		t.Run(tt.rule.String()+"/"+tt.name, func(t *testing.T) {
			_, err := FromPolygon(tt.h, 4, tt.rule, good, Ring{{0, 0}, {1, 1}, tt.p})
			if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want %v with %q", err, tt.want, tt.text)
			}
		})
	}
}

func TestFillNoPixels(t *testing.T) {
	for rule := range plainFills {
		for _, size := range [][2]int{{0, 0}, {0, 5}, {5, 0}} {
			m, err := FromPolygon(size[0], size[1], rule, Ring{{0, 0}, {4, 0}, {4, 4}})
			want, _ := Empty(size[0], size[1])
			if err != nil || !m.Equal(want) {
				t.Errorf("%v %v: %v, %v", rule, size, m.Runs(), err)
			}
		}
	}
}

func TestRuleNames(t *testing.T) {
	for _, rule := range []Rule{FillOpenCV, FillCOCO, FillCenter} {
		if got, err := ParseRule(rule.String()); got != rule || err != nil {
			t.Errorf("ParseRule(%q) = %v, %v", rule.String(), got, err)
		}
	}
	if _, err := ParseRule("OpenCV"); !errors.Is(err, ErrRule) {
		t.Errorf("unknown name: %v", err)
	}
	if got := Rule(7).String(); got != "Rule(7)" {
		t.Errorf("got %q", got)
	}
}

// randomRings returns up to three rings of up to eight points around an image,
// on a lattice of 1/den pixels.
func randomRings(rng *rand.Rand, h, w int, den float64) []Ring {
	rings := make([]Ring, 1+rng.IntN(3))
	reach := max(h, w) + 6
	if rng.IntN(4) == 0 {
		reach *= 1 + rng.IntN(40)
	}
	for i := range rings {
		for range rng.IntN(9) {
			at := func(n int) float64 {
				return math.Round(den*(float64(n)/2+(rng.Float64()-.5)*float64(reach))) / den
			}
			rings[i] = append(rings[i], Point{at(w), at(h)})
		}
	}
	return rings
}

func TestFillTwins(t *testing.T) {
	for _, rule := range []Rule{FillOpenCV, FillCOCO, FillCenter} {
		t.Run(rule.String(), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(5, uint64(rule)))
			for i := range longtest.Share(1500, 500) {
				h, w := 1+rng.IntN(24), 1+rng.IntN(24)
				if i%16 == 0 {
					h = 60 + rng.IntN(80) // columns of more than one word
				}
				den := []float64{1, 2, 3, 10, 256, 1 << 40}[rng.IntN(6)]
				if rule == FillOpenCV {
					den = 1
				}
				checkTwin(t, h, w, rule, randomRings(rng, h, w, den))
			}
			for range 60 {
				h, w := 20+rng.IntN(60), 20+rng.IntN(60)
				checkTwin(t, h, w, rule, []Ring{denseRing(rng, 5+20*rng.Float64(), float64(w)*rng.Float64(), float64(h)*rng.Float64())})
			}
		})
	}
}

// TestFillFar bounds the work of edges far longer than the image.
func TestFillFar(t *testing.T) {
	for _, rule := range []Rule{FillOpenCV, FillCOCO, FillCenter} {
		const far = 1e8
		m, err := FromPolygon(40, 30, rule, Ring{{-far, -far}, {far, -far}, {far, far}, {-far, far}})
		if err != nil || m.Area() != 40*30 {
			t.Errorf("%v: area %d, %v; want all", rule, m.Area(), err)
		}
		ring := make(Ring, 20000)
		for i := range ring {
			ring[i] = Point{far * float64(1-i%2*2), far * float64(1-i/2%2*2)}
		}
		if _, err := FromPolygon(40, 30, rule, ring); err != nil {
			t.Error(err)
		}
	}
}

// zigzag is a polygon of n points that crosses a size x size mask n times.
func zigzag(size, n int) Ring {
	ring := make(Ring, n)
	for i := range ring {
		ring[i] = Point{float64(i % 2 * size), float64(i) * float64(size) / float64(n)}
	}
	return ring
}

// TestFillBudget fills polygons that have far more runs than points.
func TestFillBudget(t *testing.T) {
	const size = 1 << 15
	for _, rule := range []Rule{FillOpenCV, FillCOCO, FillCenter} {
		_, err := FromPolygon(size, size, rule, zigzag(size, 8000))
		if !errors.Is(err, ErrRuns) || !strings.Contains(err.Error(), "8000 points") {
			t.Errorf("%v: %v, expected ErrRuns", rule, err)
		}
		m, err := FromPolygon(size, size, rule, zigzag(size, 30))
		if err != nil || len(m.runs) < size || len(m.runs) > MaxFillRuns {
			t.Errorf("%v: %d runs, %v", rule, len(m.runs), err)
		}
		// Each ring is small enough, all together are not.
		var rings []Ring
		for i := range longtest.Share(40, 4) {
			rings = append(rings, zigzag(size-i, 60))
		}
		if _, err := FromPolygon(size, size, rule, rings...); !errors.Is(err, ErrRuns) {
			t.Errorf("%v: %v for many rings, expected ErrRuns", rule, err)
		}
	}
}

// TestBudgetRectangles holds more rectangles than any slide has.
func TestBudgetRectangles(t *testing.T) {
	m, err := FromPolygon(1<<15, 1<<15, FillCOCO, Ring{{0, 0}, {1000, 0}, {1000, 900}, {0, 900}})
	if err != nil {
		t.Fatal(err)
	}
	var held Budget
	for range 100000 {
		if err := held.Add(m, 4); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOverlapsBudget(t *testing.T) {
	const size = 1 << 15
	var o Overlaps
	for range 2 {
		if err := o.Start(size, size); err != nil {
			t.Fatal(err)
		}
		var err error
		n := 0
		for ; err == nil && n < 100; n++ {
			err = o.AddPolygon(FillCOCO, zigzag(size, 15))
		}
		if !errors.Is(err, ErrRuns) || o.Len() != n-1 || n < 4 {
			t.Errorf("%d masks, %d calls: %v", o.Len(), n, err)
		}
	}
}

func TestFromBox(t *testing.T) {
	for _, b := range []Box{{2, 3, 4, 5}, {-1.5, .25, 3.75, 100}, {0, 0, 0, 5}, {3, 3, -2, -2}, {2.3, 1.7, 3.4, 2.2}} {
		got, err := FromBox(9, 12, b)
		if err != nil {
			t.Fatal(err)
		}
		ring := Ring{{b.X, b.Y}, {b.X, b.Y + b.H}, {b.X + b.W, b.Y + b.H}, {b.X + b.W, b.Y}}
		if want := plainCOCO(9, 12, []Ring{ring}); !bytes.Equal(got.Bitmap(), want) {
			t.Errorf("%v:\n%swant\n%s", b, picture(12, got.Bitmap()), picture(12, want))
		}
	}
	if _, err := FromBox(5, 5, Box{W: math.Inf(1)}); !errors.Is(err, ErrCoordinate) {
		t.Errorf("infinite width: %v", err)
	}
}

// TestFillConcurrent shares the pool of scratch memory between goroutines.
// Sizes alternate, so that anything left over from one ring would show in the
// next.
func TestFillConcurrent(t *testing.T) {
	rings := append(outlines(20), annotations(20)...)
	want := make([]Mask, len(rings))
	for i, ring := range rings {
		want[i], _ = FromPolygon(512, 512, Rule(i%3), ring)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for k := range 200 {
				i := (k*7 + g) % len(rings)
				if m, err := FromPolygon(512, 512, Rule(i%3), rings[i]); err != nil || !m.Equal(want[i]) {
					t.Errorf("ring %d differs: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestFillRealOutlines compares with the naive twins on the competition's
// outlines. They are cut out of their tiles, because the twins are slow.
func TestFillRealOutlines(t *testing.T) {
	data, err := os.ReadFile(golden.Real(t, "hubmap/polygons.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range bytes.Lines(data) {
		var tile struct {
			Annotations []struct{ Coordinates []Ring }
		}
		if err := json.Unmarshal(line, &tile); err != nil {
			t.Fatal(err)
		}
		for _, a := range tile.Annotations {
			for _, ring := range a.Coordinates {
				if n++; n%32 != 0 {
					continue
				}
				checkTwin(t, 512, 512, FillOpenCV, []Ring{ring})
				checkTwin(t, 512, 512, FillCOCO, []Ring{ring})
			}
		}
	}
	t.Logf("%d outlines, every 32nd compared", n)
}

// fuzzRings reads an image size and rings from bytes: in sixteenths of a pixel
// around the image, or sometimes anywhere.
func fuzzRings(data []byte) (h, w int, rings []Ring) {
	if len(data) < 2 {
		return 1, 1, nil
	}
	h, w = 1+int(data[0])%70, 1+int(data[1])%40
	var ring Ring
	for data = data[2:]; len(data) >= 4; data = data[4:] {
		x := float64(int16(binary.LittleEndian.Uint16(data)))
		y := float64(int16(binary.LittleEndian.Uint16(data[2:])))
		switch {
		case x == 0x7777:
			rings, ring = append(rings, ring), nil
			continue
		case y == 0x7777:
			x, y = x*3, -x
		default:
			x, y = x/16, y/16
		}
		ring = append(ring, Point{x, y})
	}
	return h, w, append(rings, ring)
}

func fuzzFill(f *testing.F, rule Rule) {
	rng := rand.New(rand.NewPCG(6, 7))
	for _, n := range []int{0, 2, 6, 10, 14, 30, 62} {
		seed := make([]byte, n)
		for i := range seed {
			seed[i] = byte(rng.Uint32())
			if i >= 2 && i%2 == 1 {
				seed[i] %= 4
			}
		}
		f.Add(seed)
	}
	f.Add([]byte{9, 9, 16, 0, 16, 0, 0, 1, 16, 0, 0, 1, 0, 1, 0x77, 0x77, 0, 0, 32, 0, 32, 0, 200, 0, 48, 0, 0x77, 0x77})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 400 {
			return
		}
		h, w, rings := fuzzRings(data)
		checkTwin(t, h, w, rule, rings)
	})
}

func FuzzFillOpenCV(f *testing.F) { fuzzFill(f, FillOpenCV) }
func FuzzFillCOCO(f *testing.F)   { fuzzFill(f, FillCOCO) }
func FuzzFillCenter(f *testing.F) { fuzzFill(f, FillCenter) }
