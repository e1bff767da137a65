package pseudo

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// bigExp returns e to the power of x with 200 bits.
func bigExp(x float64) *big.Float {
	const prec, halvings = 300, 24
	r := new(big.Float).SetPrec(prec).SetFloat64(x)
	r.SetMantExp(r, -halvings)
	sum, term := big.NewFloat(1).SetPrec(prec), big.NewFloat(1).SetPrec(prec)
	for n := 1; n < 40; n++ {
		term.Mul(term, r)
		term.Quo(term, new(big.Float).SetPrec(prec).SetInt64(int64(n)))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

func TestExpIsTheNearest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	differ := 0
	for i := range 20000 {
		x := -rng.ExpFloat64() * 2
		switch i % 4 {
		case 1:
			x = -float64(rng.IntN(1000)) / 500 // as IoU^2 / 0.5 may be
		case 2:
			x = (rng.Float64() - 0.5) * 1300
		case 3:
			x = math.Ldexp(x, -rng.IntN(60))
		}
		want, _ := bigExp(x).Float64()
		if got := exp(x); got != want {
			t.Fatalf("exp(%v) = %v, want %v", x, got, want)
		}
		if math.Exp(x) != want {
			differ++
		}
	}
	if differ == 0 {
		t.Error("math.Exp is the nearest too: exp is needless")
	}
}

func TestExpAtTheEnds(t *testing.T) {
	for _, x := range []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), 710, -746, -1e300, 1e300} {
		if got, want := exp(x), math.Exp(x); got != want {
			t.Errorf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	if !math.IsNaN(exp(math.NaN())) {
		t.Error("exp of no number is one")
	}
}

func BenchmarkExp(b *testing.B) {
	for i := range b.N {
		sink = exp(-float64(i&1023) / 512)
	}
}

var sink float64
