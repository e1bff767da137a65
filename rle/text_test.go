package rle

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

// naiveText is pycocotools' rleToString as a plain loop.
func naiveText(runs []uint32) string {
	if len(runs) == 0 {
		runs = []uint32{0}
	}
	var b []byte
	for i, r := range runs {
		x := int64(r)
		if i > 2 {
			x -= int64(runs[i-2])
		}
		for more := true; more; {
			c := byte(x & 0x1f)
			x >>= 5
			if c&0x10 != 0 {
				more = x != -1
			} else {
				more = x != 0
			}
			if more {
				c |= 0x20
			}
			b = append(b, c+48)
		}
	}
	return string(b)
}

// randomMask returns a mask with runs of all magnitudes.
func randomMask(rng *rand.Rand) Mask {
	bitsOf := 1 + rng.IntN(28)
	left := 1 + rng.IntN(1<<bitsOf)
	h := left
	var runs []uint32
	if rng.IntN(3) == 0 {
		runs = append(runs, 0)
	}
	for left > 0 {
		r := 1 + rng.IntN(min(left, 1<<rng.IntN(bitsOf+1)))
		if len(runs) > 300 {
			r = left
		}
		runs = append(runs, uint32(r))
		left -= r
	}
	return Mask{h: h, w: 1, runs: runs}
}

func TestTextRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		m := randomMask(rng)
		want := naiveText(m.runs)
		got, err := m.AppendText([]byte("x"))
		if err != nil || string(got) != "x"+want {
			t.Fatalf("runs %v: got %q, %v, want x%q", m.runs, got, err, want)
		}
		back, err := ParseText(m.h, m.w, got[1:])
		if err != nil || !back.Equal(m) {
			t.Fatalf("runs %v: parsed %v, %v", m.runs, back.runs, err)
		}
	}
}

func TestParseText(t *testing.T) {
	tests := []struct {
		name string
		h, w int
		text string
		runs []uint32
		err  string // part of the error; "" means none
	}{
		{"empty mask", 2, 3, "6", []uint32{6}, ""},
		{"full mask", 2, 3, "06", []uint32{0, 6}, ""},
		{"no pixels", 0, 3, "0", nil, ""},
		{"no pixels no text", 0, 3, "", nil, ""},
		{"no pixels, three zeros", 0, 3, "000", nil, ""},
		{"zero run inside", 2, 3, "1023", []uint32{3, 3}, ""},
		{"longer than needed", 2, 3, "VP0", []uint32{6}, ""},
		{"last run zero", 2, 3, "60", []uint32{6}, ""},
		{"bad character", 2, 3, "1/23", nil, "character '/' at byte 1"},
		{"bad character above", 2, 3, "12p3", nil, "character 'p' at byte 2"},
		{"bad character in number", 2, 3, "1P\xff", nil, "character 'ÿ' at byte 2"},
		{"truncated", 2, 3, "12P", nil, "inside the number at byte 2"},
		{"overlong", 2, 3, "1PPPPPPP05", nil, "number at byte 1 is longer than 7"},
		{"negative", 2, 3, "1O6", nil, "negative run -1 at byte 1"},
		{"negative difference", 2, 3, "112N2", nil, "negative run -1 at byte 3"},
		{"huge", 2, 3, "17", nil, "run 7 at byte 1 is larger"},
		{"beyond 32 bits", 2, 3, "PPPPPP?", nil, "larger than the mask"},
		{"short", 2, 3, "12", nil, "sum to 3 at the end of text, byte 2"},
		{"long", 2, 3, "124", nil, "sum to 7 at the end of text, byte 3"},
		{"no text", 2, 3, "", nil, "sum to 0"},
		{"huge size", 1 << 20, 1 << 20, "0", nil, "bad mask size"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := ParseText(tt.h, tt.w, []byte(tt.text))
			if tt.err == "" {
				want := Mask{h: tt.h, w: tt.w, runs: tt.runs}
				if err != nil || !m.Equal(want) {
					t.Fatalf("runs %v, error %v, want %v", m.runs, err, tt.runs)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("error %v, want it to say %q", err, tt.err)
			}
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrSize) {
				t.Errorf("error %v wraps neither ErrCorrupt nor ErrSize", err)
			}
		})
	}
}

