package figures

import (
	"math"
	"testing"
)

func TestInt(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", -999: "-999", 1000: "1,000", -1234567: "-1,234,567", math.MaxInt32: "2,147,483,647"} {
		if got := Int(n); got != want {
			t.Errorf("%d is written %s, expected %s", n, got, want)
		}
	}
	if most := int64(math.MaxInt64); int64(int(most)) == most && Int(int(most)) != "9,223,372,036,854,775,807" {
		t.Errorf("%d is written %s", most, Int(int(most)))
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
