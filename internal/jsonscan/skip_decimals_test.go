package jsonscan

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"
)

// decimalElement is an element of a list that skipDecimals skips.
var decimalElement = regexp.MustCompile(`^ *(0|[1-9][0-9]*)(\.[0-9]+)?,`)

// checkSkipDecimals compares skipDecimals with the expression, element by element. It returns
// the number of elements.
func checkSkipDecimals(t *testing.T, text []byte) int {
	t.Helper()
	pos, count := 0, 0
	for {
		n := len(decimalElement.Find(text[pos:]))
		if n == 0 || pos+n > len(text)&^7 { // it ends in a word that the text does not fill
			break
		}
		pos, count = pos+n, count+1
	}
	c := New(text)
	if got := c.skipDecimals(); got != count || c.Pos() != pos {
		t.Fatalf("%q: skipped %d elements up to index %d, expected %d up to %d", text, got, c.Pos(), count, pos)
	}
	return count
}

func TestSkipDecimals(t *testing.T) {
	for _, s := range []string{
		"", ",", "1", "1,", "0,", "00,", "01,", "10,", "1.,", ".5,", "1.5,", "1.5.5,", "1.55555555555.5,", "1..5,", "1 ,", " 1,", "  1,", "1, 2,", "1,,2,",
		"1e5,", "-1,", "1.0,", "0.01,", "0.0.1,", "123456789012345678901234567890,", "1.23456789012345678901234567890,", "1,]", "1,2]",
		"\xac1,", "1\xac", "1,\xb0,", "1\xae5,", "\xa01,", "12\xad,", "12\xad3,", "1\xaf5,", "1,\xa12,", "1,\t2,", "1,\n2,", "1,/2,", "1,:2,", "1,0 5,", "1,0,0,0.0,00,", "1. 5,", "1 .5,", "12 3,",
	} {
		for before := range 17 { // at each place in the words
			text := append(bytes.Repeat([]byte("7"), before), ',')
			if before == 0 {
				text = text[:0]
			}
			text = append(append(text, s...), "8,8,8,8,8,8,"...)
			for end := range text {
				checkSkipDecimals(t, text[:end+1])
			}
		}
	}
	const odd = "0123456789.,, -eE\x80\xa1\xac\xad\xae\xaf\xb1\xff]\n"
	rng := rand.New(rand.NewPCG(1, 2))
	sum := 0
	for range 5_000 {
		var text []byte
		for len(text) < 40 {
			text = strconv.AppendFloat(text, rng.Float64()*1000, 'f', rng.IntN(4), 64)
			text = append(text, ',')
			if rng.IntN(3) == 0 {
				text = append(text, ' ')
			}
		}
		if rng.IntN(2) == 0 {
			text[rng.IntN(len(text))] = odd[rng.IntN(len(odd))]
		}
		sum += checkSkipDecimals(t, text)
	}
	if sum < 15_000 {
		t.Errorf("%d elements of random lists were skipped, expected more", sum)
	}
}

func FuzzSkipDecimals(f *testing.F) {
	for _, s := range []string{"1,2,3,4,5,6,7,", "473.07, 12.5, 0.25, 0, ", "1.5.5,00,1,,2,", "12345678901234,1.2345678901234,"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) { checkSkipDecimals(t, text) })
}

func BenchmarkSkipNumbers(b *testing.B) {
	for _, form := range []struct {
		name     string
		decimals int
		after    string
	}{{"integers", 0, ","}, {"spaced decimals", 2, ", "}} {
		b.Run(form.name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			text := []byte("[")
			for range 400 {
				text = append(strconv.AppendFloat(text, rng.Float64()*512, 'f', form.decimals, 64), form.after...)
			}
			text = append(text, "1]        "...)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := New(text).SkipNumbers(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
