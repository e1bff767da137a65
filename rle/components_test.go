package rle

import (
	"math/rand/v2"
	"testing"
)

// naiveLabels flood-fills the pixels of one value, starting from each
// unlabelled pixel in column-major order. Labels start at 1 and are in
// column-major order too.
func naiveLabels(h, w int, pix []byte, value byte, conn Connectivity) (labels []int, n int) {
	labels = make([]int, h*w)
	for start := range labels {
		if labels[start] != 0 || pix[start%h*w+start/h] != value {
			continue
		}
		n++
		labels[start] = n
		for stack := []int{start}; len(stack) > 0; {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for dx := -1; dx <= 1; dx++ {
				for dy := -1; dy <= 1; dy++ {
					x, y := at/h+dx, at%h+dy
					if conn == Conn4 && dx != 0 && dy != 0 || x < 0 || y < 0 || x >= w || y >= h {
						continue
					}
					if i := x*h + y; labels[i] == 0 && pix[y*w+x] == value {
						labels[i] = n
						stack = append(stack, i)
					}
				}
			}
		}
	}
	return labels, n
}

func checkComponents(t *testing.T, h, w int, pix []byte, conn Connectivity) {
	t.Helper()
	m, _ := FromBitmap(h, w, pix)
	labels, n := naiveLabels(h, w, pix, 1, conn)
	parts := m.Components(conn)
	checkLabels(t, parts, labels)
	areas := make([]int, n+1)
	for _, l := range labels {
		areas[l]++
	}
	best := m
	for i, p := range parts {
		if i == 0 || areas[i+1] > best.Area() {
			best = p
		}
	}
	if got := m.Largest(conn); !got.Equal(best) {
		t.Fatalf("largest component %v, want %v", got.Runs(), best.Runs())
	}
	kept := make([]byte, h*w)
	for i, l := range labels {
		if l > 0 && areas[l] >= 4 {
			kept[i%h*w+i/h] = 1
		}
	}
	if want, _ := FromBitmap(h, w, kept); !m.RemoveSmall(4, conn).Equal(want) {
		t.Fatalf("without small components %v, want %v", m.RemoveSmall(4, conn).Runs(), want.Runs())
	}
}

func checkFillHoles(t *testing.T, h, w int, pix []byte, conn Connectivity) {
	t.Helper()
	m, _ := FromBitmap(h, w, pix)
	labels, n := naiveLabels(h, w, pix, 0, conn)
	open := make([]bool, n+1)
	for i, l := range labels {
		if x, y := i/h, i%h; x == 0 || y == 0 || x == w-1 || y == h-1 {
			open[l] = true
		}
	}
	filled := make([]byte, h*w)
	for i, l := range labels {
		if l == 0 || !open[l] {
			filled[i%h*w+i/h] = 1
		}
	}
	if want, _ := FromBitmap(h, w, filled); !m.FillHoles(conn).Equal(want) {
		t.Fatalf("holes filled %v, want %v", m.FillHoles(conn).Runs(), want.Runs())
	}
}

func TestComponentsNaive(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 3))
	for range 2000 {
		h, w := rng.IntN(30), rng.IntN(30)
		pix := traceBitmap(rng, h, w)
		for _, conn := range []Connectivity{Conn4, Conn8} {
			checkComponents(t, h, w, pix, conn)
			checkFillHoles(t, h, w, pix, conn)
		}
	}
}

func FuzzComponents(f *testing.F) {
	f.Add(uint8(9), uint8(7), uint64(1), true)
	f.Fuzz(func(t *testing.T, h, w uint8, seed uint64, four bool) {
		conn := Conn8
		if four {
			conn = Conn4
		}
		hh, ww := int(h)%40, int(w)%40
		checkComponents(t, hh, ww, traceBitmap(rand.New(rand.NewPCG(seed, 0)), hh, ww), conn)
	})
}

func FuzzFillHoles(f *testing.F) {
	f.Add(uint8(9), uint8(7), uint64(1), true)
	f.Fuzz(func(t *testing.T, h, w uint8, seed uint64, four bool) {
		conn := Conn8
		if four {
			conn = Conn4
		}
		hh, ww := int(h)%40, int(w)%40
		checkFillHoles(t, hh, ww, traceBitmap(rand.New(rand.NewPCG(seed, 0)), hh, ww), conn)
	})
}

// TestHugeThin checks that the memory for a very wide mask one pixel high
// depends on its runs, not on its width.
func TestHugeThin(t *testing.T) {
	m, err := FromRuns(1, 1<<28, []uint32{5, 1 << 27, 1<<27 - 5})
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Components(Conn4); len(got) != 1 || !got[0].Equal(m) {
		t.Errorf("%d components", len(got))
	}
	if got := m.Polygons(Conn4); len(got) != 1 || len(got[0].Outer) != 4 {
		t.Errorf("polygons %v", got)
	}
	if !m.FillHoles(Conn4).Equal(m) || !m.BoundaryBand(3).Equal(m) {
		t.Error("a line has no holes and is all boundary")
	}
}
