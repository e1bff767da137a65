package jsonscan

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// tail is text that stands behind a number, so that it is read in large steps.
var tail = []byte(",                                ")

// checkPlain compares the fast readers with strconv on a text, which may be no number.
func checkPlain(t *testing.T, text string) (read bool) {
	t.Helper()
	c := New(append([]byte(text), tail...))
	f, ok := c.PlainFloat()
	if ok {
		want, err := strconv.ParseFloat(text, 64)
		if err != nil || c.Pos() != len(text) || math.Float64bits(f) != math.Float64bits(want) {
			t.Fatalf("PlainFloat of %q = %v up to index %d, expected %v (%v)", text, f, c.Pos(), want, err)
		}
	} else if c.Pos() != 0 {
		t.Fatalf("PlainFloat of %q moves to %d without a number", text, c.Pos())
	}
	if n, ok := New(append([]byte(text), tail...)).PlainInt(); ok && !strings.ContainsAny(text, ".eE") {
		if want, err := strconv.ParseInt(text, 10, 64); err != nil || n != want {
			t.Fatalf("PlainInt of %q = %d, expected %d (%v)", text, n, want, err)
		}
	}
	return ok
}

func TestPlainNumbers(t *testing.T) {
	for _, text := range []string{
		"0", "1", "9", "10", "12345678", "0.5", "473.07000000000005", "0.1", "0.30000000000000004", "-0", "-0.0", "-1.5",
		"9007199254740993.0"[9:], "1.7976931348623157", "0.00000000000000001", "99999999.99999999", "0.12345678901234567",
		"5404319.5528449545", "9007199.254740993", "0.9007199254740993", "12345678.12345678901",
	} {
		if !checkPlain(t, text) {
			t.Errorf("%q is not read", text)
		}
	}
	for _, text := range []string{
		"", "-", ".5", "5.", "00", "01", "-01.5", "1e5", "1.5e3", "1E2", "123456789", "123456789.5", "1.123456789012345678",
		"12345678.123456789012", "+1", "NaN", "1.-", "--1",
	} {
		if checkPlain(t, text) {
			t.Errorf("%q is read, expected that general code reads it", text)
		}
	}
	if _, ok := New([]byte("1.5,")).PlainFloat(); ok {
		t.Error("a number near the end of the text is read in steps that pass the end")
	}
	for text, want := range map[string]bool{`"abc"`: true, `""`: true, `"a\\b"`: true, `"\\\\"`: true, `"a\nb"`: false, `"a`: false, `"a\`: false, "\"\x01\"": false, `"ä"`: false, `1`: false} {
		c := New([]byte(text))
		if got := c.PlainString(); got != want || want && c.Pos() != len(text) || !want && c.Pos() != 0 {
			t.Errorf("PlainString of %s: %v, at %d", text, got, c.Pos())
		}
	}
}

// TestQuotient compares with exact rational arithmetic and with strconv on random
// quotients, and on those nearest to the middle of two floats.
func TestQuotient(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	check := func(m uint64, k int) {
		t.Helper()
		text := strconv.FormatUint(m, 10) + "e-" + strconv.Itoa(k)
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := quotient(m, k); got != want {
			t.Fatalf("quotient(%d, %d) = %v, expected %v", m, k, got, want)
		}
	}
	for k := range maxDecimals + 1 {
		for _, m := range []uint64{0, 1, 1<<53 - 1, 1 << 53, 1<<53 + 1, 1<<54 - 1, 1 << 54, 1<<63 - 1, 1 << 63, 1<<63 + 1, math.MaxUint64, math.MaxUint64 - 1, tens[k], tens[k] - 1, tens[k] + 1} {
			check(m, k)
		}
	}
	n := 200_000
	if testing.Short() {
		n = 20_000
	}
	for range n {
		k := rng.IntN(maxDecimals + 1)
		check(rng.Uint64()>>rng.IntN(64), k)
		// The middle of two floats, as near as m/10^k comes to it.
		f := math.Float64frombits(uint64(rng.IntN(90)+1023-30)<<52 | rng.Uint64N(1<<52))
		middle := new(big.Rat).SetFloat64(f)
		middle.Add(middle, new(big.Rat).SetFloat64(math.Nextafter(f, math.Inf(1))))
		middle.Mul(middle, new(big.Rat).SetFrac64(1, 2))
		middle.Mul(middle, new(big.Rat).SetInt(new(big.Int).SetUint64(tens[k])))
		near := new(big.Int).Quo(middle.Num(), middle.Denom())
		if near.IsUint64() {
			for d := uint64(0); d < 3; d++ {
				check(near.Uint64()+d-1, k)
			}
		}
	}
}

func FuzzPlainNumbers(f *testing.F) {
	for _, s := range []string{"473.07000000000005", "-0.1", "12345678.9", "1e5", "0.00000000000000001"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.ContainsAny(text, "_xXpPnNiI+") { // strconv knows more
			return
		}
		end, _, ok := numberEnd(text, 0)
		if !ok || end != len(text) {
			c := New(append(bytes.Clone(text), tail...))
			if _, read := c.PlainFloat(); read {
				if _, _, ok := numberEnd(text[:min(c.Pos(), len(text))], 0); !ok {
					t.Fatalf("PlainFloat reads %q", text[:c.Pos()])
				}
			}
			return
		}
		checkPlain(t, string(text))
	})
}

func BenchmarkFloat(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	var text []byte
	for range 1000 {
		text = append(strconv.AppendFloat(text, rng.Float64()*640, 'g', -1, 64), ',', ' ')
	}
	text = append(text, tail...)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		c := New(text)
		for range 1000 {
			if _, err := c.Float(); err != nil {
				b.Fatal(err)
			}
			c.Literal(", ")
		}
	}
}
