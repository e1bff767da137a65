package rle

import (
	"slices"
	"testing"
)

// sameShape compares decodeShape with decodeText and measure, its naive twin.
func sameShape(t *testing.T, h, w int, text []byte) {
	t.Helper()
	if checkSize(h, w) != nil {
		return
	}
	got, ok := decodeShape(make([]uint32, countNumbers(text)), h, w, text)
	m, err := ParseText(h, w, text)
	if !ok {
		if runs, _ := naiveParse(text); err == nil && h*w > 0 && !slices.Contains(runs[1:], 0) {
			t.Fatalf("%d x %d, %q: left to decodeText", h, w, text)
		}
		return
	}
	if err != nil {
		t.Fatalf("%d x %d, %q: found %v, expected the error %v", h, w, text, got.m.runs, err)
	}
	if want := measure(m); !got.m.Equal(m) || got.x0 != want.x0 || got.y0 != want.y0 || got.x1 != want.x1 || got.y1 != want.y1 || got.area != want.area {
		t.Fatalf("%d x %d, %q: found %+v, expected %+v", h, w, text, got, want)
	}
}

func BenchmarkAddText(b *testing.B) {
	m, err := FromPolygon(512, 512, FillCOCO, Ring{{200, 220}, {231, 215}, {262, 231}, {281, 266}, {258, 290}, {244, 268}, {215, 262}})
	if err != nil {
		b.Fatal(err)
	}
	text, _ := m.AppendText(nil)
	var p Overlaps
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if p.Len()%100 == 0 {
			_ = p.Start(512, 512)
		}
		_ = p.AddText(text)
	}
}
