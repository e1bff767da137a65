package figures

import (
	"cmp"
	"testing"
)

func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		compare func(a, b string) int
		a, b    string
		want    int
	}{
		{CompareNumbers, "9", "10", -1}, {CompareNumbers, "b", "a", 1}, {CompareNumbers, "7", "7", 0},
		{CompareNatural, "A-7", "A-12", -1}, {CompareNatural, "12", "7", 1}, {CompareNatural, "A07", "A7", -1},
		{CompareNatural, "A7", "A7-b", -1}, {CompareNatural, "b1", "a2", 1}, {CompareNatural, "a0b", "a00", 1},
		{CompareNatural, "7", "7", 0},
	} {
		if got := cmp.Compare(tt.compare(tt.a, tt.b), 0); got != tt.want {
			t.Errorf("%q and %q: %d, expected %d", tt.a, tt.b, got, tt.want)
		}
		if back := cmp.Compare(tt.compare(tt.b, tt.a), 0); back != -tt.want {
			t.Errorf("%q and %q: %d, expected %d", tt.b, tt.a, back, -tt.want)
		}
	}
}