// benchMask returns the mask of the benchmarks, which is like those of HuBMAP:
// about 130 runs on 512 x 512.
func benchMask() Mask {
	rng := rand.New(rand.NewPCG(7, 8))
	var win window
	win.reset(0, 0, 512, 512)
	y, n := 200, 20
	for x := 100; x < 165; x++ {
		y += rng.IntN(5) - 2
		n = max(1, n+rng.IntN(7)-3)
		win.setRun(x, y, n)
	}
	return win.mask(512, 512)
}

func BenchmarkAppendText(b *testing.B) {
	m := benchMask()
	b.ReportMetric(float64(len(m.runs)), "runs")
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = m.AppendText(buf[:0])
	}
}

func BenchmarkParseText(b *testing.B) {
	m := benchMask()
	text, _ := m.AppendText(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseText(m.h, m.w, text); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzParseText(f *testing.F) {
	f.Add(2, 3, []byte("123"))
	f.Add(2, 3, []byte("06"))
	f.Add(2, 3, []byte("1023"))
	f.Add(2, 3, []byte("VP0"))
	f.Add(0, 3, []byte("0"))
	f.Add(2, 3, []byte("12P"))
	f.Add(2, 3, []byte("1PPPPPPP05"))
	f.Add(1<<15, 1<<15, []byte("PPPPPP1"))
	f.Add(9, 9, []byte("95N3O"))
	f.Add(9, 9, []byte("0QB"))
	f.Add(3, 40, []byte("53<4"))
	f.Add(512, 512, []byte("Xga01l?5N1N2N3M2O0O1O101N10001O000O2O0O2N2N2M4L5Km^Q6"))
	f.Fuzz(func(t *testing.T, h, w int, text []byte) {
		m, err := ParseText(h, w, text)
		if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrSize) {
			t.Fatalf("error %v wraps neither ErrCorrupt nor ErrSize", err)
		}
		sameShape(t, h, w, text)
		runs, ok := naiveParse(text)
		want, wantErr := Mask{}, ErrCorrupt
		if ok {
			want, wantErr = FromRuns(h, w, runs)
		}
		if (err == nil) != (wantErr == nil) || err == nil && !m.Equal(want) {
			t.Fatalf("%q on %d x %d: %v, %v, want %v, %v", text, h, w, m.runs, err, want.runs, wantErr)
		}
		if err != nil {
			return
		}
		checkCanonical(t, m)
		again, err := m.AppendText(nil)
		if err != nil || string(again) != naiveText(m.runs) {
			t.Fatalf("runs %v: text %q, %v, want %q", m.runs, again, err, naiveText(m.runs))
		}
		if back, err := ParseText(h, w, again); err != nil || !back.Equal(m) {
			t.Fatalf("%q: read back %v, %v, want %v", again, back.runs, err, m.runs)
		}
	})
}

// naiveParse is pycocotools' rleFrString as a plain loop; ok is false where
// that would read outside the text or give an invalid run.
func naiveParse(text []byte) (runs []uint32, ok bool) {
	for p := 0; p < len(text); {
		x, k := int64(0), 0
		for more := true; more; k++ {
			if p == len(text) || text[p] < 48 || text[p] > 111 || k == 7 {
				return nil, false
			}
			c := int64(text[p]) - 48
			p++
			x |= (c & 0x1f) << (5 * k)
			more = c&0x20 != 0
			if !more && c&0x10 != 0 {
				x |= -1 << (5 * (k + 1))
			}
		}
		if len(runs) > 2 {
			x += int64(runs[len(runs)-2])
		}
		if x < 0 || x > MaxPixels {
			return nil, false
		}
		runs = append(runs, uint32(x))
	}
	return runs, true
}
