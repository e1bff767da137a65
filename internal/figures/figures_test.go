package figures

import (
	"math"
	"testing"
)

func TestInt(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", -999: "-999", 1000: "1,000", -1234567: "-1,234,567", math.MaxInt64: "9,223,372,036,854,775,807"} {
		if got := Int(n); got != want {
			t.Errorf("%d is written %s, expected %s", n, got, want)
		}
	}
}

func TestFloat(t *testing.T) {
	for _, c := range []struct {
		v        float64
		decimals int
		want     string
	}{{1234.56, 1, "1,234.6"}, {-1234.5, -1, "-1,234.5"}, {0.125, 2, "0.12"}, {999.9, 0, "1,000"}, {1e6, -1, "1,000,000"}, {math.NaN(), 1, "NaN"}, {math.Inf(-1), 1, "-Inf"}} {
		if got := Float(c.v, c.decimals); got != c.want {
			t.Errorf("%v with %d decimals is written %s, expected %s", c.v, c.decimals, got, c.want)
		}
	}
}
