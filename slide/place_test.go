package slide

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

func FuzzNear(f *testing.F) {
	f.Add(uint64(1), uint16(512), 0)
	f.Add(uint64(9), uint16(3), 700)
	f.Fuzz(func(t *testing.T, seed uint64, edge uint16, most int) {
		r := rand.New(rand.NewPCG(seed, 1))
		most = max(min(most, 5000), -5000)
		var places []Place
		for range r.IntN(40) {
			e := 1 + int(edge)%600
			places = append(places, Place{Slide: []string{"", "a", "b"}[r.IntN(3)], X: r.IntN(4000) - 2000, Y: r.IntN(3000) - 1500, Width: e, Height: 1 + r.IntN(e)})
		}
		var want, got [][3]int
		for a := range places {
			for b := a + 1; b < len(places); b++ {
				if gap, ok := Gap(places[a], places[b]); ok && gap <= most {
					want = append(want, [3]int{a, b, gap})
				}
			}
		}
		Near(places, most, func(a, b, gap int) { got = append(got, [3]int{a, b, gap}) })
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

func FuzzContacts(f *testing.F) {
	f.Add(uint64(1), uint8(5), uint8(7), uint8(1))
	f.Add(uint64(2), uint8(1), uint8(1), uint8(3))
	f.Add(uint64(3), uint8(19), uint8(12), uint8(4))
	f.Fuzz(func(t *testing.T, seed uint64, hh, ww, dd uint8) {
		r := rand.New(rand.NewPCG(seed, 3))
		h, w := int(hh%20), int(ww%20)
		depth := 1 + int(dd%8)
		pix := make([]byte, h*w)
		for i := range pix {
			if r.IntN(3) > int(seed%3) {
				pix[i] = 1
			}
		}
		m, err := rle.FromBitmap(h, w, pix)
		if err != nil {
			t.Skip()
		}
		var want []Contact
		along := func(side Side, n int, on func(k int) bool) {
			for k := 0; k < n; k++ {
				if !on(k) {
					continue
				}
				from := k
				for k+1 < n && on(k+1) {
					k++
				}
				want = append(want, Contact{side, from, k})
			}
		}
		any := func(x0, y0, x1, y1 int) bool {
			for x := max(x0, 0); x < min(x1, w); x++ {
				for y := max(y0, 0); y < min(y1, h); y++ {
					if m.At(x, y) {
						return true
					}
				}
			}
			return false
		}
		if h > 0 && w > 0 {
			along(Left, h, func(k int) bool { return any(0, k, depth, k+1) })
			along(Right, h, func(k int) bool { return any(w-depth, k, w, k+1) })
			along(Top, w, func(k int) bool { return any(k, 0, k+1, depth) })
			along(Bottom, w, func(k int) bool { return any(k, h-depth, k+1, h) })
		}
		if got := Contacts(m, depth); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}
