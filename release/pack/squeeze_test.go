package main

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"os"
	"testing"
)

// TestSqueeze checks that what squeeze writes is inflated to the text, and that it is not
// larger than what the standard library writes of an ordinary text.
func TestSqueeze(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(n, letters int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.IntN(letters))
		}
		return b
	}
	texts := [][]byte{nil, {0}, {1, 1}, bytes.Repeat([]byte("a"), 3), bytes.Repeat([]byte("ab"), 300_000),
		random(blockBytes-1, 4), random(blockBytes, 4), random(blockBytes+1, 256)}
	for range 200 {
		text := random(rng.IntN(3000), 1+rng.IntN(20))
		for range rng.IntN(20) {
			from := rng.IntN(len(text) + 1)
			text = append(text, text[from:min(len(text), from+rng.IntN(600))]...)
		}
		texts = append(texts, text)
	}
	for i, text := range texts {
		packed := squeeze(text)
		got, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
		if err != nil || !bytes.Equal(got, text) {
			t.Fatalf("text %d of %d bytes: %d bytes come back (%v)", i, len(text), len(got), err)
		}
	}
	source, err := os.ReadFile("squeeze.go")
	if err != nil {
		t.Fatal(err)
	}
	var common bytes.Buffer
	w, _ := flate.NewWriter(&common, flate.BestCompression)
	_, _ = w.Write(source)
	_ = w.Close()
	if packed := squeeze(source); len(packed) >= common.Len() {
		t.Errorf("squeeze.go has %d bytes, and %d by the standard library", len(packed), common.Len())
	}
}
